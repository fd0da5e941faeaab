/* bench_layers.c: one recurrent layer, forward and backward, at the shapes of docs/speed.md: milliseconds, GFLOP/s, and the share of the
 * best matrix rate that the same run measured.
 *
 *   bench_layers [threads [isa [seconds per shape]]]
 *
 * Every figure is the minimum over many short rounds: on a shared machine the others' noise only adds. With one thread it is that
 * thread's own processor time, from which the others take nothing but cache and bandwidth. */
#include "base/alloc.h"
#include "base/random.h"
#include "kernels/backend.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static clockid_t watch = CLOCK_MONOTONIC;
static double now(void) {
  struct timespec t;
  clock_gettime(watch, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct shape {
  const char *cell_name;
  rn_cell cell;
  int64_t steps, batch, n_in, n_hidden;
  int n_dir;
} shape;

static const shape shapes[] = {
  {"lstm", RN_CELL_LSTM, 20, 20, 200, 200, 1},   {"lstm", RN_CELL_LSTM, 35, 20, 650, 650, 1}, {"lstm", RN_CELL_LSTM, 50, 50, 128, 128, 1},
  {"lstm", RN_CELL_LSTM, 50, 50, 512, 512, 1},   {"lstm", RN_CELL_LSTM, 30, 32, 100, 100, 1}, {"gru", RN_CELL_GRU, 50, 50, 128, 128, 1},
  {"gru", RN_CELL_GRU, 50, 50, 512, 512, 1},     {"tanh", RN_CELL_TANH, 50, 50, 128, 128, 1}, {"tanh", RN_CELL_TANH, 50, 50, 512, 512, 1},
  {"bilstm", RN_CELL_LSTM, 30, 32, 100, 100, 2}, {"lstm", RN_CELL_LSTM, 1, 1, 512, 512, 1},
};

static float *draw(rn_random *r, int64_t n, float scale) {
  float *p = rn_alloc_aligned((size_t)n * sizeof(float));
  if (!p) exit(1);
  for (int64_t i = 0; i < n; i++) p[i] = (rn_random_uniform(r) * 2 - 1) * scale;
  return p;
}

/* The best rate of a matrix product, multiply-adds counted as two. */
static double matrix_rate(const rn_backend *b, rn_pool *pool, rn_random *r, double seconds) {
  static const int64_t sizes[][3] = {{384, 384, 384}, {768, 768, 512}, {400, 800, 200}, {1024, 1024, 1024}};
  double best = 0;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    int64_t m = sizes[i][0], n = sizes[i][1], k = sizes[i][2];
    rn_gemm g = {
        .m = m, .n = n, .k = k, .lda = k, .ldb = n, .ldc = n, .a = draw(r, m * k, 1), .b = draw(r, k * n, 1), .c = draw(r, m * n, 1)};
    void *scratch = rn_alloc_aligned(b->gemm_scratch(&g, rn_pool_size(pool)));
    for (double end = now() + seconds; now() < end;) {
      double start = now();
      b->gemm(pool, &g, scratch);
      best = fmax(best, 2.0 * (double)(m * n * k) / (now() - start));
    }
    rn_free((void *)g.a), rn_free((void *)g.b), rn_free(g.c), rn_free(scratch);
  }
  return best;
}

static void bench(const rn_backend *b, rn_pool *pool, const shape *s, double rate, double seconds) {
  rn_random r = rn_random_init(1, 1);
  int64_t rows = s->steps * s->batch, H = s->n_hidden, GH = rn_cell_gates(s->cell) * H;
  int64_t *offset = rn_alloc((size_t)(s->batch + 1) * sizeof(int64_t));
  for (int64_t i = 0; i <= s->batch; i++) offset[i] = i * s->steps;
  float *x = draw(&r, rows * s->n_in, 1), *dx = draw(&r, rows * s->n_in, 1), *y = draw(&r, rows * H * s->n_dir, 1),
        *dy = draw(&r, rows * H * s->n_dir, 1);
  rn_recurrent layer[2];
  for (int d = 0; d < s->n_dir; d++) {
    layer[d] = (rn_recurrent){.cell = s->cell,
                              .reverse = d,
                              .n_seqs = s->batch,
                              .n_in = s->n_in,
                              .n_hidden = H,
                              .offset = offset,
                              .x = x,
                              .dx = dx,
                              .weight_ih = draw(&r, GH * s->n_in, 0.1f),
                              .weight_hh = draw(&r, GH * H, 0.1f),
                              .bias_ih = draw(&r, GH, 0.1f),
                              .bias_hh = draw(&r, GH, 0.1f),
                              .dweight_ih = draw(&r, GH * s->n_in, 0.1f),
                              .dweight_hh = draw(&r, GH * H, 0.1f),
                              .dbias_ih = draw(&r, GH, 0.1f),
                              .dbias_hh = draw(&r, GH, 0.1f),
                              .y = y + d * H,
                              .ldy = s->n_dir * H,
                              .dy = dy + d * H,
                              .lddy = s->n_dir * H};
    layer[d].saved = rn_alloc_aligned(b->recurrent_saved(&layer[d]));
  }
  void *forward = rn_alloc_aligned(b->recurrent_scratch(layer, s->n_dir, false, rn_pool_size(pool)));
  void *backward = rn_alloc_aligned(b->recurrent_scratch(layer, s->n_dir, true, rn_pool_size(pool)));
  double best[2] = {1e9, 1e9};
  for (double end = now() + seconds; now() < end;) {
    double start = now();
    b->recurrent_forward(pool, layer, s->n_dir, forward);
    double middle = now();
    b->recurrent_backward(pool, layer, s->n_dir, backward);
    best[0] = fmin(best[0], middle - start), best[1] = fmin(best[1], now() - middle);
  }
  double flops = 2.0 * (double)(rows * GH * (s->n_in + H) * s->n_dir); /* forward; backward does twice as much */
  printf("%-7s%4lld%4lld%5lld%5lld%10.3f%10.3f%9.1f%9.1f%8.0f%%%7.0f%%%7.0f%%\n", s->cell_name, (long long)s->steps, (long long)s->batch,
         (long long)s->n_in, (long long)H, best[0] * 1e3, best[1] * 1e3, flops / best[0] / 1e9, 2 * flops / best[1] / 1e9,
         100 * flops / best[0] / rate, 200 * flops / best[1] / rate, 300 * flops / (best[0] + best[1]) / rate);
  fflush(stdout);
  for (int d = 0; d < s->n_dir; d++) {
    const rn_recurrent *l = &layer[d];
    rn_free((void *)l->weight_ih), rn_free((void *)l->weight_hh), rn_free((void *)l->bias_ih), rn_free((void *)l->bias_hh);
    rn_free(l->dweight_ih), rn_free(l->dweight_hh), rn_free(l->dbias_ih), rn_free(l->dbias_hh), rn_free(l->saved);
  }
  rn_free(offset), rn_free(x), rn_free(dx), rn_free(y), rn_free(dy), rn_free(forward), rn_free(backward);
}

int main(int argc, char **argv) {
  int n_threads = argc > 1 ? atoi(argv[1]) : 0;
  const rn_backend *b = rn_backend_cpu(argc > 2 ? argv[2] : NULL);
  double seconds = argc > 3 ? atof(argv[3]) : 0.5;
  rn_pool *pool = rn_pool_new(n_threads);
  if (!b || !pool) {
    fprintf(stderr, "bench_layers: no such instruction set here, or no memory\n");
    return 1;
  }
  if (rn_pool_size(pool) == 1) watch = CLOCK_THREAD_CPUTIME_ID;
  rn_random r = rn_random_init(2, 2);
  double rate = matrix_rate(b, pool, &r, seconds / 2);
  printf("%s, %d threads, best matrix product %.1f GFLOP/s\n\n", b->name, rn_pool_size(pool), rate / 1e9);
  printf("%-7s%4s%4s%5s%5s%10s%10s%9s%9s%9s%8s%8s\n", "cell", "T", "B", "I", "H", "fwd ms", "bwd ms", "GF/s", "GF/s", "of rate", "bwd",
         "both");
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) bench(b, pool, &shapes[i], rate, seconds);
  rn_pool_free(pool);
  return 0;
}
