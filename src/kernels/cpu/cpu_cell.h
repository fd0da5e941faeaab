/* cpu_cell.h: what the cells share: activations, and the way in from the caller's rows, which have no padding. */
#ifndef RN_KERNELS_CPU_CELL_H
#define RN_KERNELS_CPU_CELL_H

#include "kernels/cpu/cpu_math.h"
#include "kernels/cpu/cpu_recurrent.h"

/* dy[row of n][u ..], zero when not given. */
RN_INLINE vf output_grad(const rn_layer *l, const rn_step *s, int64_t n, int64_t u) {
  if (!s->row) return v_zero();
  const float *dy = l->r->dy + s->row[n] * l->r->lddy + u;
  int64_t left = l->state - u;
  return left >= RN_VL ? v_load(dy) : v_load_n(dy, left);
}

#endif
