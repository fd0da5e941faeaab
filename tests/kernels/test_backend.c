/* test_backend.c: the choice of a table. */
#include "kernels_test.h"

static void names_are_accepted(void **state) {
  const char *const *names = rn_backend_cpu_names();
  assert_string_equal(names[0], "portable");
  const char *last = NULL;
  for (; *names; names++) {
    assert_non_null(rn_backend_cpu(*names));
    assert_string_equal(rn_backend_cpu(*names)->isa, *names);
    last = *names;
  }
  assert_string_equal(rn_backend_cpu(NULL)->isa, last);
}

static void unknown_names_are_refused(void **state) {
  assert_null(rn_backend_cpu("avx1024"));
  assert_null(rn_backend_cpu(""));
}

static void tables_are_complete(void **state) {
  for (const char *const *name = rn_backend_cpu_names(); *name; name++) {
    const rn_backend *b = rn_backend_cpu(*name);
    const void *const *entry = (const void *const *)b;
    for (size_t i = 0; i < sizeof *b / sizeof *entry; i++) assert_non_null(entry[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_accepted), cmocka_unit_test(unknown_names_are_refused),
                                     cmocka_unit_test(tables_are_complete)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
