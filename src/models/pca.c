/* pca.c: see pca.h. With X the rows less their mean, the covariance is C = X^T X / (n - 1). */
#include <rondo/pca.h>

#include "base/alloc.h"
#include "base/random.h"
#include "kernels/eigen.h"
#include "models/subspace.h"
#include "tensor/context.h"
#include <math.h>
#include <string.h>

enum { CHUNK = 1024 };      /* rows that are centred at a time */
enum { FEW_COLUMNS = 128 }; /* below, all eigenvectors cost nothing */
enum { WIDE = 16 };         /* C itself is made where its rows are at most so many times as long as the subspace is wide */

rn_pca_options rn_pca_options_default(int64_t n_components) { return (rn_pca_options){.n_components = n_components, .seed = 42}; }

void rn_pca_free(rn_pca *pca) {
  rn_free(pca->mean);
  rn_free(pca->component);
  rn_free(pca->variance);
  *pca = (rn_pca){0};
}

typedef struct fit {
  rn_context *ctx;
  const rn_backend *b;
  int64_t n, dim;
  const float *rows;
  float *minus;   /* [dim] the mean's negative */
  float *centred; /* [CHUNK, dim] */
  float *c;       /* [dim, dim], or NULL: not made */
  float *scores;  /* [CHUNK, width] X Q */
  void *scratch;  /* of products */
} fit;

static const float *centre(fit *f, int64_t first, int64_t *n) {
  *n = f->n - first < CHUNK ? f->n - first : CHUNK;
  f->b->add_row(f->ctx->pool, *n, f->dim, f->rows + first * f->dim, f->minus, f->centred);
  return f->centred;
}

/* Means in double precision, a strip of rows after the other. */
static bool find_mean(fit *f, double *sum) {
  for (int64_t k = 0; k < f->dim; k++) sum[k] = 0;
  for (int64_t i = 0; i < f->n; i++)
    for (int64_t k = 0; k < f->dim; k++) sum[k] += f->rows[i * f->dim + k];
  bool finite = true;
  for (int64_t k = 0; k < f->dim; k++) {
    f->minus[k] = (float)(-sum[k] / (double)f->n);
    finite &= isfinite(f->minus[k]) != 0;
  }
  return finite;
}

/* C of its upper block rows; the rest by symmetry. Strips of columns that are whole in the cache need no product of what lies below. */
static void make_covariance(fit *f) {
  int64_t dim = f->dim, strip = (dim + 3) / 4 < 64 ? dim : (dim + 3) / 4;
  for (int64_t first = 0, n; first < f->n; first += CHUNK) {
    const float *x = centre(f, first, &n);
    for (int64_t i = 0; i < dim; i += strip) {
      rn_gemm g = {.trans_a = true,
                   .accumulate = first > 0,
                   .m = dim - i < strip ? dim - i : strip,
                   .n = dim - i,
                   .k = n,
                   .a = x + i,
                   .lda = dim,
                   .b = x + i,
                   .ldb = dim,
                   .c = f->c + i * dim + i,
                   .ldc = dim};
      f->b->gemm(f->ctx->pool, &g, f->scratch);
    }
  }
  float scale = 1 / (float)(f->n - 1);
  for (int64_t i = 0; i < dim; i++)
    for (int64_t j = i; j < dim; j++) f->c[i * dim + j] *= scale, f->c[j * dim + i] = f->c[i * dim + j];
}

/* y [dim, width] = C q, q [dim, width]: by C, or as X^T (X q) / (n - 1). */
static void apply(void *user, int64_t width, const float *q, float *y) {
  fit *f = user;
  int64_t dim = f->dim;
  if (f->c) {
    rn_gemm g = {.m = dim, .n = width, .k = dim, .a = f->c, .lda = dim, .b = q, .ldb = width, .c = y, .ldc = width};
    f->b->gemm(f->ctx->pool, &g, f->scratch);
    return;
  }
  for (int64_t first = 0, n; first < f->n; first += CHUNK) {
    const float *x = centre(f, first, &n);
    rn_gemm forth = {.m = n, .n = width, .k = dim, .a = x, .lda = dim, .b = q, .ldb = width, .c = f->scores, .ldc = width};
    rn_gemm back = {.trans_a = true,
                    .accumulate = first > 0,
                    .m = dim,
                    .n = width,
                    .k = n,
                    .a = x,
                    .lda = dim,
                    .b = f->scores,
                    .ldb = width,
                    .c = y,
                    .ldc = width};
    f->b->gemm(f->ctx->pool, &forth, f->scratch);
    f->b->gemm(f->ctx->pool, &back, f->scratch);
  }
  f->b->scale(f->ctx->pool, dim * width, 1 / (float)(f->n - 1), y, y);
}

/* The most that any product here needs: of C, or of the scores either way. */
static size_t scratch_size(const fit *f, int64_t width) {
  rn_gemm products[] = {{.trans_a = true, .m = f->dim, .n = f->dim, .k = CHUNK, .lda = f->dim, .ldb = f->dim, .ldc = f->dim},
                        {.m = f->dim, .n = width, .k = f->dim, .lda = f->dim, .ldb = width, .ldc = width},
                        {.m = CHUNK, .n = width, .k = f->dim, .lda = f->dim, .ldb = width, .ldc = width},
                        {.trans_a = true, .m = f->dim, .n = width, .k = CHUNK, .lda = f->dim, .ldb = width, .ldc = width}};
  size_t most = 0;
  for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
    size_t size = f->b->gemm_scratch(&products[i], rn_pool_size(f->ctx->pool));
    most = size > most ? size : most;
  }
  return most;
}

static rn_status fit_exact(fit *f, rn_pca *out) {
  size_t dim = (size_t)f->dim;
  double *a = rn_alloc_zero(dim, dim * sizeof *a), *value = rn_alloc_zero(dim, sizeof *value), *room = rn_alloc_zero(dim, sizeof *room);
  rn_status status = RN_OK;
  if (!a || !value || !room) {
    status = rn_context_fail(f->ctx, RN_ERROR_MEMORY, "out of memory for %lld principal components", (long long)f->dim);
  } else {
    for (size_t i = 0; i < dim * dim; i++) a[i] = f->c[i];
    if (!rn_eigen_symmetric(f->dim, a, value, room))
      status = rn_context_fail(f->ctx, RN_ERROR_DATA, "principal components: a value is not finite");
    for (int64_t k = 0; status == RN_OK && k < out->n_components; k++) {
      out->variance[k] = value[k] > 0 ? value[k] : 0;
      for (int64_t i = 0; i < f->dim; i++) out->component[k * f->dim + i] = (float)a[k * f->dim + i];
    }
  }
  rn_free(a);
  rn_free(value);
  rn_free(room);
  return status;
}

static void fix_signs(rn_pca *p) {
  for (int64_t k = 0; k < p->n_components; k++) {
    float *c = p->component + k * p->dim, largest = 0;
    for (int64_t i = 0; i < p->dim; i++)
      if (fabsf(c[i]) > fabsf(largest)) largest = c[i];
    for (int64_t i = 0; largest < 0 && i < p->dim; i++) c[i] = -c[i];
  }
}

static double total_variance(fit *f) {
  double sum = 0;
  for (int64_t first = 0, n; first < f->n; first += CHUNK) {
    const float *x = centre(f, first, &n);
    sum += f->b->sum_squares(f->ctx->pool, n * f->dim, x);
  }
  return sum / (double)(f->n - 1);
}

static rn_status fit_with(fit *f, bool exact, const rn_pca_options *o, double *sum, rn_pca *out) {
  if (!find_mean(f, sum)) return rn_context_fail(f->ctx, RN_ERROR_DATA, "principal components: a value is not finite");
  for (int64_t k = 0; k < f->dim; k++) out->mean[k] = -f->minus[k];
  out->total = total_variance(f);
  if (f->c) make_covariance(f);
  rn_status status =
      exact ? fit_exact(f, out) : rn_subspace(f->ctx, f->dim, apply, f, out->n_components, o->seed, out->component, out->variance);
  if (status == RN_OK) fix_signs(out);
  return status;
}

rn_status rn_pca_fit(rn_context *ctx, int64_t n, int64_t dim, const float *rows, const rn_pca_options *options, rn_pca *out) {
  *out = (rn_pca){.dim = dim, .n_components = options->n_components};
  int64_t k = options->n_components, width = rn_subspace_width(dim, k);
  if (n < 2) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "principal components of %lld rows: two are needed", (long long)n);
  if (k < 1 || k > dim)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%lld principal components of %lld columns: 1 to %lld are possible", (long long)k,
                           (long long)dim, (long long)dim);
  bool exact = options->method == RN_PCA_EXACT || (options->method == RN_PCA_AUTO && (dim <= FEW_COLUMNS || 2 * width > dim));
  fit f = {ctx, ctx->backend, n, dim, rows};
  size_t size = (size_t)dim;
  double *sum = rn_alloc_zero(size, sizeof *sum);
  f.minus = rn_alloc_aligned(size * sizeof(float));
  f.centred = rn_alloc_aligned(CHUNK * size * sizeof(float));
  bool covariance = exact || dim <= WIDE * width;
  if (covariance) f.c = rn_alloc_aligned(size * size * sizeof(float));
  f.scores = rn_alloc_aligned((size_t)width * CHUNK * sizeof(float));
  f.scratch = rn_alloc_aligned(scratch_size(&f, width));
  out->mean = rn_alloc_aligned(size * sizeof(float));
  out->component = rn_alloc_aligned((size_t)k * size * sizeof(float));
  out->variance = rn_alloc_zero((size_t)k, sizeof *out->variance);
  bool good = sum && f.minus && f.centred && (f.c || !covariance) && f.scores && f.scratch && out->mean && out->component && out->variance;
  rn_status status =
      good ? fit_with(&f, exact, options, sum, out)
           : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the principal components of %lld columns", (long long)dim);
  rn_free(sum);
  rn_free(f.minus);
  rn_free(f.centred);
  rn_free(f.c);
  rn_free(f.scores);
  rn_free(f.scratch);
  if (status != RN_OK) rn_pca_free(out);
  return status;
}

rn_status rn_pca_project(rn_context *ctx, const rn_pca *p, int64_t n, const float *rows, float *out) {
  /* component (x - mean) = component x - component mean */
  const rn_backend *b = ctx->backend;
  float *bias = rn_alloc_zero((size_t)p->n_components, sizeof *bias);
  for (int64_t k = 0; bias && k < p->n_components; k++) {
    double sum = 0;
    for (int64_t i = 0; i < p->dim; i++) sum += (double)p->component[k * p->dim + i] * (double)p->mean[i];
    bias[k] = (float)-sum;
  }
  rn_gemm g = {.trans_b = true,
               .m = n,
               .n = p->n_components,
               .k = p->dim,
               .a = rows,
               .lda = p->dim,
               .b = p->component,
               .ldb = p->dim,
               .c = out,
               .ldc = p->n_components,
               .bias = bias};
  void *scratch = rn_alloc_aligned(b->gemm_scratch(&g, rn_pool_size(ctx->pool)));
  rn_status status = RN_OK;
  if (!bias || !scratch)
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the principal components of %lld rows", (long long)n);
  else b->gemm(ctx->pool, &g, scratch);
  rn_free(bias);
  rn_free(scratch);
  return status;
}
