/* test_layer_words.c: what a word's vector is made of, part by part. */
#include "base/alloc.h"
#include "nn/layer_words.h"
#include "nn/params.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static rn_context *ctx;

static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

/* "ab c ab" and "c": two forms, of which the rows 0 2 and 1 3 are. */
enum { ROWS = 4 };
static const int32_t word[] = {5, 1, 5, 0}, casing[] = {0, 2, 1, 2}, form[] = {0, 1, 0, 1}, letters[] = {1, 2, 3};
static const rn_word_rows rows = {.seqs = {2, (const int64_t[]){0, 3, 4}},
                                  .word = word,
                                  .casing = casing,
                                  .form = form,
                                  .letters_of = {2, (const int64_t[]){0, 2, 3}},
                                  .letters = letters};

static rn_words_options options(rn_characters characters) {
  return (rn_words_options){
      .n_words = 7, .embed = 5, .characters = characters, .n_letters = 4, .char_embed = 3, .char_hidden = 2, .n_casings = 3, .casing = 1};
}

static void assert_param(const rn_params *p, const char *name, int64_t rows_of_it, int64_t cols, float most) {
  const rn_param *param = rn_params_find(p, name);
  assert_non_null(param);
  assert_int_equal(param->tensor.shape[0], rows_of_it);
  assert_int_equal(rn_tensor_cols(&param->tensor), cols);
  float largest = 0;
  for (int64_t i = 0; i < rn_tensor_size(&param->tensor); i++) largest = fmaxf(largest, fabsf(param->tensor.data[i]));
  assert_true(largest <= most && largest > most / 3);
}

static void test_parameters(void **state) {
  rn_layer_words l;
  rn_params *p = rn_params_new(ctx);
  rn_words_options o = options(RN_CHARACTERS_LSTM);
  o.embed = 50; /* enough numbers to see how far they reach */
  rn_layer_words_init(&l, p, &o);
  assert_int_equal(rn_params_build(p, 1, true), RN_OK);
  assert_param(p, "embed.weight", 7, 50, sqrtf(3.0f / 50));
  assert_param(p, "characters.embed.weight", 4, 3, 1);
  assert_param(p, "characters.rnn.weight_ih_l0_reverse", 8, 3, 0.7072f); /* 1 / sqrt(2) */
  assert_param(p, "casing.weight", 3, 1, 1.7321f);
  assert_int_equal(l.width, 50 + 4 + 1);
  rn_params_free(p);

  p = rn_params_new(ctx);
  o.characters = RN_CHARACTERS_CNN;
  o.init = (rn_init){.kind = RN_INIT_UNIFORM, .scale = 0.1f};
  rn_layer_words_init(&l, p, &o);
  assert_int_equal(rn_params_build(p, 1, true), RN_OK);
  assert_param(p, "embed.weight", 7, 50, 0.1f);
  assert_param(p, "characters.conv.weight", 2, 9, 0.1f);
  assert_param(p, "characters.conv.bias", 2, 1, 0.1f);
  assert_int_equal(l.width, 50 + 2 + 1);
  rn_params_free(p);
}

static void assert_row(const rn_tensor *x, int64_t r, int64_t col, const float *want, int64_t n) {
  for (int64_t i = 0; i < n; i++) assert_true(fabsf(x->data[r * rn_tensor_cols(x) + col + i] - want[i]) < 1e-6f);
}

/* The letters of each form through the LSTM on their own: the last row forwards, the first one backwards. */
static void check_lstm(const rn_layer_words *l, rn_graph *g, const rn_tensor *x) {
  for (int f = 0; f < 2; f++) {
    int64_t n = rn_ragged_length(&rows.letters_of, f);
    const rn_ragged one = {1, (int64_t[]){0, n}};
    rn_tensor *e = rn_layer_embedding_apply(&l->letters, g, letters + rows.letters_of.offset[f], n, &one);
    const rn_tensor *y = rn_layer_stack_apply(&l->rnn, g, e, NULL, NULL);
    for (int r = f; r < ROWS; r += 2) {
      assert_row(x, r, 5, y->data + (n - 1) * 4, 2);
      assert_row(x, r, 7, y->data + 2, 2);
    }
  }
}

/* max over i of b_o + sum_k sum_c W[o, c, k] e[i + k - 1, c] */
static void check_convolution(const rn_layer_words *l, rn_graph *g, const rn_tensor *x) {
  for (int f = 0; f < 2; f++) {
    float want[2] = {-INFINITY, -INFINITY};
    int64_t first = rows.letters_of.offset[f], end = rows.letters_of.offset[f + 1];
    for (int64_t i = first; i < end; i++)
      for (int o = 0; o < 2; o++) {
        float sum = l->conv.bias->tensor.data[o];
        for (int k = 0; k < 3; k++)
          for (int c = 0; c < 3; c++)
            if (i + k - 1 >= first && i + k - 1 < end)
              sum += l->conv.weight->tensor.data[(o * 3 + c) * 3 + k] * l->letters.weight->tensor.data[letters[i + k - 1] * 3 + c];
        want[o] = fmaxf(want[o], sum);
      }
    for (int r = f; r < ROWS; r += 2) assert_row(x, r, 5, want, 2);
  }
}

static void test_rows(void **state) {
  for (rn_characters c = RN_CHARACTERS_LSTM; c <= RN_CHARACTERS_CNN; c++) {
    rn_layer_words l;
    rn_params *p = rn_params_new(ctx);
    rn_graph *g = rn_graph_new(ctx);
    rn_words_options o = options(c);
    rn_layer_words_init(&l, p, &o);
    assert_int_equal(rn_params_build(p, 1, true), RN_OK);
    rn_graph_begin(g, RN_TRAIN, 1, 0);
    rn_tensor *x = rn_layer_words_apply(&l, g, &rows);
    assert_int_equal(rn_tensor_cols(x), l.width);
    assert_int_equal(x->seqs->n_seqs, 2);
    for (int r = 0; r < ROWS; r++) {
      assert_row(x, r, 0, l.embed.weight->tensor.data + word[r] * 5, 5);
      assert_row(x, r, l.width - 1, l.casing.weight->tensor.data + casing[r], 1);
    }
    if (c == RN_CHARACTERS_LSTM) check_lstm(&l, g, x);
    else check_convolution(&l, g, x);

    assert_int_equal(rn_graph_backward(g, rn_sum(g, rn_mul(g, x, x))), RN_OK);
    for (int64_t i = 0; i < rn_params_count(p); i++) {
      const rn_param *param = rn_params_at(p, i);
      double sum = 0;
      for (int64_t k = 0; k < rn_tensor_size(&param->tensor); k++) sum += fabs((double)param->tensor.grad[k]);
      if (!(sum > 0)) fail_msg("%s has no gradient", param->name);
    }
    rn_graph_free(g);
    rn_params_free(p);
  }
}

/* Each part may be missing, and then its numbers are not looked at. */
static void test_parts(void **state) {
  for (int part = 0; part < 3; part++) {
    rn_layer_words l;
    rn_params *p = rn_params_new(ctx);
    rn_graph *g = rn_graph_new(ctx);
    rn_words_options o = options(part == 1 ? RN_CHARACTERS_LSTM : RN_CHARACTERS_NONE);
    rn_word_rows own = rows;
    if (part != 0) o.embed = 0, own.word = NULL;
    if (part != 1) own.form = own.letters = NULL, own.letters_of = (rn_ragged){0};
    if (part != 2) o.casing = 0, own.casing = NULL;
    rn_layer_words_init(&l, p, &o);
    assert_int_equal(rn_params_build(p, 1, true), RN_OK);
    rn_graph_begin(g, RN_INFER, 1, 0);
    rn_tensor *x = rn_layer_words_apply(&l, g, &own);
    assert_int_equal(rn_graph_status(g), RN_OK);
    assert_int_equal(rn_tensor_cols(x), part == 0 ? 5 : part == 1 ? 4 : 1);
    assert_int_equal(rn_tensor_cols(x), l.width);
    rn_graph_free(g);
    rn_params_free(p);
  }
}

/* After the first pass of a shape nothing is allocated; and a failed pass goes on without harm. */
static void test_passes(void **state) {
  rn_layer_words l;
  rn_params *p = rn_params_new(ctx);
  rn_graph *g = rn_graph_new(ctx);
  rn_words_options o = options(RN_CHARACTERS_LSTM);
  rn_layer_words_init(&l, p, &o);
  assert_int_equal(rn_params_build(p, 1, true), RN_OK);
  uint64_t before = 0;
  for (int i = 0; i < 4; i++) {
    if (i == 2) before = rn_alloc_count();
    rn_graph_begin(g, RN_TRAIN, 1, 0);
    assert_int_equal(rn_graph_backward(g, rn_sum(g, rn_layer_words_apply(&l, g, &rows))), RN_OK);
  }
  assert_int_equal(rn_alloc_count() - before, 0);
  rn_word_rows wrong = rows;
  wrong.letters = (const int32_t[]){1, 9, 3};
  rn_graph_begin(g, RN_TRAIN, 1, 0);
  assert_int_equal(rn_graph_backward(g, rn_sum(g, rn_layer_words_apply(&l, g, &wrong))), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  rn_graph_free(g);
  rn_params_free(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parameters),
      cmocka_unit_test(test_rows),
      cmocka_unit_test(test_parts),
      cmocka_unit_test(test_passes),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
