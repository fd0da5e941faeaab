/* op_scale.c
 *
 *   y = alpha x           dx += alpha dy */
#include "ops/attrs.h"
#include "ops/op.h"

static float alpha(const rn_node *node) { return ((const rn_scale_attrs *)node->attrs)->alpha; }

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "x", -1);
  if (status != RN_OK) return status;
  node->outputs_free = true;
  return rn_node_output(node, 0, node->in[0]->rank, node->in[0]->shape, node->in[0]->seqs);
}

static void forward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[0];
  rn_node_backend(node)->scale(rn_node_pool(node), rn_tensor_size(x), alpha(node), x->data, node->out[0]->data);
}

static void backward(rn_node *node, void *scratch) {
  bool fresh;
  float *dx = rn_node_grad_fresh(node, 0, &fresh);
  if (!dx) return;
  const rn_backend *k = rn_node_backend(node);
  (fresh ? k->scale : k->axpy)(rn_node_pool(node), rn_tensor_size(node->in[0]), alpha(node), rn_node_dy(node, 0), dx);
}

static bool supported(const rn_backend *k) { return k->scale && k->axpy; }

static const rn_op_case cases[] = {
    {.name = "by a half", .in = {RN_CASE_MATRIX(5, 7)}, .attrs = &(rn_scale_attrs){0.5f}},
    {.name = "by minus three", .in = {RN_CASE_VECTOR(33)}, .attrs = &(rn_scale_attrs){-3}},
    {.name = "nothing", .in = {RN_CASE_MATRIX(0, 7)}, .attrs = &(rn_scale_attrs){2}},
    {.name = "2500x512", .bench = true, .in = {RN_CASE_MATRIX(2500, 512)}, .attrs = &(rn_scale_attrs){0.5f}},
};

RN_OP(scale, sizeof(rn_scale_attrs), shape, NULL, NULL, forward, backward, supported, cases);

rn_tensor *rn_scale(rn_graph *g, rn_tensor *x, float factor) {
  return rn_graph_apply(g, &rn_op_scale, &x, 1, NULL, 0, &(rn_scale_attrs){factor})->out[0];
}
