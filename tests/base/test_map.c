/* test_map.c: entries in order, keys of any bytes. */
#include "base/map.h"
#include "base/check.h"

static void found_in_order(void **state) {
  rn_map *map = rn_map_new();
  assert_null(rn_map_find(map, "a", 1));
  char key[32];
  bool inserted;
  for (int i = 0; i < 20000; i++) {
    int n = snprintf(key, sizeof key, "word%d", i * 7919 % 20000);
    assert_non_null(rn_map_insert(map, key, (size_t)n, i, &inserted));
    assert_true(inserted);
  }
  assert_int_equal(*rn_map_insert(map, "word7919", 8, 99, &inserted), 1);
  assert_false(inserted);
  assert_int_equal(rn_map_size(map), 20000);
  for (int i = 0; i < 20000; i++) {
    size_t size;
    int64_t value;
    const char *k = rn_map_key(map, i, &size, &value);
    int n = snprintf(key, sizeof key, "word%d", i * 7919 % 20000);
    assert_int_equal(size, n);
    assert_string_equal(k, key);
    assert_int_equal(value, i);
    assert_int_equal(*rn_map_find(map, key, (size_t)n), i);
  }
  assert_null(rn_map_find(map, "word", 4));
  rn_map_free(map);
}

static void keys_are_bytes(void **state) {
  rn_map *map = rn_map_new();
  *rn_map_insert(map, "a\0b", 3, 1, NULL) += 10;
  rn_map_insert(map, "a\0c", 3, 2, NULL);
  rn_map_insert(map, "", 0, 3, NULL);
  assert_int_equal(*rn_map_find(map, "a\0b", 3), 11);
  assert_int_equal(*rn_map_find(map, "a\0c", 3), 2);
  assert_int_equal(*rn_map_find(map, "", 0), 3);
  assert_null(rn_map_find(map, "a", 1));
  rn_map_free(map);
  rn_map_free(NULL);
}

static void a_failed_insertion_changes_nothing(void **state) {
  for (uint64_t n = 1; n < 40; n++) {
    rn_alloc_fail_after(n);
    rn_map *map = rn_map_new();
    char key[16];
    for (int i = 0; map && i < 3000; i++) {
      int size = snprintf(key, sizeof key, "%d", i);
      int64_t before = rn_map_size(map);
      if (!rn_map_insert(map, key, (size_t)size, i, NULL)) {
        assert_int_equal(rn_map_size(map), before);
        assert_null(rn_map_find(map, key, (size_t)size));
        assert_non_null(rn_map_insert(map, key, (size_t)size, i, NULL));
      }
      assert_int_equal(*rn_map_find(map, key, (size_t)size), i);
    }
    rn_alloc_fail_after(0);
    rn_map_free(map);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(found_in_order),
      cmocka_unit_test(keys_are_bytes),
      cmocka_unit_test(a_failed_insertion_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
