/* test_huffman.c: lengths of Huffman's codes, that no code begins another, and that no other tree is shorter. */
#include "base/alloc.h"
#include "text/huffman.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int length(const rn_huffman *t, int v) { return (int)(t->offset[v + 1] - t->offset[v]); }

static void lengths_of_a_known_tree(void **state) {
  /* 45 13 12 16 9 5 of Cormen et al.: codes of 1 3 3 3 4 4 bits, 224 in all */
  const int64_t count[] = {45, 13, 12, 16, 9, 5};
  const int want[] = {1, 3, 3, 3, 4, 4};
  rn_huffman t;
  assert_true(rn_huffman_init(&t, count, 6));
  for (int v = 0; v < 6; v++) assert_int_equal(length(&t, v), want[v]);
  rn_huffman_free(&t);
}

static int node(int32_t step) { return step < 0 ? ~step : step; }

/* From the root on, two words share their way until they turn to different sides of one node; nodes are numbers below n - 1. */
static void codes_part_once(void **state) {
  enum { N = 40 };
  int64_t count[N];
  rn_huffman t;
  for (int v = 0; v < N; v++) count[v] = 1 + (v * v * 7919) % 1000;
  assert_true(rn_huffman_init(&t, count, N));
  for (int a = 0; a < N; a++)
    for (int b = 0; b < a; b++) {
      const int32_t *x = t.step + t.offset[a], *y = t.step + t.offset[b];
      int k = 0;
      while (k < length(&t, a) && k < length(&t, b) && x[k] == y[k]) k++;
      assert_true(k < length(&t, a) && k < length(&t, b));
      assert_true(x[k] == ~y[k] && node(x[k]) < N - 1);
    }
  rn_huffman_free(&t);
}

static void two_words_and_no_memory(void **state) {
  const int64_t count[] = {3, 3};
  rn_huffman t;
  assert_true(rn_huffman_init(&t, count, 2));
  assert_true(length(&t, 0) == 1 && length(&t, 1) == 1 && t.step[0] == ~t.step[1]);
  rn_huffman_free(&t);
  for (uint64_t n = 1; n <= 5; n++) {
    rn_alloc_fail_after(n);
    assert_false(rn_huffman_init(&t, count, 2));
    assert_null(t.offset);
  }
  rn_alloc_fail_after(0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(lengths_of_a_known_tree), cmocka_unit_test(codes_part_once),
                                     cmocka_unit_test(two_words_and_no_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
