/* bench_vectors tsne X.npy MAP.f32 | divergence X.npy MAP.f32 [LABELS] | pca X.npy K | nn N DIM: looking at vectors, timed. THREADS: 2
 * unless it is set.
 *
 *   tsne        1,000 iterations at perplexity 30; the map goes to MAP.f32, floats [n, 2]
 *   divergence  KL(P || Q) of any program's map, and how often a point's nearest on it has its label
 *   pca         K components, the median of five times
 *   nn          the 10 nearest of one of N vectors by cosine: bytes a second, beside what the machine reads */
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int fail(const rn_context *ctx) { return fprintf(stderr, "error: %s\n", rn_context_error(ctx)), 1; }

static int tsne(rn_context *ctx, const rn_matrix *m, const char *path) {
  rn_tsne_options o = rn_tsne_options_default();
  float *map = malloc((size_t)m->n * 2 * sizeof *map);
  double divergence, start = now();
  o.method = RN_TSNE_FFT;
  if (!map || rn_tsne(ctx, m->n, m->dim, m->values, &o, map, NULL) != RN_OK) return fail(ctx);
  double seconds = now() - start;
  if (rn_tsne_divergence(ctx, m->n, m->dim, m->values, o.perplexity, o.method, map, &divergence) != RN_OK) return fail(ctx);
  FILE *f = fopen(path, "wb");
  bool written = f && fwrite(map, 2 * sizeof *map, (size_t)m->n, f) == (size_t)m->n;
  if (f) fclose(f);
  printf("%.2f s, KL %.4f\n", seconds, divergence);
  free(map);
  return !written;
}

static int divergence_of(rn_context *ctx, const rn_matrix *m, const char *path, const char *labels) {
  float *map = malloc((size_t)m->n * 2 * sizeof *map), score[2];
  double divergence;
  FILE *f = fopen(path, "rb");
  if (!map || !f || fread(map, 2 * sizeof *map, (size_t)m->n, f) != (size_t)m->n) return fprintf(stderr, "cannot read %s\n", path), 1;
  fclose(f);
  if (rn_tsne_divergence(ctx, m->n, m->dim, m->values, 30, RN_TSNE_FFT, map, &divergence) != RN_OK) return fail(ctx);
  printf("KL %.4f", divergence);
  rn_row_labels l;
  if (labels) {
    if (rn_row_labels_open(ctx, labels, m->n, &l) != RN_OK) return fail(ctx);
    int64_t same = 0, row[2];
    for (int64_t i = 0; i < m->n; i++) {
      if (rn_neighbours(ctx, RN_NEAR_EUCLIDEAN, m->n, 2, map, 1, map + 2 * i, 2, row, score) != RN_OK) return fail(ctx);
      same += l.id[row[row[0] == i]] == l.id[i];
    }
    printf(", nearest of the same label %.4f", (double)same / (double)m->n);
    rn_row_labels_free(&l);
  }
  puts("");
  free(map);
  return 0;
}

static int pca(rn_context *ctx, const rn_matrix *m, int64_t k) {
  double seconds[5], sum = 0, total = 1;
  for (int i = 0; i < 5; i++) {
    rn_pca p;
    rn_pca_options o = rn_pca_options_default(k);
    o.seed = (uint64_t)i;
    double start = now();
    if (rn_pca_fit(ctx, m->n, m->dim, m->values, &o, &p) != RN_OK) return fail(ctx);
    seconds[i] = now() - start;
    sum = 0, total = p.total;
    for (int64_t j = 0; j < k; j++) sum += p.variance[j];
    rn_pca_free(&p);
  }
  qsort(seconds, 5, sizeof *seconds, by_size);
  printf("%.3f s (%.3f to %.3f), explained variance %.6f\n", seconds[2], seconds[0], seconds[4], sum / total);
  return 0;
}

static int nn(rn_context *ctx, int64_t n, int64_t dim) {
  enum { TIMES = 15, K = 10 };
  float *rows = malloc((size_t)(n * dim) * sizeof *rows), score[K];
  int64_t row[K];
  double seconds[TIMES];
  rn_machine machine;
  if (!rows || rn_bench_machine(ctx, 3, &machine) != RN_OK) return fail(ctx);
  uint32_t state = 1;
  for (int64_t i = 0; i < n * dim; i++) {
    state = state * 1664525u + 1013904223u;
    rows[i] = (float)(state >> 8) * 0x1p-23f - 1;
  }
  for (int i = 0; i < TIMES; i++) {
    double start = now();
    if (rn_neighbours(ctx, RN_NEAR_COSINE, n, dim, rows, 1, rows + i * 1000 % n * dim, K, row, score) != RN_OK) return fail(ctx);
    seconds[i] = now() - start;
  }
  qsort(seconds, TIMES, sizeof *seconds, by_size);
  double bytes = 4.0 * (double)n * (double)dim;
  printf("%.2f ms, %.1f GB/s; the machine reads %.1f GB/s\n", 1e3 * seconds[TIMES / 2], 1e-9 * bytes / seconds[TIMES / 2],
         1e-9 * machine.all.read);
  free(rows);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 4) return fprintf(stderr, "usage: bench_vectors tsne|divergence|pca|nn ...\n"), 2;
  const char *threads = getenv("THREADS");
  rn_context_options o = rn_context_options_default();
  o.n_threads = threads ? atoi(threads) : 2;
  rn_context *ctx;
  if (rn_context_new(&o, &ctx, NULL, 0) != RN_OK) return 1;
  rn_matrix m = {0};
  int code = 2;
  if (strcmp(argv[1], "nn") == 0) code = nn(ctx, atoll(argv[2]), atoll(argv[3]));
  else if (rn_matrix_open(ctx, argv[2], &m) != RN_OK) code = fail(ctx);
  else if (strcmp(argv[1], "tsne") == 0) code = tsne(ctx, &m, argv[3]);
  else if (strcmp(argv[1], "divergence") == 0) code = divergence_of(ctx, &m, argv[3], argc > 4 ? argv[4] : NULL);
  else if (strcmp(argv[1], "pca") == 0) code = pca(ctx, &m, atoll(argv[3]));
  rn_matrix_free(&m);
  rn_context_free(ctx);
  return code;
}
