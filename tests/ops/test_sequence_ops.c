/* Convolution, bags and attention over ragged batches: what the case tables can not say: sequences of the result, options, errors, sparse
 * gradients, inputs that want none. */
#include "ops/op.h"
#include "ops/touched.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <rondo/nn.h>
#include <cmocka.h>

typedef struct fixture {
  rn_context *ctx;
  rn_graph *g;
  float values[64];
} fixture;

static const rn_ragged seqs = {.n_seqs = 3, .offset = (const int64_t[]){0, 5, 5, 7}};

static int setup(void **state) {
  static fixture f;
  if (rn_context_new(NULL, &f.ctx, NULL, 0) != RN_OK || !(f.g = rn_graph_new(f.ctx))) return -1;
  for (int i = 0; i < 64; i++) f.values[i] = sinf((float)(5 * i + 1));
  *state = &f;
  return 0;
}

static int teardown(void **state) {
  fixture *f = *state;
  rn_graph_free(f->g);
  rn_context_free(f->ctx);
  return 0;
}

static rn_tensor *input(fixture *f, int rank, int64_t a, int64_t b, int64_t c) {
  return rn_variable(f->g, f->values, rank, (int64_t[]){a, b, c}, NULL);
}

/* [7, 2] in sequences, in a new pass */
static rn_tensor *batch(fixture *f) {
  rn_context_clear(f->ctx);
  rn_graph_begin(f->g, RN_TRAIN, 1, 1);
  return rn_variable(f->g, f->values, 2, (int64_t[]){7, 2}, &seqs);
}

static void assert_words(fixture *f, const char *words) {
  assert_int_equal(rn_graph_status(f->g), RN_ERROR_ARGUMENT);
  if (!strstr(rn_context_error(f->ctx), words)) fail_msg("the words are: %s", rn_context_error(f->ctx));
}

static void a_stride_shortens_the_sequences(void **state) {
  fixture *f = *state;
  rn_conv1d_options o = rn_conv1d_options_default();
  o.stride = 2;
  rn_tensor *x = batch(f), *y = rn_conv1d(f->g, x, input(f, 3, 4, 2, 3), NULL, &o);
  assert_int_equal(rn_tensor_rows(y), 4);
  assert_memory_equal(y->seqs->offset, ((int64_t[]){0, 3, 3, 4}), 4 * sizeof(int64_t));
  y = rn_conv1d(f->g, x, input(f, 3, 4, 2, 3), NULL, NULL);
  assert_ptr_equal(y->seqs, x->seqs);
}

static void steps_may_be_as_large_as_they_like(void **state) {
  fixture *f = *state;
  rn_conv1d_options o = {.dilation = INT64_MAX, .stride = INT64_MAX};
  rn_tensor *x = batch(f), *w = input(f, 3, 1, 2, 3), *y = rn_conv1d(f->g, x, w, NULL, &o);
  assert_int_equal(rn_tensor_rows(y), 2);
  for (int s = 0; s < 2; s++) { /* the middle of the window alone */
    const float *row = f->values + (s ? 2 * 5 : 0);
    assert_true(fabsf(y->data[s] - (row[0] * f->values[1] + row[1] * f->values[4])) <= 1e-6f);
  }
  assert_int_equal(rn_graph_backward(f->g, rn_sum(f->g, y)), RN_OK);
}

static void a_causal_convolution_does_not_see_what_comes(void **state) {
  fixture *f = *state;
  rn_conv1d_options o = rn_conv1d_options_default();
  o.causal = true, o.dilation = 2, o.act = RN_TANH;
  rn_tensor *x = batch(f), *y = rn_conv1d(f->g, x, input(f, 3, 1, 2, 2), NULL, &o);
  const float one_row_two[7] = {[2] = 1};
  assert_int_equal(rn_graph_backward_from(f->g, y, one_row_two), RN_OK);
  for (int t = 0; t < 7; t++) assert_true((x->grad[2 * t] != 0) == (t == 0 || t == 2));
}

static void a_convolution_takes_gradients_that_are_wanted_only(void **state) {
  fixture *f = *state;
  batch(f);
  rn_tensor *x = rn_constant(f->g, f->values, 2, (int64_t[]){7, 2}, &seqs), *w = input(f, 3, 4, 2, 3);
  rn_graph_backward(f->g, rn_sum(f->g, rn_conv1d(f->g, x, w, NULL, NULL)));
  assert_null(x->grad);
  assert_non_null(w->grad);
  x = batch(f), w = rn_constant(f->g, f->values, 3, (int64_t[]){4, 2, 3}, NULL);
  rn_graph_backward(f->g, rn_sum(f->g, rn_conv1d(f->g, x, w, NULL, NULL)));
  assert_null(w->grad);
  assert_non_null(x->grad);
}

static void a_bag_lists_the_rows_it_touched(void **state) {
  fixture *f = *state;
  float grad[12] = {0};
  int32_t touched[7], place[6] = {0};
  rn_param table = {.tensor = {.rank = 2, .shape = {6, 2}, .data = f->values, .grad = grad, .needs_grad = true},
                    .sparse = true,
                    .touched = touched,
                    .place = place};
  table.tensor.param = &table;
  batch(f);
  rn_tensor *y = rn_embedding_bag(f->g, &table.tensor, (const int32_t[]){5, 1, 5, 1, 1, 3, 5}, NULL, &seqs, RN_BAG_MEAN);
  rn_graph_backward(f->g, rn_sum(f->g, y));
  assert_int_equal(table.n_touched, 3);
  assert_memory_equal(touched, ((int32_t[]){5, 1, 3}), 3 * sizeof(int32_t));
  const float wanted[2][6] = {{0.9f, 0.6f, 0.5f}, {[1] = 0.6f, [3] = 0.5f, [5] = 0.9f}}; /* together, and each in its own place */
  for (int i = 0; i < 12; i++) assert_true(fabsf(grad[i] - wanted[0][i / 2]) <= 1e-6f);
  rn_param_spread_grad(&table);
  for (int i = 0; i < 12; i++) assert_true(fabsf(grad[i] - wanted[1][i / 2]) <= 1e-6f);
}

static void attention_weights_add_up_to_one(void **state) {
  fixture *f = *state;
  rn_tensor *x = batch(f);
  rn_pool_attention_out out = rn_pool_attention(f->g, x, rn_slice(f->g, x, 0, 1));
  const float *a = out.weights->data;
  assert_true(fabsf(a[0] + a[1] + a[2] + a[3] + a[4] - 1) <= 1e-6f && fabsf(a[5] + a[6] - 1) <= 1e-6f);
  assert_true(out.y->data[2] == 0 && out.y->data[3] == 0);
  assert_ptr_equal(out.weights->seqs, x->seqs);
}

static void errors_name_what_is_wrong(void **state) {
  fixture *f = *state;
  rn_tensor *x = batch(f);
  rn_conv1d(f->g, input(f, 2, 7, 2, 0), input(f, 3, 4, 2, 3), NULL, NULL);
  assert_words(f, "conv1d: x has no sequences");
  x = batch(f);
  rn_conv1d(f->g, x, input(f, 3, 4, 3, 3), NULL, NULL);
  assert_words(f, "conv1d: x is [7, 2] but weight [4, 3, 3] takes 3 columns");
  x = batch(f);
  rn_conv1d(f->g, x, input(f, 2, 4, 2, 0), NULL, NULL);
  assert_words(f, "conv1d: weight is [4, 2], not [outputs, inputs, width]");
  x = batch(f);
  rn_conv1d(f->g, x, input(f, 3, 4, 2, 3), input(f, 1, 5, 0, 0), NULL);
  assert_words(f, "conv1d: bias has 5 values but weight [4, 2, 3] gives 4");
  x = batch(f);
  rn_conv1d(f->g, x, input(f, 3, 4, 2, 3), NULL, &(rn_conv1d_options){.dilation = 1});
  assert_words(f, "conv1d: dilation 1 and stride 0 must be 1 or more");
  x = batch(f);
  rn_conv1d(f->g, x, rn_constant(f->g, f->values, 3, (int64_t[]){0, 2, INT32_MAX}, NULL), NULL, NULL);
  assert_words(f, "conv1d: 7 rows are too many for a width of 2147483647");
  batch(f);
  rn_embedding_bag(f->g, input(f, 2, 6, 2, 0), (const int32_t[]){0, 1, 6, 0, 0, 0, 0}, NULL, &seqs, RN_BAG_SUM);
  assert_words(f, "embedding_bag: ids[2] is 6, outside 0 .. 5");
  batch(f);
  rn_embedding_bag(f->g, input(f, 2, 6, 2, 0), (const int32_t[7]){0}, input(f, 1, 6, 0, 0), &seqs, RN_BAG_SUM);
  assert_words(f, "embedding_bag: 6 weights for 7 ids");
  batch(f);
  rn_embedding_bag(f->g, input(f, 2, 6, 2, 0), (const int32_t[7]){0}, NULL, NULL, RN_BAG_SUM);
  assert_words(f, "embedding_bag: there are no sequences");
  x = batch(f);
  rn_pool_attention(f->g, x, x);
  assert_words(f, "pool_attention: score is [7, 2] but must have 1 columns");
  x = batch(f);
  rn_pool_attention(f->g, x, input(f, 2, 6, 1, 0));
  assert_words(f, "pool_attention: 6 scores for 7 rows");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_stride_shortens_the_sequences),
      TEST(steps_may_be_as_large_as_they_like),
      TEST(a_causal_convolution_does_not_see_what_comes),
      TEST(a_convolution_takes_gradients_that_are_wanted_only),
      TEST(a_bag_lists_the_rows_it_touched),
      TEST(attention_weights_add_up_to_one),
      TEST(errors_name_what_is_wrong),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
