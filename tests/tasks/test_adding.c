/* test_adding.c: the adding problem: what is drawn, and that it can be learned and opened again. */
#include "base/alloc.h"
#include "models/model_regressor.h"
#include <math.h>
#include <rondo/adding.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static rn_context *context(void) {
  rn_context *ctx;
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  return ctx;
}

static void sequences_are_as_defined(void **state) {
  enum { length = 11, n = 4000 };
  float x[2 * length], again[2 * length];
  double error = 0, mean = 0;
  for (int64_t i = 0; i < n; i++) {
    float target = rn_adding_draw(42, false, i, length, x), sum = 0;
    int marks[2] = {0, 0};
    for (int t = 0; t < length; t++) {
      assert_true(x[2 * t] >= 0 && x[2 * t] < 1 && (x[2 * t + 1] == 0 || x[2 * t + 1] == 1));
      marks[t >= length / 2] += x[2 * t + 1] == 1;
      sum += x[2 * t] * x[2 * t + 1];
    }
    assert_true(marks[0] == 1 && marks[1] == 1 && sum == target);
    assert_true(rn_adding_draw(42, false, i, length, again) == target && memcmp(x, again, sizeof x) == 0);
    assert_true(rn_adding_draw(42, true, i, length, again) != target && rn_adding_draw(43, false, i, length, again) != target);
    error += (target - 1.0) * (target - 1.0) / n;
    mean += (double)target / n;
  }
  assert_true(fabs(error - 1.0 / 6) < 0.02 && fabs(mean - 1) < 0.05);
}

static void refuses_nonsense(void **state) {
  rn_context *ctx = context();
  rn_adding_options o = rn_adding_options_default(RN_CELL_GRU);
  rn_task *task;
  o.length = 1;
  assert_int_equal(rn_adding_task_new(ctx, &o, &task), RN_ERROR_ARGUMENT);
  assert_null(task);
  rn_context_clear(ctx);
  o = rn_adding_options_default(RN_CELL_GRU);
  o.stack.bidirectional = true;
  assert_int_equal(rn_adding_task_new(ctx, &o, &task), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  o = rn_adding_options_default(RN_CELL_GRU);
  o.batch = INT64_MAX / 4;
  assert_int_equal(rn_adding_task_new(ctx, &o, &task), RN_ERROR_ARGUMENT);
  rn_context_free(ctx);
}

static void learns_short_sums(void **state) {
  rn_context *ctx = context();
  rn_adding_options o = rn_adding_options_default(RN_CELL_GRU);
  o.length = 8, o.batch = 50, o.steps_per_epoch = 200, o.n_valid = 300, o.stack.n_hidden = 24;
  rn_task *task;
  assert_int_equal(rn_adding_task_new(ctx, &o, &task), RN_OK);
  rn_train_options train = rn_train_options_default();
  train.optimizer = rn_optimizer_options_default(RN_ADAM);
  train.optimizer.lr = 0.01f;
  train.epochs = 3;
  rn_train_result result;
  if (rn_train(ctx, task, &train, NULL, NULL, &result) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  printf("mean squared error %.5f\n", result.best);
  assert_true(result.best < 0.02);

  /* The model answers the same when it is opened again. */
  char path[] = "/tmp/adding-XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  rn_model *model;
  assert_int_equal(rn_model_save(ctx, task->model, path), RN_OK);
  assert_int_equal(rn_model_open(ctx, path, &model), RN_OK);
  unlink(path);
  assert_string_equal(rn_model_kind(model), "regressor");
  float x[2 * 8], first, second;
  rn_adding_draw(1, true, 0, 8, x);
  rn_graph *g = rn_graph_new(ctx);
  rn_ragged seqs = {1, (int64_t[]){0, 8}};
  rn_graph_begin(g, RN_INFER, 0, 0);
  first = rn_regressor_apply(task->model, g, rn_constant(g, x, 2, (int64_t[]){8, 2}, &seqs))->data[0];
  rn_graph_begin(g, RN_INFER, 0, 0);
  second = rn_regressor_apply(model, g, rn_constant(g, x, 2, (int64_t[]){8, 2}, &seqs))->data[0];
  assert_true(first == second);
  rn_graph_free(g);
  rn_model_free(model);
  rn_adding_task_free(task);
  rn_context_free(ctx);
}

static void fails_every_allocation(void **state) {
  rn_context *ctx = context();
  rn_adding_options o = rn_adding_options_default(RN_CELL_LSTM);
  o.length = 4, o.stack.n_hidden = 4;
  for (uint64_t n = 1;; n++) {
    rn_task *task;
    rn_alloc_fail_after(n);
    rn_status status = rn_adding_task_new(ctx, &o, &task);
    rn_alloc_fail_after(0);
    rn_context_clear(ctx);
    if (status == RN_OK) {
      rn_adding_task_free(task);
      assert_true(n > 5);
      break;
    }
    assert_int_equal(status, RN_ERROR_MEMORY);
    assert_null(task);
  }
  rn_context_free(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(sequences_are_as_defined), cmocka_unit_test(refuses_nonsense),
                                     cmocka_unit_test(learns_short_sums), cmocka_unit_test(fails_every_allocation)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
