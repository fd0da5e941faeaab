/* a[t] = exp(score[t]) / sum over the rows u of the same sequence of exp(score[u]);   y[s] = sum_t a[t] x[t] */
#include "ref/ref.h"

void ref_pool_attention(const rn_ref *r) {
  int64_t n = ref_n_cols(&r->in[0]);
  const double *x = r->in[0].data, *score = r->in[1].data;
  double *y = r->out[0].data, *a = r->out[1].data;
  for (int64_t s = 0; s < r->seqs->n_seqs; s++) {
    int64_t first = r->seqs->offset[s], end = r->seqs->offset[s + 1];
    double sum = 0;
    for (int64_t t = first; t < end; t++) sum += exp(score[t]);
    for (int64_t i = 0; i < n; i++) y[s * n + i] = 0;
    for (int64_t t = first; t < end; t++) {
      a[t] = exp(score[t]) / sum;
      for (int64_t i = 0; i < n; i++) y[s * n + i] += a[t] * x[t * n + i];
    }
  }
}
