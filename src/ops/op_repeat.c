/* op_repeat.c
 *
 *   y_r = row          for r = 0 .. n - 1          row [D]   ->   y [n, D]          drow += sum over rows of dy */
#include "ops/attrs.h"
#include "ops/op.h"

static int64_t times(const rn_node *node) { return ((const rn_repeat_attrs *)node->attrs)->n; }

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "row", -1);
  if (status != RN_OK) return status;
  if (times(node) < 0) return rn_node_fail(node, "%lld times", (long long)times(node));
  node->outputs_free = true;
  return rn_node_output(node, 0, 2, (int64_t[]){times(node), rn_tensor_size(node->in[0])}, NULL);
}

/* A leading dimension of zero reads the one row again and again. */
static void forward(rn_node *node, void *scratch) {
  int64_t n = rn_tensor_size(node->in[0]);
  rn_node_backend(node)->copy_cols(rn_node_pool(node), times(node), n, node->in[0]->data, 0, node->out[0]->data, n, false);
}

static void backward(rn_node *node, void *scratch) {
  int64_t n = rn_tensor_size(node->in[0]);
  float *drow = rn_node_grad(node, 0);
  if (drow) rn_node_backend(node)->sum_rows(rn_node_pool(node), times(node), n, rn_node_dy(node, 0), n, drow);
}

static bool supported(const rn_backend *k) { return k->copy_cols && k->sum_rows; }

static const rn_op_case cases[] = {
    {.name = "five times", .in = {RN_CASE_VECTOR(9)}, .attrs = &(rn_repeat_attrs){5}},
    {.name = "once", .in = {RN_CASE_VECTOR(20)}, .attrs = &(rn_repeat_attrs){1}},
    {.name = "a matrix of one row", .in = {RN_CASE_MATRIX(1, 6)}, .attrs = &(rn_repeat_attrs){3}},
    {.name = "never", .in = {RN_CASE_VECTOR(4)}, .attrs = &(rn_repeat_attrs){0}},
    {.name = "512, 2500 times", .bench = true, .in = {RN_CASE_VECTOR(512)}, .attrs = &(rn_repeat_attrs){2500}},
};

RN_OP(repeat, sizeof(rn_repeat_attrs), shape, NULL, NULL, forward, backward, supported, cases);

rn_tensor *rn_repeat(rn_graph *g, rn_tensor *row, int64_t n) {
  return rn_graph_apply(g, &rn_op_repeat, &row, 1, NULL, 0, &(rn_repeat_attrs){n})->out[0];
}
