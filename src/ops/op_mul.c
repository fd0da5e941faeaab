/* op_mul.c
 *
 *   y = a b           element by element, of one shape          da += dy b          db += dy a */
#include "ops/op_binary.h"

static void forward(rn_node *node, void *scratch) { binary_forward(node, RN_MUL); }

static void backward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  for (int i = 0; i < 2; i++) {
    float *grad = rn_node_grad(node, i);
    if (grad) k->mul_add(rn_node_pool(node), rn_tensor_size(node->in[i]), rn_node_dy(node, 0), node->in[1 - i]->data, grad);
  }
}

static bool supported(const rn_backend *k) { return k->binary && k->mul_add; }

static const rn_op_case cases[] = {
    {.name = "same shape", .in = {RN_CASE_MATRIX(5, 7), RN_CASE_MATRIX(5, 7)}},
    {.name = "vectors", .in = {RN_CASE_VECTOR(19), RN_CASE_VECTOR(19)}},
    {.name = "ragged", RN_CASE_LENGTHS(3, 2, 0, 4), .in = {RN_CASE_MATRIX(6, 3), RN_CASE_MATRIX(6, 3)}},
    {.name = "no rows", .in = {RN_CASE_MATRIX(0, 2), RN_CASE_MATRIX(0, 2)}},
    {.name = "2500x512", .bench = true, .in = {RN_CASE_MATRIX(2500, 512), RN_CASE_MATRIX(2500, 512)}},
};

RN_OP(mul, 0, binary_shape, NULL, NULL, forward, backward, supported, cases);

rn_tensor *rn_mul(rn_graph *g, rn_tensor *a, rn_tensor *b) {
  rn_tensor *in[] = {a, b};
  return rn_graph_apply(g, &rn_op_mul, in, 2, NULL, 0, NULL)->out[0];
}
