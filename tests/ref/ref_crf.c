/* sum over sequences of log sum_y e^score(y) - score(targets), by n_rows: the recursion over the last label in logarithms
 * score(y) = start[y_0] + sum_t e_t[y_t] + sum_t A[y_t, y_{t+1}] + end[y_last] */
#include "ref/ref.h"

static double add_logs(double a, double b) { return fmax(a, b) + log1p(exp(-fabs(a - b))); }

void ref_crf(const rn_ref *r) {
  int64_t K = ref_n_cols(&r->in[0]);
  const double *e = r->in[0].data, *A = r->in[1].data, *start = r->in[2].data, *end = r->in[3].data;
  const int32_t *y = r->ids;
  double loss = 0, *alpha = calloc((size_t)K, sizeof *alpha), *next = calloc((size_t)K, sizeof *next);
  for (int64_t s = 0; s < r->seqs->n_seqs; s++) {
    int64_t first = r->seqs->offset[s], last = r->seqs->offset[s + 1] - 1;
    if (first > last) continue;
    double score = e[first * K + y[first]] + (start ? start[y[first]] : 0) + (end ? end[y[last]] : 0);
    for (int64_t k = 0; k < K; k++) alpha[k] = e[first * K + k] + (start ? start[k] : 0);
    for (int64_t t = first + 1; t <= last; t++) {
      score += e[t * K + y[t]] + A[y[t - 1] * K + y[t]];
      for (int64_t j = 0; j < K; j++) {
        next[j] = alpha[0] + A[j];
        for (int64_t i = 1; i < K; i++) next[j] = add_logs(next[j], alpha[i] + A[i * K + j]);
      }
      for (int64_t j = 0; j < K; j++) alpha[j] = next[j] + e[t * K + j];
    }
    double log_z = alpha[0] + (end ? end[0] : 0);
    for (int64_t k = 1; k < K; k++) log_z = add_logs(log_z, alpha[k] + (end ? end[k] : 0));
    loss += log_z - score;
  }
  r->out[0].data[0] = r->n_ids ? loss / (double)r->n_ids : 0;
  free(alpha), free(next);
}
