/* op_activate.c
 *
 *   y = f(x)          element by element          dx += dy f'(x) */
#include "ops/attrs.h"
#include "ops/op.h"

static rn_activation function(const rn_node *node) { return ((const rn_activate_attrs *)node->attrs)->act; }

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "x", -1);
  if (status != RN_OK) return status;
  if ((unsigned)function(node) >= RN_ACTIVATION_COUNT) return rn_node_fail(node, "there is no activation %d", (int)function(node));
  const rn_tensor *x = node->in[0];
  return rn_node_output(node, 0, x->rank, x->shape, x->seqs);
}

static void forward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[0];
  rn_node_backend(node)->unary(rn_node_pool(node), function(node), rn_tensor_size(x), x->data, node->out[0]->data);
}

static void backward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[0];
  float *dx = rn_node_grad(node, 0);
  if (!dx) return;
  rn_node_backend(node)->unary_grad(rn_node_pool(node), function(node), rn_tensor_size(x), x->data, node->out[0]->data, rn_node_dy(node, 0),
                                    dx);
}

static bool supported(const rn_backend *k) { return k->unary && k->unary_grad; }

#define WIDE {.rank = 2, .shape = {7, 13}, .low = -4, .high = 4}
static const rn_op_case cases[] = {
    {.name = "tanh", .in = {WIDE}, .attrs = &(rn_activate_attrs){RN_TANH}},
    {.name = "sigmoid", .in = {WIDE}, .attrs = &(rn_activate_attrs){RN_SIGMOID}},
    {.name = "relu", .in = {WIDE}, .attrs = &(rn_activate_attrs){RN_RELU}},
    {.name = "gelu", .in = {WIDE}, .attrs = &(rn_activate_attrs){RN_GELU}},
    {.name = "exp", .in = {WIDE}, .attrs = &(rn_activate_attrs){RN_EXP}},
    {.name = "square", .in = {WIDE}, .attrs = &(rn_activate_attrs){RN_SQUARE}},
    {.name = "none", .in = {WIDE}, .attrs = &(rn_activate_attrs){RN_NONE}},
    {.name = "tanh, near zero", .in = {{.rank = 1, .shape = {37}, .low = -1e-3f, .high = 1e-3f}}, .attrs = &(rn_activate_attrs){RN_TANH}},
    {.name = "ragged", RN_CASE_LENGTHS(3, 4, 0, 1), .in = {RN_CASE_MATRIX(5, 3)}, .attrs = &(rn_activate_attrs){RN_TANH}},
    {.name = "nothing", .in = {RN_CASE_MATRIX(0, 3)}, .attrs = &(rn_activate_attrs){RN_TANH}},
    {.name = "tanh of 2500x512", .bench = true, .in = {RN_CASE_MATRIX(2500, 512)}, .attrs = &(rn_activate_attrs){RN_TANH}},
};

RN_OP(activate, sizeof(rn_activate_attrs), shape, NULL, NULL, forward, backward, supported, cases);

rn_tensor *rn_activate(rn_graph *g, rn_tensor *x, rn_activation act) {
  if (act == RN_NONE) return x;
  return rn_graph_apply(g, &rn_op_activate, &x, 1, NULL, 0, &(rn_activate_attrs){act})->out[0];
}
