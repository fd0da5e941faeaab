/* op_binary.h: what add, sub and mul share: two tensors of one shape, and gradients that are scaled or multiplied copies of dy. */
#ifndef RN_OPS_OP_BINARY_H
#define RN_OPS_OP_BINARY_H

#include "ops/op.h"
#include <string.h>

static inline bool binary_same_shape(const rn_tensor *a, const rn_tensor *b) {
  return a->rank == b->rank && memcmp(a->shape, b->shape, (size_t)a->rank * sizeof a->shape[0]) == 0;
}

static inline rn_status binary_fail_shapes(rn_node *node) {
  char a[128], b[128];
  return rn_node_fail(node, "a is %s but b is %s", rn_shape_text(node->in[0], a, sizeof a), rn_shape_text(node->in[1], b, sizeof b));
}

/* Shapes are equal; the result keeps the sequences of whichever has them. */
static inline rn_status binary_shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "a", -1);
  if (status == RN_OK) status = rn_node_check(node, 1, "b", -1);
  if (status != RN_OK) return status;
  const rn_tensor *a = node->in[0], *b = node->in[1];
  if (!binary_same_shape(a, b)) return binary_fail_shapes(node);
  node->outputs_free = true;
  return rn_node_output(node, 0, a->rank, a->shape, a->seqs ? a->seqs : b->seqs);
}

static inline void binary_forward(rn_node *node, rn_binary f) {
  rn_node_backend(node)->binary(rn_node_pool(node), f, rn_tensor_size(node->out[0]), node->in[0]->data, node->in[1]->data,
                                node->out[0]->data);
}

/* gradient of input i += alpha dy */
static inline void binary_add_dy(rn_node *node, int i, float alpha) {
  bool fresh;
  float *grad = rn_node_grad_fresh(node, i, &fresh);
  if (!grad) return;
  const rn_backend *k = rn_node_backend(node);
  (fresh ? k->scale : k->axpy)(rn_node_pool(node), rn_tensor_size(node->in[i]), alpha, rn_node_dy(node, 0), grad);
}

#endif
