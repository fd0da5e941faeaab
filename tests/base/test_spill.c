/* Temporary files: written at the end, read anywhere, without a name, and a full disk is said. */
#include "base/spill.h"
#include "check.h"
#include <errno.h>

enum { N = 200000 };

static void test_what_was_written_is_read(void **state) {
  rn_spill *spill;
  rn_error error = {0};
  uint32_t number, part[1000];
  assert_int_equal(rn_spill_open(check_folder, &spill, &error), RN_OK);
  for (uint32_t i = 0; i < N; i++) assert_int_equal(rn_spill_write(spill, &i, sizeof i, &error), RN_OK);
  assert_int_equal(rn_spill_size(spill), N * sizeof number);
  for (uint32_t i = 0; i + 1000 <= N; i += 12345) {
    assert_int_equal(rn_spill_read(spill, i * sizeof number, part, sizeof part, &error), RN_OK);
    for (uint32_t k = 0; k < 1000; k++) assert_int_equal(part[k], i + k);
  }
  number = 7;
  assert_int_equal(rn_spill_write(spill, &number, sizeof number, &error), RN_OK); /* after reading, at the end still */
  assert_int_equal(rn_spill_read(spill, N * sizeof number, &number, sizeof number, &error), RN_OK);
  assert_int_equal(number, 7);
  assert_int_equal(rn_spill_read(spill, N * sizeof number, part, sizeof part, &error), RN_ERROR_IO); /* past the end */
  rn_spill_close(spill);
}

static void test_the_folder_stays_empty(void **state) {
  rn_spill *spill;
  rn_error error = {0};
  char **names;
  int64_t n;
  assert_int_equal(rn_spill_open(check_folder, &spill, &error), RN_OK);
  assert_int_equal(rn_folder_list(check_folder, &names, &n, &error), RN_OK);
  assert_int_equal(n, 0);
  rn_free(names);
  rn_spill_close(spill);
}

static void test_failures_have_words(void **state) {
  static char much[1 << 20];
  rn_spill *spill;
  rn_error error = {0};
  assert_int_equal(rn_spill_open("no/such/folder", &spill, &error), RN_ERROR_IO);
  assert_non_null(strstr(error.text, "no/such/folder"));
  error = (rn_error){0};
  assert_int_equal(rn_spill_open(check_folder, &spill, &error), RN_OK);
  rn_file_fail_after(1000, ENOSPC);
  rn_status status = rn_spill_write(spill, much, sizeof much, &error);
  rn_file_fail_after(0, 0);
  assert_int_equal(status, RN_ERROR_IO);
  assert_non_null(strstr(error.text, "disk full"));
  rn_spill_close(spill);
  for (uint64_t i = 1; i <= 3; i++) {
    error = (rn_error){0};
    rn_alloc_fail_after(i);
    status = rn_spill_open(check_folder, &spill, &error);
    rn_alloc_fail_after(0);
    assert_int_equal(status, RN_ERROR_MEMORY);
    assert_null(spill);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_was_written_is_read),
      cmocka_unit_test(test_the_folder_stays_empty),
      cmocka_unit_test(test_failures_have_words),
  };
  return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
