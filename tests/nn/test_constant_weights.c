/* test_constant_weights.c: of weights that stay as they are, a row's result is the same bits alone as among others, and near what it is
 * without their packing: every operation with weights, on every instruction set. */
#include "base/random.h"
#include "kernels/backend.h"
#include "nn/params.h"
#include "ops/op.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { SEQS = 5, ROWS = 23, WIDE = 300 }; /* an inner dimension of more than one block */
static const int64_t offset[SEQS + 1] = {0, 1, 1, 8, 21, 23};

typedef struct net {
  rn_params *params;
  rn_layer_linear linear;
  rn_layer_conv1d conv;
  rn_layer_stack stack;
  int which; /* of the three */
} net;

static void net_init(net *n, rn_context *ctx, int which, const rn_stack_options *stack) {
  *n = (net){.params = rn_params_new(ctx), .which = which};
  rn_init init = {.kind = RN_INIT_DEFAULT};
  if (which == 0) rn_layer_linear_init(&n->linear, n->params, "linear", WIDE, 37, true, init, NULL);
  if (which == 1) rn_layer_conv1d_init(&n->conv, n->params, "conv", WIDE, 21, 3, init);
  if (which == 2) rn_layer_stack_init(&n->stack, n->params, "stack", stack);
  assert_int_equal(rn_params_build(n->params, 1, false), RN_OK);
}

static const rn_tensor *apply(const net *n, rn_graph *g, const float *x, const rn_ragged *seqs) {
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_tensor *in = rn_constant(g, x, 2, (int64_t[]){rn_ragged_rows(seqs), WIDE}, seqs), *y;
  if (n->which == 0) y = rn_layer_linear_apply(&n->linear, g, in, RN_TANH);
  else if (n->which == 1) y = rn_layer_conv1d_apply(&n->conv, g, in, NULL);
  else y = rn_layer_stack_apply(&n->stack, g, in, NULL, NULL);
  assert_int_equal(rn_graph_status(g), RN_OK);
  return y;
}

static void check(const char *isa, int which, const rn_stack_options *stack) {
  rn_context *ctx;
  assert_int_equal(rn_context_new(&(rn_context_options){.n_threads = 2, .isa = isa}, &ctx, NULL, 0), RN_OK);
  rn_graph *keeping = rn_graph_new(ctx), *plain = rn_graph_new(ctx);
  rn_graph_keep_weights(keeping);
  net n;
  net_init(&n, ctx, which, stack);
  static float x[ROWS * WIDE];
  rn_random random = rn_random_init(1, 1);
  for (int i = 0; i < ROWS * WIDE; i++) x[i] = rn_random_uniform(&random) - 0.5f;

  static float together[ROWS * 2 * WIDE];
  const rn_ragged all = {SEQS, offset};
  const rn_tensor *y = apply(&n, keeping, x, &all), *unpacked = apply(&n, plain, x, &all);
  int64_t cols = rn_tensor_cols(y);
  memcpy(together, y->data, (size_t)(ROWS * cols) * sizeof(float));
  for (int64_t i = 0; i < ROWS * cols; i++)
    if (!(fabsf(together[i] - unpacked->data[i]) < 1e-5f)) fail_msg("%s, %d: %g, unpacked %g", isa, (int)i, together[i], unpacked->data[i]);
  for (int s = 0; s < SEQS; s++) {
    int64_t length = offset[s + 1] - offset[s];
    const rn_ragged one = {1, (int64_t[]){0, length}};
    y = apply(&n, keeping, x + offset[s] * WIDE, &one);
    for (int64_t i = 0; i < length * cols; i++)
      if (y->data[i] != together[offset[s] * cols + i])
        fail_msg("%s, sequence %d, %d: %.9g alone, %.9g together", isa, s, (int)i, y->data[i], together[offset[s] * cols + i]);
  }
  rn_params_free(n.params);
  rn_graph_free(keeping);
  rn_graph_free(plain);
  rn_context_free(ctx);
}

static void test_linear_and_convolution(void **state) {
  for (const char *const *isa = rn_backend_cpu_names(); *isa; isa++)
    for (int which = 0; which < 2; which++) check(*isa, which, NULL);
}

static void test_recurrent(void **state) {
  static const rn_cell cells[] = {RN_CELL_TANH, RN_CELL_GRU, RN_CELL_GRU_BEFORE, RN_CELL_GRU_SIMPLE, RN_CELL_LSTM};
  for (const char *const *isa = rn_backend_cpu_names(); *isa; isa++)
    for (int c = 0; c < 5; c++)
      for (int variant = 0; variant < 3; variant++) {
        rn_stack_options o = rn_stack_options_default();
        o.cell = cells[c];
        o.n_in = WIDE;
        o.n_hidden = variant == 2 ? 45 : 270; /* units of five and a half vectors, and a state of more than one block */
        o.n_layers = variant == 2 ? 2 : 1;
        o.bidirectional = variant > 0;
        o.layer_norm = variant == 2;
        o.n_proj = variant == 2 && o.cell == RN_CELL_LSTM ? 19 : 0;
        check(*isa, 2, &o);
      }
}

/* In training the weights change from step to step: nothing may be kept, whatever the graph was told. */
static void test_training_packs_anew(void **state) {
  rn_context *ctx;
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  rn_graph *g = rn_graph_new(ctx);
  rn_graph_keep_weights(g);
  rn_params *p = rn_params_new(ctx);
  rn_layer_linear l;
  rn_layer_linear_init(&l, p, "linear", 2, 1, false, (rn_init){.kind = RN_INIT_DEFAULT}, NULL);
  assert_int_equal(rn_params_build(p, 1, true), RN_OK);
  for (int step = 1; step <= 2; step++) {
    l.weight->tensor.data[0] = (float)step;
    l.weight->tensor.data[1] = 0;
    rn_graph_begin(g, RN_TRAIN, 0, 0);
    const rn_tensor *y = rn_layer_linear_apply(&l, g, rn_constant(g, (float[]){10, 1}, 2, (int64_t[]){1, 2}, NULL), RN_NONE);
    assert_true(y->data[0] == 10.0f * (float)step);
  }
  rn_params_free(p);
  rn_graph_free(g);
  rn_context_free(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_linear_and_convolution),
      cmocka_unit_test(test_recurrent),
      cmocka_unit_test(test_training_packs_anew),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
