/* The learning rate at chosen steps, worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <rondo/train.h>

static void check(rn_schedule s, int64_t step, int64_t plateaus, double expected) {
  assert_float_equal(rn_schedule_rate(&s, step, plateaus), expected, 1e-6);
}

static void test_constant(void **state) {
  rn_schedule s = {.kind = RN_SCHEDULE_CONSTANT, .lr = 0.5f};
  check(s, 0, 0, 0.5);
  check(s, 1000000, 3, 0.5);
}

static void test_warmup(void **state) {
  for (rn_schedule_kind kind = RN_SCHEDULE_CONSTANT; kind <= RN_SCHEDULE_PLATEAU; kind++) {
    rn_schedule s = {.kind = kind, .lr = 1, .decay = 0.5f, .decay_after = 100, .warmup = 4, .total_steps = 100, .steps_per_epoch = 10};
    check(s, 0, 0, 0.25);
    check(s, 1, 0, 0.5);
    check(s, 3, 0, 1);
  }
}

static void test_linear_and_cosine(void **state) {
  rn_schedule s = {.kind = RN_SCHEDULE_LINEAR, .lr = 1, .total_steps = 100};
  check(s, 0, 0, 1);
  check(s, 25, 0, 0.75);
  check(s, 100, 0, 0);
  check(s, 200, 0, 0); /* past the end the rate stays 0 */
  s.kind = RN_SCHEDULE_COSINE;
  check(s, 0, 0, 1);
  check(s, 50, 0, 0.5);
  check(s, 75, 0, 0.5 * (1 - sqrt(0.5)));
  s.warmup = 50;
  check(s, 75, 0, 0.5);
}

static void test_rsqrt(void **state) {
  rn_schedule s = {.kind = RN_SCHEDULE_RSQRT, .lr = 1, .warmup = 100};
  check(s, 99, 0, 1);
  check(s, 399, 0, 0.5);
  s.warmup = 0;
  check(s, 0, 0, 1);
  check(s, 3, 0, 0.5);
}

/* Zaremba et al. 2014, the small model: lr 1 for four epochs, then halved with each. */
static void test_step(void **state) {
  rn_schedule s = {.kind = RN_SCHEDULE_STEP, .lr = 1, .decay = 0.5f, .decay_after = 4, .steps_per_epoch = 10};
  check(s, 0, 0, 1);
  check(s, 39, 0, 1);
  check(s, 40, 0, 0.5);
  check(s, 49, 0, 0.5);
  check(s, 50, 0, 0.25);
  check(s, 129, 0, pow(0.5, 9));
}

static void test_plateau(void **state) {
  rn_schedule s = {.kind = RN_SCHEDULE_PLATEAU, .lr = 1, .decay = 0.5f};
  check(s, 1000, 0, 1);
  check(s, 1000, 3, 0.125);
}

static void test_names(void **state) {
  for (rn_schedule_kind kind = RN_SCHEDULE_CONSTANT; kind <= RN_SCHEDULE_PLATEAU; kind++) {
    rn_schedule_kind back;
    assert_true(rn_schedule_parse(rn_schedule_name(kind), &back));
    assert_int_equal(back, kind);
  }
  rn_schedule_kind unused;
  assert_false(rn_schedule_parse("cosin", &unused));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_constant), cmocka_unit_test(test_warmup),  cmocka_unit_test(test_linear_and_cosine), cmocka_unit_test(test_rsqrt),
      cmocka_unit_test(test_step),     cmocka_unit_test(test_plateau), cmocka_unit_test(test_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
