/* op_slice.c
 *
 *   y = columns first .. first + count - 1 of x            dx += dy in those columns */
#include "ops/attrs.h"
#include "ops/op.h"

static const rn_slice_attrs *attrs(const rn_node *node) { return node->attrs; }

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "x", -1);
  if (status != RN_OK) return status;
  const rn_tensor *x = node->in[0];
  int64_t first = attrs(node)->first, count = attrs(node)->count;
  char text[128];
  if (first < 0 || count < 0 || first > rn_tensor_cols(x) || count > rn_tensor_cols(x) - first)
    return rn_node_fail(node, "columns %lld to %lld of x %s", (long long)first, (long long)(first + count - 1),
                        rn_shape_text(x, text, sizeof text));
  node->outputs_free = true;
  return rn_node_output(node, 0, 2, (int64_t[]){rn_tensor_rows(x), count}, x->seqs);
}

static void forward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[0];
  rn_node_backend(node)->copy_cols(rn_node_pool(node), rn_tensor_rows(x), attrs(node)->count, x->data + attrs(node)->first,
                                   rn_tensor_cols(x), node->out[0]->data, attrs(node)->count, false);
}

static void backward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[0];
  float *dx = rn_node_grad(node, 0);
  if (!dx) return;
  rn_node_backend(node)->copy_cols(rn_node_pool(node), rn_tensor_rows(x), attrs(node)->count, rn_node_dy(node, 0), attrs(node)->count,
                                   dx + attrs(node)->first, rn_tensor_cols(x), true);
}

static bool supported(const rn_backend *k) { return k->copy_cols; }

static const rn_op_case cases[] = {
    {.name = "the middle", .in = {RN_CASE_MATRIX(5, 11)}, .attrs = &(rn_slice_attrs){3, 5}},
    {.name = "all", .in = {RN_CASE_MATRIX(4, 7)}, .attrs = &(rn_slice_attrs){0, 7}},
    {.name = "the last one, ragged", RN_CASE_LENGTHS(2, 3, 1), .in = {RN_CASE_MATRIX(4, 7)}, .attrs = &(rn_slice_attrs){6, 1}},
    {.name = "no rows", .in = {RN_CASE_MATRIX(0, 7)}, .attrs = &(rn_slice_attrs){2, 3}},
    {.name = "128 of 2500x512", .bench = true, .in = {RN_CASE_MATRIX(2500, 512)}, .attrs = &(rn_slice_attrs){128, 128}},
};

RN_OP(slice, sizeof(rn_slice_attrs), shape, NULL, NULL, forward, backward, supported, cases);

rn_tensor *rn_slice(rn_graph *g, rn_tensor *x, int64_t first, int64_t count) {
  return rn_graph_apply(g, &rn_op_slice, &x, 1, NULL, 0, &(rn_slice_attrs){first, count})->out[0];
}
