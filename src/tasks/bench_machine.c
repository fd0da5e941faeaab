/* bench_machine.c: the machine's own limits: multiply-adds, matrix products, memory. */
#include "base/alloc.h"
#include "tasks/bench_clock.h"
#include "tensor/context.h"
#include <rondo/bench.h>

#define PEAK_ROUNDS 100000
#define FLOATS (24 * 1024 * 1024) /* 96 MB: more than the caches of most machines, twice */
#define N_MEASURES 12             /* of equal length: peak, three products, read, triad; for one thread and for all */

typedef struct gauge {
  const rn_backend *k;
  rn_pool *pool;
  rn_gemm product;
  void *scratch;
  float *x, *y;
  double sum;
} gauge;

static void peak_worker(void *arg, int worker, int n_workers) { ((gauge *)arg)->k->peak(PEAK_ROUNDS); }
static void run_peak(void *arg) { rn_pool_team(((gauge *)arg)->pool, peak_worker, arg); }
static void run_product(void *arg) {
  gauge *t = arg;
  t->k->gemm(t->pool, &t->product, t->scratch);
}
static void run_read(void *arg) {
  gauge *t = arg;
  t->sum += t->k->sum(t->pool, FLOATS, t->x);
}
static void run_triad(void *arg) {
  gauge *t = arg;
  t->k->axpy(t->pool, FLOATS, 1e-6f, t->x, t->y);
}

/* C = A B of n x n, within x and y. */
static double product_rate(gauge *t, int64_t n, double seconds) {
  t->product = (rn_gemm){.m = n, .n = n, .k = n, .a = t->x, .lda = n, .b = t->x + n * n, .ldb = n, .c = t->y, .ldc = n};
  t->scratch = rn_alloc_aligned(t->k->gemm_scratch(&t->product, rn_pool_size(t->pool)));
  if (!t->scratch) return 0;
  double flops = 2.0 * (double)n * (double)n * (double)n / bench_least(seconds, run_product, t);
  rn_free(t->scratch);
  return flops;
}

static rn_status measure(rn_context *ctx, gauge *t, double seconds, rn_machine_rates *out) {
  static const int64_t sizes[] = {384, 768, 1536};
  *out = (rn_machine_rates){0};
  out->peak = t->k->peak(1) * PEAK_ROUNDS * rn_pool_size(t->pool) / bench_least(seconds, run_peak, t);
  for (int i = 0; i < 3 && !rn_context_stopping(ctx); i++) {
    double rate = product_rate(t, sizes[i], seconds);
    if (rate == 0) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the benchmark");
    if (rate > out->matrix) out->matrix = rate;
  }
  out->read = 4.0 * FLOATS / bench_least(seconds, run_read, t);
  out->triad = 12.0 * FLOATS / bench_least(seconds, run_triad, t);
  return rn_context_stopping(ctx) ? rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped") : RN_OK;
}

rn_status rn_bench_machine(rn_context *ctx, double seconds, rn_machine *out) {
  *out = (rn_machine){.isa = rn_context_isa(ctx), .n_threads = rn_context_threads(ctx)};
  gauge t = {.k = ctx->backend, .x = rn_alloc_aligned(FLOATS * sizeof(float)), .y = rn_alloc_aligned(FLOATS * sizeof(float))};
  rn_status status = t.x && t.y ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the benchmark");
  if (status == RN_OK) {
    for (int64_t i = 0; i < FLOATS; i++) t.x[i] = 1e-3f * (float)(i % 1000), t.y[i] = 0;
    status = measure(ctx, &t, seconds / N_MEASURES, &out->one);
    t.pool = ctx->pool;
    if (out->n_threads == 1) out->all = out->one;
    else if (status == RN_OK) status = measure(ctx, &t, seconds / N_MEASURES, &out->all);
  }
  rn_free(t.x);
  rn_free(t.y);
  return status;
}
