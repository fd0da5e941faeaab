/* sum_r (-(1 - s) w[t_r] log p_r[t_r] - s/V sum_v w[v] log p_r[v]) / N over rows with t_r >= 0
 * N: the sum of w[t_r], or 1 (sum), or what was given */
#include "ref/ref.h"

void ref_cross_entropy(const rn_ref *r) {
  const rn_cross_entropy_options *o = r->attrs;
  int64_t V = ref_n_cols(&r->in[0]);
  double loss = 0, N = 0, s = o->smoothing;
  for (int64_t row = 0; row < r->n_ids; row++) {
    const double *x = r->in[0].data + row * V;
    double max = -INFINITY, sum = 0, smooth = 0;
    int32_t t = r->ids[row];
    if (t < 0) continue;
    for (int64_t v = 0; v < V; v++) max = fmax(max, x[v]);
    for (int64_t v = 0; v < V; v++) sum += exp(x[v] - max);
    for (int64_t v = 0; v < V; v++) smooth += (o->weight ? o->weight[v] : 1) * (x[v] - max - log(sum)) / (double)V;
    double w = o->weight ? o->weight[t] : 1;
    loss += -(1 - s) * w * (x[t] - max - log(sum)) - s * smooth;
    N += w;
  }
  if (o->sum) N = 1;
  if (o->denominator > 0) N = o->denominator;
  r->out[0].data[0] = N > 0 ? loss / N : 0;
}
