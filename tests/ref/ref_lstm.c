/* i = sigmoid(a_i + u_i + p_i c)   f = sigmoid(a_f + u_f + p_f c)   g = tanh(a_g + u_g)   c' = f c + i g
 * o = sigmoid(a_o + u_o + p_o c')   m = o tanh(LN(c'))   h' = m, or W_hr m          a = LN(W_ih x) + b_ih   u = LN(W_hh h) + b_hh */
#include "ref/ref_recurrent.h"

/* LN(c), or c itself */
static void normalised(const ref_cell *cell, const double *c, double *y) {
  int64_t H = cell->H;
  const double *norm = cell->weight[RN_W_NORM_C];
  double mean = 0, var = 0;
  for (int64_t i = 0; i < H; i++) mean += c[i] / (double)H;
  for (int64_t i = 0; i < H; i++) var += (c[i] - mean) * (c[i] - mean) / (double)H;
  for (int64_t i = 0; i < H; i++) y[i] = norm ? (c[i] - mean) / sqrt(var + 1e-5) * norm[i] + norm[H + i] : c[i];
}

static void step(const ref_cell *cell, const double *x, double *h, double *c) {
  double a[REF_MAX], u[REF_MAX], o[REF_MAX], cn[REF_MAX], m[REF_MAX];
  const double *p = cell->weight[RN_W_PEEPHOLE], *W_hr = cell->weight[RN_W_HR];
  int64_t H = cell->H;
  ref_gates(cell, x, h, a, u);
  for (int64_t k = 0; k < H; k++) {
    double i = ref_sigmoid(a[k] + u[k] + (p ? p[k] * c[k] : 0)), f = ref_sigmoid(a[H + k] + u[H + k] + (p ? p[H + k] * c[k] : 0));
    c[k] = f * c[k] + i * tanh(a[2 * H + k] + u[2 * H + k]);
    o[k] = ref_sigmoid(a[3 * H + k] + u[3 * H + k] + (p ? p[2 * H + k] * c[k] : 0));
  }
  normalised(cell, c, cn);
  for (int64_t k = 0; k < H; k++) m[k] = o[k] * tanh(cn[k]);
  for (int64_t k = 0; k < cell->P; k++) {
    h[k] = W_hr ? 0 : m[k];
    for (int64_t j = 0; W_hr && j < H; j++) h[k] += W_hr[k * H + j] * m[j];
  }
}

void ref_lstm(const rn_ref *r) { ref_recurrent(r, step); }
