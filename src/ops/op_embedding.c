/* op_embedding.c
 *
 *   y_r = table[id_r]                 table [V, D]   id [n], 0 <= id < V   ->   y [n, D]
 *
 *   dtable[id_r] += dy_r              only the rows that were used are touched */
#include "ops/attrs.h"
#include "ops/op.h"

static rn_status shape(rn_node *node) {
  const rn_ragged *seqs = ((const rn_embedding_attrs *)node->attrs)->seqs;
  rn_status status = rn_node_check(node, 0, "table", -1);
  if (status != RN_OK) return status;
  const rn_tensor *table = node->in[0];
  if (table->rank != 2) return rn_node_fail(node, "the table has rank %d, not 2", table->rank);
  if (seqs && rn_ragged_rows(seqs) != node->n_ids)
    return rn_node_fail(node, "%lld ids for sequences of %lld rows", (long long)node->n_ids, (long long)rn_ragged_rows(seqs));
  status = rn_node_check_ids(node, "ids", table->shape[0], false);
  if (status != RN_OK) return status;
  node->outputs_free = true;
  return rn_node_output(node, 0, 2, (int64_t[]){node->n_ids, table->shape[1]}, seqs);
}

static void forward(rn_node *node, void *scratch) {
  const rn_tensor *table = node->in[0];
  rn_node_backend(node)->gather_rows(rn_node_pool(node), node->n_ids, table->shape[1], table->data, node->ids, node->out[0]->data);
}

static void backward(rn_node *node, void *scratch) {
  const int32_t *row;
  float *dtable = rn_node_grad_rows(node, 0, &row);
  if (dtable)
    rn_node_backend(node)->scatter_add_rows(rn_node_pool(node), node->n_ids, node->in[0]->shape[1], rn_node_dy(node, 0), row, dtable);
}

static bool supported(const rn_backend *k) { return k->gather_rows && k->scatter_add_rows; }

static const rn_embedding_attrs rows_only = {NULL};
static const rn_embedding_attrs ragged = {&(rn_ragged){.n_seqs = 4, .offset = (const int64_t[]){0, 3, 3, 8, 9}}};
static const rn_op_case cases[] = {
    {.name = "rows", .in = {RN_CASE_MATRIX(6, 5)}, .n_ids = 11, .ids_below = 6, .attrs = &rows_only},
    {.name = "ragged", .in = {RN_CASE_MATRIX(5, 9)}, .n_ids = 9, .ids_below = 5, .attrs = &ragged},
    {.name = "one id, many times", .in = {RN_CASE_MATRIX(4, 17)}, .n_ids = 13, .ids_below = 1, .attrs = &rows_only},
    {.name = "no ids", .in = {RN_CASE_MATRIX(4, 3)}, .n_ids = 0, .ids_below = 1, .attrs = &rows_only},
    {.name = "2500 of 65x128", .bench = true, .in = {RN_CASE_MATRIX(65, 128)}, .n_ids = 2500, .ids_below = 65, .attrs = &rows_only},
    {.name = "700 of 10000x650", .bench = true, .in = {RN_CASE_MATRIX(10000, 650)}, .n_ids = 700, .ids_below = 10000, .attrs = &rows_only},
};

RN_OP(embedding, sizeof(rn_embedding_attrs), shape, NULL, NULL, forward, backward, supported, cases);

rn_tensor *rn_embedding(rn_graph *g, rn_tensor *table, const int32_t *ids, int64_t n, const rn_ragged *seqs) {
  rn_embedding_attrs attrs = {rn_graph_ragged(g, seqs)};
  return rn_graph_apply(g, &rn_op_embedding, &table, 1, ids, n, &attrs)->out[0];
}
