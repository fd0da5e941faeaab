/* test_params.c: parameter sets: layout, draws, gradients of touched rows, freezing, and what cannot be declared. */
#include "base/alloc.h"
#include "nn/params.h"
#include "ops/touched.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static rn_context *ctx;

static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

static rn_param *add(rn_params *p, const char *name, int64_t rows, int64_t cols, rn_init init) {
  return rn_params_add(p, name, 2, (int64_t[]){rows, cols}, init);
}

static void test_layout(void **state) {
  rn_params *p = rn_params_new(ctx);
  rn_param *a = add(p, "a", 3, 5, (rn_init){.kind = RN_INIT_ONE}), *b = add(p, "b", 2, 2, (rn_init){.kind = RN_INIT_ZERO});
  assert_int_equal(rn_params_build(p, 1, true), RN_OK);
  assert_int_equal(rn_params_count(p), 2);
  assert_int_equal(rn_params_elements(p), 19);
  assert_int_equal(rn_params_size(p), 32);
  assert_ptr_equal(rn_params_find(p, "b"), b);
  assert_null(rn_params_find(p, "c"));
  assert_int_equal((uintptr_t)a->tensor.data % 64, 0);
  assert_int_equal((uintptr_t)b->tensor.data % 64, 0);
  assert_ptr_equal(b->tensor.data, rn_params_values(p) + b->offset);
  assert_ptr_equal(b->tensor.grad, rn_params_grads(p) + b->offset);
  assert_ptr_equal(b->tensor.param, b);
  assert_true(rn_params_values(p)[15] == 0); /* padding */
  rn_params_free(p);
}

static void test_draws_depend_on_name_alone(void **state) {
  rn_params *p = rn_params_new(ctx), *q = rn_params_new(ctx);
  rn_init uniform = {.kind = RN_INIT_UNIFORM};
  rn_param *a = add(p, "x", 4, 4, uniform);
  add(q, "other", 7, 7, uniform);
  rn_param *b = add(q, "x", 4, 4, uniform);
  assert_int_equal(rn_params_build(p, 5, false), RN_OK);
  assert_int_equal(rn_params_build(q, 5, true), RN_OK);
  assert_memory_equal(a->tensor.data, b->tensor.data, 16 * sizeof(float));
  assert_null(a->tensor.grad);
  assert_false(a->tensor.needs_grad);
  assert_true(b->tensor.needs_grad);
  rn_params_free(p);
  rn_params_free(q);
}

static void moments(const rn_param *p, double *mean, double *deviation, double *largest) {
  int64_t n = rn_tensor_size(&p->tensor);
  double sum = 0, squares = 0;
  *largest = 0;
  for (int64_t i = 0; i < n; i++) {
    double x = p->tensor.data[i];
    sum += x;
    squares += x * x;
    *largest = fmax(*largest, fabs(x));
  }
  *mean = sum / (double)n;
  *deviation = sqrt(squares / (double)n - *mean * *mean);
}

static void test_distributions(void **state) {
  static const struct {
    rn_init init;
    double deviation, largest;
  } cases[] = {
      {{.kind = RN_INIT_UNIFORM, .scale = 0.1f}, 0.1 / 1.7320508, 0.1},
      {{.kind = RN_INIT_NORMAL, .scale = 0.5f}, 0.5, 5},
      {{.kind = RN_INIT_XAVIER}, 0.0894427, 0.1549194}, /* sqrt(2 / (150 + 100)), sqrt(6 / (150 + 100)) */
      {{.kind = RN_INIT_HE}, 0.1414214, 1},             /* sqrt(2 / 100) */
      {{.kind = RN_INIT_DEFAULT}, 0.0577350, 0.1},      /* 1 / sqrt(100) */
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    rn_params *p = rn_params_new(ctx);
    rn_param *a = add(p, "weight", 150, 100, cases[i].init);
    double mean, deviation, largest;
    assert_int_equal(rn_params_build(p, 3, false), RN_OK);
    moments(a, &mean, &deviation, &largest);
    assert_true(fabs(mean) < 0.03 * cases[i].deviation);
    assert_true(fabs(deviation / cases[i].deviation - 1) < 0.02);
    assert_true(largest <= cases[i].largest);
    rn_params_free(p);
  }
}

/* Gates are orthogonal one by one, wide or tall: W W^T = scale^2 1, or W^T W. */
static void test_orthogonal(void **state) {
  static const int64_t shapes[][3] = {{4, 8, 8}, {3, 5, 9}, {2, 9, 5}};
  for (size_t s = 0; s < 3; s++) {
    int64_t gates = shapes[s][0], rows = shapes[s][1], cols = shapes[s][2];
    rn_params *p = rn_params_new(ctx);
    rn_param *a = add(p, "weight", gates * rows, cols, (rn_init){.kind = RN_INIT_ORTHOGONAL, .scale = 2, .n_blocks = (int)gates});
    assert_int_equal(rn_params_build(p, 11, false), RN_OK);
    int64_t m = rows < cols ? rows : cols, n = rows < cols ? cols : rows;
    for (int64_t g = 0; g < gates; g++)
      for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < m; j++) {
          const float *w = a->tensor.data + g * rows * cols;
          double dot = 0;
          for (int64_t k = 0; k < n; k++)
            dot += rows < cols ? (double)w[i * cols + k] * w[j * cols + k] : (double)w[k * cols + i] * w[k * cols + j];
          assert_true(fabs(dot - (i == j ? 4 : 0)) < 1e-5);
        }
    rn_params_free(p);
  }
}

static void test_constant_block(void **state) {
  rn_params *p = rn_params_new(ctx);
  rn_param *a = rn_params_add(p, "bias", 1, (int64_t[]){12},
                              (rn_init){.kind = RN_INIT_UNIFORM, .n_blocks = 4, .constant_block = 2, .constant = 1.5f});
  assert_int_equal(rn_params_build(p, 1, false), RN_OK);
  for (int i = 0; i < 12; i++) assert_true((a->tensor.data[i] == 1.5f) == (i / 3 == 1));
  rn_params_free(p);
}

/* What an embedding leaves behind is wiped by rows; what a dense operation leaves, entirely. */
static void test_zero_grad(void **state) {
  rn_params *p = rn_params_new(ctx);
  rn_param *a = add(p, "table", 6, 2, (rn_init){0});
  a->sparse = true;
  assert_int_equal(rn_params_build(p, 1, true), RN_OK);
  a->tensor.grad[0] = 1;
  a->touched[0] = 4;
  a->place[4] = 1;
  a->n_touched = 1;
  rn_params_zero_grad(p);
  assert_int_equal(a->n_touched, 0);
  assert_int_equal(a->place[4], 0);
  assert_true(a->tensor.grad[0] == 0);
  a->tensor.grad[11] = 1;
  a->place[5] = 1;
  a->n_touched = -1;
  rn_params_zero_grad(p);
  assert_true(a->tensor.grad[11] == 0);
  assert_int_equal(a->place[5], 0);
  rn_params_free(p);
}

/* Rows that were touched in any order, and as many as there may be, go to their own places. */
static void test_spread(void **state) {
  enum { ROWS = 7, COLS = 3 };
  rn_random r = rn_random_init(5, 0);
  rn_params *p = rn_params_new(ctx);
  rn_param *a = add(p, "table", ROWS, COLS, (rn_init){0});
  a->sparse = true;
  assert_int_equal(rn_params_build(p, 1, true), RN_OK);
  for (int trial = 0; trial < 500; trial++) {
    int64_t order[ROWS] = {0, 1, 2, 3, 4, 5, 6}, n = trial % (ROWS + 1);
    int32_t ids[ROWS], at[ROWS];
    rn_params_zero_grad(p);
    rn_random_shuffle(&r, order, ROWS);
    for (int64_t i = 0; i < n; i++) ids[i] = (int32_t)order[i];
    for (int pass = 0; pass < 2; pass++) { /* the second touches nothing new */
      rn_param_touch(a, ids, n, at);
      assert_int_equal(a->n_touched, n);
      for (int64_t i = 0; i < n; i++)
        for (int c = 0; c < COLS; c++) a->tensor.grad[at[i] * COLS + c] += (float)(10 * ids[i] + c);
    }
    rn_params_spread_grads(p);
    assert_int_equal(a->n_touched, -1);
    for (int row = 0; row < ROWS; row++)
      for (int c = 0; c < COLS; c++) {
        bool touched = false;
        for (int64_t i = 0; i < n; i++) touched |= ids[i] == row;
        assert_true(a->tensor.grad[row * COLS + c] == (touched ? (float)(20 * row + 2 * c) : 0));
      }
  }
  rn_params_free(p);
}

static void test_freeze(void **state) {
  rn_params *p = rn_params_new(ctx);
  rn_param *a = add(p, "encoder.a", 1, 1, (rn_init){0}), *b = add(p, "decoder.b", 1, 1, (rn_init){0});
  int64_t matched;
  assert_int_equal(rn_params_build(p, 1, true), RN_OK);
  rn_params_freeze(p, "encoder.*", &matched);
  assert_int_equal(matched, 1);
  assert_true(a->frozen && !a->tensor.needs_grad && !b->frozen && b->tensor.needs_grad);
  rn_params_free(p);
}

/* Borrowed values are copied into a block when they are to be trained. */
static void test_make_trainable(void **state) {
  static const float values[4] = {1, 2, 3, 4};
  rn_params *p = rn_params_new(ctx);
  rn_param *a = add(p, "a", 2, 2, (rn_init){0}), *b = add(p, "b", 1, 2, (rn_init){0});
  rn_params_borrow(p, 0, values);
  float *own = rn_params_own(p, 1);
  own[0] = 5;
  own[1] = 6;
  assert_ptr_equal(a->tensor.data, values);
  assert_null(rn_params_values(p));
  assert_int_equal(rn_params_make_trainable(p), RN_OK);
  assert_ptr_equal(a->tensor.data, rn_params_values(p));
  assert_memory_equal(a->tensor.data, values, sizeof values);
  assert_true(b->tensor.data[1] == 6);
  assert_non_null(a->tensor.grad);
  rn_params_free(p);
}

static void test_refused(void **state) {
  static const int64_t shapes[][2] = {{0, 1}, {-3, 2}, {INT64_MAX, 2}, {1LL << 40, 1LL << 40}};
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
    rn_params *p = rn_params_new(ctx);
    rn_context_clear(ctx);
    assert_non_null(rn_params_add(p, "bad", 2, shapes[i], (rn_init){0}));
    assert_non_null(add(p, "good", 1, 1, (rn_init){0})); /* sticky, and harmless */
    assert_int_equal(rn_params_build(p, 1, true), RN_ERROR_ARGUMENT);
    assert_non_null(strstr(rn_context_error(ctx), "bad"));
    rn_params_free(p);
  }
  rn_params *p = rn_params_new(ctx);
  rn_context_clear(ctx);
  add(p, "twice", 1, 1, (rn_init){0});
  add(p, "twice", 1, 1, (rn_init){0});
  assert_int_equal(rn_params_build(p, 1, true), RN_ERROR_ARGUMENT);
  rn_params_free(p);
  rn_context_clear(ctx);
}

static void test_memory_faults(void **state) {
  for (uint64_t n = 1;; n++) {
    rn_context_clear(ctx);
    rn_alloc_fail_after(n);
    rn_params *p = rn_params_new(ctx);
    rn_status status = RN_ERROR_MEMORY;
    if (p) {
      add(p, "a", 4, 4, (rn_init){.kind = RN_INIT_ORTHOGONAL});
      add(p, "b", 4, 4, (rn_init){0})->sparse = true;
      status = rn_params_build(p, 1, true);
    }
    rn_alloc_fail_after(0);
    rn_params_free(p);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
  }
  rn_context_clear(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_layout),         cmocka_unit_test(test_draws_depend_on_name_alone),
      cmocka_unit_test(test_distributions),  cmocka_unit_test(test_orthogonal),
      cmocka_unit_test(test_constant_block), cmocka_unit_test(test_zero_grad), cmocka_unit_test(test_spread),
      cmocka_unit_test(test_freeze),         cmocka_unit_test(test_make_trainable),
      cmocka_unit_test(test_refused),        cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
