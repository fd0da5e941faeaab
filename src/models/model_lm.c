/* model_lm.c: the recurrent language model.                                            Mikolov et al. 2010, Zaremba et al. 2014
 *
 *     e_t = dropout(embed[w_t]),    h_t = stack(e_1 .. e_t),    p(w_{t+1} | w_1 .. w_t) = softmax(W_out dropout(h_t) + b_out)
 *
 * At character level the embedding times the first layer's input weights is the one-hot input of other programs. */
#include "models/model_lm.h"
#include "base/alloc.h"
#include "models/stack_config.h"
#include <math.h>

rn_lm_config rn_lm_config_default(rn_level level) {
  rn_lm_config c = {.stack = rn_stack_options_default()};
  c.stack.n_layers = 2;
  c.stack.n_hidden = level == RN_LEVEL_CHAR ? 256 : 200;
  return c;
}

/* ---- the configuration as JSON ---- */

json_t *rn_lm_config_new(const rn_lm_config *c) {
  json_t *json = rn_stack_config_new(&c->stack);
  json_t *own = json_pack("{s:I, s:b, s:f, s:f, s:f, s:b, s:o}", "embed", (json_int_t)c->embed, "tie", c->tie, "dropout_embed",
                          (double)c->dropout_embed, "dropout_input", (double)c->dropout_input, "dropout_output", (double)c->dropout_output,
                          "lines", c->lines, "init", rn_init_config_new(c->init));
  bool ok = json && own && json_object_update(json, own) == 0;
  json_decref(own);
  if (ok) return json;
  json_decref(json);
  return NULL;
}

static bool is_rate(float rate) { return rate >= 0 && rate < 1; }

static rn_status check(rn_context *ctx, const rn_lm_config *c) {
  const rn_stack_options *o = &c->stack;
  int64_t width = rn_stack_state_size(o);
  if (o->bidirectional || o->reverse)
    return rn_context_fail(
        ctx, RN_ERROR_ARGUMENT,
        "a bidirectional language model would see the words it is to predict: bidirectional is for tasks that read whole sequences");
  if (c->embed < 1 || c->embed > 1 << 24)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "an embedding of %lld: 1 to 16777216 is possible", (long long)c->embed);
  if (c->tie && c->embed != width)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "tied embeddings need embed (%lld) to equal hidden or proj (%lld)", (long long)c->embed,
                           (long long)width);
  if (!is_rate(c->dropout_embed) || !is_rate(c->dropout_input) || !is_rate(c->dropout_output))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "dropout rates of 0 to below 1 are possible");
  return RN_OK;
}

rn_status rn_lm_config_read(rn_context *ctx, const json_t *j, rn_lm_config *c) {
  *c = (rn_lm_config){
      .embed = rn_json_int(j, "embed", 0),
      .tie = rn_json_bool(j, "tie", false),
      .lines = rn_json_bool(j, "lines", false),
      .dropout_embed = (float)rn_json_number(j, "dropout_embed", 0),
      .dropout_input = (float)rn_json_number(j, "dropout_input", 0),
      .dropout_output = (float)rn_json_number(j, "dropout_output", 0),
  };
  rn_status status = rn_stack_config_read(ctx, j, c->embed, &c->stack);
  if (status == RN_OK) status = rn_init_config_read(ctx, json_object_get(j, "init"), &c->init);
  return status == RN_OK ? check(ctx, c) : status;
}

/* ---- the model ---- */

void rn_lm_declare(rn_lm *lm, rn_params *params, const rn_lm_names *names, int64_t n_words, const rn_lm *twin) {
  const rn_lm_config *c = &lm->config;
  rn_stack_options stack = c->stack;
  if (stack.init_ih.kind == RN_INIT_DEFAULT) stack.init_ih = c->init;
  if (stack.init_hh.kind == RN_INIT_DEFAULT) stack.init_hh = c->init;
  rn_init embed = c->init;
  if (c->tie && embed.kind == RN_INIT_DEFAULT) /* as an output weight it begins small */
    embed = (rn_init){.kind = RN_INIT_NORMAL, .scale = 1 / sqrtf((float)c->embed)};
  if (twin) lm->embed = twin->embed;
  else rn_layer_embedding_init(&lm->embed, params, names->embed, n_words, c->embed, embed);
  lm->embed.row_dropout = c->dropout_embed;
  rn_layer_stack_init(&lm->rnn, params, names->rnn, &stack);
  if (twin) lm->out = twin->out;
  else if (names->out)
    rn_layer_linear_init(&lm->out, params, names->out, rn_lm_hidden(lm), n_words, true, c->init, c->tie ? lm->embed.weight : NULL);
}

static rn_status init(rn_context *ctx, rn_model *model, const json_t *config) {
  static const rn_lm_names names = {"embed", "rnn", "out"};
  rn_lm *lm = model->self;
  rn_status status = rn_lm_config_read(ctx, config, &lm->config);
  if (status == RN_OK && !model->vocab) status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a language model needs a vocabulary");
  if (status == RN_OK) rn_lm_declare(lm, model->params, &names, rn_vocab_size(model->vocab), NULL);
  return status;
}

const char *const rn_lm_vocab_params[] = {"embed.weight", "out.weight", "out.bias", NULL};
const rn_architecture rn_architecture_lm = {.kind = "lm", .size = sizeof(rn_lm), .init = init, .vocab_params = rn_lm_vocab_params};

rn_status rn_lm_build(rn_context *ctx, const rn_architecture *architecture, const rn_lm_config *config, rn_vocab *vocab, uint64_t seed,
                      rn_model **out) {
  rn_lm_config c = *config;
  if (c.embed == 0) c.embed = rn_stack_state_size(&c.stack);
  c.stack.n_in = c.embed;
  return rn_model_build(ctx, architecture, rn_lm_config_new(&c), vocab, seed, out);
}

rn_status rn_lm_new(rn_context *ctx, const rn_lm_config *config, rn_vocab *vocab, uint64_t seed, rn_model **out) {
  return rn_lm_build(ctx, &rn_architecture_lm, config, vocab, seed, out);
}

const rn_lm *rn_lm_of(rn_context *ctx, const rn_model *model) {
  if (model->architecture == &rn_architecture_lm) return model->self;
  rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a language model is needed; this is a model of kind \"%s\"", model->architecture->kind);
  return NULL;
}

rn_status rn_lm_config_of(rn_context *ctx, const rn_model *model, rn_lm_config *out) {
  const rn_lm *lm = rn_lm_of(ctx, model);
  if (!lm) return RN_ERROR_ARGUMENT;
  *out = lm->config;
  return RN_OK;
}

rn_tensor *rn_lm_features(const rn_lm *lm, rn_graph *g, const int32_t *ids, const rn_ragged *seqs, const rn_stack_state *state,
                          rn_stack_state *out_state) {
  const rn_lm_config *c = &lm->config;
  rn_dropout_kind kind = c->stack.dropout_kind;
  rn_tensor *h;
  if (c->dropout_input > 0) { /* rows of one symbol are not alike then */
    rn_tensor *x = rn_layer_embedding_apply(&lm->embed, g, ids, rn_ragged_rows(seqs), seqs);
    h = rn_layer_stack_apply(&lm->rnn, g, rn_dropout(g, x, c->dropout_input, kind), state, out_state);
  } else {
    h = rn_layer_stack_apply_ids(&lm->rnn, &lm->embed, g, ids, seqs, state, out_state);
  }
  return c->dropout_output > 0 ? rn_dropout(g, h, c->dropout_output, kind) : h;
}

rn_tensor *rn_lm_logits(const rn_model *model, rn_graph *g, const int32_t *ids, const rn_ragged *seqs, const rn_stack_state *state,
                        rn_stack_state *out_state) {
  const rn_lm *lm = model->self;
  return rn_layer_linear_apply(&lm->out, g, rn_lm_features(lm, g, ids, seqs, state, out_state), RN_NONE);
}

void rn_lm_states(const rn_lm *lm, rn_graph *g, const int32_t *ids, const rn_ragged *seqs, rn_tensor **state) {
  rn_stack_state out;
  state[0] = rn_layer_embedding_apply(&lm->embed, g, ids, rn_ragged_rows(seqs), seqs);
  rn_layer_stack_apply(&lm->rnn, g, state[0], NULL, &out); /* not by distinct symbols: bits would depend on the rest of the batch */
  for (int l = 0; l < lm->config.stack.n_layers; l++) state[l + 1] = out.y[l];
}
