/* cpu_cell.h: what the cells share: activations, and the way out to the caller's rows. */
#ifndef RN_KERNELS_CPU_CELL_H
#define RN_KERNELS_CPU_CELL_H

#include "kernels/cpu/cpu_math.h"
#include "kernels/cpu/cpu_recurrent.h"

/* y[row of n][u ..] = value; the caller's rows have no padding. */
RN_INLINE void output_store(const rn_layer *l, const rn_step *s, int64_t n, int64_t u, vf value) {
  if (!s->row) return;
  float *y = l->r->y + s->row[n] * l->r->ldy + u;
  int64_t left = l->state - u;
  if (left >= RN_VL) v_store(y, value);
  else v_store_n(y, value, left);
}

/* dy[row of n][u ..], zero when not given. */
RN_INLINE vf output_grad(const rn_layer *l, const rn_step *s, int64_t n, int64_t u) {
  if (!s->row) return v_zero();
  const float *dy = l->r->dy + s->row[n] * l->r->lddy + u;
  int64_t left = l->state - u;
  return left >= RN_VL ? v_load(dy) : v_load_n(dy, left);
}

#endif
