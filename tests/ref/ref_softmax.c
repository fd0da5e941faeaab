/* y_v = exp(x_v) / sum_u exp(x_u) by row, or its logarithm */
#include "ref/ref.h"

void ref_softmax(const rn_ref *r) {
  int64_t V = ref_n_cols(&r->in[0]);
  for (int64_t row = 0; row < ref_n_rows(&r->in[0]); row++) {
    const double *x = r->in[0].data + row * V;
    double max = -INFINITY, sum = 0;
    for (int64_t v = 0; v < V; v++) max = fmax(max, x[v]);
    for (int64_t v = 0; v < V; v++) sum += exp(x[v] - max);
    for (int64_t v = 0; v < V; v++) {
      double y = x[v] - max - log(sum);
      r->out[0].data[row * V + v] = ((const rn_softmax_attrs *)r->attrs)->log_form ? y : exp(y);
    }
  }
}
