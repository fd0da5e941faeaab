/* y = (x - mean) / sqrt(mean of (x - mean)^2 + eps) gain + bias, by row */
#include "ref/ref.h"

void ref_layer_norm(const rn_ref *r) {
  int64_t n = ref_n_cols(&r->in[0]);
  for (int64_t row = 0; row < ref_n_rows(&r->in[0]); row++) {
    const double *x = r->in[0].data + row * n, *gain = r->in[1].data, *bias = r->in[2].data;
    double mean = 0, var = 0;
    for (int64_t i = 0; i < n; i++) mean += x[i] / (double)n;
    for (int64_t i = 0; i < n; i++) var += (x[i] - mean) * (x[i] - mean) / (double)n;
    for (int64_t i = 0; i < n; i++) {
      double y = (x[i] - mean) / sqrt(var + ((const rn_layer_norm_attrs *)r->attrs)->eps);
      r->out[0].data[row * n + i] = y * (gain ? gain[i] : 1) + (bias ? bias[i] : 0);
    }
  }
}
