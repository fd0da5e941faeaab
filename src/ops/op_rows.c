/* op_rows.c
 *
 *   y_r = x[row_r]          rows in any order, repeats allowed          dx[row_r] += dy_r */
#include "ops/attrs.h"
#include "ops/op.h"

static rn_status shape(rn_node *node) {
  const rn_ragged *seqs = ((const rn_rows_attrs *)node->attrs)->seqs;
  rn_status status = rn_node_check(node, 0, "x", -1);
  if (status == RN_OK) status = rn_node_check_ids(node, "row", rn_tensor_rows(node->in[0]), false);
  if (status != RN_OK) return status;
  if (seqs && rn_ragged_rows(seqs) != node->n_ids)
    return rn_node_fail(node, "%lld rows for sequences of %lld rows", (long long)node->n_ids, (long long)rn_ragged_rows(seqs));
  node->outputs_free = true;
  return rn_node_output(node, 0, 2, (int64_t[]){node->n_ids, rn_tensor_cols(node->in[0])}, seqs);
}

static void forward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[0];
  rn_node_backend(node)->gather_rows(rn_node_pool(node), node->n_ids, rn_tensor_cols(x), x->data, node->ids, node->out[0]->data);
}

static void backward(rn_node *node, void *scratch) {
  const int32_t *row;
  float *dx = rn_node_grad_rows(node, 0, &row);
  if (dx)
    rn_node_backend(node)->scatter_add_rows(rn_node_pool(node), node->n_ids, rn_tensor_cols(node->in[0]), rn_node_dy(node, 0), row, dx);
}

static bool supported(const rn_backend *k) { return k->gather_rows && k->scatter_add_rows; }

static const rn_rows_attrs plain = {NULL}, ragged = {&(rn_ragged){.n_seqs = 3, .offset = (const int64_t[]){0, 0, 2, 7}}};
static const rn_op_case cases[] = {
    {.name = "any order", .in = {RN_CASE_MATRIX(5, 3)}, .n_ids = 9, .ids_below = 5, .attrs = &plain},
    {.name = "into sequences", .in = {RN_CASE_MATRIX(4, 17)}, .n_ids = 7, .ids_below = 4, .attrs = &ragged},
    {.name = "none", .in = {RN_CASE_MATRIX(4, 2)}, .n_ids = 0, .ids_below = 4, .attrs = &plain},
    {.name = "2500 of 2500x512", .bench = true, .in = {RN_CASE_MATRIX(2500, 512)}, .n_ids = 2500, .ids_below = 2500, .attrs = &plain},
};

RN_OP(rows, sizeof(rn_rows_attrs), shape, NULL, NULL, forward, backward, supported, cases);

rn_tensor *rn_rows(rn_graph *g, rn_tensor *x, const int32_t *row, int64_t n, const rn_ragged *seqs) {
  rn_rows_attrs attrs = {rn_graph_ragged(g, seqs)};
  return rn_graph_apply(g, &rn_op_rows, &x, 1, row, n, &attrs)->out[0];
}
