/* test_spaces.c: neighbours, analogies, principal components, t-SNE and debiasing on vectors whose answers are known. */
#include "base/alloc.h"
#include "base/random.h"
#include <math.h>
#include <rondo/debias.h>
#include <rondo/neighbours.h>
#include <rondo/pca.h>
#include <rondo/tsne.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static rn_context *ctx;
static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 2}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

static float *draw(int64_t n, uint64_t seed) {
  float *x = malloc((size_t)n * sizeof *x);
  rn_random random = rn_random_init(seed, 1);
  for (int64_t i = 0; i < n; i++) x[i] = rn_random_normal(&random);
  return x;
}

/* ---- neighbours ---- */

static double score_of(rn_nearness how, int64_t dim, const float *x, const float *y) {
  double xx = 0, yy = 0, xy = 0, d = 0;
  for (int64_t k = 0; k < dim; k++) {
    xx += (double)x[k] * (double)x[k], yy += (double)y[k] * (double)y[k], xy += (double)x[k] * (double)y[k];
    d += ((double)x[k] - (double)y[k]) * ((double)x[k] - (double)y[k]);
  }
  return how == RN_NEAR_COSINE ? xy / sqrt(xx * yy) : sqrt(d);
}

/* By sorting all of them, for few queries and for many, which go other ways. */
static void neighbours_are_the_nearest(void **state) {
  enum { N = 2500, DIM = 13, K = 6, MANY = 300 };
  float *rows = draw(N * DIM, 1), *queries = draw(MANY * DIM, 2), score[MANY * K];
  int64_t row[MANY * K];
  memset(rows + 7 * DIM, 0, DIM * sizeof *rows); /* near to nothing by cosine */
  memcpy(rows + 40 * DIM, rows + 30 * DIM, DIM * sizeof *rows);
  memcpy(queries, rows + 30 * DIM, DIM * sizeof *rows);
  for (int how = 0; how < 2; how++)
    for (int64_t n = 1; n <= MANY; n += MANY - 1) {
      assert_int_equal(rn_neighbours(ctx, (rn_nearness)how, N, DIM, rows, n, queries, K, row, score), RN_OK);
      assert_true(row[0] == 30 && row[1] == 40); /* of equals the first */
      for (int64_t q = 0; q < n; q++)
        for (int k = 0; k < K; k++) {
          double s = score[q * K + k];
          assert_true(fabs(s - score_of((rn_nearness)how, DIM, queries + q * DIM, rows + row[q * K + k] * DIM)) < 1e-5);
          assert_true(k == 0 || (how ? score[q * K + k - 1] <= score[q * K + k] : score[q * K + k - 1] >= score[q * K + k]));
        }
      int64_t nearer = 0; /* than the last that is given, of the first query */
      for (int64_t r = 0; r < N; r++) {
        double s = score_of((rn_nearness)how, DIM, queries, rows + r * DIM);
        nearer += how ? s < (double)score[K - 1] - 1e-5 : s > (double)score[K - 1] + 1e-5;
      }
      assert_true(nearer <= K - 1);
    }
  assert_int_equal(rn_neighbours(ctx, RN_NEAR_COSINE, 3, DIM, rows, 1, queries, K, row, score), RN_OK);
  assert_true(row[2] >= 0 && row[3] == -1); /* more than there are */
  assert_int_equal(rn_neighbours(ctx, RN_NEAR_COSINE, N, DIM, rows, 1, rows + 7 * DIM, K, row, score), RN_OK);
  assert_int_equal(row[0], -1); /* of a zero */
  for (int k = 0; k < DIM; k++) rows[5 * DIM + k] = queries[k] = 1e30f;
  assert_int_equal(rn_neighbours(ctx, RN_NEAR_COSINE, N, DIM, rows, 1, queries, K, row, score), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "numbers too large"));
  rn_context_clear(ctx);
  free(rows);
  free(queries);
}

/* man king woman queen on two axes, and words that are none of them. */
static void analogies_leave_their_words_out(void **state) {
  const float rows[] = {1, 0, 0, 0, /**/ 1, 1, 0, 0, /**/ -1, 0, 0, 0.1f, /**/ -1, 1, 0, 0, /**/ 0, 0, 1, 0, /**/ 0, 0, 0, 1};
  const int64_t word_row[] = {0, 1, 2};
  rn_analogy question = {0, 1, 2};
  int64_t row[4];
  float score[4];
  for (int how = 0; how < 2; how++) {
    assert_int_equal(rn_analogies(ctx, (rn_analogy_method)how, 6, 4, rows, 3, rows, word_row, 1, &question, 4, row, score), RN_OK);
    assert_int_equal(row[0], 3);
    assert_true(row[1] >= 3 && row[2] >= 3 && row[3] == -1);
  }
}

/* ---- principal components ---- */

/* Columns of known deviations, turned by a rotation: both solvers find them. */
static void components_are_found(void **state) {
  enum { N = 3000, DIM = 150, K = 5 };
  float *x = draw(N * DIM, 3), *scores = malloc(N * K * sizeof *scores);
  for (int64_t i = 0; i < N; i++) {
    float *row = x + i * DIM;
    for (int k = 0; k < DIM; k++) row[k] *= k < K ? (float)(10 - k) : 0.5f;
    for (int k = 0; k + 1 < DIM; k += 2) { /* turned by 30 degrees in each pair of columns, and moved */
      float a = row[k], b = row[k + 1];
      row[k] = 0.8660254f * a - 0.5f * b + 3, row[k + 1] = 0.5f * a + 0.8660254f * b - 1;
    }
  }
  rn_pca exact, random;
  rn_pca_options o = rn_pca_options_default(K);
  o.method = RN_PCA_EXACT;
  assert_int_equal(rn_pca_fit(ctx, N, DIM, x, &o, &exact), RN_OK);
  o.method = RN_PCA_RANDOMIZED;
  assert_int_equal(rn_pca_fit(ctx, N, DIM, x, &o, &random), RN_OK);
  for (int k = 0; k < K; k++) {
    assert_true(fabs(sqrt(exact.variance[k]) - (10 - k)) < 0.5);
    assert_true(fabs(random.variance[k] / exact.variance[k] - 1) < 1e-4);
    double product = 0;
    for (int i = 0; i < DIM; i++) product += (double)exact.component[k * DIM + i] * (double)random.component[k * DIM + i];
    assert_true(product > 0.999);
  }
  assert_true(fabs((double)exact.mean[0] - 3) < 0.6 && exact.total > exact.variance[0]);
  /* The scores have the variances, and no covariance. */
  assert_int_equal(rn_pca_project(ctx, &exact, N, x, scores), RN_OK);
  double mean = 0, square = 0, cross = 0;
  for (int64_t i = 0; i < N; i++) mean += scores[i * K], square += pow(scores[i * K], 2), cross += scores[i * K] * scores[i * K + 1];
  assert_true(fabs(mean / N) < 1e-3 && fabs(square / (N - 1) / exact.variance[0] - 1) < 1e-4 && fabs(cross / N) < 0.05);
  rn_pca_free(&exact);
  rn_pca_free(&random);
  o.n_components = DIM + 1;
  assert_int_equal(rn_pca_fit(ctx, N, DIM, x, &o, &exact), RN_ERROR_ARGUMENT);
  assert_string_equal(rn_context_error(ctx), "151 principal components of 150 columns: 1 to 150 are possible");
  rn_context_clear(ctx);
  free(x);
  free(scores);
}

/* More columns than a covariance is made for. */
static void components_of_wide_rows(void **state) {
  enum { N = 60, DIM = 1000, K = 3 };
  float *x = draw(N * DIM, 4);
  for (int64_t i = 0; i < N; i++)
    for (int k = 0; k < DIM; k++) x[i * DIM + k] = 0.01f * x[i * DIM + k] + (float)((i % 4) * (k % 3));
  rn_pca p;
  rn_pca_options o = rn_pca_options_default(K);
  assert_int_equal(rn_pca_fit(ctx, N, DIM, x, &o, &p), RN_OK);
  assert_true(p.variance[0] > 0.99 * p.total && p.variance[1] < 1);
  rn_pca_free(&p);
  free(x);
}

/* ---- t-SNE ---- */

enum { POINTS = 2400, CLASSES = 6, WIDTH = 10 };

static float *clusters(void) {
  float *x = draw(POINTS * WIDTH, 5);
  for (int64_t i = 0; i < POINTS; i++) x[i * WIDTH + i % CLASSES] += 12;
  return x;
}

/* The share of points whose nearest on the map is of their class. */
static double kept(int64_t n, const float *map) {
  int64_t same = 0;
  for (int64_t i = 0; i < n; i++) {
    double best = INFINITY;
    int64_t at = -1;
    for (int64_t j = 0; j < n; j++) {
      double d = pow((double)map[2 * i] - (double)map[2 * j], 2) + pow((double)map[2 * i + 1] - (double)map[2 * j + 1], 2);
      if (i != j && d < best) best = d, at = j;
    }
    same += at % CLASSES == i % CLASSES;
  }
  return (double)same / (double)n;
}

static void maps_keep_clusters(void **state) {
  float *x = clusters(), *exact = malloc(2 * POINTS * sizeof *exact), *fft = malloc(2 * POINTS * sizeof *fft);
  rn_tsne_options o = rn_tsne_options_default();
  o.iterations = 300;
  double kl_exact, kl_fft, again;
  enum { FEW = 600 };
  o.method = RN_TSNE_EXACT;
  assert_int_equal(rn_tsne(ctx, FEW, WIDTH, x, &o, exact, &kl_exact), RN_OK);
  o.method = RN_TSNE_FFT;
  assert_int_equal(rn_tsne(ctx, FEW, WIDTH, x, &o, fft, &kl_fft), RN_OK);
  assert_true(kept(FEW, exact) > 0.99 && kept(FEW, fft) > 0.99);
  assert_true(fabs(kl_exact - kl_fft) < 0.25 && kl_fft > 0.2);
  assert_int_equal(rn_tsne_divergence(ctx, FEW, WIDTH, x, 30, RN_TSNE_FFT, fft, &again), RN_OK);
  assert_true(again == kl_fft);
  /* Other threads, the same bits; a random start, another map, as good. */
  rn_context *one;
  assert_int_equal(rn_context_new(&(rn_context_options){.n_threads = 1}, &one, NULL, 0), RN_OK);
  assert_int_equal(rn_tsne(one, POINTS, WIDTH, x, &o, exact, NULL), RN_OK);
  assert_int_equal(rn_tsne(ctx, POINTS, WIDTH, x, &o, fft, NULL), RN_OK);
  assert_memory_equal(exact, fft, 2 * POINTS * sizeof *fft);
  rn_context_free(one);
  o.random_start = true;
  assert_int_equal(rn_tsne(ctx, FEW, WIDTH, x, &o, fft, NULL), RN_OK);
  assert_true(kept(FEW, fft) > 0.99);
  free(x);
  free(exact);
  free(fft);
}

static void bad_maps(void **state) {
  float *x = clusters(), map[200];
  rn_tsne_options o = rn_tsne_options_default();
  assert_int_equal(rn_tsne(ctx, 50, WIDTH, x, &o, map, NULL), RN_ERROR_ARGUMENT);
  assert_string_equal(rn_context_error(ctx), "a perplexity of 30 is too large for 50 rows: 1 to 16, a third of the others, is possible");
  rn_context_clear(ctx);
  o.perplexity = 5;
  assert_int_equal(rn_tsne(ctx, 3, WIDTH, x, &o, map, NULL), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  x[2 * WIDTH + 3] = NAN;
  assert_int_equal(rn_tsne(ctx, 50, WIDTH, x, &o, map, NULL), RN_ERROR_DATA);
  assert_string_equal(rn_context_error(ctx), "t-SNE: number 4 of row 3 is nan");
  rn_context_clear(ctx);
  for (int64_t i = 0; i < 50 * WIDTH; i++) x[i] = 1; /* all alike: a map, and no NaN */
  o.iterations = 100;
  assert_int_equal(rn_tsne(ctx, 50, WIDTH, x, &o, map, NULL), RN_OK);
  for (int i = 0; i < 100; i++) assert_true(isfinite(map[i]));
  free(x);
}

/* ---- debiasing ---- */

static double along(const float *w, const float *g, int64_t dim) {
  double sum = 0;
  for (int64_t k = 0; k < dim; k++) sum += (double)w[k] * (double)g[k];
  return sum;
}

static void debiasing_takes_the_direction_out(void **state) {
  enum { N = 40, DIM = 8, PAIRS = 4 };
  float *x = draw(N * DIM, 6), *out = malloc(N * DIM * sizeof *out);
  for (int64_t i = 0; i < N; i++) x[i * DIM] = i < 2 * PAIRS ? (i % 2 ? 3.0f : -3.0f) : (float)(i % 5) - 1;
  for (int p = 0; p < PAIRS; p++) /* a pair differs in its first column alone */
    for (int k = 1; k < DIM; k++) x[(2 * p + 1) * DIM + k] = x[2 * p * DIM + k];
  int64_t pair[2 * PAIRS];
  bool neutral[N];
  for (int i = 0; i < N; i++) neutral[i] = i >= 2 * PAIRS;
  for (int i = 0; i < 2 * PAIRS; i++) pair[i] = i;
  rn_debias_options o = {PAIRS, PAIRS, pair, pair, neutral, 1, false, 0.2};
  rn_debias_result r;
  assert_int_equal(rn_debias(ctx, N, DIM, x, &o, out, &r), RN_OK);
  assert_true(r.direction[0] > 0.999f && r.share[0] > 0.999);
  assert_true(r.before > 0.1 && r.after < 1e-6);
  for (int i = 2 * PAIRS; i < N; i++) assert_true(fabsf(out[i * DIM]) < 1e-6f && fabs(along(out + i * DIM, out + i * DIM, DIM) - 1) < 1e-5);
  for (int i = 2 * PAIRS; i < N; i++) /* both words of a pair are equally near to every neutral one */
    assert_true(fabs(along(out + i * DIM, out, DIM) - along(out + i * DIM, out + DIM, DIM)) < 1e-5);
  assert_true(out[0] < 0 && out[DIM] > 0);
  rn_debias_free(&r);
  /* Soft: more of lambda, less of bias; with next to none, next to nothing happens. */
  double before = 1;
  o.soft = true;
  for (o.lambda = 1e-6; o.lambda < 1e8; o.lambda *= 1e3) {
    assert_int_equal(rn_debias(ctx, N, DIM, x, &o, out, &r), RN_OK);
    if (o.lambda < 1e-5) assert_true(fabs(r.after - r.before) < 1e-3);
    assert_true(r.after <= before + 1e-3);
    before = r.after;
    rn_debias_free(&r);
  }
  assert_true(before < 0.05);
  o.n_pairs = 0;
  assert_int_equal(rn_debias(ctx, N, DIM, x, &o, out, &r), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  o.n_pairs = PAIRS;
  memcpy(x + DIM, x, DIM * sizeof *x);
  assert_int_equal(rn_debias(ctx, N, DIM, x, &o, out, &r), RN_ERROR_DATA);
  assert_string_equal(rn_context_error(ctx), "pair 1: its two words have the same vector");
  rn_context_clear(ctx);
  free(x);
  free(out);
}

/* ---- memory ---- */

static rn_status each(const float *x) {
  int64_t row[8], pair[] = {0, 1}, word_row[] = {0, 1, 2};
  float score[8], map[2 * 40], out[40 * WIDTH];
  bool neutral[40];
  for (int i = 0; i < 40; i++) neutral[i] = i > 1;
  rn_analogy question = {0, 1, 2};
  rn_status status = rn_neighbours(ctx, RN_NEAR_COSINE, 40, WIDTH, x, 1, x, 2, row, score);
  if (status == RN_OK) status = rn_analogies(ctx, RN_ANALOGY_ADD, 40, WIDTH, x, 3, x, word_row, 1, &question, 2, row, score);
  rn_tsne_options to = {.method = RN_TSNE_FFT, .perplexity = 5, .iterations = 3, .exaggeration = 12};
  if (status == RN_OK) status = rn_tsne(ctx, 40, WIDTH, x, &to, map, NULL);
  rn_pca p;
  rn_pca_options po = {2, RN_PCA_RANDOMIZED, 1};
  if (status == RN_OK) status = rn_pca_fit(ctx, 40, WIDTH, x, &po, &p);
  if (status != RN_OK) return status;
  rn_pca_free(&p);
  rn_debias_options d = {1, 1, pair, pair, neutral, 1, true, 0.2};
  rn_debias_result r;
  status = rn_debias(ctx, 40, WIDTH, x, &d, out, &r);
  rn_debias_free(&r);
  return status;
}

static void memory_faults(void **state) {
  float *x = clusters();
  for (uint64_t n = 1;; n++) {
    rn_context_clear(ctx);
    rn_alloc_fail_after(n);
    rn_status status = each(x);
    rn_alloc_fail_after(0);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
  }
  rn_context_clear(ctx);
  free(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(neighbours_are_the_nearest),
                                     cmocka_unit_test(analogies_leave_their_words_out),
                                     cmocka_unit_test(components_are_found),
                                     cmocka_unit_test(components_of_wide_rows),
                                     cmocka_unit_test(maps_keep_clusters),
                                     cmocka_unit_test(bad_maps),
                                     cmocka_unit_test(debiasing_takes_the_direction_out),
                                     cmocka_unit_test(memory_faults)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
