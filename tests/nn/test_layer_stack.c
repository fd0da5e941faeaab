/* test_layer_stack.c: names and shapes of parameters, and every way of composing layers run forward and backward. */
#include "base/random.h"
#include "nn/params.h"
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

static void assert_shape(const rn_params *p, const char *name, int64_t rows, int64_t cols) {
  const rn_param *param = rn_params_find(p, name);
  assert_non_null(param);
  assert_int_equal(param->tensor.shape[0], rows);
  assert_int_equal(rn_tensor_cols(&param->tensor), cols);
}

static void test_names(void **state) {
  rn_params *p = rn_params_new(ctx);
  rn_layer_stack l;
  rn_stack_options o = rn_stack_options_default();
  o.n_layers = 2;
  o.n_in = 3;
  o.n_hidden = 5;
  o.n_proj = 4;
  o.bidirectional = o.peephole = o.learned_state = true;
  o.forget_bias = 1;
  rn_layer_stack_init(&l, p, "rnn", &o);
  assert_int_equal(rn_params_build(p, 1, true), RN_OK);
  assert_shape(p, "rnn.weight_ih_l0", 20, 3);
  assert_shape(p, "rnn.weight_hh_l0", 20, 4);
  assert_shape(p, "rnn.weight_ih_l1_reverse", 20, 8);
  assert_shape(p, "rnn.weight_hr_l1_reverse", 4, 5);
  assert_shape(p, "rnn.bias_hh_l1", 20, 1);
  assert_shape(p, "rnn.peephole_l0_reverse", 3, 5);
  assert_shape(p, "rnn.h0_l1", 2, 4);
  assert_shape(p, "rnn.c0_l1", 2, 5);
  for (int i = 0; i < 20; i++) {
    bool forget = i / 5 == 1;
    assert_true((l.layer[0][0].bias_ih->tensor.data[i] == 1) == forget);
    assert_true((l.layer[0][0].bias_hh->tensor.data[i] == 0) == forget);
    assert_true(fabsf(l.layer[0][0].bias_ih->tensor.data[i]) <= (forget ? 1 : 0.4473f)); /* 1 / sqrt(5) */
  }
  rn_params_free(p);
}

enum { ROWS = 9, IN = 4 };
static float x[ROWS * IN];
static const int64_t offset[] = {0, 4, 4, 9};

/* Runs a stack over three sequences (one of them empty), forward and backward, and checks that everything learned gets a gradient. */
static void run(const rn_stack_options *o) {
  rn_params *p = rn_params_new(ctx);
  rn_graph *g = rn_graph_new(ctx);
  rn_layer_stack l;
  rn_ragged seqs = {3, offset};
  rn_stack_state end;
  rn_layer_stack_init(&l, p, "rnn", o);
  assert_int_equal(rn_params_build(p, 7, true), RN_OK);
  for (int pass = 0; pass < 2; pass++) {
    rn_params_zero_grad(p);
    rn_graph_begin(g, RN_TRAIN, 1, (uint64_t)pass);
    rn_tensor *y = rn_layer_stack_apply(&l, g, rn_constant(g, x, 2, (int64_t[]){ROWS, IN}, &seqs), NULL, &end);
    int64_t P = o->n_proj ? o->n_proj : o->n_hidden, D = o->bidirectional ? 2 : 1;
    if (rn_graph_status(g) != RN_OK) fail_msg("%s: %s", rn_cell_name(o->cell), rn_context_error(ctx));
    assert_int_equal(y->shape[0], ROWS);
    assert_int_equal(y->shape[1], D * P);
    for (int k = 0; k < o->n_layers; k++) {
      assert_int_equal(end.h[k]->shape[0], D * 3);
      assert_int_equal(end.h[k]->shape[1], P);
      assert_int_equal(end.c[k] != NULL, o->cell == RN_CELL_LSTM);
    }
    assert_int_equal(rn_graph_backward(g, rn_sum(g, rn_activate(g, y, RN_SQUARE))), RN_OK);
  }
  for (int64_t i = 0; i < rn_params_count(p); i++) {
    const rn_param *param = rn_params_at(p, i);
    double norm = 0;
    for (int64_t k = 0; k < rn_tensor_size(&param->tensor); k++) norm += fabs(param->tensor.grad[k]);
    if (!(norm > 0 && isfinite(norm))) fail_msg("%s: gradient %g", param->name, norm);
  }
  rn_graph_free(g);
  rn_params_free(p);
}

static void test_compositions(void **state) {
  rn_random r = rn_random_init(3, 3);
  for (int i = 0; i < ROWS * IN; i++) x[i] = rn_random_normal(&r);
  for (rn_cell cell = RN_CELL_TANH; cell <= RN_CELL_LSTM; cell++) {
    rn_stack_options plain = {.cell = cell, .n_layers = 2, .n_in = IN, .n_hidden = 6, .bias = true};
    run(&plain);
    rn_stack_options o = plain;
    o.bidirectional = o.learned_state = o.skip = true;
    run(&o);
    o = plain;
    o.reverse = o.residual = true;
    o.n_layers = 3;
    run(&o);
    o = plain;
    o.dropout = 0.3f;
    o.dropout_kind = RN_DROPOUT_VARIATIONAL;
    o.learned_state = true;
    run(&o);
    o = plain;
    o.layer_norm = true;
    run(&o);
  }
  rn_stack_options o = {.cell = RN_CELL_LSTM, .n_layers = 2, .n_in = IN, .n_hidden = 6, .n_proj = 3, .bias = true, .peephole = true};
  run(&o);
}

/* A pass over the whole is a pass over the first half and one over the second, with the states handed over. */
static void test_carried_states(void **state) {
  rn_params *p = rn_params_new(ctx);
  rn_graph *g = rn_graph_new(ctx);
  rn_layer_stack l;
  rn_stack_options o = {.cell = RN_CELL_LSTM, .n_layers = 2, .n_in = IN, .n_hidden = 5, .bias = true};
  rn_layer_stack_init(&l, p, "rnn", &o);
  assert_int_equal(rn_params_build(p, 7, false), RN_OK);
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_ragged whole = {1, (int64_t[]){0, 8}}, half = {1, (int64_t[]){0, 4}};
  rn_tensor *y = rn_layer_stack_apply(&l, g, rn_constant(g, x, 2, (int64_t[]){8, IN}, &whole), NULL, NULL);
  rn_stack_state middle, end;
  rn_tensor *a = rn_layer_stack_apply(&l, g, rn_constant(g, x, 2, (int64_t[]){4, IN}, &half), NULL, &middle);
  rn_tensor *b = rn_layer_stack_apply(&l, g, rn_constant(g, x + 4 * IN, 2, (int64_t[]){4, IN}, &half), &middle, &end);
  assert_int_equal(rn_graph_status(g), RN_OK);
  for (int i = 0; i < 20; i++) {
    assert_true(fabsf(y->data[i] - a->data[i]) < 1e-5f);
    assert_true(fabsf(y->data[20 + i] - b->data[i]) < 1e-5f);
  }
  rn_graph_free(g);
  rn_params_free(p);
}

enum { SYMBOLS = 5, TEXT = 24 };

/* One pass over ids, each row looked up first or not: y, then the gradients of everything learned. */
static float *run_ids(rn_context *context, const rn_stack_options *o, float row_dropout, const int32_t *ids, bool looked_up, int64_t *n) {
  rn_params *p = rn_params_new(context);
  rn_graph *g = rn_graph_new(context);
  rn_layer_embedding embed;
  rn_layer_stack l;
  rn_ragged seqs = {3, (int64_t[]){0, 11, 11, TEXT}};
  rn_layer_embedding_init(&embed, p, "embed", SYMBOLS, IN, (rn_init){0});
  embed.row_dropout = row_dropout;
  rn_layer_stack_init(&l, p, "rnn", o);
  assert_int_equal(rn_params_build(p, 7, true), RN_OK);
  rn_params_zero_grad(p);
  rn_graph_begin(g, RN_TRAIN, 1, 1);
  rn_tensor *y = looked_up ? rn_layer_stack_apply(&l, g, rn_layer_embedding_apply(&embed, g, ids, TEXT, &seqs), NULL, NULL)
                           : rn_layer_stack_apply_ids(&l, &embed, g, ids, &seqs, NULL, NULL);
  if (rn_graph_status(g) != RN_OK) fail_msg("%s: %s", rn_cell_name(o->cell), rn_context_error(context));
  int64_t size = rn_tensor_size(y), n_grads = rn_params_size(p);
  float *out = calloc((size_t)(size + n_grads), sizeof *out);
  memcpy(out, y->data, (size_t)size * sizeof *out);
  assert_int_equal(rn_graph_backward(g, rn_sum(g, rn_activate(g, y, RN_SQUARE))), RN_OK);
  rn_params_spread_grads(p);
  memcpy(out + size, rn_params_grads(p), (size_t)n_grads * sizeof *out);
  *n = size + n_grads;
  rn_graph_free(g);
  rn_params_free(p);
  return out;
}

/* Symbols that come often are multiplied once: that changes nothing but rounding; and nothing at all depends on the number of threads. */
static void check_ids(const rn_stack_options *o, float row_dropout) {
  int32_t ids[TEXT];
  int64_t n, m;
  double squares = 0;
  for (int i = 0; i < TEXT; i++) ids[i] = (int32_t)(i * i % SYMBOLS); /* 0, 1 and 4 */
  float *once = run_ids(ctx, o, row_dropout, ids, false, &n), *each = run_ids(ctx, o, row_dropout, ids, true, &m);
  assert_int_equal(n, m);
  for (int64_t i = 0; i < n; i++) squares += (double)each[i] * each[i];
  for (int64_t i = 0; i < n; i++)
    if (!(fabs(once[i] - each[i]) < 1e-4 * fabs(each[i]) + 1e-5 * sqrt(squares / (double)n)))
      fail_msg("%s: value %d is %.9g, not %.9g", rn_cell_name(o->cell), (int)i, (double)once[i], (double)each[i]);
  for (int n_threads = 2; n_threads <= 3; n_threads++) {
    rn_context *other;
    assert_int_equal(rn_context_new(&(rn_context_options){.n_threads = n_threads}, &other, NULL, 0), RN_OK);
    float *again = run_ids(other, o, row_dropout, ids, false, &m);
    assert_memory_equal(again, once, (size_t)n * sizeof *once);
    free(again);
    rn_context_free(other);
  }
  free(once);
  free(each);
}

static void test_ids(void **state) {
  for (rn_cell cell = RN_CELL_TANH; cell <= RN_CELL_LSTM; cell++) {
    rn_stack_options o = {.cell = cell, .n_layers = 2, .n_in = IN, .n_hidden = 6, .bias = true, .learned_state = true};
    check_ids(&o, 0);
    check_ids(&o, 0.4f);
    o.layer_norm = true;
    o.bidirectional = o.residual = true;
    check_ids(&o, 0);
    o.skip = true; /* the upper layer needs every row of the input */
    check_ids(&o, 0);
  }
}

/* Ids and sequences that are wrong are named, not read. */
static void test_wrong_ids(void **state) {
  rn_params *p = rn_params_new(ctx);
  rn_graph *g = rn_graph_new(ctx);
  rn_layer_embedding embed;
  rn_layer_stack l;
  rn_stack_options o = {.cell = RN_CELL_GRU, .n_layers = 1, .n_in = IN, .n_hidden = 3};
  rn_layer_embedding_init(&embed, p, "embed", SYMBOLS, IN, (rn_init){0});
  rn_layer_stack_init(&l, p, "rnn", &o);
  assert_int_equal(rn_params_build(p, 7, false), RN_OK);
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_layer_stack_apply_ids(&l, &embed, g, (int32_t[]){0, 0, 0, SYMBOLS}, &(rn_ragged){1, (int64_t[]){0, 4}}, NULL, NULL);
  assert_string_equal(rn_context_error(ctx), "embedding: ids[3] is 5, outside 0 .. 4");
  rn_context_clear(ctx);
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_layer_stack_apply_ids(&l, &embed, g, NULL, &(rn_ragged){2, (int64_t[]){0, 4, 3}}, NULL, NULL);
  assert_int_equal(rn_graph_status(g), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  rn_graph_free(g);
  rn_params_free(p);
}

static void test_refused(void **state) {
  const rn_stack_options good = {.cell = RN_CELL_LSTM, .n_layers = 1, .n_in = 2, .n_hidden = 3, .bias = true};
  rn_stack_options bad[8];
  for (int i = 0; i < 8; i++) bad[i] = good;
  bad[0].n_layers = 33;
  bad[1].n_layers = 0;
  bad[2].n_hidden = -1;
  bad[3].n_hidden = 1LL << 40;
  bad[4].n_proj = 4;
  bad[5].cell = RN_CELL_GRU;
  bad[5].peephole = true;
  bad[6].dropout = 1;
  bad[7].n_in = 0;
  for (int i = 0; i < 8; i++) {
    rn_params *p = rn_params_new(ctx);
    rn_layer_stack l;
    rn_context_clear(ctx);
    rn_layer_stack_init(&l, p, "rnn", &bad[i]);
    assert_int_equal(rn_params_build(p, 1, true), RN_ERROR_ARGUMENT);
    rn_params_free(p);
  }
  rn_context_clear(ctx);
  rn_cell cell;
  for (rn_cell c = RN_CELL_TANH; c <= RN_CELL_LSTM; c++) assert_true(rn_cell_parse(rn_cell_name(c), &cell) && cell == c);
  assert_false(rn_cell_parse("transformer", &cell));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_compositions),
      cmocka_unit_test(test_ids),
      cmocka_unit_test(test_wrong_ids),
      cmocka_unit_test(test_carried_states),
      cmocka_unit_test(test_refused),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
