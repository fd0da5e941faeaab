/* model_bilm.c: two language models that read a text from both ends. See <rondo/bilm.h>.
 *
 * There is no code here that reads backward: the second model is a language model like the first, of the same symbols in the opposite
 * order. */
#include "models/model_bilm.h"

static rn_status check(rn_context *ctx, const rn_lm_config *c, const rn_vocab *vocab) {
  int64_t width = rn_stack_state_size(&c->stack);
  if (c->embed != width)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the layers of a bidirectional language model are of one width: embed (%lld) must equal "
                           "hidden or proj (%lld)", (long long)c->embed, (long long)width);
  if (c->stack.n_layers > RN_BILM_MAX_LAYERS)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%d layers: 1 to %d are possible", c->stack.n_layers, RN_BILM_MAX_LAYERS);
  if (!vocab || rn_vocab_eos(vocab) < 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                           "a bidirectional language model needs a vocabulary with an end of line, from which both directions begin");
  return RN_OK;
}

rn_status rn_bilm_declare(rn_context *ctx, rn_lm *direction, rn_params *params, const rn_bilm_names *names, const json_t *config,
                          const rn_vocab *vocab) {
  rn_lm_config c;
  rn_status status = rn_lm_config_read(ctx, config, &c);
  if (status == RN_OK) status = check(ctx, &c, vocab);
  for (int d = 0; d < RN_N_DIRECTIONS && status == RN_OK; d++) {
    rn_lm_names own = {names->embed, names->rnn[d], names->out};
    direction[d].config = c;
    rn_lm_declare(&direction[d], params, &own, rn_vocab_size(vocab), d > 0 ? direction : NULL);
  }
  return status;
}

const rn_bilm_names rn_bilm_own_names = {"embed", {[RN_FORWARD] = "forward", [RN_BACKWARD] = "backward"}, "out"};

static rn_status init(rn_context *ctx, rn_model *model, const json_t *config) {
  return rn_bilm_declare(ctx, model->self, model->params, &rn_bilm_own_names, config, model->vocab);
}

const rn_architecture rn_architecture_bilm = {
    .kind = "bilm", .size = RN_N_DIRECTIONS * sizeof(rn_lm), .init = init, .vocab_params = rn_lm_vocab_params};

rn_status rn_bilm_new(rn_context *ctx, const rn_lm_config *config, rn_vocab *vocab, uint64_t seed, rn_model **out) {
  return rn_lm_build(ctx, &rn_architecture_bilm, config, vocab, seed, out);
}

bool rn_bilm_is(const rn_model *model) { return model->architecture == &rn_architecture_bilm; }

rn_status rn_bilm_config_of(rn_context *ctx, const rn_model *model, rn_lm_config *out) {
  if (!rn_bilm_is(model))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a bidirectional language model is needed; this is a model of kind \"%s\"",
                           model->architecture->kind);
  *out = ((const rn_lm *)model->self)[RN_FORWARD].config;
  return RN_OK;
}

const rn_lm *rn_lm_directions(rn_context *ctx, const rn_model *model, int *n) {
  *n = rn_bilm_is(model) ? RN_N_DIRECTIONS : 1;
  return rn_bilm_is(model) ? model->self : rn_lm_of(ctx, model);
}

rn_status rn_lm_set_lines(rn_context *ctx, rn_model *model, bool lines) {
  int n;
  rn_lm *lm = rn_lm_directions(ctx, model, &n) ? model->self : NULL;
  if (!lm) return RN_ERROR_ARGUMENT;
  if (lm->config.lines == lines) return RN_OK;
  for (int d = 0; d < n; d++) lm[d].config.lines = lines;
  return rn_model_set_config(ctx, model, rn_lm_config_new(&lm->config));
}
