/* test_alias.c: that numbers are drawn by their weights; and pairs, counted against a plain table. */
#include "base/alias.h"
#include "base/alloc.h"
#include "base/pairs.h"
#include "base/random.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* The share of all 2^32 random words that draw each number is its weight's share, to one part in 2^32 / n of it. */
static void draws_by_weight(void **state) {
  const double lists[][6] = {{1, 1, 1, 1, 1, 1}, {5, 0, 0, 0, 0, 0}, {1, 2, 3, 4, 5, 6}, {1e-9, 1, 1e9, 7, 7, 7}, {0, 3, 0, 1, 0, 0}};
  for (int l = 0; l < 5; l++) {
    rn_alias a;
    double share[6] = {0}, sum = 0;
    assert_true(rn_alias_init(&a, lists[l], 6));
    for (int i = 0; i < 6; i++) {
      sum += lists[l][i];
      double own = ((double)a.box[i].own + 1) / 4294967296.0;
      share[i] += own / 6;
      share[a.box[i].other] += (1 - own) / 6;
    }
    for (int i = 0; i < 6; i++) assert_true(fabs(share[i] - lists[l][i] / sum) < 1e-9);
    int seen[6] = {0};
    for (uint32_t k = 0; k < 60000; k++) seen[rn_alias_draw(&a, k * 71582u + 3)]++; /* evenly over the words */
    for (int i = 0; i < 6; i++) assert_true(fabs(seen[i] / 60000.0 - lists[l][i] / sum) < 1e-3);
    rn_alias_free(&a);
  }
}

static void counts_pairs(void **state) {
  enum { N = 70 };
  static int64_t want[N][N];
  rn_pairs p = {0};
  rn_random r = rn_random_init(1, 1);
  assert_null(rn_pairs_find(&p, 1, 2));
  for (int k = 0; k < 20000; k++) {
    uint32_t a = (uint32_t)rn_random_below(&r, N), b = (uint32_t)rn_random_below(&r, N) * (uint32_t)rn_random_below(&r, 2);
    assert_true(rn_pairs_add(&p, a, b));
    want[a][b]++;
  }
  for (uint32_t a = 0; a < N; a++)
    for (uint32_t b = 0; b < N; b++) {
      const struct rn_pair *pair = rn_pairs_find(&p, a, b);
      assert_int_equal(pair ? pair->count : 0, want[a][b]);
    }
  rn_pairs_free(&p);
}

static void memory_may_fail(void **state) {
  const double weights[] = {1, 2, 3};
  for (uint64_t n = 1; n <= 3; n++) {
    rn_alias a;
    rn_alloc_fail_after(n);
    assert_false(rn_alias_init(&a, weights, 3));
    assert_null(a.box);
  }
  rn_pairs p = {0};
  rn_alloc_fail_after(1);
  assert_false(rn_pairs_add(&p, 1, 2));
  rn_alloc_fail_after(0);
  rn_pairs_free(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(draws_by_weight), cmocka_unit_test(counts_pairs), cmocka_unit_test(memory_may_fail)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
