/* test_eigen.c: eigenvectors of symmetric matrices: A v = l v, at right angles, by falling l; also where A falls apart. */
#include "kernels/eigen.h"
#include "base/random.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { MOST = 40 };

static void check(int64_t n, const double *a) {
  double v[MOST * MOST], value[MOST], room[MOST];
  memcpy(v, a, (size_t)(n * n) * sizeof *v);
  assert_true(rn_eigen_symmetric(n, v, value, room));
  for (int64_t k = 0; k < n; k++) {
    assert_true(k == 0 || value[k] <= value[k - 1]);
    for (int64_t i = 0; i < n; i++) {
      double sum = 0, product = 0;
      for (int64_t j = 0; j < n; j++) sum += a[i * n + j] * v[k * n + j], product += v[i * n + j] * v[k * n + j];
      assert_true(fabs(sum - value[k] * v[k * n + i]) < 1e-12 * (double)(n + 1));
      assert_true(fabs(product - (i == k)) < 1e-12);
    }
  }
}

static void random_matrices(void **state) {
  rn_random random = rn_random_init(1, 1);
  double a[MOST * MOST];
  for (int64_t n = 0; n <= MOST; n++) {
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = rn_random_uniform_double(&random) - 0.5;
    check(n, a);
  }
}

static void special_matrices(void **state) {
  double a[25] = {0};
  check(5, a); /* zero */
  for (int i = 0; i < 5; i++) a[6 * i] = i % 2 ? 3 : -1;
  check(5, a); /* diagonal, with equal eigenvalues */
  for (int i = 0; i < 25; i++) a[i] = 1;
  check(5, a); /* of rank one */
  for (int i = 0; i < 25; i++) a[i] = i / 5 / 3 == i % 5 / 3 ? 2 : 0;
  check(5, a); /* two blocks */
}

static void what_is_not_finite(void **state) {
  double a[9] = {1, NAN, 2, NAN, 1, 0, 2, 0, 1}, value[3], room[3];
  assert_false(rn_eigen_symmetric(3, a, value, room));
}

int main(void) {
  const struct CMUnitTest cases[] = {cmocka_unit_test(random_matrices), cmocka_unit_test(special_matrices),
                                     cmocka_unit_test(what_is_not_finite)};
  return cmocka_run_group_tests(cases, NULL, NULL);
}
