/* op_sigmoid_cross_entropy.c
 *
 *   loss = 1/(n C) sum_rk -w_k z_rk log sigma(x_rk) - (1 - z_rk) log(1 - sigma(x_rk))        x, z [n, C]   w [C] or ones   ->   scalar
 *
 * The kernel has the stable form and the gradients; this file has the mean. */
#include "ops/attrs.h"
#include "ops/op.h"

static const float *weight(const rn_node *node) { return ((const rn_sigmoid_cross_entropy_attrs *)node->attrs)->weight; }

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "logits", -1);
  if (status == RN_OK) status = rn_node_check(node, 1, "targets", -1);
  if (status != RN_OK) return status;
  const rn_tensor *x = node->in[0], *z = node->in[1];
  char text[2][128];
  if (x->rank != 2 || z->rank != 2 || x->shape[0] != z->shape[0] || x->shape[1] != z->shape[1])
    return rn_node_fail(node, "logits is %s and targets %s, not [n, classes] both", rn_shape_text(x, text[0], sizeof text[0]),
                        rn_shape_text(z, text[1], sizeof text[1]));
  for (int64_t i = 0; i < rn_tensor_size(z); i++)
    if (!(z->data[i] >= 0 && z->data[i] <= 1))
      return rn_node_fail(node, "targets[%lld, %lld] is %g, outside 0 .. 1", (long long)(i / z->shape[1]), (long long)(i % z->shape[1]),
                          (double)z->data[i]);
  return rn_node_output(node, 0, 0, NULL, NULL);
}

/* The loss of each row. */
static size_t scratch_size(const rn_node *node, bool backward) { return backward ? 0 : (size_t)node->in[0]->shape[0] * sizeof(float); }

static void forward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  const rn_tensor *x = node->in[0], *z = node->in[1];
  int64_t size = rn_tensor_size(x);
  k->sigmoid_xent(rn_node_pool(node), x->shape[0], x->shape[1], x->data, z->data, weight(node), scratch);
  node->out[0]->data[0] = size ? (float)(k->sum(rn_node_pool(node), x->shape[0], scratch) / (double)size) : 0;
}

static void backward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[0], *z = node->in[1];
  int64_t size = rn_tensor_size(x);
  float d = size ? rn_node_dy(node, 0)[0] / (float)size : 0, *dx = rn_node_grad(node, 0), *dz = rn_node_grad(node, 1);
  rn_node_backend(node)->sigmoid_xent_grad(rn_node_pool(node), x->shape[0], x->shape[1], x->data, z->data, weight(node), d, dx, dz);
}

static bool supported(const rn_backend *k) { return k->sigmoid_xent && k->sigmoid_xent_grad && k->sum; }

static const float weights[] = {0.5f, 2, 1, 0.25f, 3};
#define QUESTIONS(n, C, size)                                                                                                              \
  .in = {{.rank = 2, .shape = {n, C}, .low = -(size), .high = size}, {.rank = 2, .shape = {n, C}, .low = 0.01f, .high = 0.99f}}
#define WEIGHT(...) .attrs = &(rn_sigmoid_cross_entropy_attrs){__VA_ARGS__}
static const rn_op_case cases[] = {
    {.name = "mean", QUESTIONS(7, 11, 3), WEIGHT(NULL)},        {.name = "weights", QUESTIONS(9, 5, 3), WEIGHT(weights)},
    {.name = "one question", QUESTIONS(6, 1, 3), WEIGHT(NULL)}, {.name = "large logits", QUESTIONS(5, 9, 100), WEIGHT(NULL)},
    {.name = "no rows", QUESTIONS(0, 5, 3), WEIGHT(NULL)},      {.name = "1000 of 90", .bench = true, QUESTIONS(1000, 90, 3), WEIGHT(NULL)},
};

RN_OP(sigmoid_cross_entropy, sizeof(rn_sigmoid_cross_entropy_attrs), shape, NULL, scratch_size, forward, backward, supported, cases);

rn_tensor *rn_sigmoid_cross_entropy(rn_graph *g, rn_tensor *logits, rn_tensor *targets, const float *positive_weight) {
  rn_tensor *in[] = {logits, targets};
  rn_sigmoid_cross_entropy_attrs attrs = {positive_weight};
  return rn_graph_apply(g, &rn_op_sigmoid_cross_entropy, in, 2, NULL, 0, &attrs)->out[0];
}
