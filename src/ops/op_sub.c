/* op_sub.c
 *
 *   y = a - b         of one shape          da += dy          db -= dy */
#include "ops/op_binary.h"

static void forward(rn_node *node, void *scratch) { binary_forward(node, RN_SUB); }

static void backward(rn_node *node, void *scratch) {
  binary_add_dy(node, 0, 1);
  binary_add_dy(node, 1, -1);
}

static bool supported(const rn_backend *k) { return k->binary && k->scale && k->axpy; }

static const rn_op_case cases[] = {
    {.name = "same shape", .in = {RN_CASE_MATRIX(5, 7), RN_CASE_MATRIX(5, 7)}},
    {.name = "vectors", .in = {RN_CASE_VECTOR(19), RN_CASE_VECTOR(19)}},
    {.name = "no rows", .in = {RN_CASE_MATRIX(0, 2), RN_CASE_MATRIX(0, 2)}},
    {.name = "2500x512", .bench = true, .in = {RN_CASE_MATRIX(2500, 512), RN_CASE_MATRIX(2500, 512)}},
};

RN_OP(sub, 0, binary_shape, NULL, NULL, forward, backward, supported, cases);

rn_tensor *rn_sub(rn_graph *g, rn_tensor *a, rn_tensor *b) {
  rn_tensor *in[] = {a, b};
  return rn_graph_apply(g, &rn_op_sub, in, 2, NULL, 0, NULL)->out[0];
}
