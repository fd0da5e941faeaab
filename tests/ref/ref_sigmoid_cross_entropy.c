/* 1/(n C) sum_rk -w[k] z[r, k] log sigma(x[r, k]) - (1 - z[r, k]) log(1 - sigma(x[r, k])) */
#include "ref/ref.h"

void ref_sigmoid_cross_entropy(const rn_ref *r) {
  const float *weight = ((const rn_sigmoid_cross_entropy_attrs *)r->attrs)->weight;
  int64_t n = ref_size(&r->in[0]), C = ref_n_cols(&r->in[0]);
  double loss = 0;
  for (int64_t i = 0; i < n; i++) {
    double x = r->in[0].data[i], z = r->in[1].data[i], w = weight ? weight[i % C] : 1;
    loss += w * z * log1p(exp(-x)) + (1 - z) * log1p(exp(x));
  }
  r->out[0].data[0] = n ? loss / (double)n : 0;
}
