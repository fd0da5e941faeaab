/* model_tagger.c: a label for every row. See <rondo/tagger.h>. */
#include "models/model_tagger.h"
#include "base/alloc.h"
#include "models/stack_config.h"
#include "nn/shares.h"

#define MAX_CRF_TAGS 4096 /* of whose transitions there are the square */

rn_tagger_config rn_tagger_config_default(rn_input_kind input) {
  rn_tagger_config c = {.input = rn_input_config_default(input), .stack = rn_stack_options_default(), .crf = true};
  c.stack.n_hidden = 100;
  c.stack.bidirectional = true;
  if (input == RN_INPUT_WORDS) c.dropout_input = c.dropout_output = 0.5f;
  return c;
}

/* ---- the configuration as JSON ---- */

/* Without what the training part says: "labels" and "input". */
static json_t *config_to_json(const rn_tagger_config *c) {
  json_t *json = rn_stack_config_new(&c->stack);
  json_t *own = json_pack("{s:b, s:f, s:f, s:o}", "crf", c->crf, "dropout_input", (double)c->dropout_input, "dropout_output",
                          (double)c->dropout_output, "init", rn_init_config_new(c->init));
  bool ok = json && own && json_object_update(json, own) == 0;
  json_decref(own);
  if (ok) return json;
  json_decref(json);
  return NULL;
}

static bool is_rate(float rate) { return rate >= 0 && rate < 1; }

static rn_status init_layers(rn_context *ctx, rn_tagger_model *m, rn_params *params) {
  const rn_tagger_config *c = &m->config;
  rn_stack_options stack = c->stack;
  int64_t n_tags = m->labels.n_tags, width = rn_stack_state_size(&stack);
  if (stack.init_ih.kind == RN_INIT_DEFAULT) stack.init_ih = c->init;
  if (stack.init_hh.kind == RN_INIT_DEFAULT) stack.init_hh = c->init;
  rn_layer_stack_init(&m->rnn, params, "rnn", &stack);
  rn_status status = rn_params_check(params);
  if (status != RN_OK) return status; /* a width that makes no sense is no width for what follows */
  rn_layer_linear_init(&m->out, params, "out", stack.bidirectional ? 2 * width : width, n_tags, true, c->init, NULL);
  if (!c->crf) return RN_OK;
  rn_init init = rn_init_for_bias(c->init, (rn_init){.kind = RN_INIT_ZERO});
  if (n_tags > MAX_CRF_TAGS)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a CRF over %lld tags: up to %d are possible", (long long)n_tags, MAX_CRF_TAGS);
  m->transitions = rn_params_add(params, "crf.transitions", 2, (int64_t[]){n_tags, n_tags}, init);
  m->start = rn_params_add(params, "crf.start", 1, &n_tags, init);
  m->end = rn_params_add(params, "crf.end", 1, &n_tags, init);
  if (!m->labels.converts) return RN_OK;
  float *mask = m->mask = rn_alloc_zero((size_t)(n_tags * (n_tags + 2)), sizeof *mask);
  if (!mask) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the transitions of %lld tags", (long long)n_tags);
  return rn_tagger_labels_mask(ctx, &m->labels, mask, mask + n_tags * n_tags, mask + n_tags * (n_tags + 1));
}

static rn_status init(rn_context *ctx, rn_model *model, const json_t *json) {
  rn_tagger_model *m = model->self;
  rn_tagger_config *c = &m->config;
  c->crf = rn_json_bool(json, "crf", false);
  c->dropout_input = (float)rn_json_number(json, "dropout_input", 0);
  c->dropout_output = (float)rn_json_number(json, "dropout_output", 0);
  if (!is_rate(c->dropout_input) || !is_rate(c->dropout_output))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "dropout rates of 0 to below 1 are possible");
  rn_status status = rn_init_config_read(ctx, json_object_get(json, "init"), &c->init);
  if (status == RN_OK) status = rn_tagger_labels_init(ctx, &m->labels, json);
  if (status == RN_OK) status = rn_input_init(ctx, &m->input, model, json_object_get(json, "input"), c->init);
  if (status == RN_OK) status = rn_stack_config_read(ctx, json, m->input.width, &c->stack);
  if (status != RN_OK) return status;
  c->input = m->input.config;
  c->scheme = rn_tagger_labels_scheme(&m->labels);
  return init_layers(ctx, m, model->params);
}

static void free_self(rn_model *model) {
  rn_tagger_model *m = model->self;
  rn_tagger_labels_free(&m->labels);
  rn_input_free(&m->input);
  rn_free(m->mask);
}

static const char *const vocab_params[] = {"embed.weight", NULL};
const rn_architecture rn_architecture_tagger = {
    .kind = "tagger", .size = sizeof(rn_tagger_model), .init = init, .vocab_params = vocab_params, .free = free_self};

/* ---- a new one ---- */

static rn_status learn_config(rn_context *ctx, const rn_tagger_config *config, const rn_sequences *train, const rn_input_building *building,
                              json_t **out, rn_vocab **vocab) {
  *out = config_to_json(config);
  if (!*out) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the configuration");
  rn_status status = rn_tagger_labels_learn(ctx, config->scheme, train, *out);
  if (status != RN_OK) return status;
  json_t *input = rn_input_learn(ctx, &config->input, building, train, vocab);
  if (!input) return rn_context_status(ctx);
  return json_object_set_new(*out, "input", input) == 0 ? RN_OK
                                                        : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the configuration");
}

rn_status rn_tagger_new(rn_context *ctx, const rn_tagger_config *config, const rn_sequences *train, const rn_input_building *building,
                        uint64_t seed, rn_model **out) {
  json_t *json = NULL;
  rn_vocab *vocab = NULL;
  rn_model *model = NULL;
  *out = NULL;
  rn_status status = learn_config(ctx, config, train, building, &json, &vocab);
  if (status == RN_OK) status = rn_model_new(ctx, &rn_architecture_tagger, json, vocab, &model);
  else rn_vocab_free(vocab);
  json_decref(json);
  if (status == RN_OK) status = rn_params_build(model->params, seed, true);
  if (status == RN_OK) status = rn_input_load_context(ctx, model, building);
  if (status == RN_OK && building && building->vectors) {
    rn_tagger_model *m = model->self;
    int64_t loaded;
    status = rn_input_load_vectors(ctx, &m->input, building->vectors, &loaded);
    rn_context_log(ctx, RN_LOG_INFO, "%lld of %lld words have a pretrained vector", (long long)loaded, (long long)rn_vocab_size(vocab));
  }
  if (status == RN_OK) *out = model;
  else rn_model_free(model);
  return status;
}

const rn_tagger_model *rn_tagger_of(rn_context *ctx, const rn_model *model) {
  if (model->architecture == &rn_architecture_tagger) return model->self;
  rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a tagger is needed; this is a model of kind \"%s\"", model->architecture->kind);
  return NULL;
}

rn_status rn_tagger_config_of(rn_context *ctx, const rn_model *model, rn_tagger_config *out) {
  const rn_tagger_model *m = rn_tagger_of(ctx, model);
  if (!m) return RN_ERROR_ARGUMENT;
  *out = m->config;
  return RN_OK;
}

static const rn_tagger_labels *labels_of(const rn_model *model) { return &((const rn_tagger_model *)model->self)->labels; }
int64_t rn_tagger_n_labels(const rn_model *model) { return rn_label_set_size(labels_of(model)->labels); }
const char *rn_tagger_label(const rn_model *model, int64_t id) { return rn_label_set_name(labels_of(model)->labels, id); }
bool rn_tagger_has_spans(const rn_model *model) { return labels_of(model)->chunks; }

/* ---- a pass ---- */

rn_tensor *rn_tagger_emissions(const rn_tagger_model *m, rn_graph *g, const rn_encoded *encoded, const int64_t *pick, int64_t n,
                               uint64_t seed, uint64_t position) {
  const rn_tagger_config *c = &m->config;
  rn_tensor *x = rn_input_apply(&m->input, g, encoded, pick, n, seed, position);
  rn_tensor *h = rn_layer_stack_apply(&m->rnn, g, rn_dropout(g, x, c->dropout_input, c->stack.dropout_kind), NULL, NULL);
  return rn_layer_linear_apply(&m->out, g, rn_dropout(g, h, c->dropout_output, c->stack.dropout_kind), RN_NONE);
}

rn_tensor *rn_tagger_emissions_of_shares(const rn_tagger_model *m, rn_graph *g, rn_tensor *share, const int32_t *row,
                                         const rn_ragged *seqs) {
  return rn_layer_linear_apply(&m->out, g, rn_layer_stack_apply_share(&m->rnn, g, share, row, seqs, NULL, NULL), RN_NONE);
}

rn_tagger_chain rn_tagger_chain_of(const rn_tagger_model *m, rn_graph *g) {
  rn_tagger_chain chain = {&m->transitions->tensor, &m->start->tensor, &m->end->tensor};
  int64_t K = m->labels.n_tags;
  if (!m->mask) return chain;
  return (rn_tagger_chain){
      .transitions = rn_add(g, chain.transitions, rn_constant(g, m->mask, 2, (int64_t[]){K, K}, NULL)),
      .start = rn_add(g, chain.start, rn_constant(g, m->mask + K * K, 1, &K, NULL)),
      .end = rn_add(g, chain.end, rn_constant(g, m->mask + K * (K + 1), 1, &K, NULL)),
  };
}

rn_tensor *rn_tagger_loss(const rn_tagger_model *m, rn_graph *g, rn_tensor *emissions, const int32_t *tags) {
  if (!m->config.crf) return rn_cross_entropy(g, emissions, tags, NULL);
  rn_tagger_chain chain = rn_tagger_chain_of(m, g);
  return rn_crf(g, emissions, chain.transitions, chain.start, chain.end, tags);
}
