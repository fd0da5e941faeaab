/* test_layer_conv1d.c: names, initial values, and one pass against a sum by hand. */
#include "base/check.h"
#include "nn/params.h"
#include <math.h>

static void a_pass_by_hand(void **state) {
  enum { ROWS = 4, IN = 2, OUT = 3, K = 3 };
  rn_context *ctx;
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  rn_params *p = rn_params_new(ctx);
  rn_graph *g = rn_graph_new(ctx);
  rn_layer_conv1d l;
  rn_layer_conv1d_init(&l, p, "conv", IN, OUT, K, (rn_init){0});
  assert_int_equal(rn_params_build(p, 3, false), RN_OK);
  assert_ptr_equal(rn_params_find(p, "conv.weight"), l.weight);
  assert_ptr_equal(rn_params_find(p, "conv.bias"), l.bias);
  const float *w = l.weight->tensor.data, *b = l.bias->tensor.data, x[ROWS * IN] = {1, -2, 3, 0.5f, -1, 4, 2, 2};
  for (int i = 0; i < OUT * IN * K; i++) assert_true(fabsf(w[i]) <= 1 / sqrtf(IN * K) && w[i] != 0);
  for (int i = 0; i < OUT; i++) assert_true(fabsf(b[i]) <= 1 / sqrtf(IN * K));
  rn_ragged seqs = {2, (int64_t[]){0, 3, ROWS}};
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_conv1d_options options = rn_conv1d_options_default();
  options.act = RN_RELU;
  rn_tensor *y = rn_layer_conv1d_apply(&l, g, rn_constant(g, x, 2, (int64_t[]){ROWS, IN}, &seqs), &options);
  assert_int_equal(rn_graph_status(g), RN_OK);
  for (int s = 0; s < 2; s++)
    for (int64_t i = seqs.offset[s]; i < seqs.offset[s + 1]; i++)
      for (int o = 0; o < OUT; o++) {
        float sum = b[o];
        for (int64_t k = 0; k < K; k++)
          for (int j = 0; j < IN; j++)
            if (i + k - 1 >= seqs.offset[s] && i + k - 1 < seqs.offset[s + 1]) sum += w[(o * IN + j) * K + k] * x[(i + k - 1) * IN + j];
        assert_true(fabsf(y->data[i * OUT + o] - fmaxf(sum, 0)) < 1e-5f);
      }
  rn_graph_free(g);
  rn_params_free(p);
  rn_context_free(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_pass_by_hand)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
