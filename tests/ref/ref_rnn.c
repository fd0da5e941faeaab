/* h' = f(LN(W_ih x) + b_ih + LN(W_hh h) + b_hh), f = tanh or max(0, .) */
#include "ref/ref_recurrent.h"

static void step(const ref_cell *cell, const double *x, double *h, double *c) {
  double a[REF_MAX], u[REF_MAX];
  ref_gates(cell, x, h, a, u);
  for (int64_t i = 0; i < cell->H; i++) h[i] = ref_activation(cell->kind == RN_CELL_TANH ? RN_TANH : RN_RELU, a[i] + u[i]);
}

void ref_rnn(const rn_ref *r) { ref_recurrent(r, step); }
