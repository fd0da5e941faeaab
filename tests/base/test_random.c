/* test_random.c: known answers, ranges, moments. */
#include "base/random.h"
#include "base/check.h"

#include <math.h>

/* Known answers of Random123 (kat_vectors, philox4x32 10). */
static void known_answers(void **state) {
  static const struct {
    uint64_t seed, stream, block;
    uint32_t out[4];
  } kat[] = {
      {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (int i = 0; i < 3; i++) {
    uint32_t out[4];
    rn_philox(kat[i].seed, kat[i].stream, kat[i].block, out);
    assert_memory_equal(out, kat[i].out, sizeof out);
  }
}

static void a_position_is_the_state(void **state) {
  rn_random a = rn_random_init(1, 2);
  uint32_t words[4];
  rn_philox(1, 2, 1, words);
  for (int i = 0; i < 6; i++) rn_random_u32(&a);
  rn_random b = {1, 2, 6};
  assert_int_equal(rn_random_u32(&a), words[2]);
  assert_int_equal(rn_random_u32(&b), words[2]);
  assert_int_not_equal(rn_random_stream("dropout"), rn_random_stream("shuffle"));
}

static void ranges_and_moments(void **state) {
  enum { N = 200000 };
  rn_random r = rn_random_init(42, 0);
  double sum = 0, squares = 0, normal = 0, normal_squares = 0;
  for (int i = 0; i < N; i++) {
    float u = rn_random_uniform(&r);
    double v = rn_random_uniform_double(&r), z = rn_random_normal(&r);
    assert_true(u >= 0 && u < 1 && v >= 0 && v < 1 && isfinite(z));
    sum += u;
    squares += v * v;
    normal += z;
    normal_squares += z * z;
  }
  assert_true(fabs(sum / N - 0.5) < 0.003);
  assert_true(fabs(squares / N - 1.0 / 3) < 0.003);
  assert_true(fabs(normal / N) < 0.01);
  assert_true(fabs(normal_squares / N - 1) < 0.02);
}

static void below_is_even(void **state) {
  rn_random r = rn_random_init(7, 1);
  int count[7] = {0};
  for (int i = 0; i < 70000; i++) count[rn_random_below(&r, 7)]++;
  for (int i = 0; i < 7; i++) assert_in_range(count[i], 9600, 10400);
  assert_int_equal(rn_random_below(&r, 1), 0);
  assert_true(rn_random_below(&r, UINT64_MAX) < UINT64_MAX);
}

static void shuffled(void **state) {
  int64_t v[100], seen[100] = {0};
  for (int i = 0; i < 100; i++) v[i] = i;
  rn_random r = rn_random_init(3, 4);
  rn_random_shuffle(&r, v, 100);
  int moved = 0;
  for (int i = 0; i < 100; i++) seen[v[i]]++, moved += v[i] != i;
  for (int i = 0; i < 100; i++) assert_int_equal(seen[i], 1);
  assert_true(moved > 80);
  rn_random_shuffle(&r, v, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_answers), cmocka_unit_test(a_position_is_the_state), cmocka_unit_test(ranges_and_moments),
      cmocka_unit_test(below_is_even), cmocka_unit_test(shuffled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
