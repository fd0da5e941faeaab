/* op_softmax.c
 *
 *   y_v = exp(x_v) / sum_u exp(x_u)        by row;  or its logarithm        x [n, V]   ->   y [n, V]
 *
 *   dx_v += y_v (dy_v - sum_u y_u dy_u)              softmax
 *   dx_v += dy_v - exp(y_v) sum_u dy_u               log softmax */
#include "ops/attrs.h"
#include "ops/op.h"

static bool log_form(const rn_node *node) { return ((const rn_softmax_attrs *)node->attrs)->log_form; }

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "x", -1);
  if (status != RN_OK) return status;
  const rn_tensor *x = node->in[0];
  return rn_node_output(node, 0, x->rank, x->shape, x->seqs);
}

/* Backward: y dy, or exp(y). */
static size_t scratch_size(const rn_node *node, bool backward) {
  return backward ? (size_t)rn_tensor_size(node->in[0]) * sizeof(float) : 0;
}

static void forward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[0];
  rn_node_backend(node)->softmax(rn_node_pool(node), rn_tensor_rows(x), rn_tensor_cols(x), x->data, node->out[0]->data, log_form(node));
}

static void backward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  rn_pool *pool = rn_node_pool(node);
  int64_t m = rn_tensor_rows(node->in[0]), n = rn_tensor_cols(node->in[0]);
  const float *y = node->out[0]->data, *dy = rn_node_dy(node, 0);
  float *dx = rn_node_grad(node, 0), *t = scratch;
  if (!dx) return;
  if (log_form(node)) {
    k->unary(pool, RN_EXP, m * n, y, t);
    k->axpy(pool, m * n, 1, dy, dx);
  } else {
    k->binary(pool, RN_MUL, m * n, y, dy, t);
    k->axpy(pool, m * n, 1, t, dx);
  }
  for (int64_t r = 0; r < m; r++) {
    const float *p = log_form(node) ? t + r * n : y + r * n, *summed = log_form(node) ? dy + r * n : t + r * n;
    k->axpy(NULL, n, (float)-k->sum(NULL, n, summed), p, dx + r * n);
  }
}

static bool supported(const rn_backend *k) { return k->softmax && k->unary && k->binary && k->axpy && k->sum; }

static const rn_op_case cases[] = {
    {.name = "softmax", .in = {RN_CASE_MATRIX(5, 7)}, .attrs = &(rn_softmax_attrs){false}},
    {.name = "log softmax", .in = {RN_CASE_MATRIX(5, 7)}, .attrs = &(rn_softmax_attrs){true}},
    {.name = "wide", .in = {{.rank = 2, .shape = {3, 130}, .low = -5, .high = 5}}, .attrs = &(rn_softmax_attrs){false}},
    {.name = "wide, log", .in = {{.rank = 2, .shape = {3, 130}, .low = -5, .high = 5}}, .attrs = &(rn_softmax_attrs){true}},
    {.name = "large", .in = {{.rank = 2, .shape = {4, 6}, .low = 80, .high = 100}}, .attrs = &(rn_softmax_attrs){true}},
    {.name = "ragged", RN_CASE_LENGTHS(3, 1, 0, 4), .in = {RN_CASE_MATRIX(5, 4)}, .attrs = &(rn_softmax_attrs){false}},
    {.name = "no rows", .in = {RN_CASE_MATRIX(0, 4)}, .attrs = &(rn_softmax_attrs){false}},
    {.name = "2500 of 65", .bench = true, .in = {RN_CASE_MATRIX(2500, 65)}, .attrs = &(rn_softmax_attrs){false}},
};

RN_OP(softmax, sizeof(rn_softmax_attrs), shape, NULL, scratch_size, forward, backward, supported, cases);

rn_tensor *rn_softmax(rn_graph *g, rn_tensor *x, bool log) {
  return rn_graph_apply(g, &rn_op_softmax, &x, 1, NULL, 0, &(rn_softmax_attrs){log})->out[0];
}
