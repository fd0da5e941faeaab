/* model_nplm.c: the neural probabilistic language model.                              Bengio, Ducharme, Vincent & Janvin 2003
 *
 *     x = [C(w_{t-1}), ..., C(w_{t-n+1})],    a = tanh(d + H x),    y = b + W x + U a = b + [W U] [x; a]
 *
 * The two products with the output, which are nearly all of the work, are one. */
#include "models/model_nplm.h"
#include "base/alloc.h"
#include "models/stack_config.h"

enum { MAX_ORDER = 9, MAX_WIDTH = 1 << 16 };

rn_nplm_config rn_nplm_config_default(void) { return (rn_nplm_config){.order = 5, .embed = 60, .hidden = 100}; }

static int64_t input_width(const rn_nplm_config *c) { return (c->order - 1) * c->embed; }
int64_t rn_nplm_width(const rn_nplm_config *c) { return (c->direct ? input_width(c) : 0) + c->hidden; }

/* ---- the configuration as JSON ---- */

static json_t *config_to_json(const rn_nplm_config *c) {
  return json_pack("{s:i, s:I, s:I, s:b, s:f, s:b, s:o}", "order", c->order, "embed", (json_int_t)c->embed, "hidden", (json_int_t)c->hidden,
                   "direct", c->direct, "dropout", (double)c->dropout, "lines", c->lines, "init", rn_init_config_new(c->init));
}

static rn_status config_from_json(rn_context *ctx, const json_t *j, rn_nplm_config *c) {
  int64_t order = rn_json_int(j, "order", 0);
  *c = (rn_nplm_config){.order = order >= 0 && order <= MAX_ORDER ? (int)order : -1,
                        .embed = rn_json_int(j, "embed", 0),
                        .hidden = rn_json_int(j, "hidden", 0),
                        .direct = rn_json_bool(j, "direct", false),
                        .dropout = (float)rn_json_number(j, "dropout", 0),
                        .lines = rn_json_bool(j, "lines", false)};
  return rn_init_config_read(ctx, json_object_get(j, "init"), &c->init);
}

static rn_status check(rn_context *ctx, const rn_nplm_config *c) {
  if (c->order < 2 || c->order > MAX_ORDER)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "an order of 2 to %d is possible: the word and the %d before it at most", MAX_ORDER,
                           MAX_ORDER - 1);
  if (c->embed < 1 || c->embed > MAX_WIDTH || c->hidden < 1 || c->hidden > MAX_WIDTH)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "an embedding of %lld and %lld hidden units: 1 to %d are possible", (long long)c->embed,
                           (long long)c->hidden, MAX_WIDTH);
  if (!(c->dropout >= 0 && c->dropout < 1)) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "dropout rates of 0 to below 1 are possible");
  return RN_OK;
}

/* ---- the model ---- */

static rn_status init(rn_context *ctx, rn_model *model, const json_t *config) {
  rn_nplm *m = model->self;
  rn_nplm_config *c = &m->config;
  rn_status status = config_from_json(ctx, config, c);
  if (status == RN_OK) status = check(ctx, c);
  if (status == RN_OK && !model->vocab) status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a language model needs a vocabulary");
  if (status != RN_OK) return status;
  int64_t n_words = rn_vocab_size(model->vocab);
  rn_init embed = c->init.kind == RN_INIT_DEFAULT ? (rn_init){.kind = RN_INIT_NORMAL, .scale = 0.1f} : c->init;
  rn_layer_embedding_init(&m->embed, model->params, "embed", n_words, c->embed, embed);
  rn_layer_linear_init(&m->hidden, model->params, "hidden", input_width(c), c->hidden, true, c->init, NULL);
  rn_layer_linear_init(&m->out, model->params, "out", rn_nplm_width(c), n_words, true, c->init, NULL);
  return RN_OK;
}

static const char *const vocab_params[] = {"embed.weight", "out.weight", "out.bias", NULL};
const rn_architecture rn_architecture_nplm = {.kind = "nplm", .size = sizeof(rn_nplm), .init = init, .vocab_params = vocab_params};

rn_status rn_nplm_new(rn_context *ctx, const rn_nplm_config *config, rn_vocab *vocab, uint64_t seed, rn_model **out) {
  return rn_model_build(ctx, &rn_architecture_nplm, config_to_json(config), vocab, seed, out);
}

rn_status rn_nplm_set_lines(rn_context *ctx, rn_model *model, bool lines) {
  rn_nplm *m = model->self;
  m->config.lines = lines;
  return rn_model_set_config(ctx, model, config_to_json(&m->config));
}

const rn_nplm *rn_nplm_of(rn_context *ctx, const rn_model *model) {
  if (model->architecture == &rn_architecture_nplm) return model->self;
  rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a neural probabilistic language model is needed; this is a model of kind \"%s\"",
                  model->architecture->kind);
  return NULL;
}

rn_status rn_nplm_config_of(rn_context *ctx, const rn_model *model, rn_nplm_config *out) {
  const rn_nplm *m = rn_nplm_of(ctx, model);
  if (!m) return RN_ERROR_ARGUMENT;
  *out = m->config;
  return RN_OK;
}

rn_tensor *rn_nplm_features(const rn_nplm *m, rn_graph *g, const int32_t *context, int64_t n) {
  const rn_nplm_config *c = &m->config;
  rn_tensor *words[MAX_ORDER - 1];
  for (int k = 0; k < c->order - 1; k++) words[k] = rn_layer_embedding_apply(&m->embed, g, context + k * n, n, NULL);
  rn_tensor *x = rn_dropout(g, rn_concat(g, words, c->order - 1), c->dropout, RN_DROPOUT_PLAIN);
  rn_tensor *a = rn_dropout(g, rn_layer_linear_apply(&m->hidden, g, x, RN_TANH), c->dropout, RN_DROPOUT_PLAIN);
  return c->direct ? rn_concat(g, (rn_tensor *[]){x, a}, 2) : a;
}
