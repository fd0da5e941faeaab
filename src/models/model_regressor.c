/* model_regressor.c: from a sequence of vectors to a vector of numbers.
 *
 *     h_t = stack(x_1 .. x_t),    y = W_out h_T + b_out */
#include "models/model_regressor.h"
#include "base/alloc.h"
#include "models/stack_config.h"

#define MAX_WIDTH (1 << 24)

static rn_status init(rn_context *ctx, rn_model *model, const json_t *config) {
  rn_regressor *m = model->self;
  rn_stack_options stack;
  m->n_in = rn_json_int(config, "in", 0);
  m->n_out = rn_json_int(config, "out", 0);
  if (m->n_in < 1 || m->n_in > MAX_WIDTH || m->n_out < 1 || m->n_out > MAX_WIDTH)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a regressor of %lld numbers from %lld: 1 to %d are possible", (long long)m->n_out,
                           (long long)m->n_in, MAX_WIDTH);
  rn_status status = rn_stack_config_read(ctx, config, m->n_in, &stack);
  if (status != RN_OK) return status;
  if (stack.bidirectional)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                           "a regressor reads its answer at the last step, where the direction from the end has seen nothing yet: "
                           "it cannot be bidirectional");
  rn_layer_stack_init(&m->rnn, model->params, "rnn", &stack);
  rn_layer_linear_init(&m->out, model->params, "out", rn_stack_state_size(&stack), m->n_out, true, (rn_init){0}, NULL);
  return RN_OK;
}

static const char *const vocab_params[] = {NULL};
const rn_architecture rn_architecture_regressor = {
    .kind = "regressor", .size = sizeof(rn_regressor), .init = init, .vocab_params = vocab_params};

rn_status rn_regressor_new(rn_context *ctx, const rn_stack_options *stack, int64_t n_in, int64_t n_out, uint64_t seed, rn_model **out) {
  json_t *config = rn_stack_config_new(stack);
  bool ok =
      config && json_object_set_new(config, "in", json_integer(n_in)) == 0 && json_object_set_new(config, "out", json_integer(n_out)) == 0;
  if (!ok) {
    json_decref(config);
    config = NULL;
  }
  return rn_model_build(ctx, &rn_architecture_regressor, config, NULL, seed, out);
}

rn_tensor *rn_regressor_apply(const rn_model *model, rn_graph *g, rn_tensor *x) {
  const rn_regressor *m = model->self;
  rn_tensor *h = rn_layer_stack_apply(&m->rnn, g, x, NULL, NULL);
  return rn_layer_linear_apply(&m->out, g, rn_pool_time(g, h, RN_LAST), RN_NONE);
}
