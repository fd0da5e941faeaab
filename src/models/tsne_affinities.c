/* tsne_affinities.c: P from the exact nearest neighbours. */
#include "models/tsne_affinities.h"
#include "base/alloc.h"
#include "kernels/space.h"
#include "tensor/context.h"
#include <math.h>
#include <rondo/neighbours.h>
#include <string.h>

enum { SMALL = 2000 }; /* rows up to which all pairs are taken */

static rn_status check(rn_context *ctx, int64_t n, int64_t dim, const float *rows, double perplexity) {
  if (n < 4 || n > INT32_MAX)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "t-SNE of %lld rows: four are needed, and 2147483647 are possible", (long long)n);
  double most = (double)(n - 1) / 3;
  if (!(perplexity >= 1 && perplexity <= most))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                           "a perplexity of %g is too large for %lld rows: 1 to %g, a third of the others, is possible", perplexity,
                           (long long)n, floor(most));
  for (int64_t i = 0; i < n * dim; i++)
    if (!isfinite(rows[i]))
      return rn_context_fail(ctx, RN_ERROR_DATA, "t-SNE: number %lld of row %lld is %g", (long long)(i % dim) + 1, (long long)(i / dim) + 1,
                             (double)rows[i]);
  return RN_OK;
}

/* Each row's k nearest others, and their squared distances: k + 1 are asked for, since the row itself is among them, unless so many are
 * equal to it that it is not; then the last is left out. */
static rn_status find_neighbours(rn_context *ctx, int64_t n, int64_t dim, const float *rows, int64_t k, int32_t *neighbour,
                                 float *distance) {
  int64_t asked = k + 1;
  int64_t *row = rn_alloc_aligned((size_t)n * (size_t)asked * sizeof *row);
  float *score = rn_alloc_aligned((size_t)n * (size_t)asked * sizeof *score);
  rn_status status = row && score ? rn_neighbours(ctx, RN_NEAR_EUCLIDEAN, n, dim, rows, n, rows, asked, row, score)
                                  : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the neighbours of %lld rows", (long long)n);
  for (int64_t i = 0; status == RN_OK && i < n; i++) {
    int64_t at = 0;
    for (int64_t j = 0; j < asked && at < k; j++) {
      if (row[i * asked + j] == i) continue;
      neighbour[i * k + at] = (int32_t)row[i * asked + j];
      distance[i * k + at++] = score[i * asked + j] * score[i * asked + j];
    }
  }
  rn_free(row);
  rn_free(score);
  return status;
}

/* The rows' neighbours both ways round: the row i of the transposed matrix, reverse[from[i]] .. reverse[from[i + 1] - 1]. */
typedef struct transposed {
  int64_t *from, *at;
  int32_t *reverse;
  float *p;
} transposed;

static bool transpose(int64_t n, int64_t k, const int32_t *neighbour, const float *p, transposed *t) {
  t->from = rn_alloc_zero((size_t)n + 1, sizeof *t->from);
  t->at = rn_alloc_zero((size_t)n + 1, sizeof *t->at);
  t->reverse = rn_alloc_aligned((size_t)(n * k) * sizeof *t->reverse);
  t->p = rn_alloc_aligned((size_t)(n * k) * sizeof *t->p);
  if (!t->from || !t->at || !t->reverse || !t->p) return false;
  for (int64_t i = 0; i < n * k; i++) t->from[neighbour[i] + 1]++;
  for (int64_t i = 0; i < n; i++) t->from[i + 1] += t->from[i];
  memcpy(t->at, t->from, (size_t)n * sizeof *t->at);
  for (int64_t i = 0; i < n * k; i++) {
    int64_t place = t->at[neighbour[i]]++;
    t->reverse[place] = (int32_t)(i / k), t->p[place] = p[i];
  }
  return true;
}

static void transposed_free(transposed *t) {
  rn_free(t->from);
  rn_free(t->at);
  rn_free(t->reverse);
  rn_free(t->p);
}

/* p_ij = (p_j|i + p_i|j) / 2n. A row is gathered in `sum` [n], zeros before and after, whose places `there` says are taken. */
static void add_both(int64_t n, int64_t k, const int32_t *neighbour, const float *p, const transposed *t, float *sum, bool *there,
                     rn_affinities *out) {
  float half = 0.5f / (float)n;
  for (int64_t i = 0, end = 0; i < n; i++) {
    int64_t begin = end, n_reverse = t->from[i + 1] - t->from[i];
    for (int64_t j = 0; j < k + n_reverse; j++) {
      int64_t r = t->from[i] + j - k;
      int32_t other = j < k ? neighbour[i * k + j] : t->reverse[r];
      sum[other] += j < k ? p[i * k + j] : t->p[r];
      if (!there[other]) out->neighbour[end++] = other;
      there[other] = true;
    }
    for (int64_t e = begin; e < end; e++) {
      int32_t other = out->neighbour[e];
      out->p[e] = half * sum[other];
      sum[other] = 0, there[other] = false;
    }
    out->offset[i + 1] = end;
  }
}

static bool symmetrise(int64_t n, int64_t k, const int32_t *neighbour, const float *p, rn_affinities *out) {
  transposed t = {0};
  float *sum = rn_alloc_zero((size_t)n, sizeof *sum);
  bool *there = rn_alloc_zero((size_t)n, sizeof *there);
  out->offset = rn_alloc_zero((size_t)n + 1, sizeof *out->offset);
  out->neighbour = rn_alloc_aligned((size_t)(2 * n * k) * sizeof *out->neighbour);
  out->p = rn_alloc_aligned((size_t)(2 * n * k) * sizeof *out->p);
  bool good = sum && there && out->offset && out->neighbour && out->p && transpose(n, k, neighbour, p, &t);
  if (good) add_both(n, k, neighbour, p, &t, sum, there, out);
  transposed_free(&t);
  rn_free(sum);
  rn_free(there);
  return good;
}

rn_status rn_affinities_new(rn_context *ctx, int64_t n, int64_t dim, const float *rows, double perplexity, rn_tsne_method method,
                            rn_affinities *out) {
  *out = (rn_affinities){.n = n};
  if (!ctx->backend->space) return rn_context_fail(ctx, RN_ERROR_UNSUPPORTED, "t-SNE: %s has no such kernels", ctx->backend->name);
  rn_status status = check(ctx, n, dim, rows, perplexity);
  if (status != RN_OK) return status;
  bool all = method == RN_TSNE_EXACT || (method == RN_TSNE_AUTO && n <= SMALL);
  int64_t k = all ? n - 1 : (int64_t)(3 * perplexity);
  size_t pairs = (size_t)n * (size_t)k;
  int32_t *neighbour = rn_alloc_aligned(pairs * sizeof *neighbour);
  float *distance = rn_alloc_aligned(pairs * sizeof *distance), *p = rn_alloc_aligned(pairs * sizeof *p);
  bool good = neighbour && distance && p;
  if (good) status = find_neighbours(ctx, n, dim, rows, k, neighbour, distance);
  if (good && status == RN_OK) {
    ctx->backend->space->affinities(ctx->pool, n, k, distance, (float)perplexity, p);
    good = symmetrise(n, k, neighbour, p, out);
  }
  if (!good) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the neighbours of %lld rows", (long long)n);
  rn_free(neighbour);
  rn_free(distance);
  rn_free(p);
  if (status != RN_OK) rn_affinities_free(out);
  return status;
}

void rn_affinities_free(rn_affinities *a) {
  rn_free(a->offset);
  rn_free(a->neighbour);
  rn_free(a->p);
  *a = (rn_affinities){0};
}
