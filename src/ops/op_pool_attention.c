/* op_pool_attention.c
 *
 *   a = softmax of the scores of a sequence's rows        y_s = sum_t a_t x_t        (Bahdanau et al. 2015; Yang et al. 2016)
 *
 *   x [n, D] with sequences   score [n, 1]   ->   y [n_seqs, D], a [n, 1]; an empty sequence gives zeros
 *
 *   dx_t += a_t dy_s        da_t = dy_s . x_t, and what comes from the output a        dscore_t += a_t (da_t - sum_u a_u da_u)
 *
 * y is a bag of all rows of x in their order, with weights a. */
#include "ops/attrs.h"
#include "ops/op.h"

enum { X, SCORE };
enum { Y, A };

static rn_status shape(rn_node *node) {
  rn_status status = rn_node_check(node, X, "x", -1);
  if (status == RN_OK) status = rn_node_check(node, SCORE, "score", 1);
  if (status != RN_OK) return status;
  const rn_tensor *x = node->in[X], *score = node->in[SCORE];
  if (!x->seqs) return rn_node_fail(node, "x has no sequences");
  if (rn_tensor_rows(score) != rn_tensor_rows(x))
    return rn_node_fail(node, "%lld scores for %lld rows", (long long)rn_tensor_rows(score), (long long)rn_tensor_rows(x));
  status = rn_node_output(node, Y, 2, (int64_t[]){x->seqs->n_seqs, rn_tensor_cols(x)}, NULL);
  return status == RN_OK ? rn_node_output(node, A, 2, (int64_t[]){rn_tensor_rows(x), 1}, x->seqs) : status;
}

static rn_bags arguments(const rn_node *node) {
  const rn_tensor *x = node->in[X];
  return (rn_bags){.n_seqs = x->seqs->n_seqs, .n = rn_tensor_cols(x), .offset = x->seqs->offset, .weight = node->out[A]->data};
}

/* Backward: da, and a da. */
static size_t scratch_size(const rn_node *node, bool backward) {
  return backward ? 2 * (size_t)rn_tensor_rows(node->in[X]) * sizeof(float) : 0;
}

static void forward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  rn_bags b = arguments(node);
  for (int64_t s = 0; s < b.n_seqs; s++) {
    int64_t first = b.offset[s], length = b.offset[s + 1] - first;
    if (length > 0) k->softmax(NULL, 1, length, node->in[SCORE]->data + first, node->out[A]->data + first, false);
  }
  k->bags(rn_node_pool(node), &b, node->in[X]->data, node->out[Y]->data);
}

static void backward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  rn_pool *pool = rn_node_pool(node);
  rn_bags b = arguments(node);
  int64_t n = rn_tensor_rows(node->in[X]);
  const float *a = node->out[A]->data, *dy = rn_node_dy(node, Y), *da_given = rn_node_dy(node, A);
  float *dx = rn_node_grad(node, X), *dscore = rn_node_grad(node, SCORE), *da = scratch, *weighted = da + n;
  for (int64_t t = 0; t < n; t++) da[t] = da_given ? da_given[t] : 0;
  if (dy) k->bags_grad(pool, &b, node->in[X]->data, dy, dx, dscore ? da : NULL);
  if (!dscore) return;
  k->binary(pool, RN_MUL, n, a, da, weighted);
  k->axpy(pool, n, 1, weighted, dscore);
  for (int64_t s = 0; s < b.n_seqs; s++) {
    int64_t first = b.offset[s], length = b.offset[s + 1] - first;
    k->axpy(NULL, length, (float)-k->sum(NULL, length, weighted + first), a + first, dscore + first);
  }
}

static bool supported(const rn_backend *k) { return k->softmax && k->bags && k->bags_grad && k->binary && k->axpy && k->sum; }

static const rn_op_case cases[] = {
    {.name = "ragged", RN_CASE_LENGTHS(4, 3, 0, 1, 5), .in = {RN_CASE_MATRIX(9, 7), RN_CASE_MATRIX(9, 1)}},
    {.name = "one sequence", RN_CASE_LENGTHS(1, 13), .in = {RN_CASE_MATRIX(13, 17), RN_CASE_MATRIX(13, 1)}},
    {.name = "one column", RN_CASE_LENGTHS(2, 4, 6), .in = {RN_CASE_MATRIX(10, 1), RN_CASE_MATRIX(10, 1)}},
    {.name = "large scores", RN_CASE_LENGTHS(2, 4, 5), .in = {RN_CASE_MATRIX(9, 3), {.rank = 2, .shape = {9, 1}, .low = 98, .high = 102}}},
    {.name = "only empty ones", RN_CASE_LENGTHS(2, 0, 0), .in = {RN_CASE_MATRIX(0, 5), RN_CASE_MATRIX(0, 1)}},
    {.name = "2500x512", .bench = true, RN_CASE_EQUAL_LENGTHS(50, 50), .in = {RN_CASE_MATRIX(2500, 512), RN_CASE_MATRIX(2500, 1)}},
};

RN_OP(pool_attention, 0, shape, NULL, scratch_size, forward, backward, supported, cases);

rn_pool_attention_out rn_pool_attention(rn_graph *g, rn_tensor *x, rn_tensor *score) {
  rn_tensor *in[] = {x, score};
  const rn_node *node = rn_graph_apply(g, &rn_op_pool_attention, in, 2, NULL, 0, NULL);
  return (rn_pool_attention_out){.y = node->out[Y], .weights = node->out[A]};
}
