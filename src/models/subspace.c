/* subspace.c: subspace iteration from a random start (Halko, Martinsson and Tropp 2011), with Rayleigh and Ritz in every step:
 *
 *   Y = C Q,  H = Q^T Y = U L U^T,  B = Y U L^-1,  B^T B = R^T R,  Q <- B R^-1
 *
 * B's columns are nearly those of Q U, of length about 1 and nearly at right angles, so that Cholesky's factor R of their products is
 * accurate even in single precision. The eigenvalue k is off by (l_width+1 / l_k)^(2 steps) of itself: hence the columns more than k. */
#include "models/subspace.h"
#include "base/alloc.h"
#include "base/random.h"
#include "kernels/eigen.h"
#include "tensor/context.h"
#include <math.h>
#include <string.h>

enum { MAX_STEPS = 60 };
#define SETTLED 1e-6 /* change of the sum of k eigenvalues in a step, relative */

int64_t rn_subspace_width(int64_t n, int64_t k) {
  int64_t width = k + (k / 2 > 10 ? k / 2 : 10);
  return width < n ? width : n;
}

typedef struct work {
  rn_context *ctx;
  int64_t n, width;
  float *q, *y;         /* [n, width] */
  float *small;         /* [width, width] */
  double *h, *l, *room; /* [width, width], [width], [width] */
  void *scratch;
} work;

static void multiply(work *w, rn_gemm g) { w->ctx->backend->gemm(w->ctx->pool, &g, w->scratch); }

/* small = a^T b, into h as double, made symmetric. */
static void products(work *w, const float *a, const float *b) {
  int64_t m = w->width;
  multiply(w, (rn_gemm){.trans_a = true, .m = m, .n = m, .k = w->n, .a = a, .lda = m, .b = b, .ldb = m, .c = w->small, .ldc = m});
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < m; j++) w->h[i * m + j] = 0.5 * ((double)w->small[i * m + j] + (double)w->small[j * m + i]);
}

/* b = a times the small matrix. */
static void transform(work *w, const float *a, float *b) {
  int64_t m = w->width;
  multiply(w, (rn_gemm){.m = w->n, .n = m, .k = m, .a = a, .lda = m, .b = w->small, .ldb = m, .c = b, .ldc = m});
}

/* h = R^T R, and small = R^-1. A direction that the matrix has not is left out: its column becomes zero. */
static void invert_cholesky(work *w) {
  int64_t m = w->width;
  double *r = w->h; /* its upper half */
  for (int64_t i = 0; i < m; i++) {
    double pivot = r[i * m + i], before = pivot;
    for (int64_t k = 0; k < i; k++) pivot -= r[k * m + i] * r[k * m + i];
    bool there = pivot > 1e-10 * before && before > 0;
    r[i * m + i] = there ? sqrt(pivot) : 0;
    for (int64_t j = i + 1; j < m; j++) {
      double sum = r[i * m + j];
      for (int64_t k = 0; k < i; k++) sum -= r[k * m + i] * r[k * m + j];
      r[i * m + j] = there ? sum / r[i * m + i] : 0;
    }
  }
  for (int64_t j = 0; j < m; j++) { /* column j of R x = e_j, from below */
    for (int64_t i = m - 1; i >= 0; i--) {
      double sum = i == j ? 1 : 0;
      for (int64_t k = i + 1; k <= j; k++) sum -= r[i * m + k] * w->room[k];
      w->room[i] = i > j || r[i * m + i] == 0 ? 0 : sum / r[i * m + i];
    }
    for (int64_t i = 0; i < m; i++) w->small[i * m + j] = (float)w->room[i];
  }
}

/* After y = C q: l and h are L and U^T, and small is U L^-1. */
static bool ritz(work *w) {
  int64_t m = w->width;
  products(w, w->q, w->y);
  if (!rn_eigen_symmetric(m, w->h, w->l, w->room)) return false;
  double least = 1e-7 * fabs(w->l[0]);
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < m; j++) w->small[i * m + j] = w->l[j] > least ? (float)(w->h[j * m + i] / w->l[j]) : 0;
  return true;
}

static rn_status iterate(work *w, void (*apply)(void *, int64_t, const float *, float *), void *user, int64_t k, uint64_t seed) {
  rn_random random = rn_random_init(seed, rn_random_stream("subspace"));
  for (int64_t i = 0; i < w->n * w->width; i++) w->y[i] = rn_random_normal(&random);
  double before = 0;
  for (int step = 0;; step++) {
    products(w, w->y, w->y);
    invert_cholesky(w);
    transform(w, w->y, w->q);
    apply(user, w->width, w->q, w->y);
    if (!ritz(w)) return rn_context_fail(w->ctx, RN_ERROR_DATA, "principal components: a value is not finite");
    double sum = 0;
    for (int64_t i = 0; i < k; i++) sum += w->l[i];
    if (step == MAX_STEPS || rn_context_stopping(w->ctx) || (step > 0 && fabs(sum - before) <= SETTLED * fabs(sum))) break;
    before = sum;
    float *y = w->y;
    transform(w, y, w->q);
    w->y = w->q, w->q = y;
  }
  /* The Ritz vectors: Q U. */
  for (int64_t i = 0; i < w->width; i++)
    for (int64_t j = 0; j < w->width; j++) w->small[i * w->width + j] = (float)w->h[j * w->width + i];
  transform(w, w->q, w->y);
  return RN_OK;
}

rn_status rn_subspace(rn_context *ctx, int64_t n, void (*apply)(void *user, int64_t width, const float *q, float *y), void *user, int64_t k,
                      uint64_t seed, float *vector, double *value) {
  work w = {.ctx = ctx, .n = n, .width = rn_subspace_width(n, k)};
  size_t m = (size_t)w.width, f = sizeof(float);
  rn_gemm inner = {.trans_a = true, .m = w.width, .n = w.width, .k = n, .lda = w.width, .ldb = w.width, .ldc = w.width};
  rn_gemm outer = {.m = n, .n = w.width, .k = w.width, .lda = w.width, .ldb = w.width, .ldc = w.width};
  size_t first = ctx->backend->gemm_scratch(&inner, rn_pool_size(ctx->pool)),
         second = ctx->backend->gemm_scratch(&outer, rn_pool_size(ctx->pool));
  w.q = rn_alloc_aligned((size_t)n * m * f);
  w.y = rn_alloc_aligned((size_t)n * m * f);
  w.small = rn_alloc_aligned(m * m * f);
  w.h = rn_alloc_aligned(m * m * sizeof *w.h);
  w.l = rn_alloc_zero(m, sizeof *w.l);
  w.room = rn_alloc_zero(m, sizeof *w.room);
  w.scratch = rn_alloc_aligned(first > second ? first : second);
  bool good = w.q && w.y && w.small && w.h && w.l && w.room && w.scratch;
  rn_status status =
      good ? iterate(&w, apply, user, k, seed) : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld eigenvectors", (long long)k);
  for (int64_t j = 0; status == RN_OK && j < k; j++) {
    double square = 0;
    for (int64_t i = 0; i < n; i++) square += (double)w.y[i * w.width + j] * (double)w.y[i * w.width + j];
    float scale = square > 0 ? (float)(1 / sqrt(square)) : 0;
    for (int64_t i = 0; i < n; i++) vector[j * n + i] = scale * w.y[i * w.width + j];
    value[j] = w.l[j] > 0 ? w.l[j] : 0;
  }
  rn_free(w.q);
  rn_free(w.y);
  rn_free(w.small);
  rn_free(w.h);
  rn_free(w.l);
  rn_free(w.room);
  rn_free(w.scratch);
  return status;
}
