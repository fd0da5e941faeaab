/* op_pool_time.c
 *
 *   y_s = x_last, mean_t x_t or max_t x_t over the rows of sequence s        x [n, D] with sequences   ->   y [n_seqs, D]
 *
 * An empty sequence gives zeros. The gradient goes to the last row, to all rows by 1 / length, or to the row of the maximum. */
#include "ops/attrs.h"
#include "ops/op.h"

static rn_pooling how(const rn_node *node) { return ((const rn_pool_time_attrs *)node->attrs)->how; }

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "x", -1);
  if (status != RN_OK) return status;
  const rn_tensor *x = node->in[0];
  if (!x->seqs) return rn_node_fail(node, "x has no sequences");
  if ((unsigned)how(node) > RN_MAX) return rn_node_fail(node, "there is no pooling %d", (int)how(node));
  node->outputs_free = true;
  return rn_node_output(node, 0, 2, (int64_t[]){x->seqs->n_seqs, rn_tensor_cols(x)}, NULL);
}

/* The row of each maximum. */
static size_t saved_size(const rn_node *node) { return how(node) == RN_MAX ? (size_t)rn_tensor_size(node->out[0]) * sizeof(int32_t) : 0; }

static void forward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[0];
  rn_node_backend(node)->pool_time(rn_node_pool(node), how(node), x->seqs->n_seqs, x->seqs->offset, rn_tensor_cols(x), x->data,
                                   node->out[0]->data, node->saved);
}

static void backward(rn_node *node, void *scratch) {
  const rn_tensor *x = node->in[0];
  float *dx = rn_node_grad(node, 0);
  if (!dx) return;
  rn_node_backend(node)->pool_time_grad(rn_node_pool(node), how(node), x->seqs->n_seqs, x->seqs->offset, rn_tensor_cols(x), node->saved,
                                        rn_node_dy(node, 0), dx);
}

static bool supported(const rn_backend *k) { return k->pool_time && k->pool_time_grad; }

static const rn_op_case cases[] = {
    {.name = "last", RN_CASE_LENGTHS(4, 3, 0, 1, 5), .in = {RN_CASE_MATRIX(9, 7)}, .attrs = &(rn_pool_time_attrs){RN_LAST}},
    {.name = "mean", RN_CASE_LENGTHS(4, 3, 0, 1, 5), .in = {RN_CASE_MATRIX(9, 7)}, .attrs = &(rn_pool_time_attrs){RN_MEAN}},
    {.name = "max", RN_CASE_LENGTHS(4, 3, 0, 1, 5), .in = {RN_CASE_MATRIX(9, 17)}, .attrs = &(rn_pool_time_attrs){RN_MAX}},
    {.name = "one sequence", RN_CASE_LENGTHS(1, 6), .in = {RN_CASE_MATRIX(6, 5)}, .attrs = &(rn_pool_time_attrs){RN_MEAN}},
    {.name = "only empty ones", RN_CASE_LENGTHS(2, 0, 0), .in = {RN_CASE_MATRIX(0, 5)}, .attrs = &(rn_pool_time_attrs){RN_MAX}},
    {.name = "max of 2500x512",
     .bench = true,
     RN_CASE_LENGTHS(5, 500, 500, 500, 500, 500),
     .in = {RN_CASE_MATRIX(2500, 512)},
     .attrs = &(rn_pool_time_attrs){RN_MAX}},
};

RN_OP(pool_time, sizeof(rn_pool_time_attrs), shape, saved_size, NULL, forward, backward, supported, cases);

rn_tensor *rn_pool_time(rn_graph *g, rn_tensor *x, rn_pooling pooling) {
  return rn_graph_apply(g, &rn_op_pool_time, &x, 1, NULL, 0, &(rn_pool_time_attrs){pooling})->out[0];
}
