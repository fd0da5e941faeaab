/* op_embedding_bag.c
 *
 *   y_s = c_s sum_j w_j table[id_j]       over the ids of sequence s; c_s = 1, or 1 / (how many ids) for the mean; w_j = 1 when absent
 *
 *   table [V, D]   w [n] or absent   id [n], 0 <= id < V   ->   y [n_seqs, D]
 *
 *   dtable[id_j] += c_s w_j dy_s          dw_j += c_s dy_s . table[id_j]
 *
 * The rows are summed where they lie and never copied side by side. Only those that were used get a gradient. */
#include "ops/attrs.h"
#include "ops/op.h"

enum { TABLE, WEIGHT };

static const rn_embedding_bag_attrs *attrs(const rn_node *node) { return node->attrs; }

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, TABLE, "table", -1);
  if (status != RN_OK) return status;
  const rn_tensor *table = node->in[TABLE], *w = node->in[WEIGHT];
  const rn_ragged *seqs = attrs(node)->seqs;
  if (table->rank != 2) return rn_node_fail(node, "the table has rank %d, not 2", table->rank);
  if (!seqs) return rn_node_fail(node, "there are no sequences");
  if (rn_ragged_rows(seqs) != node->n_ids)
    return rn_node_fail(node, "%lld ids for sequences of %lld", (long long)node->n_ids, (long long)rn_ragged_rows(seqs));
  if (w && rn_tensor_size(w) != node->n_ids)
    return rn_node_fail(node, "%lld weights for %lld ids", (long long)rn_tensor_size(w), (long long)node->n_ids);
  if ((unsigned)attrs(node)->how > RN_BAG_SUM) return rn_node_fail(node, "there is no bag %d", (int)attrs(node)->how);
  status = rn_node_check_ids(node, "ids", table->shape[0], false);
  if (status != RN_OK) return status;
  node->outputs_free = true;
  return rn_node_output(node, 0, 2, (int64_t[]){seqs->n_seqs, table->shape[1]}, NULL);
}

static rn_bags arguments(const rn_node *node) {
  const rn_ragged *seqs = attrs(node)->seqs;
  const rn_tensor *w = node->in[WEIGHT];
  return (rn_bags){.mean = attrs(node)->how == RN_BAG_MEAN,
                   .n_seqs = seqs->n_seqs,
                   .n = node->in[TABLE]->shape[1],
                   .offset = seqs->offset,
                   .ids = node->ids,
                   .weight = w ? w->data : NULL};
}

static void forward(rn_node *node, void *scratch) {
  rn_bags b = arguments(node);
  rn_node_backend(node)->bags(rn_node_pool(node), &b, node->in[TABLE]->data, node->out[0]->data);
}

static void backward(rn_node *node, void *scratch) {
  rn_bags b = arguments(node);
  const rn_backend *backend = rn_node_backend(node);
  const float *table = node->in[TABLE]->data, *dy = rn_node_dy(node, 0);
  float *dweight = rn_node_grad(node, WEIGHT);
  if (dweight) backend->bags_grad(rn_node_pool(node), &b, table, dy, NULL, dweight);
  float *dtable = rn_node_grad_rows(node, TABLE, &b.ids);
  if (dtable) backend->bags_grad(rn_node_pool(node), &b, table, dy, dtable, NULL);
}

static bool supported(const rn_backend *k) { return k->bags && k->bags_grad; }

#define BAGS(kind, n, ...) &(rn_embedding_bag_attrs){kind, &(rn_ragged){.n_seqs = (n), .offset = (const int64_t[]){__VA_ARGS__}}}
#define FIVE_BAGS(kind) BAGS(kind, 5, 0, 3, 3, 8, 9, 13)
#define LONG_BAGS(kind) BAGS(kind, 16, 0, 150, 300, 450, 600, 750, 900, 1050, 1200, 1350, 1500, 1650, 1800, 1950, 2100, 2250, 2400)
static const rn_op_case cases[] = {
    {.name = "mean", .in = {RN_CASE_MATRIX(6, 5)}, .n_ids = 13, .ids_below = 6, .attrs = FIVE_BAGS(RN_BAG_MEAN)},
    {.name = "sum", .in = {RN_CASE_MATRIX(6, 9)}, .n_ids = 13, .ids_below = 6, .attrs = FIVE_BAGS(RN_BAG_SUM)},
    {.name = "weighted sum",
     .in = {RN_CASE_MATRIX(6, 17), RN_CASE_VECTOR(13)},
     .n_ids = 13,
     .ids_below = 6,
     .attrs = FIVE_BAGS(RN_BAG_SUM)},
    {.name = "weighted mean",
     .in = {RN_CASE_MATRIX(6, 3), RN_CASE_VECTOR(13)},
     .n_ids = 13,
     .ids_below = 6,
     .attrs = FIVE_BAGS(RN_BAG_MEAN)},
    {.name = "wide", .in = {RN_CASE_MATRIX(40, 75)}, .n_ids = 13, .ids_below = 40, .attrs = FIVE_BAGS(RN_BAG_MEAN)},
    {.name = "one id, many times", .in = {RN_CASE_MATRIX(4, 17)}, .n_ids = 13, .ids_below = 1, .attrs = FIVE_BAGS(RN_BAG_SUM)},
    {.name = "no sequences", .in = {RN_CASE_MATRIX(4, 3)}, .ids_below = 1, .attrs = BAGS(RN_BAG_MEAN, 0, 0)},
    {.name = "2400 of 20000x10",
     .bench = true,
     .in = {RN_CASE_MATRIX(20000, 10)},
     .n_ids = 2400,
     .ids_below = 20000,
     .attrs = LONG_BAGS(RN_BAG_MEAN)},
    {.name = "2400 of 20000x100",
     .bench = true,
     .in = {RN_CASE_MATRIX(20000, 100)},
     .n_ids = 2400,
     .ids_below = 20000,
     .attrs = LONG_BAGS(RN_BAG_MEAN)},
};

RN_OP(embedding_bag, sizeof(rn_embedding_bag_attrs), shape, NULL, NULL, forward, backward, supported, cases);

rn_tensor *rn_embedding_bag(rn_graph *g, rn_tensor *table, const int32_t *ids, rn_tensor *weight, const rn_ragged *seqs, rn_bag how) {
  rn_embedding_bag_attrs attrs = {how, rn_graph_ragged(g, seqs)};
  rn_tensor *in[] = {table, weight};
  return rn_graph_apply(g, &rn_op_embedding_bag, in, 2, ids, attrs.seqs ? rn_ragged_rows(attrs.seqs) : 0, &attrs)->out[0];
}
