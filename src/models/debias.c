/* debias.c: see debias.h. */
#include <rondo/debias.h>

#include "base/alloc.h"
#include "models/debias_soft.h"
#include "tensor/context.h"
#include <math.h>
#include <rondo/pca.h>
#include <string.h>

enum { MAX_SOFT = 4096 };

void rn_debias_free(rn_debias_result *r) {
  rn_free(r->direction);
  rn_free(r->share);
  *r = (rn_debias_result){0};
}

typedef struct work {
  rn_context *ctx;
  const rn_backend *b;
  int64_t n, dim, k;
  const rn_debias_options *o;
  float *w;       /* [n, dim] the caller's, of length 1 */
  float *part;    /* [n, k] coordinates in B */
  float *centred; /* [2 n_pairs, dim] */
  float *room;    /* [n or dim, dim] */
} work;

static void normalise(work *w) {
  for (int64_t i = 0; i < w->n; i++) {
    double square = w->b->sum_squares(NULL, w->dim, w->w + i * w->dim);
    if (square > 0) w->b->scale(NULL, w->dim, (float)(1 / sqrt(square)), w->w + i * w->dim, w->w + i * w->dim);
  }
}

static rn_status product(work *w, rn_gemm g) {
  void *scratch = rn_alloc_aligned(w->b->gemm_scratch(&g, rn_pool_size(w->ctx->pool)));
  if (!scratch) return rn_context_fail(w->ctx, RN_ERROR_MEMORY, "out of memory for debiasing");
  w->b->gemm(w->ctx->pool, &g, scratch);
  rn_free(scratch);
  return RN_OK;
}

/* Each pair's vectors less their mean, and the principal components of them all. */
static rn_status find_subspace(work *w, rn_debias_result *out) {
  for (int64_t p = 0; p < w->o->n_pairs; p++) {
    const float *x = w->w + w->o->pair[2 * p] * w->dim, *y = w->w + w->o->pair[2 * p + 1] * w->dim;
    double square = 0;
    for (int64_t i = 0; i < w->dim; i++) {
      float half = 0.5f * (x[i] - y[i]);
      w->centred[2 * p * w->dim + i] = half, w->centred[(2 * p + 1) * w->dim + i] = -half;
      square += (double)half * (double)half;
    }
    if (!(square > 0)) return rn_context_fail(w->ctx, RN_ERROR_DATA, "pair %lld: its two words have the same vector", (long long)p + 1);
  }
  rn_pca pca;
  rn_pca_options po = rn_pca_options_default(w->k);
  rn_status status = rn_pca_fit(w->ctx, 2 * w->o->n_pairs, w->dim, w->centred, &po, &pca);
  if (status != RN_OK) return status;
  memcpy(out->direction, pca.component, (size_t)(w->k * w->dim) * sizeof(float));
  for (int64_t l = 0; l < w->k; l++) {
    out->share[l] = pca.total > 0 ? pca.variance[l] / pca.total : 0;
    double towards = 0;
    float *d = out->direction + l * w->dim;
    for (int64_t p = 0; p < w->o->n_pairs; p++)
      for (int64_t i = 0; i < w->dim; i++) towards += (double)w->centred[(2 * p + 1) * w->dim + i] * (double)d[i];
    if (towards < 0) w->b->scale(NULL, w->dim, -1, d, d);
  }
  rn_pca_free(&pca);
  return RN_OK;
}

/* part = W B^T, and the mean of |w_B| over neutral words. */
static rn_status project(work *w, const float *b, double *bias) {
  rn_status status = product(
      w,
      (rn_gemm){
          .trans_b = true, .m = w->n, .n = w->k, .k = w->dim, .a = w->w, .lda = w->dim, .b = b, .ldb = w->dim, .c = w->part, .ldc = w->k});
  double sum = 0;
  int64_t count = 0;
  for (int64_t i = 0; status == RN_OK && i < w->n; i++)
    if (w->o->neutral[i]) {
      sum += sqrt(w->b->sum_squares(NULL, w->k, w->part + i * w->k));
      count++;
    }
  *bias = count ? sum / (double)count : 0;
  return status;
}

/* w <- w - w_B of neutral words; the parts of the others are set to zero first. */
static rn_status neutralise(work *w, const float *b) {
  for (int64_t i = 0; i < w->n; i++)
    for (int64_t l = 0; l < w->k; l++) w->part[i * w->k + l] = w->o->neutral[i] ? -w->part[i * w->k + l] : 0;
  return product(w, (rn_gemm){.accumulate = true,
                              .m = w->n,
                              .n = w->dim,
                              .k = w->k,
                              .a = w->part,
                              .lda = w->k,
                              .b = b,
                              .ldb = w->dim,
                              .c = w->w,
                              .ldc = w->dim});
}

/* Both words of a pair at the same distance from whatever has no part in B. */
static void equalise(work *w, const float *b) {
  for (int64_t p = 0; p < w->o->n_equalize; p++) {
    float *x[2] = {w->w + w->o->equalize[2 * p] * w->dim, w->w + w->o->equalize[2 * p + 1] * w->dim};
    float *v = w->room, *half = v + w->dim; /* v = m - m_B; half = (x_0 - x_1)_B / 2, which is x_0's w_B - m_B and minus x_1's */
    for (int64_t i = 0; i < w->dim; i++) v[i] = 0.5f * (x[0][i] + x[1][i]), half[i] = 0;
    for (int64_t l = 0; l < w->k; l++) {
      const float *d = b + l * w->dim;
      double mean = 0, difference = 0;
      for (int64_t i = 0; i < w->dim; i++) {
        mean += 0.5 * ((double)x[0][i] + (double)x[1][i]) * (double)d[i];
        difference += 0.5 * ((double)x[0][i] - (double)x[1][i]) * (double)d[i];
      }
      w->b->axpy(NULL, w->dim, (float)-mean, d, v);
      w->b->axpy(NULL, w->dim, (float)difference, d, half);
    }
    double left = 1 - w->b->sum_squares(NULL, w->dim, v), length = sqrt(w->b->sum_squares(NULL, w->dim, half));
    float scale = left > 0 && length > 0 ? (float)(sqrt(left) / length) : 0;
    for (int64_t i = 0; i < w->dim; i++) x[0][i] = v[i] + scale * half[i], x[1][i] = v[i] - scale * half[i];
  }
}

/* out = mean over the rows chosen of w w^T, in double. */
static rn_status gram(work *w, bool neutral_only, float *c, double *out) {
  int64_t dim = w->dim, count = 0;
  memcpy(w->room, w->w, (size_t)(w->n * dim) * sizeof(float));
  for (int64_t i = 0; i < w->n; i++) {
    bool chosen = !neutral_only || w->o->neutral[i];
    count += chosen;
    if (!chosen) memset(w->room + i * dim, 0, (size_t)dim * sizeof(float));
  }
  rn_status status = product(
      w, (rn_gemm){.trans_a = true, .m = dim, .n = dim, .k = w->n, .a = w->room, .lda = dim, .b = w->room, .ldb = dim, .c = c, .ldc = dim});
  for (int64_t i = 0; i < dim; i++)
    for (int64_t j = 0; j < dim; j++) out[i * dim + j] = 0.5 * ((double)c[i * dim + j] + (double)c[j * dim + i]) / (double)count;
  return status;
}

static rn_status soften(work *w, const float *b) {
  size_t size = (size_t)w->dim * (size_t)w->dim;
  double *m = rn_alloc_zero(3 * size, sizeof *m);
  float *t = rn_alloc_aligned(size * sizeof *t);
  rn_status status = m && t ? RN_OK : rn_context_fail(w->ctx, RN_ERROR_MEMORY, "out of memory for soft debiasing");
  if (status == RN_OK) status = gram(w, false, t, m);
  if (status == RN_OK) status = gram(w, true, t, m + size);
  if (status == RN_OK) status = rn_debias_map(w->ctx, w->dim, m, m + size, w->k, b, w->o->lambda / (double)w->k, m + 2 * size);
  for (size_t i = 0; status == RN_OK && i < size; i++) t[i] = (float)m[2 * size + i];
  if (status == RN_OK) {
    memcpy(w->room, w->w, (size_t)(w->n * w->dim) * sizeof(float));
    status = product(w, (rn_gemm){.m = w->n,
                                  .n = w->dim,
                                  .k = w->dim,
                                  .a = w->room,
                                  .lda = w->dim,
                                  .b = t,
                                  .ldb = w->dim,
                                  .c = w->w,
                                  .ldc = w->dim}); /* T is symmetric */
  }
  rn_free(m);
  rn_free(t);
  return status;
}

static rn_status run(work *w, rn_debias_result *out) {
  normalise(w);
  rn_status status = find_subspace(w, out);
  if (status == RN_OK) status = project(w, out->direction, &out->before);
  if (status == RN_OK) status = w->o->soft ? soften(w, out->direction) : neutralise(w, out->direction);
  if (status != RN_OK) return status;
  if (!w->o->soft) equalise(w, out->direction);
  normalise(w);
  return project(w, out->direction, &out->after);
}

static rn_status check(rn_context *ctx, int64_t n, int64_t dim, const float *rows, const rn_debias_options *o) {
  bool any = false;
  for (int64_t i = 0; i < n; i++) any |= o->neutral[i];
  if (o->n_pairs < 1) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "debiasing needs a pair of words");
  if (!any) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "debiasing needs a neutral word");
  if (o->n_directions < 1 || o->n_directions > o->n_pairs || o->n_directions > dim)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%lld directions of %lld pairs: 1 to %lld are possible", (long long)o->n_directions,
                           (long long)o->n_pairs, (long long)(o->n_pairs < dim ? o->n_pairs : dim));
  if (o->soft && dim > MAX_SOFT)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "soft debiasing of %lld columns: %d are possible", (long long)dim, MAX_SOFT);
  for (int64_t i = 0; i < 2 * (o->n_pairs + o->n_equalize); i++) {
    int64_t row = i < 2 * o->n_pairs ? o->pair[i] : o->equalize[i - 2 * o->n_pairs];
    if (!(ctx->backend->sum_squares(NULL, dim, rows + row * dim) > 0))
      return rn_context_fail(ctx, RN_ERROR_DATA, "row %lld, a word of a pair, is all zeros", (long long)row + 1);
  }
  return RN_OK;
}

rn_status rn_debias(rn_context *ctx, int64_t n, int64_t dim, const float *rows, const rn_debias_options *options, float *out,
                    rn_debias_result *result) {
  *result = (rn_debias_result){0};
  rn_status status = check(ctx, n, dim, rows, options);
  if (status != RN_OK) return status;
  work w = {ctx, ctx->backend, n, dim, options->n_directions, options, out};
  size_t width = (size_t)dim, k = (size_t)w.k;
  w.part = rn_alloc_aligned((size_t)n * k * sizeof(float));
  w.centred = rn_alloc_aligned(2 * (size_t)options->n_pairs * width * sizeof(float));
  w.room = rn_alloc_aligned((options->soft && n > 2 ? (size_t)n : 2) * width * sizeof(float));
  result->direction = rn_alloc_aligned(k * width * sizeof(float));
  result->share = rn_alloc_zero(k, sizeof(double));
  if (!w.part || !w.centred || !w.room || !result->direction || !result->share) {
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for debiasing %lld vectors", (long long)n);
  } else {
    memcpy(out, rows, (size_t)n * width * sizeof(float));
    status = run(&w, result);
  }
  rn_free(w.part);
  rn_free(w.centred);
  rn_free(w.room);
  if (status != RN_OK) rn_debias_free(result);
  return status;
}
