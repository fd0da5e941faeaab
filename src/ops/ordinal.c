/* ordinal.c: labels that stand in an order (stars), as cumulative questions: is it above k?
 *
 *   P(y > k) = sigma(s - theta_k)          loss = 1/n sum_r sum_k -log P(y_r > k or not, as it is)
 *
 * The thresholds theta are shared by all rows (McCullagh 1980). Each question has a loss of its own (Rennie & Srebro 2005, "all
 * thresholds"; Cao et al. 2020): -log(P(y > k - 1) - P(y > k)) would have no value once two learned thresholds have crossed.
 * Nothing new is computed here: s - theta is a linear layer of s with weights 1 and bias -theta. */
#include "ops/graph_state.h"

/* z[r, k] = 1 where y_r > k */
static const float *answers(rn_graph *g, const int32_t *y, int64_t n, int64_t n_thresholds) {
  float *z = rn_graph_alloc(g, (size_t)(n * n_thresholds) * sizeof *z);
  for (int64_t r = 0; z && r < n; r++) {
    if (y[r] < 0 || y[r] > n_thresholds) {
      rn_graph_fail(g, RN_ERROR_ARGUMENT, "ordinal: targets[%lld] is %d, outside 0 .. %lld", (long long)r, y[r], (long long)n_thresholds);
      return NULL;
    }
    for (int64_t k = 0; k < n_thresholds; k++) z[r * n_thresholds + k] = y[r] > k;
  }
  return z;
}

rn_tensor *rn_ordinal(rn_graph *g, rn_tensor *score, rn_tensor *thresholds, const int32_t *targets) {
  if (g->status != RN_OK) return &g->nothing_tensor;
  char text[2][128];
  if (score->rank != 2 || score->shape[1] != 1 || thresholds->rank != 1 || thresholds->shape[0] < 1) {
    rn_graph_fail(g, RN_ERROR_ARGUMENT, "ordinal: score is %s and thresholds %s, not [n, 1] and [labels - 1]",
                  rn_shape_text(score, text[0], sizeof text[0]), rn_shape_text(thresholds, text[1], sizeof text[1]));
    return &g->nothing_tensor;
  }
  int64_t n = score->shape[0], m = thresholds->shape[0];
  const float *z = answers(g, targets, n, m);
  float *one = rn_graph_alloc(g, (size_t)m * sizeof *one);
  if (g->status != RN_OK) return &g->nothing_tensor;
  for (int64_t k = 0; k < m; k++) one[k] = 1;
  rn_tensor *ones = rn_constant(g, one, 2, (int64_t[]){m, 1}, NULL);
  rn_tensor *above = rn_linear(g, score, ones, rn_scale(g, thresholds, -1), RN_NONE);
  rn_tensor *each = rn_sigmoid_cross_entropy(g, above, rn_constant(g, z, 2, (int64_t[]){n, m}, NULL), NULL);
  return rn_scale(g, each, (float)m);
}
