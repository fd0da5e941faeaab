/* nearest_series.c: see nearest.h. */
#include <rondo/nearest.h>

#include "base/alloc.h"
#include "tensor/context.h"
#include <math.h>

typedef struct search {
  const rn_backend *backend;
  rn_distance kind;
  const rn_series_rows *known, *queries;
  const float *x, *y; /* of queries and known series: as they are, or as the kernel of DTW wants them */
  const int32_t *fold;
  int64_t *neighbour;
  float *distance;
  char *scratch; /* [workers, scratch_size] */
  size_t scratch_size;
} search;

static float squared(const search *s, int64_t query, int64_t known, float limit, void *scratch) {
  int64_t d = s->known->n_vars, n = rn_ragged_length(&s->queries->seqs, query), m = rn_ragged_length(&s->known->seqs, known);
  const float *x = s->x + s->queries->seqs.offset[query] * d, *y = s->y + s->known->seqs.offset[known] * d;
  return s->kind == RN_DTW ? s->backend->dtw(d, n, x, m, y, limit, scratch) : s->backend->squared_distance(n * d, x, y);
}

static void search_share(void *arg, int worker, int n_workers) {
  const search *s = arg;
  void *scratch = s->scratch + (size_t)worker * s->scratch_size;
  for (int64_t q = worker; q < s->queries->seqs.n_seqs; q += n_workers) {
    float best = INFINITY;
    s->neighbour[q] = -1;
    for (int64_t k = 0; k < s->known->seqs.n_seqs; k++) {
      if (s->fold && s->fold[k] == s->fold[q]) continue;
      float d = squared(s, q, k, best, scratch);
      if (d < best) best = d, s->neighbour[q] = k;
    }
    if (s->distance) s->distance[q] = sqrtf(best);
  }
}

/* A row for each variable of each series, forwards or backwards in time. NULL when out of memory. */
static float *by_variable(const rn_series_rows *a, bool backwards) {
  int64_t d = a->n_vars;
  float *out = rn_alloc_zero((size_t)rn_ragged_rows(&a->seqs), (size_t)d * sizeof *out);
  for (int64_t q = 0; out && q < a->seqs.n_seqs; q++) {
    int64_t first = a->seqs.offset[q], n = rn_ragged_length(&a->seqs, q);
    for (int64_t t = 0; t < n; t++)
      for (int64_t k = 0; k < d; k++) out[first * d + k * n + (backwards ? n - 1 - t : t)] = a->rows[(first + t) * d + k];
  }
  return out;
}

static int64_t longest(const rn_ragged *seqs) {
  int64_t most = 0;
  for (int64_t q = 0; q < seqs->n_seqs; q++) most = rn_ragged_length(seqs, q) > most ? rn_ragged_length(seqs, q) : most;
  return most;
}

static rn_status check_values(rn_context *ctx, const rn_series_rows *a, const char *which) {
  for (int64_t i = 0; i < rn_ragged_rows(&a->seqs) * a->n_vars; i++) {
    if (isfinite(a->rows[i])) continue;
    return rn_context_fail(ctx, RN_ERROR_DATA, "nearest: variable %lld of row %lld of the %s series is %g; fill in what is missing first",
                           (long long)(i % a->n_vars), (long long)(i / a->n_vars), which, (double)a->rows[i]);
  }
  return RN_OK;
}

static rn_status check_lengths(rn_context *ctx, const rn_ragged *seqs, int64_t want, const char *which) {
  for (int64_t q = 0; q < seqs->n_seqs; q++) {
    if (rn_ragged_length(seqs, q) == want) continue;
    return rn_context_fail(ctx, RN_ERROR_DATA,
                           "nearest: %s series %lld has %lld points, the first known one %lld; use DTW where lengths differ",
                           which, (long long)q, (long long)rn_ragged_length(seqs, q), (long long)want);
  }
  return RN_OK;
}

static rn_status check(rn_context *ctx, rn_distance kind, const rn_series_rows *known, const rn_series_rows *queries) {
  if (known->n_vars != queries->n_vars)
    return rn_context_fail(ctx, RN_ERROR_DATA, "nearest: known series have %lld variables, queries %lld", (long long)known->n_vars,
                           (long long)queries->n_vars);
  rn_status status = check_values(ctx, known, "known");
  if (status == RN_OK) status = check_values(ctx, queries, "queried");
  if (status != RN_OK || kind == RN_DTW || known->seqs.n_seqs == 0) return status;
  int64_t n = rn_ragged_length(&known->seqs, 0);
  status = check_lengths(ctx, &known->seqs, n, "known");
  return status == RN_OK ? check_lengths(ctx, &queries->seqs, n, "queried") : status;
}

rn_status rn_nearest(rn_context *ctx, rn_distance kind, const rn_series_rows *known, const rn_series_rows *queries, const int32_t *fold,
                     int64_t *neighbour, float *distance) {
  rn_status status = check(ctx, kind, known, queries);
  if (status != RN_OK) return status;
  if (fold && known->seqs.n_seqs != queries->seqs.n_seqs)
    return rn_context_fail(ctx, RN_ERROR_DATA,
                           "nearest: folds of %lld series, but %lld are known; in cross-validation they are the same ones",
                           (long long)queries->seqs.n_seqs, (long long)known->seqs.n_seqs);
  if (!ctx->backend->dtw || !ctx->backend->squared_distance)
    return rn_context_fail(ctx, RN_ERROR_UNSUPPORTED, "nearest: %s has no distances of series", ctx->backend->name);
  search s = {ctx->backend, kind, known, queries, queries->rows, known->rows, fold, neighbour, distance};
  float *x = NULL, *y = NULL;
  if (kind == RN_DTW) {
    s.scratch_size = (ctx->backend->dtw_scratch(longest(&queries->seqs)) + 63) / 64 * 64;
    s.scratch = rn_alloc_aligned(s.scratch_size * (size_t)rn_pool_size(ctx->pool));
    s.x = x = by_variable(queries, false);
    s.y = y = by_variable(known, true);
  }
  if (kind == RN_DTW && (!s.scratch || !x || !y))
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the neighbours of %lld series", (long long)queries->seqs.n_seqs);
  else rn_pool_team(ctx->pool, search_share, &s);
  rn_free(s.scratch);
  rn_free(x);
  rn_free(y);
  return status;
}
