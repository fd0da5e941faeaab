/* test_alloc.c: allocations are counted and can be made to fail; the first error is kept. */
#include "base/check.h"

static void sizes_overflow(void **state) {
  size_t n;
  assert_true(rn_mul_size(3, 5, &n));
  assert_int_equal(n, 15);
  assert_false(rn_mul_size(SIZE_MAX, 2, &n));
  assert_true(rn_add_size(SIZE_MAX - 1, 1, &n));
  assert_false(rn_add_size(SIZE_MAX, 1, &n));
  assert_null(rn_alloc_zero(SIZE_MAX / 2, 3));
}

static void every_kind_is_counted_and_fails(void **state) {
  uint64_t before = rn_alloc_count();
  void *p[6] = {rn_alloc(0), rn_alloc_zero(4, 4), rn_realloc(NULL, 8), rn_alloc_aligned(100), rn_strdup("word"), rn_strndup("word", 2)};
  assert_int_equal(rn_alloc_count() - before, 6);
  assert_int_equal((uintptr_t)p[3] % 64, 0);
  assert_string_equal(p[4], "word");
  assert_string_equal(p[5], "wo");
  for (int i = 0; i < 6; i++) {
    assert_non_null(p[i]);
    rn_free(p[i]);
  }
  rn_alloc_fail_after(2); /* the second from now, and only it */
  void *first = rn_alloc(1), *second = rn_alloc(1), *third = rn_alloc(1);
  assert_non_null(first);
  assert_null(second);
  assert_non_null(third);
  rn_free(first);
  rn_free(third);
  rn_free(NULL);
}

static void the_first_error_is_kept(void **state) {
  rn_error err = {0};
  assert_int_equal(rn_error_set(&err, RN_ERROR_DATA, "line %d", 7), RN_ERROR_DATA);
  assert_int_equal(rn_error_set(&err, RN_ERROR_IO, "later"), RN_ERROR_DATA);
  assert_string_equal(err.text, "line 7");
  rn_error_clear(&err);
  assert_int_equal(err.status, RN_OK);
  rn_error_set(&err, RN_ERROR_DATA, "tensor '%s'\n%s", "\033[31m\a", "é");
  assert_string_equal(err.text, "tensor '?[31m?'\né");
  rn_error_clear(&err);
  assert_int_equal(rn_error_set(NULL, RN_ERROR_IO, "nowhere"), RN_ERROR_IO);
  for (int s = RN_OK; s <= RN_ERROR_STOPPED; s++) assert_string_not_equal(rn_status_name((rn_status)s), "unknown");
  assert_string_equal(rn_version(), RN_VERSION);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sizes_overflow),
      cmocka_unit_test(every_kind_is_counted_and_fails),
      cmocka_unit_test(the_first_error_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
