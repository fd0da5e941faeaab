/* op_concat.c
 *
 *   y = [x_0 | x_1 | ...]          columns side by side          x_i [n, D_i]   ->   y [n, sum of D_i]
 *
 *   dx_i += the columns of dy that came from x_i */
#include "ops/attrs.h"
#include "ops/op.h"

#define MAX_PARTS 8

static int n_parts(const rn_node *node) { return ((const rn_concat_attrs *)node->attrs)->n; }

static rn_status shape(rn_node *node) {
  int n = n_parts(node);
  const rn_ragged *seqs = NULL;
  int64_t cols = 0;
  if (n < 1 || n > MAX_PARTS) return rn_node_fail(node, "%d tensors; it takes 1 to %d", n, MAX_PARTS);
  for (int i = 0; i < n; i++) {
    char name[16] = {'x', '[', (char)('0' + i), ']'}, first[128], this[128];
    rn_status status = rn_node_check(node, i, name, -1);
    if (status != RN_OK) return status;
    if (rn_tensor_rows(node->in[i]) != rn_tensor_rows(node->in[0]))
      return rn_node_fail(node, "%s is %s but x[0] is %s: the rows must agree", name, rn_shape_text(node->in[i], this, sizeof this),
                          rn_shape_text(node->in[0], first, sizeof first));
    cols += rn_tensor_cols(node->in[i]);
    if (!seqs) seqs = node->in[i]->seqs;
  }
  node->outputs_free = true;
  return rn_node_output(node, 0, 2, (int64_t[]){rn_tensor_rows(node->in[0]), cols}, seqs);
}

static void forward(rn_node *node, void *scratch) {
  int64_t m = rn_tensor_rows(node->out[0]), ldy = rn_tensor_cols(node->out[0]), at = 0;
  for (int i = 0; i < n_parts(node); i++) {
    int64_t cols = rn_tensor_cols(node->in[i]);
    rn_node_backend(node)->copy_cols(rn_node_pool(node), m, cols, node->in[i]->data, cols, node->out[0]->data + at, ldy, false);
    at += cols;
  }
}

static void backward(rn_node *node, void *scratch) {
  int64_t m = rn_tensor_rows(node->out[0]), ldy = rn_tensor_cols(node->out[0]), at = 0;
  for (int i = 0; i < n_parts(node); i++) {
    int64_t cols = rn_tensor_cols(node->in[i]);
    bool fresh;
    float *dx = rn_node_grad_fresh(node, i, &fresh);
    if (dx) rn_node_backend(node)->copy_cols(rn_node_pool(node), m, cols, rn_node_dy(node, 0) + at, ldy, dx, cols, !fresh);
    at += cols;
  }
}

static bool supported(const rn_backend *k) { return k->copy_cols; }

static const rn_op_case cases[] = {
    {.name = "two", .in = {RN_CASE_MATRIX(5, 3), RN_CASE_MATRIX(5, 9)}, .attrs = &(rn_concat_attrs){2}},
    {.name = "one", .in = {RN_CASE_MATRIX(5, 3)}, .attrs = &(rn_concat_attrs){1}},
    {.name = "four, ragged",
     RN_CASE_LENGTHS(2, 0, 4),
     .attrs = &(rn_concat_attrs){4},
     .in = {RN_CASE_MATRIX(4, 3), RN_CASE_MATRIX(4, 1), RN_CASE_MATRIX(4, 8), RN_CASE_MATRIX(4, 5)}},
    {.name = "no rows", .in = {RN_CASE_MATRIX(0, 3), RN_CASE_MATRIX(0, 9)}, .attrs = &(rn_concat_attrs){2}},
    {.name = "2500 x (128 | 512)",
     .bench = true,
     .in = {RN_CASE_MATRIX(2500, 128), RN_CASE_MATRIX(2500, 512)},
     .attrs = &(rn_concat_attrs){2}},
};

RN_OP(concat, sizeof(rn_concat_attrs), shape, NULL, NULL, forward, backward, supported, cases);

rn_tensor *rn_concat(rn_graph *g, rn_tensor *const *x, int n) {
  int given = n < 0 ? 0 : n < MAX_PARTS ? n : MAX_PARTS; /* `shape` refuses the rest with words */
  return rn_graph_apply(g, &rn_op_concat, x, given, NULL, 0, &(rn_concat_attrs){n})->out[0];
}
