/* op_layer_norm.c (Ba et al. 2016)
 *
 *   y = (x - mean) / sqrt(var + eps) * gain + bias       by row       x [n, D]   gain, bias [D] or absent
 *
 * The gradients are the kernel's; `saved` holds each row's mean and 1 / sqrt(var + eps). */
#include "ops/attrs.h"
#include "ops/op.h"

enum { X, GAIN, BIAS };

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, X, "x", -1);
  if (status != RN_OK) return status;
  const rn_tensor *x = node->in[X];
  for (int i = GAIN; i <= BIAS; i++)
    if (node->in[i] && rn_tensor_size(node->in[i]) != rn_tensor_cols(x))
      return rn_node_fail(node, "%s has %lld values for rows of %lld", i == GAIN ? "gain" : "bias", (long long)rn_tensor_size(node->in[i]),
                          (long long)rn_tensor_cols(x));
  node->outputs_free = true;
  return rn_node_output(node, 0, x->rank, x->shape, x->seqs);
}

static size_t saved_size(const rn_node *node) { return (size_t)rn_tensor_rows(node->in[X]) * 2 * sizeof(float); }

static void forward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[X], *gain = node->in[GAIN], *bias = node->in[BIAS];
  float eps = ((const rn_layer_norm_attrs *)node->attrs)->eps;
  rn_node_backend(node)->layer_norm(rn_node_pool(node), rn_tensor_rows(x), rn_tensor_cols(x), eps, x->data, gain ? gain->data : NULL,
                                    bias ? bias->data : NULL, node->out[0]->data, node->saved);
}

static void backward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[X], *gain = node->in[GAIN];
  float *dx = rn_node_grad(node, X), *dgain = rn_node_grad(node, GAIN), *dbias = rn_node_grad(node, BIAS);
  rn_node_backend(node)->layer_norm_grad(rn_node_pool(node), rn_tensor_rows(x), rn_tensor_cols(x), x->data, gain ? gain->data : NULL,
                                         node->saved, rn_node_dy(node, 0), dx, dgain, dbias);
}

static bool supported(const rn_backend *k) { return k->layer_norm && k->layer_norm_grad; }

static const rn_layer_norm_attrs usual = {1e-5f}, large_eps = {0.1f};
static const rn_op_case cases[] = {
    {.name = "gain and bias", .in = {RN_CASE_MATRIX(6, 13), RN_CASE_VECTOR(13), RN_CASE_VECTOR(13)}, .attrs = &usual},
    {.name = "plain", .in = {RN_CASE_MATRIX(5, 8)}, .attrs = &usual},
    {.name = "gain alone", .in = {RN_CASE_MATRIX(4, 35), RN_CASE_VECTOR(35)}, .attrs = &usual},
    {.name = "bias alone", .in = {RN_CASE_MATRIX(4, 7), {0}, RN_CASE_VECTOR(7)}, .attrs = &usual},
    {.name = "large eps", .in = {RN_CASE_MATRIX(3, 5), RN_CASE_VECTOR(5), RN_CASE_VECTOR(5)}, .attrs = &large_eps},
    {.name = "far from zero",
     .in = {{.rank = 2, .shape = {3, 16}, .low = 9, .high = 11}, RN_CASE_VECTOR(16), RN_CASE_VECTOR(16)},
     .attrs = &usual},
    {.name = "many rows", .in = {RN_CASE_MATRIX(70, 6), RN_CASE_VECTOR(6), RN_CASE_VECTOR(6)}, .attrs = &usual},
    {.name = "no rows", .in = {RN_CASE_MATRIX(0, 6), RN_CASE_VECTOR(6), RN_CASE_VECTOR(6)}, .attrs = &usual},
    {.name = "2500x512", .bench = true, .in = {RN_CASE_MATRIX(2500, 512), RN_CASE_VECTOR(512), RN_CASE_VECTOR(512)}, .attrs = &usual},
};

RN_OP(layer_norm, sizeof(rn_layer_norm_attrs), shape, saved_size, NULL, forward, backward, supported, cases);

rn_tensor *rn_layer_norm(rn_graph *g, rn_tensor *x, rn_tensor *gain, rn_tensor *bias, float eps) {
  rn_tensor *in[] = {x, gain, bias};
  return rn_graph_apply(g, &rn_op_layer_norm, in, 3, NULL, 0, &(rn_layer_norm_attrs){eps})->out[0];
}
