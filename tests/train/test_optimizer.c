/* The optimisers against their formulas in double, and what surrounds the update: clipping, freezing, sparse rows, averaging, refusal
 * of gradients that are not finite. (PyTorch's own numbers are in tests/golden.) */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <rondo/train.h>

enum { ROWS = 5, COLS = 3, N_TABLE = ROWS * COLS, N_BIAS = 7, STEPS = 6 };

typedef struct fixture {
  rn_context *ctx;
  rn_params *params;
  rn_param *table, *bias;
} fixture;

static int setup(void **state) {
  static fixture f;
  rn_context_options options = rn_context_options_default();
  options.n_threads = 2;
  assert_int_equal(rn_context_new(&options, &f.ctx, NULL, 0), RN_OK);
  f.params = rn_params_new(f.ctx);
  f.table = rn_params_add(f.params, "table", 2, (int64_t[]){ROWS, COLS}, (rn_init){RN_INIT_UNIFORM, 1});
  f.bias = rn_params_add(f.params, "bias", 1, (int64_t[]){N_BIAS}, (rn_init){RN_INIT_UNIFORM, 1});
  assert_int_equal(rn_params_build(f.params, 1, true), RN_OK);
  *state = &f;
  return 0;
}

static int teardown(void **state) {
  fixture *f = *state;
  rn_params_free(f->params);
  rn_context_free(f->ctx);
  return 0;
}

static rn_optimizer *make(fixture *f, const rn_optimizer_options *options) {
  rn_optimizer *o;
  assert_int_equal(rn_optimizer_new(f->ctx, f->params, options, &o), RN_OK);
  return o;
}

/* A gradient that changes with the step. */
static float gradient(int64_t i, int step) { return sinf(1 + (float)i + 0.7f * (float)step); }

static void fill(rn_param *p, int step) {
  for (int64_t i = 0; i < rn_tensor_size(&p->tensor); i++) p->tensor.grad[i] = gradient(i, step);
}

/* One number's update, as torch.optim writes it. */
typedef struct scalar { double w, m, v; } scalar;
static void update(scalar *s, const rn_optimizer_options *o, double lr, double g, int t) {
  if (o->kind == RN_ADAMW) s->w -= lr * o->weight_decay * s->w;
  else g += o->weight_decay * s->w;
  switch (o->kind) {
  case RN_SGD: s->w -= lr * g; break;
  case RN_MOMENTUM: s->m = o->momentum * s->m + g, s->w -= lr * s->m; break;
  case RN_NESTEROV: s->m = o->momentum * s->m + g, s->w -= lr * (g + o->momentum * s->m); break;
  case RN_ADAGRAD: s->v += g * g, s->w -= lr * g / (sqrt(s->v) + o->eps); break;
  case RN_RMSPROP: s->v = o->alpha * s->v + (1 - o->alpha) * g * g, s->w -= lr * g / (sqrt(s->v) + o->eps); break;
  case RN_ADAM:
  case RN_ADAMW:
    s->m = o->beta1 * s->m + (1 - o->beta1) * g;
    s->v = o->beta2 * s->v + (1 - o->beta2) * g * g;
    s->w -= lr * (s->m / (1 - pow(o->beta1, t))) / (sqrt(s->v / (1 - pow(o->beta2, t))) + o->eps);
    break;
  }
}

static void test_every_kind(void **state) {
  fixture *f = *state;
  for (rn_optimizer_kind kind = RN_SGD; kind <= RN_ADAMW; kind++)
    for (int decay = 0; decay < 2; decay++) {
      rn_optimizer_options options = rn_optimizer_options_default(kind);
      options.weight_decay = decay ? 0.1f : 0;
      rn_optimizer *o = make(f, &options);
      scalar expected[N_BIAS] = {{0}};
      for (int i = 0; i < N_BIAS; i++) expected[i].w = f->bias->tensor.data[i];
      for (int t = 1; t <= STEPS; t++) {
        double lr = 0.05 / t;
        fill(f->table, t);
        fill(f->bias, t);
        assert_int_equal(rn_optimizer_step(o, (float)lr, NULL), RN_OK);
        for (int i = 0; i < N_BIAS; i++) {
          update(&expected[i], &options, lr, gradient(i, t), t);
          assert_float_equal(f->bias->tensor.data[i], expected[i].w, 2e-6);
        }
      }
      rn_optimizer_free(o);
    }
}

static void test_clip_by_norm(void **state) {
  fixture *f = *state;
  rn_optimizer_options options = rn_optimizer_options_default(RN_SGD);
  options.clip_norm = 1;
  rn_optimizer *o = make(f, &options);
  double sum = 0, norm;
  float before = f->bias->tensor.data[2];
  fill(f->table, 1);
  fill(f->bias, 1);
  for (int i = 0; i < N_TABLE; i++) sum += pow(gradient(i, 1), 2);
  for (int i = 0; i < N_BIAS; i++) sum += pow(gradient(i, 1), 2);
  assert_int_equal(rn_optimizer_step(o, 1, &norm), RN_OK);
  assert_float_equal(norm, sqrt(sum), 1e-5); /* before clipping */
  assert_float_equal(f->bias->tensor.data[2], before - gradient(2, 1) / sqrt(sum), 1e-6);
  rn_optimizer_free(o);
}

static void test_clip_by_value(void **state) {
  fixture *f = *state;
  rn_optimizer_options options = rn_optimizer_options_default(RN_SGD);
  options.clip_value = 0.25f;
  rn_optimizer *o = make(f, &options);
  memset(f->table->tensor.grad, 0, N_TABLE * sizeof(float));
  memset(f->bias->tensor.grad, 0, N_BIAS * sizeof(float));
  float *g = f->bias->tensor.grad, *w = f->bias->tensor.data, a = w[0], b = w[1], c = w[2];
  g[0] = 3, g[1] = -3, g[2] = 0.125f;
  assert_int_equal(rn_optimizer_step(o, 1, NULL), RN_OK);
  assert_float_equal(w[0], a - 0.25f, 1e-6);
  assert_float_equal(w[1], b + 0.25f, 1e-6);
  assert_float_equal(w[2], c - 0.125f, 1e-6);
  rn_optimizer_free(o);
}

static void test_frozen_stays(void **state) {
  fixture *f = *state;
  rn_optimizer_options options = rn_optimizer_options_default(RN_ADAMW);
  options.weight_decay = 0.1f;
  options.average = 0.9f;
  f->table->frozen = true;
  float before[N_TABLE];
  memcpy(before, f->table->tensor.data, sizeof before);
  rn_optimizer *o = make(f, &options);
  for (int t = 1; t <= STEPS; t++) {
    fill(f->table, t);
    f->table->tensor.grad[0] = NAN; /* nobody looks */
    fill(f->bias, t);
    assert_int_equal(rn_optimizer_step(o, 0.1f, NULL), RN_OK);
  }
  assert_memory_equal(before, f->table->tensor.data, sizeof before);
  rn_optimizer_swap_average(o);
  assert_memory_equal(before, f->table->tensor.data, sizeof before);
  f->table->frozen = false;
  f->table->tensor.grad[0] = 0;
  rn_optimizer_free(o);
}

/* Touched rows alone, or the whole table: the same numbers, and nothing forgotten where momentum goes on moving an untouched row. */
static void test_sparse_is_dense(void **state) {
  fixture *f = *state;
  static const int32_t touched[2][2] = {{4, 1}, {0, 4}};
  int32_t list[2];
  float start[N_TABLE], dense[N_TABLE];
  memcpy(start, f->table->tensor.data, sizeof start);
  memset(f->bias->tensor.grad, 0, N_BIAS * sizeof(float));
  for (rn_optimizer_kind kind = RN_SGD; kind <= RN_ADAMW; kind++)
    for (int decay = 0; decay < 2; decay++) {
      rn_optimizer_options options = rn_optimizer_options_default(kind);
      options.weight_decay = decay ? 0.1f : 0;
      for (int sparse = 0; sparse < 2; sparse++) {
        memcpy(f->table->tensor.data, start, sizeof start);
        rn_optimizer *o = make(f, &options);
        for (int t = 0; t < 2; t++) {
          memset(f->table->tensor.grad, 0, N_TABLE * sizeof(float));
          for (int r = 0; r < 2; r++) {
            list[r] = touched[t][r];
            for (int c = 0; c < COLS; c++) f->table->tensor.grad[(sparse ? r : touched[t][r]) * COLS + c] = gradient(c, t);
          }
          f->table->sparse = sparse;
          f->table->touched = list;
          f->table->n_touched = 2;
          assert_int_equal(rn_optimizer_step(o, 0.1f, NULL), RN_OK);
        }
        if (sparse) assert_memory_equal(dense, f->table->tensor.data, sizeof dense);
        else memcpy(dense, f->table->tensor.data, sizeof dense);
        rn_optimizer_free(o);
      }
    }
  f->table->sparse = false;
  f->table->touched = NULL;
  f->table->n_touched = 0;
}

/* Rows that no step reads stay, bit for bit; the others have only their own steps in their moments. */
static void test_lazy(void **state) {
  fixture *f = *state;
  memset(f->bias->tensor.grad, 0, N_BIAS * sizeof(float));
  for (rn_optimizer_kind kind = RN_SGD; kind <= RN_ADAMW; kind++) {
    rn_optimizer_options options = rn_optimizer_options_default(kind);
    options.weight_decay = 0.1f;
    options.lazy = true;
    rn_optimizer *o = make(f, &options);
    float before[N_TABLE], *w = f->table->tensor.data;
    memcpy(before, w, sizeof before);
    scalar expected = {.w = w[3 * COLS]};
    f->table->sparse = true;
    for (int t = 1; t <= STEPS; t++) {
      int32_t row = t % 2 ? 3 : 1;
      f->table->touched = &row;
      f->table->n_touched = 1;
      memset(f->table->tensor.grad, 0, N_TABLE * sizeof(float));
      for (int c = 0; c < COLS; c++) f->table->tensor.grad[c] = gradient(c, t);
      assert_int_equal(rn_optimizer_step(o, 0.05f, NULL), RN_OK);
      if (row == 3) update(&expected, &options, 0.05, gradient(0, t), t);
    }
    assert_float_equal(w[3 * COLS], expected.w, 2e-6);
    for (int r = 0; r < ROWS; r += 2) assert_memory_equal(w + r * COLS, before + r * COLS, COLS * sizeof(float));
    rn_optimizer_free(o);
  }
  f->table->sparse = false;
  f->table->touched = NULL;
  f->table->n_touched = 0;
}

static void test_average(void **state) {
  fixture *f = *state;
  rn_optimizer_options options = rn_optimizer_options_default(RN_SGD);
  options.average = 0.3f;
  rn_optimizer *o = make(f, &options);
  double average = f->bias->tensor.data[0], raw = average;
  for (int t = 1; t <= STEPS; t++) {
    fill(f->table, t);
    fill(f->bias, t);
    assert_int_equal(rn_optimizer_step(o, 0.5f, NULL), RN_OK);
    raw -= 0.5 * gradient(0, t);
    double decay = fmin(0.3f, (1.0 + t) / (10.0 + t));
    average = decay * average + (1 - decay) * raw;
  }
  rn_optimizer_swap_average(o);
  assert_float_equal(f->bias->tensor.data[0], average, 1e-5);
  rn_optimizer_swap_average(o);
  assert_float_equal(f->bias->tensor.data[0], raw, 1e-5);
  rn_optimizer_free(o);
}

static void test_not_finite_changes_nothing(void **state) {
  fixture *f = *state;
  const float bad[] = {NAN, INFINITY, -INFINITY};
  rn_optimizer_options options = rn_optimizer_options_default(RN_ADAM);
  rn_optimizer *o = make(f, &options);
  float before[N_TABLE];
  memcpy(before, f->table->tensor.data, sizeof before);
  for (int i = 0; i < 3; i++) {
    fill(f->table, 1);
    fill(f->bias, 1);
    f->bias->tensor.grad[N_BIAS - 1] = bad[i];
    assert_int_equal(rn_optimizer_step(o, 0.1f, NULL), RN_ERROR_DIVERGED);
    assert_non_null(strstr(rn_context_error(f->ctx), "'bias'"));
    assert_memory_equal(before, f->table->tensor.data, sizeof before);
    rn_context_clear(f->ctx);
  }
  rn_optimizer_free(o);
}

static void test_bad_options(void **state) {
  fixture *f = *state;
  rn_optimizer *o;
  rn_optimizer_options options = rn_optimizer_options_default(RN_ADAM);
  options.beta1 = 1;
  assert_int_equal(rn_optimizer_new(f->ctx, f->params, &options, &o), RN_ERROR_ARGUMENT);
  assert_null(o);
  assert_non_null(strstr(rn_context_error(f->ctx), "beta1"));
  rn_context_clear(f->ctx);
  options.beta1 = 0.9f;
  options.clip_norm = NAN;
  assert_int_equal(rn_optimizer_new(f->ctx, f->params, &options, &o), RN_ERROR_ARGUMENT);
  rn_context_clear(f->ctx);
}

static void test_names(void **state) {
  for (rn_optimizer_kind kind = RN_SGD; kind <= RN_ADAMW; kind++) {
    rn_optimizer_kind back;
    assert_true(rn_optimizer_parse(rn_optimizer_name(kind), &back));
    assert_int_equal(back, kind);
  }
  rn_optimizer_kind unused;
  assert_false(rn_optimizer_parse("adamax", &unused));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_kind),    cmocka_unit_test(test_clip_by_norm),    cmocka_unit_test(test_clip_by_value),
      cmocka_unit_test(test_frozen_stays),  cmocka_unit_test(test_sparse_is_dense), cmocka_unit_test(test_average),
      cmocka_unit_test(test_lazy),          cmocka_unit_test(test_bad_options),     cmocka_unit_test(test_names),
      cmocka_unit_test(test_not_finite_changes_nothing),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
