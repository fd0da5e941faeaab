/* viterbi.c: the best labels of a chain, and the probability of each label.
 *
 *   v_0[j] = start[j] + e_0[j]          v_t[j] = e_t[j] + max_i (v_{t-1}[i] + transition[i, j])          from_t[j] = that i
 *
 *   y_last = argmax_j (v_last[j] + end[j])          y_{t-1} = from_t[y_t] */
#include "base/alloc.h"
#include "tensor/context.h"
#include <math.h>
#include <rondo/decode.h>

typedef struct walk {
  const rn_crf_scores *scores;
  double *v;     /* [n_seqs, 2, K] */
  int32_t *from; /* [n_rows, K] */
  int32_t *tags;
  double *best; /* [n_seqs] */
} walk;

/* next = v_t, from = from_t */
static void step(int64_t K, const float *transitions, const float *emission, const double *v, double *next, int32_t *from) {
  for (int64_t j = 0; j < K; j++) next[j] = -INFINITY, from[j] = 0;
  for (int64_t i = 0; i < K; i++)
    for (int64_t j = 0; j < K; j++) {
      double through = v[i] + transitions[i * K + j];
      bool better = through > next[j];
      next[j] = better ? through : next[j];
      from[j] = better ? (int32_t)i : from[j];
    }
  for (int64_t j = 0; j < K; j++) next[j] += emission[j];
}

static void walk_sequence(void *arg, int64_t seq) {
  const walk *w = arg;
  const rn_crf_scores *s = w->scores;
  int64_t K = s->n_labels, first = s->seqs.offset[seq], last = s->seqs.offset[seq + 1] - 1;
  w->best[seq] = 0;
  if (first > last) return;
  double *v = w->v + 2 * seq * K, *next = v + K;
  for (int64_t j = 0; j < K; j++) v[j] = (s->start ? s->start[j] : 0) + (double)s->emissions[first * K + j];
  for (int64_t t = first + 1; t <= last; t++) {
    step(K, s->transitions, s->emissions + t * K, v, next, w->from + t * K);
    double *before = v;
    v = next, next = before;
  }
  int32_t y = 0;
  for (int64_t j = 0; s->end && j < K; j++) v[j] += s->end[j];
  for (int64_t j = 1; j < K; j++)
    if (v[j] > v[y]) y = (int32_t)j;
  w->best[seq] = v[y];
  for (int64_t t = last; t >= first; t--) {
    w->tags[t] = y;
    if (t > first) y = w->from[t * K + y];
  }
}

static rn_status check(rn_context *ctx, const rn_crf_scores *s) {
  rn_status status = rn_ragged_check(ctx, &s->seqs);
  if (status == RN_OK && (s->n_labels < 1 || s->n_labels > INT32_MAX))
    status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "crf: there are %lld labels", (long long)s->n_labels);
  return status;
}

/* A sequence whose best score, or log Z, is no number has nothing to say. */
static rn_status check_found(rn_context *ctx, int64_t n_seqs, const double *found) {
  for (int64_t s = 0; s < n_seqs; s++)
    if (!isfinite(found[s]))
      return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "crf: sequence %lld: %s", (long long)s,
                             found[s] == -INFINITY ? "every labelling is forbidden" : "the scores are not finite");
  return RN_OK;
}

rn_status rn_crf_decode(rn_context *ctx, const rn_crf_scores *s, int32_t *tags, double *score) {
  rn_status status = check(ctx, s);
  if (status != RN_OK) return status;
  int64_t n_seqs = s->seqs.n_seqs, K = s->n_labels;
  walk w = {.scores = s, .tags = tags};
  w.v = rn_alloc_zero((size_t)n_seqs, 2 * (size_t)K * sizeof *w.v);
  w.from = rn_alloc((size_t)(rn_ragged_rows(&s->seqs) * K) * sizeof *w.from);
  w.best = score ? score : rn_alloc((size_t)n_seqs * sizeof *w.best);
  if (w.v && w.from && w.best) {
    rn_pool_for(ctx->pool, n_seqs, walk_sequence, &w);
    status = check_found(ctx, n_seqs, w.best);
  } else {
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the paths of %lld rows", (long long)rn_ragged_rows(&s->seqs));
  }
  rn_free(w.v);
  rn_free(w.from);
  if (!score) rn_free(w.best);
  return status;
}

rn_status rn_crf_marginals(rn_context *ctx, const rn_crf_scores *s, float *p, double *log_z) {
  rn_status status = check(ctx, s);
  if (status != RN_OK) return status;
  const rn_backend *k = ctx->backend;
  if (!k->crf) return rn_context_fail(ctx, RN_ERROR_UNSUPPORTED, "crf: the device \"%s\" has no such operation", k->name);
  rn_chain a = {.n_seqs = s->seqs.n_seqs, .n_labels = s->n_labels, .offset = s->seqs.offset, .demission = p};
  a.emission = s->emissions, a.transition = s->transitions, a.start = s->start, a.end = s->end;
  a.loss = log_z ? log_z : rn_alloc((size_t)a.n_seqs * sizeof *a.loss);
  void *scratch = rn_alloc_aligned(k->crf_scratch(&a));
  if (a.loss && scratch) {
    k->crf(ctx->pool, &a, scratch);
    status = check_found(ctx, a.n_seqs, a.loss);
  } else {
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the probabilities of %lld rows", (long long)rn_ragged_rows(&s->seqs));
  }
  if (!log_z) rn_free(a.loss);
  rn_free(scratch);
  return status;
}
