/* test_shuffle.c: batches in a drawn order. */
#include "base/check.h"
#include "data/shuffle.h"

static rn_context *ctx;

static void every_example_once_an_epoch(void **state) {
  rn_shuffle s, again;
  assert_int_equal(rn_shuffle_init(ctx, 23, 5, 7, &s), RN_OK);
  assert_int_equal(rn_shuffle_init(ctx, 23, 5, 7, &again), RN_OK);
  assert_int_equal(rn_shuffle_count(&s), 5);
  int64_t first_of[3];
  for (int64_t epoch = 0; epoch < 3; epoch++) {
    int seen[23] = {0}, moved = 0, k = 0;
    const int64_t *pick, *other;
    for (int64_t i = 0; i < 5; i++) {
      int64_t n = rn_shuffle_batch(&s, epoch, i, &pick);
      assert_int_equal(n, i < 4 ? 5 : 3);
      if (i == 0) first_of[epoch] = 1000 * pick[0] + pick[1];
      for (int64_t j = 0; j < n; j++, k++) {
        seen[pick[j]]++;
        moved += pick[j] != k;
      }
    }
    for (int j = 0; j < 23; j++) assert_int_equal(seen[j], 1);
    assert_true(moved > 10);
    assert_int_equal(rn_shuffle_batch(&again, epoch, 4, &other), 3); /* whatever was asked before */
    assert_memory_equal(pick, other, 3 * sizeof *pick);
  }
  assert_true(first_of[0] != first_of[1] && first_of[1] != first_of[2]);
  rn_shuffle_free(&s);
  rn_shuffle_free(&again);
}

static void coins_are_fair_and_new_each_epoch(void **state) {
  enum { N = 4000 };
  static int64_t pick[N], third[N];
  rn_shuffle s;
  int heads = 0, changed = 0;
  assert_int_equal(rn_shuffle_init(ctx, N, N, 42, &s), RN_OK);
  for (int64_t i = 0; i < N; i++) pick[i] = i;
  memcpy(third, rn_shuffle_twins(&s, 3, pick, N), sizeof third);
  const int64_t *fourth = rn_shuffle_twins(&s, 4, pick, N);
  for (int64_t i = 0; i < N; i++) {
    assert_true(third[i] == i || third[i] == N + i);
    heads += third[i] != i;
    changed += third[i] != fourth[i];
  }
  assert_memory_equal(rn_shuffle_twins(&s, 3, pick, N), third, sizeof third);
  rn_shuffle_free(&s);
  assert_in_range(heads, 1850, 2150);
  assert_in_range(changed, 1850, 2150);
}

static void refuses_nonsense(void **state) {
  rn_shuffle s;
  assert_int_equal(rn_shuffle_init(ctx, 5, 0, 7, &s), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  assert_int_equal(rn_shuffle_init(ctx, 0, 1, 7, &s), RN_ERROR_DATA);
  rn_context_clear(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_example_once_an_epoch), cmocka_unit_test(coins_are_fair_and_new_each_epoch),
                                     cmocka_unit_test(refuses_nonsense)};
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  rn_context_free(ctx);
  return failed;
}
