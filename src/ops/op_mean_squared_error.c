/* op_mean_squared_error.c
 *
 *   loss = 1/N sum (a - b)^2          over all N elements          a, b of one shape   ->   scalar
 *
 *   da += 2/N dloss (a - b)           db -= the same */
#include "ops/op_binary.h"

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "a", -1);
  if (status == RN_OK) status = rn_node_check(node, 1, "b", -1);
  if (status != RN_OK) return status;
  if (!binary_same_shape(node->in[0], node->in[1])) return binary_fail_shapes(node);
  return rn_node_output(node, 0, 0, NULL, NULL);
}

/* a - b */
static size_t saved_size(const rn_node *node) { return (size_t)rn_tensor_size(node->in[0]) * sizeof(float); }

static void forward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  int64_t n = rn_tensor_size(node->in[0]);
  k->binary(rn_node_pool(node), RN_SUB, n, node->in[0]->data, node->in[1]->data, node->saved);
  node->out[0]->data[0] = n ? (float)(k->sum_squares(rn_node_pool(node), n, node->saved) / (double)n) : 0;
}

static void backward(rn_node *node, void *scratch) {
  int64_t n = rn_tensor_size(node->in[0]);
  float d = n ? 2 * rn_node_dy(node, 0)[0] / (float)n : 0;
  for (int i = 0; i < 2; i++) {
    float *grad = rn_node_grad(node, i);
    if (grad) rn_node_backend(node)->axpy(rn_node_pool(node), n, i == 0 ? d : -d, node->saved, grad);
  }
}

static bool supported(const rn_backend *k) { return k->binary && k->sum_squares && k->axpy; }

static const rn_op_case cases[] = {
    {.name = "matrices", .in = {RN_CASE_MATRIX(5, 7), RN_CASE_MATRIX(5, 7)}},
    {.name = "one number", .in = {RN_CASE_VECTOR(1), RN_CASE_VECTOR(1)}},
    {.name = "a long vector", .in = {RN_CASE_VECTOR(300), RN_CASE_VECTOR(300)}},
    {.name = "nothing", .in = {RN_CASE_MATRIX(0, 7), RN_CASE_MATRIX(0, 7)}},
    {.name = "2500x512", .bench = true, .in = {RN_CASE_MATRIX(2500, 512), RN_CASE_MATRIX(2500, 512)}},
};

RN_OP(mean_squared_error, 0, shape, saved_size, NULL, forward, backward, supported, cases);

rn_tensor *rn_mean_squared_error(rn_graph *g, rn_tensor *a, rn_tensor *b) {
  rn_tensor *in[] = {a, b};
  return rn_graph_apply(g, &rn_op_mean_squared_error, in, 2, NULL, 0, NULL)->out[0];
}
