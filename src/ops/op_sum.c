/* op_sum.c
 *
 *   y = sum of all elements of x   ->   scalar            dx += dy, everywhere */
#include "ops/op.h"

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "x", -1);
  return status == RN_OK ? rn_node_output(node, 0, 0, NULL, NULL) : status;
}

/* Backward adds a row that holds dy to every row. */
static size_t scratch_size(const rn_node *node, bool backward) {
  return backward ? (size_t)rn_tensor_cols(node->in[0]) * sizeof(float) : 0;
}

static void forward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[0];
  node->out[0]->data[0] = (float)rn_node_backend(node)->sum(rn_node_pool(node), rn_tensor_size(x), x->data);
}

static void backward(rn_node *node, void *scratch) {
  int64_t m = rn_tensor_rows(node->in[0]), n = rn_tensor_cols(node->in[0]);
  float *dx = rn_node_grad(node, 0), *row = scratch;
  if (!dx) return;
  for (int64_t i = 0; i < n; i++) row[i] = rn_node_dy(node, 0)[0];
  rn_node_backend(node)->add_row(rn_node_pool(node), m, n, dx, row, dx);
}

static bool supported(const rn_backend *k) { return k->sum && k->add_row; }

static const rn_op_case cases[] = {
    {.name = "matrix", .in = {RN_CASE_MATRIX(5, 7)}},
    {.name = "vector", .in = {RN_CASE_VECTOR(301)}},
    {.name = "nothing", .in = {RN_CASE_MATRIX(0, 7)}},
    {.name = "2500x512", .bench = true, .in = {RN_CASE_MATRIX(2500, 512)}},
};

RN_OP(sum, 0, shape, NULL, scratch_size, forward, backward, supported, cases);

rn_tensor *rn_sum(rn_graph *g, rn_tensor *x) { return rn_graph_apply(g, &rn_op_sum, &x, 1, NULL, 0, NULL)->out[0]; }
