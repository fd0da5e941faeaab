/* test_softmax.c: softmax and cross-entropy against double precision. */
#include "kernels_test.h"

static const int64_t shapes[][2] = {{0, 5}, {1, 1}, {3, 2}, {5, 7}, {4, 16}, {7, 33}, {40, 65}, {3, 2048}, {3, 2049}, {5, 5003}};
#define N_SHAPES (sizeof shapes / sizeof *shapes)

static double log_sum(const float *x, int64_t n, double *max) {
  double sum = 0;
  *max = -INFINITY;
  for (int64_t j = 0; j < n; j++) *max = x[j] > *max ? x[j] : *max;
  for (int64_t j = 0; j < n; j++) sum += exp(x[j] - *max);
  return log(sum);
}

static void softmax(bench *t) {
  for (size_t s = 0; s < N_SHAPES; s++)
    for (int log_form = 0; log_form <= 1; log_form++) {
      int64_t m = shapes[s][0], n = shapes[s][1];
      float *x = floats(t, m * n, -20, 60), *y = floats(t, m * n, 0, 0);
      t->b->softmax(t->pool, m, n, x, y, log_form);
      for (int64_t r = 0; r < m; r++) {
        double max, z = log_sum(x + r * n, n, &max);
        for (int64_t j = 0; j < n; j++) {
          double want = x[r * n + j] - max - z;
          near(t, y[r * n + j], log_form ? want : exp(want), log_form ? 2e-5 : 1e-5 * exp(want) + 1e-37);
        }
      }
      keep_floats(t, y, m * n);
      t->b->softmax(t->pool, m, n, x, x, log_form);
      assert_memory_equal(x, y, (size_t)(m * n) * sizeof(float));
    }
}

static void cross_entropy(bench *t) {
  for (size_t s = 0; s < N_SHAPES; s++)
    for (int flags = 0; flags < 8; flags++) {
      int64_t m = shapes[s][0], n = shapes[s][1];
      bool accumulate = flags & 4;
      float smoothing = flags & 1 ? 0.1f : 0, *weight = flags & 2 ? floats(t, n, 0.5, 2) : NULL;
      rn_xent a = {m, n, ids(t, m, n, -1), weight, smoothing};
      float *x = floats(t, m * n, -10, 10), *loss = floats(t, m, 0, 0), *saved = floats(t, 2 * m, 0, 0);
      double *q = calloc((size_t)n, sizeof *q);
      float *dloss = floats(t, m, -1, 1), *dx = floats(t, m * n, -1, 1), *before = copy_of(t, dx, m * n);
      t->b->xent(t->pool, &a, x, loss, saved);
      t->b->xent_grad(t->pool, &a, x, saved, dloss, dx, accumulate);
      for (int64_t r = 0; r < m; r++) {
        int32_t y = a.target[r];
        double max, z = log_sum(x + r * n, n, &max), want = 0, mass = 0; /* loss = -sum_j q_j log p_j,  mass = sum_j q_j */
        for (int64_t j = 0; j < n; j++) {
          q[j] = y < 0 ? 0 : ((1 - (double)smoothing) * (j == y) + (double)smoothing / (double)n) * (weight ? weight[j] : 1);
          want -= q[j] * (x[r * n + j] - max - z);
          mass += q[j];
        }
        near(t, loss[r], want, 1e-5);
        for (int64_t j = 0; j < n; j++) {
          double d = dloss[r] * (mass * exp(x[r * n + j] - max - z) - q[j]);
          near(t, dx[r * n + j], (accumulate ? before[r * n + j] : 0) + d, 2e-6);
        }
      }
      free(q);
      keep_floats(t, loss, m);
      keep_floats(t, dx, m * n);
      if (accumulate) continue;
      t->b->xent(t->pool, &a, x, NULL, saved);
      t->b->xent_grad(t->pool, &a, x, saved, dloss, x, false); /* in place */
      assert_memory_equal(x, dx, (size_t)(m * n) * sizeof(float));
    }
}

static void extremes(bench *t) {
  /* Far past float's range of exp; and a class that is impossible. */
  float x[] = {1e4f, 1e4f, -1e4f, -INFINITY}, loss, saved[2], one = 1, dx[4];
  int32_t target = 1;
  rn_xent a = {1, 4, &target, NULL, 0};
  t->b->xent(t->pool, &a, x, &loss, saved);
  t->b->xent_grad(t->pool, &a, x, saved, &one, dx, false);
  near(t, loss, log(2), 1e-6);
  assert_true(fabsf(dx[0] - 0.5f) < 1e-6f && fabsf(dx[1] + 0.5f) < 1e-6f && dx[2] == 0 && dx[3] == 0);
  target = 3;
  t->b->xent(t->pool, &a, x, &loss, saved);
  assert_true(loss == INFINITY);
  x[2] = NAN;
  t->b->xent(t->pool, &a, x, &loss, saved);
  assert_true(isnan(loss) || loss == INFINITY);
  target = 0;
  t->b->xent(t->pool, &a, x, &loss, saved);
  assert_true(isnan(loss));
}

static void test_softmax(void **state) { everywhere(softmax); }
static void test_cross_entropy(void **state) { everywhere(cross_entropy); }
static void test_extremes(void **state) { everywhere(extremes); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_softmax), cmocka_unit_test(test_cross_entropy), cmocka_unit_test(test_extremes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
