/* r = sigmoid(a_r + u_r)   z = sigmoid(a_z + u_z)   h' = (1 - z) n + z h          a = LN(W_ih x) + b_ih   u = LN(W_hh h) + b_hh
 * n = tanh(a_n + r u_n), or tanh(a_n + W_hn (r h) + b_hn) with the reset before the product, or tanh(a_n + u_n) without a reset gate */
#include "ref/ref_recurrent.h"

static void step(const ref_cell *cell, const double *x, double *h, double *c) {
  double a[REF_MAX], u[REF_MAX], rh[REF_MAX];
  int64_t H = cell->H, z_at = cell->kind == RN_CELL_GRU_SIMPLE ? 0 : H, n_at = z_at + H;
  ref_gates(cell, x, h, a, u);
  if (cell->kind == RN_CELL_GRU_BEFORE) { /* two products: r and z from h, then n from r h */
    const double *W = cell->weight[RN_W_HH], *norm = cell->weight[RN_W_NORM_HH], *b = cell->weight[RN_B_HH];
    ref_affine(2 * H, H, W, h, norm, 3 * H, b, u);
    for (int64_t i = 0; i < H; i++) rh[i] = ref_sigmoid(a[i] + u[i]) * h[i];
    ref_affine(H, H, W + n_at * H, rh, norm ? norm + n_at : NULL, 3 * H, b ? b + n_at : NULL, u + n_at);
  }
  for (int64_t i = 0; i < H; i++) {
    double r = cell->kind == RN_CELL_GRU ? ref_sigmoid(a[i] + u[i]) : 1, z = ref_sigmoid(a[z_at + i] + u[z_at + i]);
    h[i] = (1 - z) * tanh(a[n_at + i] + r * u[n_at + i]) + z * h[i];
  }
}

void ref_gru(const rn_ref *r) { ref_recurrent(r, step); }
