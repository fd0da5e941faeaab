/* cpu_cell.h: what the cells share: activations, and the way in from the caller's rows, which have no padding. */
#ifndef RN_KERNELS_CPU_CELL_H
#define RN_KERNELS_CPU_CELL_H

#include "kernels/cpu/cpu_math.h"
#include "kernels/cpu/cpu_recurrent.h"

/* A vector of which `left` floats are there; the others are zero. */
RN_INLINE vf load_left(const float *from, int64_t left) { return left >= RN_VL ? v_load(from) : v_load_n(from, left); }

/* dy[row of n][u ..], zero when not given. */
RN_INLINE vf output_grad(const rn_layer *l, const rn_step *s, int64_t n, int64_t u) {
  if (!s->row) return v_zero();
  return load_left(l->r->dy + s->row[n] * l->r->lddy + u, l->state - u);
}

/* x[row of n][gate's first ..], where x is the share of the input; n in the order of time. */
RN_INLINE const float *input_share(const rn_layer *l, int64_t n, int gate) {
  return l->r->x + layer_x_row(l, n) * l->r->n_in + gate * l->r->n_hidden;
}

#endif
