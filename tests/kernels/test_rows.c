/* test_rows.c: operations on the rows of matrices, layer normalisation, and pooling over time. */
#include "kernels_test.h"

static const int64_t shapes[][2] = {{0, 5}, {5, 0}, {1, 1}, {3, 7}, {10, 16}, {7, 33}, {65, 100}, {300, 130}, {2, 5000}, {1000, 65}};
#define N_SHAPES (sizeof shapes / sizeof *shapes)

static void rows(bench *t) {
  for (size_t s = 0; s < N_SHAPES; s++) {
    int64_t m = shapes[s][0], n = shapes[s][1], ld = n + 3;
    float *x = floats(t, m * ld, -1, 1), *row = floats(t, n, -1, 1), *y = floats(t, m * ld, -1, 1), *before = copy_of(t, y, m * ld);
    t->b->add_row(t->pool, m, n, x, row, y);
    for (int64_t i = 0; i < m * n; i++) near(t, y[i], x[i] + row[i % n], 0);

    float *sum = copy_of(t, row, n);
    t->b->sum_rows(t->pool, m, n, x, ld, sum);
    for (int64_t j = 0; j < n; j++) {
      double want = row[j];
      for (int64_t r = 0; r < m; r++) want += x[r * ld + j];
      near(t, sum[j], want, 2e-7 * (double)(m + 8));
    }
    keep_floats(t, sum, n);

    for (int accumulate = 0; accumulate <= 1; accumulate++) {
      memcpy(y, before, (size_t)(m * ld) * sizeof(float));
      t->b->copy_cols(t->pool, m, n, x, ld, y, n + 1, accumulate);
      for (int64_t i = 0; i < m * (n + 1); i++) {
        int64_t r = i / (n + 1), j = i % (n + 1);
        near(t, y[i], j < n ? x[r * ld + j] + (accumulate ? before[i] : 0) : before[i], 0);
      }
    }
  }
}

static void gathers(bench *t) {
  for (size_t s = 0; s < N_SHAPES; s++) {
    int64_t m = shapes[s][0], n = shapes[s][1], n_table = 20;
    int32_t *id = ids(t, m, n_table, -1);
    float *table = floats(t, n_table * n, -1, 1), *y = floats(t, m * n, -1, 1), *before = copy_of(t, table, n_table * n);
    t->b->gather_rows(t->pool, m, n, table, id, y);
    for (int64_t i = 0; i < m * n; i++) near(t, y[i], id[i / n] < 0 ? 0 : table[id[i / n] * n + i % n], 0);
    t->b->scatter_add_rows(t->pool, m, n, y, id, table);
    for (int64_t r = 0; r < m; r++) /* the same sums in the same order */
      for (int64_t j = 0; j < n && id[r] >= 0; j++) before[id[r] * n + j] += y[r * n + j];
    assert_memory_equal(table, before, (size_t)(n_table * n) * sizeof(float));
    keep_floats(t, table, n_table * n);
  }
}

static void layer_norm(bench *t) {
  for (size_t s = 0; s < N_SHAPES; s++)
    for (int with = 0; with <= 1; with++) {
      int64_t m = shapes[s][0], n = shapes[s][1];
      float *x = floats(t, m * n, -1, 3), *gain = with ? floats(t, n, 0.5, 2) : NULL, *bias = with ? floats(t, n, -1, 1) : NULL;
      float *y = floats(t, m * n, 0, 0), *saved = floats(t, 2 * m, 0, 0), *dy = floats(t, m * n, -1, 1);
      float *dx = floats(t, m * n, -1, 1), *before = copy_of(t, dx, m * n), *dgain = floats(t, n, 0, 0), *dbias = floats(t, n, 0, 0);
      double eps = 1e-5f, *want_dgain = calloc((size_t)n + 1, 8), *want_dbias = calloc((size_t)n + 1, 8);
      t->b->layer_norm(t->pool, m, n, (float)eps, x, gain, bias, y, saved);
      t->b->layer_norm_grad(t->pool, m, n, x, gain, saved, dy, dx, dgain, dbias);
      for (int64_t r = 0; r < m; r++) {
        double mean = 0, var = 0, q_mean = 0, qz_mean = 0;
        for (int64_t j = 0; j < n; j++) mean += x[r * n + j] / (double)n;
        for (int64_t j = 0; j < n; j++) var += pow(x[r * n + j] - mean, 2) / (double)n;
        double scale = 1 / sqrt(var + eps);
        for (int64_t j = 0; j < n; j++) {
          double z = (x[r * n + j] - mean) * scale, q = dy[r * n + j] * (gain ? (double)gain[j] : 1);
          near(t, y[r * n + j], z * (gain ? (double)gain[j] : 1) + (bias ? (double)bias[j] : 0), n > 1 ? 1e-5 : 1e-4);
          q_mean += q / (double)n, qz_mean += q * z / (double)n;
          want_dgain[j] += dy[r * n + j] * z, want_dbias[j] += dy[r * n + j];
        }
        for (int64_t j = 0; j < n; j++) {
          double z = (x[r * n + j] - mean) * scale, q = dy[r * n + j] * (gain ? (double)gain[j] : 1);
          near(t, dx[r * n + j], before[r * n + j] + scale * (q - q_mean - z * qz_mean), n > 1 ? 1e-5 : 1e-4);
        }
      }
      for (int64_t j = 0; j < n; j++) {
        near(t, dgain[j], want_dgain[j], 1e-6 * (double)(m + 10));
        near(t, dbias[j], want_dbias[j], 1e-6 * (double)(m + 10));
      }
      keep_floats(t, y, m * n);
      keep_floats(t, dx, m * n);
      keep_floats(t, dgain, n);
      t->b->layer_norm_grad(t->pool, m, n, x, gain, saved, dy, NULL, NULL, NULL); /* nothing wanted */
      free(want_dgain), free(want_dbias);
    }
}

static void pool_time(bench *t) {
  static const int64_t offset[] = {0, 3, 3, 4, 60, 61, 61, 300};
  enum { n_seqs = 7 };
  for (int64_t n = 1; n <= 130; n += 43)
    for (int how = RN_LAST; how <= RN_MAX; how++) {
      int64_t n_rows = offset[n_seqs];
      float *x = floats(t, n_rows * n, -1, 1), *y = floats(t, n_seqs * n, -1, 1), *dy = floats(t, n_seqs * n, -1, 1),
            *dx = floats(t, n_rows * n, -1, 1);
      float *before = copy_of(t, dx, n_rows * n);
      int32_t *argmax = ids(t, n_seqs * n, 5, 0);
      t->b->pool_time(t->pool, how, n_seqs, offset, n, x, y, how == RN_MAX ? argmax : NULL);
      t->b->pool_time_grad(t->pool, how, n_seqs, offset, n, how == RN_MAX ? argmax : NULL, dy, dx);
      for (int64_t q = 0; q < n_seqs; q++)
        for (int64_t j = 0; j < n; j++) {
          int64_t first = offset[q], end = offset[q + 1], best = first;
          double sum = 0;
          for (int64_t r = first; r < end; r++) sum += x[r * n + j], best = x[r * n + j] > x[best * n + j] ? r : best;
          double want = first == end     ? 0
                        : how == RN_LAST ? x[(end - 1) * n + j]
                        : how == RN_MEAN ? sum / (double)(end - first)
                                         : x[best * n + j];
          near(t, y[q * n + j], want, 1e-6);
          if (how == RN_MAX && first < end) assert_int_equal(argmax[q * n + j], best);
          for (int64_t r = first; r < end; r++) {
            double share = how == RN_LAST ? r == end - 1 : how == RN_MEAN ? 1 / (double)(end - first) : r == best;
            near(t, dx[r * n + j], before[r * n + j] + share * dy[q * n + j], 1e-6);
          }
        }
      keep_floats(t, y, n_seqs * n);
      keep_floats(t, dx, n_rows * n);
    }
  t->b->pool_time(t->pool, RN_MEAN, 0, offset, 4, NULL, NULL, NULL);
}

static void pool_time_shows_nan(bench *t) {
  float x[] = {1, NAN, 5}, y;
  int64_t offset[] = {0, 3};
  int32_t argmax;
  t->b->pool_time(t->pool, RN_MAX, 1, offset, 1, x, &y, &argmax);
  assert_true(isnan(y) && argmax == 1);
}

static void test_rows(void **state) { everywhere(rows); }
static void test_gathers(void **state) { everywhere(gathers); }
static void test_layer_norm(void **state) { everywhere(layer_norm); }
static void test_pool_time(void **state) { everywhere(pool_time); }
static void test_pool_time_nan(void **state) { everywhere(pool_time_shows_nan); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_gathers), cmocka_unit_test(test_layer_norm),
                                     cmocka_unit_test(test_pool_time), cmocka_unit_test(test_pool_time_nan)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
