/* test_nearest.c: the nearest series by hand and by exhaustive search; ragged, several variables, any number of threads. */
#include "base/check.h"

#include "base/random.h"
#include "tensor/context.h"
#include <math.h>
#include <rondo/nearest.h>

static rn_context *with_threads(int n) {
  rn_context_options o = rn_context_options_default();
  rn_context *ctx;
  o.n_threads = n;
  assert_int_equal(rn_context_new(&o, &ctx, NULL, 0), RN_OK);
  return ctx;
}

/* A peak that comes late is near in warped time and far point by point. */
static void warping_sees_through_delay(void **state) {
  float known[] = {0, 0, 9, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4}, query[] = {0, 0, 0, 0, 0, 9, 0, 0};
  int64_t offset[] = {0, 8, 16}, one[] = {0, 8}, neighbour;
  rn_series_rows k = {known, {2, offset}, 1}, q = {query, {1, one}, 1};
  rn_context *ctx = with_threads(1);
  float distance;
  assert_int_equal(rn_nearest(ctx, RN_DTW, &k, &q, NULL, &neighbour, &distance), RN_OK);
  assert_true(neighbour == 0 && distance == 0);
  assert_int_equal(rn_nearest(ctx, RN_EUCLIDEAN, &k, &q, NULL, &neighbour, &distance), RN_OK);
  assert_true(neighbour == 1 && fabsf(distance - sqrtf(7 * 16 + 25)) < 1e-5f);
  rn_context_free(ctx);
}

enum { N = 40, D = 3, LONGEST = 30 };

static double warped(const rn_series_rows *a, int64_t p, int64_t q) {
  static double table[LONGEST + 1][LONGEST + 1];
  int64_t n = rn_ragged_length(&a->seqs, p), m = rn_ragged_length(&a->seqs, q);
  for (int64_t i = 0; i <= n; i++)
    for (int64_t j = 0; j <= m; j++) {
      if (i == 0 || j == 0) {
        table[i][j] = i == j ? 0 : INFINITY;
        continue;
      }
      double cost = 0;
      for (int k = 0; k < D; k++) {
        double difference = a->rows[(a->seqs.offset[p] + i - 1) * D + k] - a->rows[(a->seqs.offset[q] + j - 1) * D + k];
        cost += difference * difference;
      }
      table[i][j] = cost + fmin(table[i - 1][j - 1], fmin(table[i - 1][j], table[i][j - 1]));
    }
  return sqrt(table[n][m]);
}

static void agrees_with_exhaustive_search(void **state) {
  int64_t offset[N + 1] = {0}, neighbour[N];
  int32_t fold[N];
  float rows[N * LONGEST * D], distance[N];
  rn_random random = rn_random_init(5, 0);
  for (int i = 0; i < N; i++) offset[i + 1] = offset[i] + (i == 7 ? 0 : 1 + (int64_t)rn_random_below(&random, LONGEST));
  for (int64_t i = 0; i < offset[N] * D; i++) rows[i] = rn_random_normal(&random);
  for (int i = 0; i < N; i++) fold[i] = i / 2;
  rn_series_rows series = {rows, {N, offset}, D};
  for (int n_threads = 1; n_threads <= 3; n_threads++) {
    rn_context *ctx = with_threads(n_threads);
    assert_int_equal(rn_nearest(ctx, RN_DTW, &series, &series, fold, neighbour, distance), RN_OK);
    for (int64_t q = 0; q < N; q++) {
      int64_t best = -1;
      for (int64_t k = 0; k < N; k++)
        if (k / 2 != q / 2 && !isinf(warped(&series, q, k)) && (best < 0 || warped(&series, q, k) < warped(&series, q, best))) best = k;
      assert_int_equal(neighbour[q], best); /* 7, the empty one, has none */
      assert_true(best < 0 ? isinf(distance[q]) : fabs(distance[q] - warped(&series, q, best)) < 1e-5 * distance[q]);
    }
    assert_int_equal(rn_nearest(ctx, RN_DTW, &series, &series, NULL, neighbour, NULL), RN_OK);
    for (int64_t q = 0; q < N; q++) assert_int_equal(neighbour[q], q);
    rn_context_free(ctx);
  }
}

static void says_what_is_wrong(void **state) {
  float rows[] = {0, 1, 2, 3, 4, 5}, broken[] = {0, NAN};
  int64_t even[] = {0, 2, 4, 6}, ragged[] = {0, 2, 5, 6}, one[] = {0, 2}, neighbour[3];
  rn_series_rows a = {rows, {3, even}, 1}, b = {rows, {3, ragged}, 1}, wide = {rows, {1, one}, 3}, missing = {broken, {1, one}, 1};
  rn_context *ctx = with_threads(2);
  assert_int_equal(rn_nearest(ctx, RN_EUCLIDEAN, &a, &b, NULL, neighbour, NULL), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "series 1 has 3 points"));
  rn_context_clear(ctx);
  assert_int_equal(rn_nearest(ctx, RN_DTW, &a, &wide, NULL, neighbour, NULL), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "1 variables, queries 3"));
  rn_context_clear(ctx);
  assert_int_equal(rn_nearest(ctx, RN_DTW, &a, &missing, NULL, neighbour, NULL), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "row 1 of the queried series is nan"));
  rn_context_clear(ctx);
  assert_int_equal(rn_nearest(ctx, RN_DTW, &a, &(rn_series_rows){rows, {1, one}, 1}, (int32_t[]){0}, neighbour, NULL), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "folds of 1 series, but 3 are known"));
  rn_context_clear(ctx);
  for (uint64_t n = 1; n <= 3; n++) { /* the scratch and the two copies */
    rn_alloc_fail_after(n);
    rn_status status = rn_nearest(ctx, RN_DTW, &a, &b, NULL, neighbour, NULL);
    rn_alloc_fail_after(0);
    assert_int_equal(status, RN_ERROR_MEMORY);
    rn_context_clear(ctx);
  }
  assert_int_equal(rn_nearest(ctx, RN_DTW, &a, &b, NULL, neighbour, NULL), RN_OK);
  rn_context_free(ctx);
}

int main(void) {
  const struct CMUnitTest cases[] = {
      cmocka_unit_test(warping_sees_through_delay),
      cmocka_unit_test(agrees_with_exhaustive_search),
      cmocka_unit_test(says_what_is_wrong),
  };
  return cmocka_run_group_tests(cases, NULL, NULL);
}
