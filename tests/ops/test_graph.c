/* A pass: errors that stay and say what is wrong, memory that is taken once, gradients that are handed on, rows that were touched. */
#include "ops/op.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include <rondo/nn.h>

enum { V = 11, D = 6, H = 8, ROWS = 9, SEQS = 4 };
static const int64_t offsets[SEQS + 1] = {0, 3, 3, 8, 9};
static const rn_ragged seqs = {SEQS, offsets};
static const int32_t ids[ROWS] = {3, 1, 4, 1, 5, 9, 2, 6, 5}, targets[ROWS] = {1, 4, 1, 5, 9, 2, 6, 5, -1};

/* A language model small enough to see through: parameters with gradients, as a parameter set would hold them. */
typedef struct model {
  rn_param table, w_ih, w_hh, bias, out, out_bias;
  float values[V * D + 4 * H * D + 4 * H * H + 4 * H + V * H + V], grads[V * D + 4 * H * D + 4 * H * H + 4 * H + V * H + V];
  int32_t touched[V + 1], place[V];
} model;

static void param_init(model *m, rn_param *p, int *at, int rank, int64_t rows, int64_t cols) {
  *p = (rn_param){.tensor = {.rank = rank, .shape = {rows, cols}, .data = m->values + *at, .grad = m->grads + *at, .needs_grad = true}};
  p->tensor.param = p;
  *at += (int)(rows * cols);
}

static void model_init(model *m) {
  int at = 0;
  memset(m, 0, sizeof *m);
  param_init(m, &m->table, &at, 2, V, D);
  param_init(m, &m->w_ih, &at, 2, 4 * H, D);
  param_init(m, &m->w_hh, &at, 2, 4 * H, H);
  param_init(m, &m->bias, &at, 1, 4 * H, 1);
  param_init(m, &m->out, &at, 2, V, H);
  param_init(m, &m->out_bias, &at, 1, V, 1);
  for (int i = 0; i < at; i++) m->values[i] = 0.3f * sinf((float)(7 * i + 1));
  m->table.sparse = true;
  m->table.touched = m->touched;
  m->table.place = m->place;
}

typedef struct fixture {
  rn_context *ctx;
  rn_graph *g;
  model m;
} fixture;

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  rn_context_options options = {.n_threads = 2};
  rn_context_new(&options, &f->ctx, NULL, 0);
  f->g = rn_graph_new(f->ctx);
  model_init(&f->m);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  fixture *f = *state;
  rn_graph_free(f->g);
  rn_context_free(f->ctx);
  free(f);
  return 0;
}

/* embedding -> dropout -> LSTM -> linear -> cross-entropy */
static rn_tensor *forward(fixture *f, rn_tensor **logits) {
  model *m = &f->m;
  rn_recurrent_weights w = {.weight_ih = &m->w_ih.tensor, .weight_hh = &m->w_hh.tensor, .bias_ih = &m->bias.tensor};
  rn_tensor *e = rn_dropout(f->g, rn_embedding(f->g, &m->table.tensor, ids, ROWS, &seqs), 0.2f, RN_DROPOUT_PLAIN);
  rn_tensor *scores = rn_linear(f->g, rn_lstm(f->g, e, &w, 1, false, NULL, NULL).y, &m->out.tensor, &m->out_bias.tensor, RN_NONE);
  if (logits) *logits = scores;
  return rn_cross_entropy(f->g, scores, targets, NULL);
}

static float train_step(fixture *f, uint64_t step) {
  rn_graph_begin(f->g, RN_TRAIN, 42, step);
  rn_tensor *loss = forward(f, NULL);
  rn_graph_backward(f->g, loss);
  return loss->data[0];
}

/* ---- errors ---- */

static void assert_words(fixture *f, const char *words) {
  assert_int_equal(rn_graph_status(f->g), RN_ERROR_ARGUMENT);
  assert_string_equal(rn_context_error(f->ctx), words);
  rn_context_clear(f->ctx);
}

static rn_tensor *begin_with(fixture *f, int64_t rows, int64_t cols) {
  static const float zeros[1024];
  rn_graph_begin(f->g, RN_TRAIN, 1, 1);
  return rn_variable(f->g, zeros, 2, (int64_t[]){rows, cols}, NULL);
}

static void errors_name_tensors_and_shapes(void **state) {
  fixture *f = *state;
  rn_graph *g = f->g;
  rn_tensor *x = begin_with(f, 4, 20);
  rn_linear(g, x, rn_variable(g, x->data, 2, (int64_t[]){8, 10}, NULL), NULL, RN_NONE);
  assert_words(f, "linear: x is [4, 20] but weight [8, 10] takes 10 columns");
  rn_linear(g, begin_with(f, 4, 20), NULL, NULL, RN_NONE);
  assert_words(f, "linear: weight is missing");
  x = begin_with(f, 4, 3);
  rn_add(g, x, rn_variable(g, x->data, 2, (int64_t[]){3, 4}, NULL));
  assert_words(f, "add: a is [4, 3] but b is [3, 4]");
  rn_slice(g, begin_with(f, 4, 3), 2, 2);
  assert_words(f, "slice: columns 2 to 3 of x [4, 3]");
  rn_embedding(g, begin_with(f, 4, 3), (const int32_t[]){0, 4}, 2, NULL);
  assert_words(f, "embedding: ids[1] is 4, outside 0 .. 3");
  rn_cross_entropy(g, begin_with(f, 2, 3), (const int32_t[]){-1, 3}, NULL);
  assert_words(f, "cross_entropy: targets[1] is 3, outside 0 .. 2");
  rn_pool_time(g, begin_with(f, 2, 3), RN_MEAN);
  assert_words(f, "pool_time: x has no sequences");
  rn_dropout(g, begin_with(f, 2, 3), 1, RN_DROPOUT_PLAIN);
  assert_words(f, "dropout: rate 1 is outside 0 <= rate < 1");
  rn_concat(g, (rn_tensor *[]){begin_with(f, 2, 3)}, 0);
  assert_words(f, "concat: 0 tensors; it takes 1 to 8");
  x = begin_with(f, 3, 3);
  rn_constant(g, x->data, 2, (int64_t[]){3, 3}, &(rn_ragged){1, (const int64_t[]){0, 2}});
  assert_words(f, "a tensor of 3 rows for sequences of 2 rows");
}

static void recurrences_name_the_weight(void **state) {
  fixture *f = *state;
  rn_tensor *x = begin_with(f, ROWS, 5);
  x->seqs = &seqs;
  rn_tensor *w = rn_variable(f->g, x->data, 2, (int64_t[]){4 * 2, 6}, NULL),
            *u = rn_variable(f->g, x->data, 2, (int64_t[]){4 * 2, 2}, NULL);
  rn_lstm(f->g, x, &(rn_recurrent_weights){.weight_ih = w, .weight_hh = u}, 1, false, NULL, NULL);
  assert_words(f, "lstm: weight_ih is [8, 6] but must be [8, 5]");
  x = begin_with(f, ROWS, 6);
  w = rn_variable(f->g, x->data, 2, (int64_t[]){8, 6}, NULL), u = rn_variable(f->g, x->data, 2, (int64_t[]){8, 2}, NULL);
  rn_lstm(f->g, x, &(rn_recurrent_weights){.weight_ih = w, .weight_hh = u}, 1, false, NULL, NULL);
  assert_words(f, "lstm: x has no sequences");
  x = begin_with(f, ROWS, 6);
  x->seqs = &seqs;
  w = rn_variable(f->g, x->data, 2, (int64_t[]){6, 6}, NULL), u = rn_variable(f->g, x->data, 2, (int64_t[]){6, 2}, NULL);
  rn_tensor *h0 = rn_variable(f->g, x->data, 2, (int64_t[]){3, 2}, NULL);
  rn_gru(f->g, x, RN_CELL_GRU, &(rn_recurrent_weights){.weight_ih = w, .weight_hh = u}, 1, false, h0);
  assert_words(f, "gru: h0 is [3, 2] but must be [4, 2]");
}

static void errors_stay_and_tensors_are_harmless(void **state) {
  fixture *f = *state;
  rn_tensor *x = begin_with(f, 4, 3);
  rn_tensor *bad = rn_slice(f->g, x, 5, 5);
  assert_non_null(bad);
  assert_int_equal(rn_tensor_size(bad), 0);
  assert_int_equal(bad->seqs->n_seqs, 0);
  rn_tensor *loss = forward(f, NULL);
  assert_non_null(loss);
  assert_true(loss->data[0] == 0);
  assert_int_equal(rn_graph_backward(f->g, loss), RN_ERROR_ARGUMENT);
  rn_recurrent_out r = rn_rnn(f->g, bad, RN_CELL_TANH, NULL, 0, false, NULL);
  assert_true(r.y && r.h_n && r.c_n);
  assert_string_equal(rn_context_error(f->ctx), "slice: columns 5 to 9 of x [4, 3]");
  rn_context_clear(f->ctx);
  assert_true(isfinite(train_step(f, 1))); /* the next pass is a new one */
  assert_int_equal(rn_graph_status(f->g), RN_OK);
}

static void backward_needs_something_to_differentiate(void **state) {
  fixture *f = *state;
  rn_graph_begin(f->g, RN_INFER, 1, 1);
  rn_graph_backward(f->g, forward(f, NULL));
  assert_words(f, "backward: the result depends on nothing that needs a gradient, or the pass is not RN_TRAIN");
  rn_tensor *x = begin_with(f, 4, 3);
  rn_graph_backward(f->g, rn_scale(f->g, x, 2));
  assert_words(f, "backward: the loss is [4, 3], not one number");
}

/* ---- memory ---- */

static void no_allocation_after_the_first_pass(void **state) {
  fixture *f = *state;
  train_step(f, 1);
  rn_graph_begin(f->g, RN_TRAIN, 42, 2); /* the arena becomes one chunk here */
  uint64_t before = rn_alloc_count();
  for (uint64_t step = 2; step < 6; step++) train_step(f, step);
  assert_int_equal(rn_graph_status(f->g), RN_OK);
  assert_int_equal(rn_alloc_count() - before, 0);
}

static void inference_keeps_less(void **state) {
  fixture *f = *state;
  train_step(f, 1);
  size_t train = rn_graph_memory(f->g);
  rn_graph_begin(f->g, RN_INFER, 42, 1);
  rn_tensor *loss = forward(f, NULL);
  assert_false(loss->needs_grad);
  assert_true(rn_graph_memory(f->g) < train);
}

static void every_failed_allocation_is_an_error(void **state) {
  fixture *f = *state;
  bool failed = false, succeeded = false;
  for (uint64_t n = 1; n < 200 && !succeeded; n++) {
    rn_alloc_fail_after(n);
    rn_graph *fresh = rn_graph_new(f->ctx);
    if (fresh) {
      fixture g = {.ctx = f->ctx, .g = fresh, .m = f->m};
      model_init(&g.m);
      train_step(&g, 1);
      succeeded = rn_graph_status(fresh) == RN_OK;
      if (!succeeded) assert_int_equal(rn_graph_status(fresh), RN_ERROR_MEMORY);
      rn_alloc_fail_after(0);
      model_init(&g.m);
      train_step(&g, 1); /* the graph is as good as new */
      assert_int_equal(rn_graph_status(fresh), RN_OK);
    }
    failed |= !succeeded;
    rn_alloc_fail_after(0);
    rn_graph_free(fresh);
    rn_context_clear(f->ctx);
  }
  assert_true(failed && succeeded);
}

/* ---- gradients ---- */

static void scores_become_their_gradient(void **state) {
  fixture *f = *state;
  rn_tensor *logits;
  rn_graph_begin(f->g, RN_TRAIN, 42, 1);
  rn_tensor *loss = forward(f, &logits);
  size_t before = rn_graph_memory(f->g);
  float score = logits->data[0];
  assert_int_equal(rn_graph_backward(f->g, loss), RN_OK);
  assert_true(logits->data[0] != score);
  /* no second [n, V]: the largest other gradient is that of the LSTM's output */
  assert_true(rn_graph_memory(f->g) - before < sizeof(float) * ROWS * (H + D) + 1024);
  assert_int_equal(rn_graph_backward(f->g, loss), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(f->ctx), "begin a new pass"));
}

static void scores_that_are_read_twice_stay(void **state) {
  fixture *f = *state;
  rn_tensor *logits;
  rn_graph_begin(f->g, RN_TRAIN, 42, 1);
  rn_tensor *loss = forward(f, &logits);
  loss = rn_add(f->g, loss, rn_sum(f->g, logits));
  float score = logits->data[0];
  assert_int_equal(rn_graph_backward(f->g, loss), RN_OK);
  assert_true(logits->data[0] == score);
  float once = f->m.out_bias.tensor.grad[2];
  assert_int_equal(rn_graph_backward(f->g, loss), RN_OK);
  assert_true(fabsf(f->m.out_bias.tensor.grad[2] - 2 * once) < 1e-5f);
}

static void a_tensor_used_twice_gets_both_gradients(void **state) {
  fixture *f = *state;
  const float data[3] = {1, -2, 3};
  rn_graph_begin(f->g, RN_TRAIN, 1, 1);
  rn_tensor *x = rn_variable(f->g, data, 1, (int64_t[]){3}, NULL);
  rn_graph_backward(f->g, rn_sum(f->g, rn_add(f->g, rn_mul(f->g, x, x), rn_sub(f->g, x, x)))); /* x^2 */
  for (int i = 0; i < 3; i++) assert_true(x->grad[i] == 2 * data[i]);
}

static void frozen_parameters_and_constants_get_none(void **state) {
  fixture *f = *state;
  f->m.w_ih.tensor.needs_grad = false;
  f->m.out.tensor.grad = NULL; /* a parameter of a set without gradients */
  train_step(f, 1);
  assert_int_equal(rn_graph_status(f->g), RN_OK);
  for (int i = 0; i < 4 * H * D; i++) assert_true(f->m.w_ih.tensor.grad[i] == 0);
  assert_null(f->m.out.tensor.grad);
  assert_true(f->m.w_hh.tensor.grad[0] != 0);
}

static void embedding_lists_the_rows_it_touched(void **state) {
  fixture *f = *state;
  const int32_t order[] = {3, 1, 4, 5, 9, 2, 6};
  train_step(f, 1);
  train_step(f, 2); /* rows that were touched stay listed once */
  assert_int_equal(f->m.table.n_touched, 7);
  assert_memory_equal(f->m.touched, order, sizeof order);
  for (int r = 0; r < V; r++) { /* their gradients lie together */
    bool any = false;
    for (int i = 0; i < D; i++) any |= f->m.table.tensor.grad[r * D + i] != 0;
    assert_int_equal(any, r < 7);
    assert_int_equal(f->m.place[r] > 0 ? order[f->m.place[r] - 1] : r, r);
  }
}

static void a_tied_table_is_touched_everywhere(void **state) {
  fixture *f = *state;
  rn_graph_begin(f->g, RN_TRAIN, 42, 1);
  rn_tensor *table = &f->m.table.tensor, *e = rn_embedding(f->g, table, ids, ROWS, &seqs);
  rn_graph_backward(f->g, rn_cross_entropy(f->g, rn_linear(f->g, e, table, NULL, RN_NONE), targets, NULL));
  assert_int_equal(rn_graph_status(f->g), RN_OK);
  assert_int_equal(f->m.table.n_touched, -1);
}

/* ---- modes, draws, traces ---- */

static void dropout_depends_on_seed_step_and_place_alone(void **state) {
  fixture *f = *state;
  float first = train_step(f, 1), second = train_step(f, 2);
  assert_true(first != second);
  assert_true(train_step(f, 1) == first);
  const float ones[64] = {[0 ... 63] = 1};
  rn_graph_begin(f->g, RN_TRAIN, 1, 1);
  rn_tensor *x = rn_constant(f->g, ones, 1, (int64_t[]){64}, NULL);
  rn_tensor *a = rn_dropout(f->g, x, 0.5f, RN_DROPOUT_PLAIN), *b = rn_dropout(f->g, x, 0.5f, RN_DROPOUT_PLAIN);
  assert_memory_not_equal(a->data, b->data, sizeof ones);
  assert_ptr_equal(rn_dropout(f->g, x, 0, RN_DROPOUT_PLAIN), x);
  rn_graph_begin(f->g, RN_INFER, 1, 1);
  x = rn_constant(f->g, ones, 1, (int64_t[]){64}, NULL);
  assert_ptr_equal(rn_dropout(f->g, x, 0.5f, RN_DROPOUT_PLAIN), x);
}

typedef struct seen {
  int calls, layer[4];
  bool reverse[4];
  int64_t n_steps[4];
  double norm[4];
} seen;

static void see(void *user, int layer, bool reverse, int64_t n_steps, const double *norm) {
  seen *s = user;
  s->layer[s->calls] = layer, s->reverse[s->calls] = reverse, s->n_steps[s->calls] = n_steps;
  s->norm[s->calls++] = norm[n_steps - 1];
}

static void traces_come_in_order_of_the_layers(void **state) {
  fixture *f = *state;
  model *m = &f->m;
  seen s = {0};
  rn_recurrent_weights w = {.weight_ih = &m->w_ih.tensor, .weight_hh = &m->w_hh.tensor}, both[2] = {w, w};
  rn_graph_trace(f->g, see, &s);
  rn_graph_begin(f->g, RN_TRAIN, 42, 1);
  rn_tensor *y = rn_lstm(f->g, rn_embedding(f->g, &m->table.tensor, ids, ROWS, &seqs), &w, 1, true, NULL, NULL).y;
  y = rn_lstm(f->g, rn_slice(f->g, y, 0, D), both, 2, false, NULL, NULL).y;
  rn_graph_backward(f->g, rn_sum(f->g, y));
  assert_int_equal(rn_graph_status(f->g), RN_OK);
  assert_int_equal(s.calls, 3);
  assert_true(s.layer[0] == 0 && s.reverse[0] && s.layer[1] == 1 && !s.reverse[1] && s.layer[2] == 1 && s.reverse[2]);
  for (int i = 0; i < 3; i++) assert_true(s.n_steps[i] == 5 && s.norm[i] > 0);
  rn_graph_trace(f->g, NULL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(errors_name_tensors_and_shapes),           TEST(recurrences_name_the_weight),
      TEST(errors_stay_and_tensors_are_harmless),     TEST(backward_needs_something_to_differentiate),
      TEST(no_allocation_after_the_first_pass),       TEST(inference_keeps_less),
      TEST(every_failed_allocation_is_an_error),      TEST(scores_become_their_gradient),
      TEST(scores_that_are_read_twice_stay),          TEST(a_tensor_used_twice_gets_both_gradients),
      TEST(frozen_parameters_and_constants_get_none), TEST(embedding_lists_the_rows_it_touched),
      TEST(a_tied_table_is_touched_everywhere),       TEST(dropout_depends_on_seed_step_and_place_alone),
      TEST(traces_come_in_order_of_the_layers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
