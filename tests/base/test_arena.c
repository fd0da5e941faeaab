/* test_arena.c: memory given back all at once. */
#include "base/arena.h"
#include "base/check.h"

/* A round of allocations of many sizes; every byte is written. */
static void round_of(rn_arena *arena) {
  for (size_t size = 0; size < 300000; size = 2 * size + 77) {
    char *p = rn_arena_alloc(arena, size);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % 64, 0);
    memset(p, 0x5a, size);
  }
}

static void the_second_round_allocates_nothing(void **state) {
  rn_arena *arena = rn_arena_new();
  round_of(arena);
  size_t used = rn_arena_used(arena);
  rn_arena_reset(arena);
  assert_int_equal(rn_arena_used(arena), 0);
  uint64_t before = rn_alloc_count();
  round_of(arena);
  assert_int_equal(rn_arena_used(arena), used);
  rn_arena_reset(arena);
  round_of(arena);
  assert_int_equal(rn_alloc_count(), before);
  rn_arena_free(arena);
}

static void marks_nest(void **state) {
  rn_arena *arena = rn_arena_new();
  rn_arena_mark start = rn_arena_save(arena); /* before there is any chunk */
  char *a = rn_arena_printf(arena, "%s-%d", "a", 1);
  rn_arena_mark outer = rn_arena_save(arena);
  size_t used = rn_arena_used(arena);
  rn_arena_alloc(arena, 100000);
  rn_arena_mark inner = rn_arena_save(arena);
  rn_arena_alloc(arena, 1000000);
  rn_arena_release(arena, inner);
  assert_int_equal(rn_arena_used(arena), used + 100032);
  rn_arena_release(arena, outer);
  assert_int_equal(rn_arena_used(arena), used);
  uint64_t before = rn_alloc_count(); /* chunks released are used again */
  for (int i = 0; i < 10; i++) {
    assert_non_null(rn_arena_alloc(arena, 500000));
    rn_arena_release(arena, outer);
  }
  assert_int_equal(rn_alloc_count(), before);
  assert_string_equal(a, "a-1");
  rn_arena_release(arena, start);
  assert_int_equal(rn_arena_used(arena), 0);
  rn_arena_free(arena);
}

static void zeroed_and_refused(void **state) {
  rn_arena *arena = rn_arena_new();
  round_of(arena);
  rn_arena_reset(arena);
  const char *zero = rn_arena_alloc_zero(arena, 5000);
  for (int i = 0; i < 5000; i++) assert_int_equal(zero[i], 0);
  assert_null(rn_arena_alloc(arena, SIZE_MAX));
  assert_non_null(rn_arena_alloc(arena, 1));
  rn_arena_free(arena);
  rn_arena_free(NULL);
}

static void every_allocation_may_fail(void **state) {
  for (uint64_t n = 1; n < 12; n++) {
    rn_alloc_fail_after(n);
    rn_arena *arena = rn_arena_new();
    for (int round = 0; arena && round < 2; round++) {
      for (size_t size = 1; size < 5000000; size *= 3) {
        void *p = rn_arena_alloc(arena, size);
        if (p) memset(p, 1, size);
      }
      rn_arena_reset(arena);
    }
    rn_alloc_fail_after(0);
    rn_arena_free(arena);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_second_round_allocates_nothing),
      cmocka_unit_test(marks_nest),
      cmocka_unit_test(zeroed_and_refused),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
