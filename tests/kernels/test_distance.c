/* test_distance.c: distances of series against the naive double recursion. */
#include "kernels/kernels_test.h"

static double cost(const float *x, const float *y, int64_t d, int64_t n, int64_t m, int64_t i, int64_t j) {
  double sum = 0;
  for (int64_t k = 0; k < d; k++) {
    double difference = (double)x[k * n + i] - (double)y[k * m + m - 1 - j];
    sum += difference * difference;
  }
  return sum;
}

static double naive_dtw(int64_t d, int64_t n, const float *x, int64_t m, const float *y) {
  static double table[80][80]; /* D(i - 1, j - 1) */
  for (int64_t i = 0; i <= n; i++)
    for (int64_t j = 0; j <= m; j++) {
      if (i == 0 || j == 0) table[i][j] = i == j ? 0 : INFINITY;
      else table[i][j] = cost(x, y, d, n, m, i - 1, j - 1) + fmin(table[i - 1][j - 1], fmin(table[i - 1][j], table[i][j - 1]));
    }
  return table[n][m];
}

static void dtw_body(bench *t) {
  static const int64_t sizes[][3] = {{1, 1, 1},   {1, 1, 9},   {1, 17, 1},  {2, 3, 5},   {3, 16, 16}, {1, 33, 20},
                                     {12, 7, 29}, {6, 40, 40}, {1, 70, 70}, {4, 70, 33}, {2, 0, 0},   {2, 0, 4}, {2, 4, 0}};
  for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
    int64_t d = sizes[c][0], n = sizes[c][1], m = sizes[c][2];
    float *x = floats(t, d * n, -1, 1), *y = floats(t, d * m, -1, 1);
    float *scratch = floats(t, (int64_t)(t->b->dtw_scratch(n) / sizeof(float)), 5, 6);
    double want = naive_dtw(d, n, x, m, y);
    float got = t->b->dtw(d, n, x, m, y, INFINITY, scratch);
    if (isinf(want)) assert_true(isinf(got));
    else near(t, got, want, 1e-5 * (1 + want));
    /* A limit gives up, or changes nothing. */
    assert_true(t->b->dtw(d, n, x, m, y, nextafterf(got, INFINITY), scratch) == got);
    float limited = t->b->dtw(d, n, x, m, y, 0.5f * got, scratch);
    assert_true(isinf(limited) || limited == got);
    keep_floats(t, &got, 1);
  }
  float x[] = {0, 0, 0}, y[] = {9, 9, 9}, scratch[32];
  assert_true(isinf(t->b->dtw(1, 3, x, 3, y, 100, scratch)));
  assert_true(t->b->dtw(1, 3, x, 3, x, 0, scratch) <= INFINITY);
  assert_true(t->b->dtw(1, 3, x, 3, y, 1000, scratch) == 243);
}

static void dtw_is_the_best_warping(void **state) { everywhere(dtw_body); }

static void squared_body(bench *t) {
  for (int64_t n = 0; n < 40; n++) {
    float *x = floats(t, n, -1, 1), *y = floats(t, n, -1, 1), got = t->b->squared_distance(n, x, y);
    double want = 0;
    for (int64_t i = 0; i < n; i++) want += ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
    near(t, got, want, 1e-6 * (1 + want));
    keep_floats(t, &got, 1);
  }
}

static void squared_distance_is_a_sum(void **state) { everywhere(squared_body); }

int main(void) {
  const struct CMUnitTest cases[] = {
      cmocka_unit_test(dtw_is_the_best_warping),
      cmocka_unit_test(squared_distance_is_a_sum),
  };
  return cmocka_run_group_tests(cases, NULL, NULL);
}
