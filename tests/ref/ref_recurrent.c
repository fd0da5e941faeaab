/* From the first row of each sequence to the last, or back; the second direction runs back and writes the second half of the columns. */
#include "ref/ref_recurrent.h"

#include <string.h>

void ref_affine(int64_t m, int64_t k, const double *W, const double *v, const double *norm, int64_t ld, const double *b, double *y) {
  double mean = 0, var = 0;
  for (int64_t i = 0; i < m; i++) {
    y[i] = W ? 0 : v[i];
    for (int64_t j = 0; W && j < k; j++) y[i] += W[i * k + j] * v[j];
    mean += y[i] / (double)m;
  }
  for (int64_t i = 0; i < m; i++) var += (y[i] - mean) * (y[i] - mean) / (double)m;
  for (int64_t i = 0; i < m; i++) {
    if (norm) y[i] = (y[i] - mean) / sqrt(var + 1e-5) * norm[i] + norm[ld + i];
    if (b) y[i] += b[i];
  }
}

void ref_gates(const ref_cell *cell, const double *x, const double *h, double *a, double *u) {
  int64_t m = rn_cell_gates(cell->kind) * cell->H;
  ref_affine(m, cell->I, cell->weight[RN_W_IH], x, cell->weight[RN_W_NORM_IH], m, cell->weight[RN_B_IH], a);
  ref_affine(m, cell->P, cell->weight[RN_W_HH], h, cell->weight[RN_W_NORM_HH], m, cell->weight[RN_B_HH], u);
}

static void initial_state(const rn_ref_array *given, int64_t row, int64_t n, double *state) {
  for (int64_t i = 0; i < n; i++) state[i] = given->data ? given->data[row * n + i] : 0;
}

void ref_recurrent(const rn_ref *r, ref_step step) {
  const rn_recurrent_attrs *a = r->attrs;
  const rn_ragged *seqs = a->seqs ? a->seqs : r->seqs;
  for (int d = 0; d < a->n_dir; d++) {
    const rn_ref_array *w = r->in + RN_IN_WEIGHTS + d * RN_W_COUNT;
    ref_cell cell = {a->cell, ref_n_cols(&r->in[0]), w[RN_W_HH].shape[0] / rn_cell_gates(a->cell), w[RN_W_HH].shape[1], {0}};
    for (int i = 0; i < RN_W_COUNT; i++) cell.weight[i] = w[i].data;
    const double *x = r->in[0].data + (cell.weight[RN_W_IH] ? 0 : d * w[RN_W_HH].shape[0]); /* or each direction's share of it */
    for (int64_t s = 0; s < seqs->n_seqs; s++) {
      double h[REF_MAX], c[REF_MAX];
      int64_t first = seqs->offset[s], n = seqs->offset[s + 1] - first, state = d * seqs->n_seqs + s;
      initial_state(&r->in[RN_IN_H0], state, cell.P, h);
      initial_state(&r->in[RN_IN_C0], state, cell.H, c);
      for (int64_t t = 0; t < n; t++) {
        int64_t row = first + (d == 1 || a->reverse ? n - 1 - t : t);
        step(&cell, x + (a->seqs ? r->ids[row] : row) * cell.I, h, c);
        memcpy(r->out[0].data + (row * a->n_dir + d) * cell.P, h, (size_t)cell.P * sizeof *h);
      }
      memcpy(r->out[1].data + state * cell.P, h, (size_t)cell.P * sizeof *h);
      if (r->out[2].data) memcpy(r->out[2].data + state * cell.H, c, (size_t)cell.H * sizeof *c);
    }
  }
}
