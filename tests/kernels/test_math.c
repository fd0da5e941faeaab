/* test_math.c: exp, tanh and the logistic function against libm in double precision, over a sample of all floats, or, with RN_TEST_LONG=1,
 * over all of them. Errors are in units of the last place of the exact result. */
#include "kernels_test.h"
#include <float.h>
#include <stdio.h>

static double logistic(double x) { return 1 / (1 + exp(-x)); }

typedef struct function {
  const char *name;
  rn_activation f;
  double (*exact)(double);
  double limit;
} function;

#define MAX_SETS 8
#define SIZE 4096

static double error_in_ulps(float got, double exact) {
  if (isnan(exact)) return isnan(got) ? 0 : INFINITY;
  if (fabs(exact) > FLT_MAX) return got == (float)exact ? 0 : fabsf(got) == FLT_MAX && isfinite((float)exact) ? 1 : INFINITY;
  if (fabs(exact) < FLT_MIN) return fabs(got - exact) <= FLT_MIN ? 0 : INFINITY; /* may be flushed */
  int exponent;
  frexp(exact, &exponent);
  double error = fabs(got - exact) / ldexp(1, exponent - 24);
  return isnan(error) ? INFINITY : error;
}

static void check(const function *f) {
  uint64_t stride = getenv("RN_TEST_LONG") ? 1 : 1021; /* odd: no pattern of bits is left out */
  const rn_backend *set[MAX_SETS];
  double worst[MAX_SETS] = {0};
  float at[MAX_SETS] = {0};
  int n_sets = 0;
  for (const char *const *name = rn_backend_cpu_names(); *name; name++) set[n_sets++] = rn_backend_cpu(*name);
  static float x[SIZE], y[SIZE];
  static double exact[SIZE];
  for (uint64_t bits = 0; bits < (uint64_t)1 << 32;) {
    int n = 0;
    for (; n < SIZE && bits < (uint64_t)1 << 32; n++, bits += stride) {
      uint32_t word = (uint32_t)bits;
      memcpy(&x[n], &word, sizeof word);
      exact[n] = f->exact((double)x[n]);
    }
    for (int s = 0; s < n_sets; s++) {
      set[s]->unary(NULL, f->f, n, x, y);
      for (int i = 0; i < n; i++) {
        double error = error_in_ulps(y[i], exact[i]);
        if (error > worst[s]) worst[s] = error, at[s] = x[i];
      }
    }
  }
  for (int s = 0; s < n_sets; s++) {
    printf("%-8s %-8s %.3f ulp at %.9g\n", f->name, set[s]->isa, worst[s], at[s]);
    if (!(worst[s] <= f->limit)) fail_msg("%s of %.9g", f->name, at[s]);
  }
}

static void exponential(void **state) { check(&(function){"exp", RN_EXP, exp, 1.2}); }
static void hyperbolic_tangent(void **state) { check(&(function){"tanh", RN_TANH, tanh, 1.25}); }
static void logistic_function(void **state) { check(&(function){"sigmoid", RN_SIGMOID, logistic, 2.5}); }

static void edges(void **state) {
  float x[] = {INFINITY, -INFINITY, NAN, 0.0f, -0.0f, 1000.0f, -1000.0f};
  for (const char *const *name = rn_backend_cpu_names(); *name; name++) {
    const rn_backend *b = rn_backend_cpu(*name);
    float y[7];
    b->unary(NULL, RN_EXP, 7, x, y);
    assert_true(y[0] == INFINITY && y[1] == 0 && isnan(y[2]) && y[3] == 1 && y[4] == 1 && y[5] == INFINITY && y[6] == 0);
    b->unary(NULL, RN_TANH, 7, x, y);
    assert_true(y[0] == 1 && y[1] == -1 && isnan(y[2]) && y[3] == 0 && !signbit(y[3]) && y[4] == 0 && signbit(y[4]) && y[5] == 1 &&
                y[6] == -1);
    b->unary(NULL, RN_SIGMOID, 7, x, y);
    assert_true(y[0] == 1 && y[1] == 0 && isnan(y[2]) && y[3] == 0.5f && y[4] == 0.5f && y[5] == 1 && y[6] == 0);
    b->unary(NULL, RN_RELU, 7, x, y);
    assert_true(y[0] == INFINITY && y[1] == 0 && isnan(y[2]) && y[5] == 1000 && y[6] == 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(exponential), cmocka_unit_test(hyperbolic_tangent),
                                     cmocka_unit_test(logistic_function), cmocka_unit_test(edges)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
