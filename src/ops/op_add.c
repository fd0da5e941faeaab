/* op_add.c
 *
 *   y = a + b         b of a's shape, or b [cols of a] added to every row
 *
 *   da += dy          db += dy, or the sum of dy over the rows */
#include "ops/op_binary.h"

static bool by_row(const rn_node *node) { return node->in[1]->rank == 1 && node->in[0]->rank > 1; }

static rn_status shape(rn_node *node) {
  const rn_tensor *a = node->in[0], *b = node->in[1];
  if (!a || !b || !by_row(node)) return binary_shape(node);
  if (b->shape[0] != rn_tensor_cols(a)) return binary_fail_shapes(node);
  node->outputs_free = true;
  return rn_node_output(node, 0, a->rank, a->shape, a->seqs);
}

static void forward(rn_node *node, void *scratch) {
  const rn_tensor *a = node->in[0], *b = node->in[1];
  if (!by_row(node)) binary_forward(node, RN_ADD);
  else rn_node_backend(node)->add_row(rn_node_pool(node), rn_tensor_rows(a), rn_tensor_cols(a), a->data, b->data, node->out[0]->data);
}

static void backward(rn_node *node, void *scratch) {
  binary_add_dy(node, 0, 1);
  if (!by_row(node)) {
    binary_add_dy(node, 1, 1);
    return;
  }
  int64_t m = rn_tensor_rows(node->in[0]), n = rn_tensor_cols(node->in[0]);
  float *db = rn_node_grad(node, 1);
  if (db) rn_node_backend(node)->sum_rows(rn_node_pool(node), m, n, rn_node_dy(node, 0), n, db);
}

static bool supported(const rn_backend *k) { return k->binary && k->add_row && k->sum_rows && k->scale && k->axpy; }

static const rn_op_case cases[] = {
    {.name = "same shape", .in = {RN_CASE_MATRIX(5, 7), RN_CASE_MATRIX(5, 7)}},
    {.name = "vectors", .in = {RN_CASE_VECTOR(19), RN_CASE_VECTOR(19)}},
    {.name = "a row to every row", .in = {RN_CASE_MATRIX(6, 9), RN_CASE_VECTOR(9)}},
    {.name = "ragged", RN_CASE_LENGTHS(3, 2, 0, 4), .in = {RN_CASE_MATRIX(6, 3), RN_CASE_MATRIX(6, 3)}},
    {.name = "no rows", .in = {RN_CASE_MATRIX(0, 9), RN_CASE_VECTOR(9)}},
    {.name = "2500x512", .bench = true, .in = {RN_CASE_MATRIX(2500, 512), RN_CASE_MATRIX(2500, 512)}},
};

RN_OP(add, 0, shape, NULL, NULL, forward, backward, supported, cases);

rn_tensor *rn_add(rn_graph *g, rn_tensor *a, rn_tensor *b) {
  rn_tensor *in[] = {a, b};
  return rn_graph_apply(g, &rn_op_add, in, 2, NULL, 0, NULL)->out[0];
}
