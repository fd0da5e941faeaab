/* op_dropout.c
 *
 *   y = x * keep / (1 - rate)          keep ~ Bernoulli(1 - rate)          dx += dy * keep / (1 - rate)
 *
 *   PLAIN         an independent draw for every element                (Srivastava et al. 2014)
 *   VARIATIONAL   rows of one sequence share their draws               (Gal & Ghahramani 2016)
 *   ROWS          one draw for a whole row                             (Merity et al. 2018)
 *
 * The draws are a function of (seed, stream, position), so backward draws them again and no mask is stored. */
#include "ops/attrs.h"
#include "ops/op.h"

#include <string.h>

static const rn_dropout_attrs *attrs(const rn_node *node) { return node->attrs; }

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, 0, "x", -1);
  if (status != RN_OK) return status;
  const rn_tensor *x = node->in[0];
  float rate = attrs(node)->rate;
  if (!(rate >= 0 && rate < 1)) return rn_node_fail(node, "rate %g is outside 0 <= rate < 1", (double)rate);
  if (attrs(node)->kind == RN_DROPOUT_VARIATIONAL && !x->seqs)
    return rn_node_fail(node, "one mask for a sequence needs sequences, and x has none");
  node->outputs_free = true;
  return rn_node_output(node, 0, x->rank, x->shape, x->seqs);
}

/* The sequence of each row (VARIATIONAL), or each row's factor (ROWS). */
static size_t saved_size(const rn_node *node) {
  return attrs(node)->kind == RN_DROPOUT_PLAIN ? 0 : (size_t)rn_tensor_rows(node->in[0]) * sizeof(float);
}

/* ROWS draws keep / (1 - rate) for each row as dropout of a column of ones. */
static void draw_row_factors(rn_node *node) {
  float *factor = node->saved;
  int64_t n = rn_tensor_rows(node->in[0]);
  for (int64_t r = 0; r < n; r++) factor[r] = 1;
  rn_node_backend(node)->dropout(rn_node_pool(node), n, 1, attrs(node)->rate, attrs(node)->seed, attrs(node)->stream, NULL, factor, factor,
                                 false);
}

static void list_sequence_of_row(rn_node *node) {
  const rn_ragged *seqs = node->in[0]->seqs;
  int32_t *row_of = node->saved;
  for (int64_t s = 0; s < seqs->n_seqs; s++)
    for (int64_t r = seqs->offset[s]; r < seqs->offset[s + 1]; r++) row_of[r] = (int32_t)s;
}

static void forward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  const rn_dropout_attrs *a = attrs(node);
  const float *x = node->in[0]->data;
  float *y = node->out[0]->data;
  int64_t m = rn_tensor_rows(node->in[0]), n = rn_tensor_cols(node->in[0]);
  if (a->kind == RN_DROPOUT_ROWS) {
    draw_row_factors(node);
    for (int64_t r = 0; r < m; r++) k->scale(NULL, n, ((float *)node->saved)[r], x + r * n, y + r * n);
    return;
  }
  if (a->kind == RN_DROPOUT_VARIATIONAL) list_sequence_of_row(node);
  k->dropout(rn_node_pool(node), m, n, a->rate, a->seed, a->stream, node->saved, x, y, false);
}

static void backward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  const rn_dropout_attrs *a = attrs(node);
  const float *dy = rn_node_dy(node, 0);
  bool fresh;
  float *dx = a->kind == RN_DROPOUT_ROWS ? rn_node_grad(node, 0) : rn_node_grad_fresh(node, 0, &fresh);
  int64_t m = rn_tensor_rows(node->in[0]), n = rn_tensor_cols(node->in[0]);
  if (!dx) return;
  if (a->kind == RN_DROPOUT_ROWS) {
    for (int64_t r = 0; r < m; r++) k->axpy(NULL, n, ((const float *)node->saved)[r], dy + r * n, dx + r * n);
    return;
  }
  k->dropout(rn_node_pool(node), m, n, a->rate, a->seed, a->stream, node->saved, dy, dx, !fresh);
}

static bool supported(const rn_backend *k) { return k->dropout && k->scale && k->axpy; }

static const rn_dropout_attrs plain = {0.3f, RN_DROPOUT_PLAIN, 42, 7}, half = {0.5f, RN_DROPOUT_PLAIN, 1, 1},
                              shared = {0.4f, RN_DROPOUT_VARIATIONAL, 42, 8}, rows = {0.4f, RN_DROPOUT_ROWS, 42, 9};
static const rn_op_case cases[] = {
    {.name = "plain", .in = {RN_CASE_MATRIX(9, 13)}, .attrs = &plain},
    {.name = "plain, other stream", .in = {RN_CASE_MATRIX(40, 17)}, .attrs = &half},
    {.name = "variational", RN_CASE_LENGTHS(4, 3, 0, 5, 1), .in = {RN_CASE_MATRIX(9, 11)}, .attrs = &shared},
    {.name = "rows", .in = {RN_CASE_MATRIX(23, 5)}, .attrs = &rows},
    {.name = "no rows", .in = {RN_CASE_MATRIX(0, 5)}, .attrs = &plain},
    {.name = "2500x512", .bench = true, .in = {RN_CASE_MATRIX(2500, 512)}, .attrs = &half},
};

RN_OP(dropout, sizeof(rn_dropout_attrs), shape, saved_size, NULL, forward, backward, supported, cases);

rn_tensor *rn_dropout(rn_graph *g, rn_tensor *x, float rate, rn_dropout_kind kind) {
  if (rn_graph_mode(g) != RN_TRAIN || rate == 0) return x;
  rn_dropout_attrs attrs = {.rate = rate, .kind = kind, .seed = rn_graph_seed(g), .stream = rn_graph_dropout_stream(g)};
  return rn_graph_apply(g, &rn_op_dropout, &x, 1, NULL, 0, &attrs)->out[0];
}
