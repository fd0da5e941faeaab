/* test_elementwise.c: functions of each element, their derivatives, and sums, against double precision. */
#include "kernels_test.h"

static const int64_t sizes[] = {0, 1, 3, 7, 16, 33, 100, 4097, 40001};
#define N_SIZES (sizeof sizes / sizeof *sizes)

static double gelu(double x) { return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }

static double exact(rn_activation f, double x) {
  switch (f) {
  case RN_TANH: return tanh(x);
  case RN_SIGMOID: return 1 / (1 + exp(-x));
  case RN_RELU: return x > 0 ? x : 0;
  case RN_GELU: return gelu(x);
  case RN_EXP: return exp(x);
  case RN_SQUARE: return x * x;
  default: return x;
  }
}

static void unary(bench *t) {
  for (size_t s = 0; s < N_SIZES; s++)
    for (int f = 0; f < RN_ACTIVATION_COUNT; f++) {
      int64_t n = sizes[s];
      float *x = floats(t, n, -4, 4), *y = floats(t, n, 0, 0), *dy = floats(t, n, -1, 1), *dx = floats(t, n, -1, 1),
            *before = copy_of(t, dx, n);
      t->b->unary(t->pool, f, n, x, y);
      t->b->unary_grad(t->pool, f, n, x, y, dy, dx);
      for (int64_t i = 0; i < n; i++) {
        double want = exact(f, x[i]), h = 1e-5, slope = (exact(f, x[i] + h) - exact(f, x[i] - h)) / (2 * h);
        near(t, y[i], want, 1e-6 * (1 + fabs(want)));
        if (f != RN_RELU || fabsf(x[i]) > 1e-4f) near(t, dx[i], before[i] + slope * dy[i], 2e-5 * (1 + fabs(slope)));
      }
      keep_floats(t, y, n);
      keep_floats(t, dx, n);
      t->b->unary(t->pool, f, n, x, x); /* in place */
      assert_memory_equal(x, y, (size_t)n * sizeof(float));
    }
}

static void binary(bench *t) {
  for (size_t s = 0; s < N_SIZES; s++) {
    int64_t n = sizes[s];
    float *a = floats(t, n, -1, 1), *b = floats(t, n, -1, 1), *y = floats(t, n, 0, 0), *z = floats(t, n, -1, 1), *z0 = copy_of(t, z, n);
    for (int f = 0; f < RN_BINARY_COUNT; f++) {
      t->b->binary(t->pool, f, n, a, b, y);
      for (int64_t i = 0; i < n; i++) near(t, y[i], f == RN_ADD ? a[i] + b[i] : f == RN_SUB ? a[i] - b[i] : a[i] * b[i], 0);
    }
    t->b->axpy(t->pool, n, 0.3f, a, z);
    for (int64_t i = 0; i < n; i++) near(t, z[i], z0[i] + (double)0.3f * a[i], 2e-7);
    keep_floats(t, z, n);
    memcpy(z, z0, (size_t)n * sizeof(float));
    t->b->mul_add(t->pool, n, a, b, z);
    for (int64_t i = 0; i < n; i++) near(t, z[i], z0[i] + (double)a[i] * b[i], 2e-7);
    keep_floats(t, z, n);
    t->b->scale(t->pool, n, -2.5f, a, y);
    for (int64_t i = 0; i < n; i++) near(t, y[i], -2.5f * a[i], 0);
    t->b->scale(t->pool, n, -2.5f, a, a);
    assert_memory_equal(a, y, (size_t)n * sizeof(float));
  }
}

static void reductions(bench *t) {
  static const int64_t many[] = {0, 1, 15, 17, 16384, 16385, 100003, 1500007};
  for (size_t s = 0; s < sizeof many / sizeof *many; s++) {
    int64_t n = many[s];
    float *x = floats(t, n, -1, 2);
    double sum = 0, squares = 0, got = t->b->sum(t->pool, n, x), got_squares = t->b->sum_squares(t->pool, n, x);
    for (int64_t i = 0; i < n; i++) sum += x[i], squares += (double)x[i] * x[i];
    near(t, got, sum, 1e-12 * (1 + (double)n));
    near(t, got_squares, squares, 1e-12 * (1 + (double)n));
    keep(t, &got, sizeof got);
    keep(t, &got_squares, sizeof got_squares);
    const rn_backend *portable = rn_backend_cpu("portable"); /* the same bits in every instruction set */
    assert_true(portable->sum(NULL, n, x) == got && portable->sum_squares(NULL, n, x) == got_squares);
    if (n == 0) continue;
    float before = x[n / 2];
    x[n / 2] = NAN;
    assert_false(isfinite(t->b->sum_squares(t->pool, n, x)));
    x[n / 2] = -INFINITY;
    assert_false(isfinite(t->b->sum_squares(t->pool, n, x)));
    x[n / 2] = before, x[n - 1] = 3e38f; /* its square is past float's range, not past double's */
    near(t, t->b->sum_squares(t->pool, n, x) / 9e76, 1, 1e-6);
  }
}

static void test_unary(void **state) { everywhere(unary); }
static void test_binary(void **state) { everywhere(binary); }
static void test_reductions(void **state) { everywhere(reductions); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_unary), cmocka_unit_test(test_binary), cmocka_unit_test(test_reductions)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
