/* test_losses.c: what the case tables can not say of losses: the ordinal one, which is composed; targets that are refused. */
#include "pass_test.h"

static void assert_near(double got, double wanted, double tolerance) {
  if (!(fabs(got - wanted) <= tolerance * (1 + fabs(wanted)))) fail_msg("%.9g, expected %.9g", got, wanted);
}

static void test_ordinal(void **state) {
  fixture *f = *state;
  enum { ROWS = 5, THRESHOLDS = 3 };
  const float s[ROWS] = {-2, 0.3f, 1, 40, -90}, theta[THRESHOLDS] = {-1, 1.5f, 0.5f}; /* crossed */
  const int32_t y[ROWS] = {0, 3, 1, 2, 3};
  rn_graph_begin(f->g, RN_TRAIN, 1, 1);
  rn_tensor *score = rn_variable(f->g, s, 2, (int64_t[]){ROWS, 1}, NULL);
  rn_tensor *thresholds = rn_variable(f->g, theta, 1, (int64_t[]){THRESHOLDS}, NULL);
  rn_tensor *loss = rn_ordinal(f->g, score, thresholds, y);
  assert_int_equal(rn_graph_backward(f->g, loss), RN_OK);
  double wanted = 0, dscore[ROWS] = {0}, dtheta[THRESHOLDS] = {0};
  for (int r = 0; r < ROWS; r++)
    for (int k = 0; k < THRESHOLDS; k++) {
      double x = (double)s[r] - theta[k], d = 1 / (1 + exp(-x)) - (y[r] > k);
      wanted += log1p(exp(y[r] > k ? -x : x)) / ROWS;
      dscore[r] += d / ROWS, dtheta[k] -= d / ROWS;
    }
  assert_near(loss->data[0], wanted, 1e-6);
  for (int r = 0; r < ROWS; r++) assert_near(score->grad[r], dscore[r], 1e-6);
  for (int k = 0; k < THRESHOLDS; k++) assert_near(thresholds->grad[k], dtheta[k], 1e-6);

  rn_context_clear(f->ctx);
  rn_graph_begin(f->g, RN_TRAIN, 1, 1);
  rn_ordinal(f->g, rn_constant(f->g, s, 2, (int64_t[]){1, 1}, NULL), rn_constant(f->g, theta, 1, (int64_t[]){3}, NULL), (int32_t[]){4});
  assert_non_null(strstr(rn_context_error(f->ctx), "ordinal: targets[0] is 4, outside 0 .. 3"));
  rn_context_clear(f->ctx);
  rn_graph_begin(f->g, RN_TRAIN, 1, 1);
  rn_ordinal(f->g, rn_constant(f->g, s, 1, (int64_t[]){5}, NULL), rn_constant(f->g, theta, 1, (int64_t[]){3}, NULL), y);
  assert_non_null(strstr(rn_context_error(f->ctx), "ordinal: score is [5]"));
}

static void test_sigmoid_targets(void **state) {
  fixture *f = *state;
  rn_context_clear(f->ctx);
  rn_graph_begin(f->g, RN_TRAIN, 1, 1);
  rn_tensor *x = rn_constant(f->g, (float[]){0, 0, 0, 0}, 2, (int64_t[]){2, 2}, NULL);
  rn_sigmoid_cross_entropy(f->g, x, rn_constant(f->g, (float[]){0, 1, 0.5f, NAN}, 2, (int64_t[]){2, 2}, NULL), NULL);
  assert_non_null(strstr(rn_context_error(f->ctx), "targets[1, 1] is nan, outside 0 .. 1"));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_ordinal), cmocka_unit_test(test_sigmoid_targets)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
