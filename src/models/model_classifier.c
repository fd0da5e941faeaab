/* model_classifier.c: labels for a whole sequence. See <rondo/classifier.h> for the equations.
 *
 * A sequence read in several parts has the mean of its parts' features v, and so the mean of their scores, which are linear in v. */
#include "models/model_classifier.h"
#include "base/alloc.h"
#include "models/classifier_config.h"
#include "models/stack_config.h"
#include "ops/op.h"
#include <stdio.h>
#include <string.h>

/* ---- the model ---- */

static int64_t stack_width(const rn_stack_options *o) { return rn_stack_state_size(o) * (o->bidirectional ? 2 : 1); }

static rn_init or_default(rn_init init, rn_init common) { return init.kind == RN_INIT_DEFAULT ? common : init; }

static int64_t init_stack(rn_classifier_net *net, rn_params *p) {
  rn_classifier_config *c = &net->config;
  c->stack.n_in = net->input.width;
  rn_stack_options stack = c->stack;
  stack.init_ih = or_default(stack.init_ih, c->init);
  stack.init_hh = or_default(stack.init_hh, c->init);
  rn_layer_stack_init(&net->rnn, p, "rnn", &stack);
  int64_t width = stack_width(&stack);
  if (c->kind == RN_CLASSIFIER_ATTENTION && width > 0) {
    rn_layer_linear_init(&net->attention, p, "attention", width, width, true, c->init, NULL);
    rn_layer_linear_init(&net->attention_context, p, "attention_context", width, 1, false, c->init, NULL);
  }
  return width;
}

static int64_t init_convolutions(rn_classifier_net *net, rn_params *p) {
  const rn_classifier_config *c = &net->config;
  int64_t width = c->n_widths * c->n_filters;
  char name[32];
  for (int64_t i = 0; i < c->n_widths; i++) {
    snprintf(name, sizeof name, "conv.%d", (int)i);
    rn_layer_conv1d_init(&net->side[i], p, name, net->input.width, c->n_filters, c->widths[i], c->init);
  }
  for (int64_t l = 1; l < c->n_layers; l++) {
    snprintf(name, sizeof name, "conv_l%d", (int)l);
    rn_layer_conv1d_init(&net->above[l], p, name, width, width, 3, c->init);
  }
  return width;
}

/* The input, and what reads it; returns the width of v. */
static int64_t init_features(rn_classifier_net *net, rn_params *p) {
  switch (net->config.kind) {
  case RN_CLASSIFIER_RNN:
  case RN_CLASSIFIER_ATTENTION: return init_stack(net, p);
  case RN_CLASSIFIER_CNN: return init_convolutions(net, p);
  default: return net->input.width;
  }
}

/* Of a bag, as in fastText: rows uniform in +-1/D, scores of 0. */
static rn_status init_input(rn_context *ctx, rn_classifier_net *net, rn_model *model, const json_t *config) {
  rn_classifier_config *c = &net->config;
  const json_t *input = json_object_get(config, "input");
  int64_t embed = rn_json_int(input, "embed", 0);
  rn_init init = c->init;
  if (c->kind == RN_CLASSIFIER_BAG) {
    bool hashes = c->word_ngrams > 1 || c->max_subword > 0;
    if (!hashes) c->buckets = 0;
    net->input.n_hashed = c->buckets;
    if (embed > 0) init = or_default(init, (rn_init){.kind = RN_INIT_UNIFORM, .scale = 1 / (float)embed});
  }
  rn_status status = rn_input_init(ctx, &net->input, model, input, init);
  c->input = net->input.config;
  if (status == RN_OK && c->kind == RN_CLASSIFIER_BAG && net->input.pieces.tokenizer)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a bag by a tokenizer holds the tokens of texts, not words of pieces: split by tokens");
  return status == RN_OK ? rn_classifier_input_check(ctx, c) : status;
}

/* Thresholds begin one apart and around 0, where the scores begin. */
static void spread_thresholds(rn_param *thresholds) {
  int64_t n = rn_tensor_size(&thresholds->tensor);
  for (int64_t k = 0; k < n; k++) thresholds->tensor.data[k] = (float)k - (float)(n - 1) / 2;
}

static rn_status init_labels(rn_context *ctx, rn_classifier_net *net, const json_t *config) {
  rn_status status = rn_label_set_from_json(ctx, json_object_get(config, "names"), &net->labels);
  if (status == RN_OK && rn_label_set_size(net->labels) < 2)
    status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a classifier needs two labels or more");
  return status;
}

static rn_status init(rn_context *ctx, rn_model *model, const json_t *config) {
  rn_classifier_net *net = model->self;
  rn_params *p = model->params;
  rn_status status = rn_classifier_config_from_json(ctx, config, &net->config);
  if (status == RN_OK) status = init_labels(ctx, net, config);
  if (status == RN_OK) status = init_input(ctx, net, model, config);
  if (status != RN_OK) return status;
  int64_t width = init_features(net, p), n_labels = rn_label_set_size(net->labels);
  bool ordinal = net->config.labels == RN_LABELS_ORDINAL, bag = net->config.kind == RN_CLASSIFIER_BAG;
  rn_init out = bag ? or_default(net->config.init, (rn_init){.kind = RN_INIT_ZERO}) : net->config.init;
  if ((status = rn_params_check(p)) != RN_OK) return status; /* a width that makes no sense is no width for what follows */
  rn_layer_linear_init(&net->out, p, "out", width, ordinal ? 1 : n_labels, !ordinal, out, NULL);
  if (ordinal) net->thresholds = rn_params_add(p, "thresholds", 1, (int64_t[]){n_labels - 1}, (rn_init){.kind = RN_INIT_ZERO});
  return RN_OK;
}

static void free_net(rn_model *model) {
  rn_classifier_net *net = model->self;
  rn_label_set_free(net->labels);
  rn_input_free(&net->input);
}

/* The embedding of a bag has rows for n-grams as well: those of two vocabularies are not matched then. */
static const char *const vocab_params[] = {"embed.weight", NULL};
const rn_architecture rn_architecture_classifier = {
    .kind = "classifier", .size = sizeof(rn_classifier_net), .init = init, .free = free_net, .vocab_params = vocab_params};

/* ---- a new one ---- */

rn_status rn_classifier_labels_check(rn_context *ctx, rn_classifier_labels kind, const rn_sequences *s) {
  if (!s->labels || s->per_row) return rn_context_fail(ctx, RN_ERROR_DATA, "the data has no labels for whole sequences");
  for (int64_t i = 0; i < s->seqs.n_seqs && kind != RN_LABELS_MULTI; i++)
    if (rn_ragged_length(&s->label_of, i) != 1)
      return rn_context_fail(ctx, RN_ERROR_DATA, "sequence %lld (line %lld) has %lld labels: only the labels of multi may be several",
                             (long long)i + 1, s->lines ? (long long)s->lines[i] : 0LL, (long long)rn_ragged_length(&s->label_of, i));
  return RN_OK;
}

static rn_status learn_labels(rn_context *ctx, const rn_classifier_config *c, const rn_sequences *train, rn_label_set **out) {
  *out = NULL;
  rn_status status = rn_classifier_labels_check(ctx, c->labels, train);
  if (status == RN_OK) status = rn_label_set_new(ctx, train->labels, rn_ragged_rows(&train->label_of), out);
  if (status == RN_OK && rn_label_set_size(*out) < 2)
    status = rn_context_fail(ctx, RN_ERROR_DATA, "all training data has the label \"%s\": there is nothing to tell apart",
                             rn_label_set_size(*out) > 0 ? rn_label_set_name(*out, 0) : "");
  return status;
}

/* Takes `input` over. */
static json_t *new_config(const rn_classifier_config *c, json_t *input, const rn_label_set *labels) {
  json_t *config = rn_classifier_config_to_json(c);
  json_t *names = rn_label_set_to_json(labels);
  bool ok = json_object_set_new(config, "input", input) == 0;
  ok &= json_object_set_new(config, "names", names) == 0;
  if (ok) return config;
  json_decref(config);
  return NULL;
}

/* What initialisers do not draw. */
static rn_status finish(rn_context *ctx, rn_model *model, const rn_input_building *building) {
  rn_classifier_net *net = model->self;
  int64_t loaded;
  if (net->thresholds) spread_thresholds(net->thresholds);
  rn_status status = rn_input_load_context(ctx, model, building);
  if (status != RN_OK) return status;
  return building && building->vectors ? rn_input_load_vectors(ctx, &net->input, building->vectors, &loaded) : RN_OK;
}

rn_status rn_classifier_new(rn_context *ctx, const rn_classifier_config *config, const rn_sequences *train,
                            const rn_input_building *building, uint64_t seed, rn_model **out) {
  *out = NULL;
  rn_label_set *labels = NULL;
  rn_vocab *vocab = NULL;
  rn_status status = rn_classifier_input_check(ctx, config);
  if (status == RN_OK) status = learn_labels(ctx, config, train, &labels);
  json_t *input = status == RN_OK ? rn_input_learn(ctx, &config->input, building, train, &vocab) : NULL;
  if (status == RN_OK && !input) status = rn_context_status(ctx);
  json_t *json = status == RN_OK ? new_config(config, input, labels) : NULL;
  rn_label_set_free(labels);
  if (status == RN_OK && !json) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the configuration");
  if (status == RN_OK) status = rn_model_new(ctx, &rn_architecture_classifier, json, vocab, out);
  else rn_vocab_free(vocab);
  json_decref(json);
  if (status == RN_OK) status = rn_params_build((*out)->params, seed, true);
  if (status == RN_OK) status = finish(ctx, *out, building);
  if (status == RN_OK) return RN_OK;
  rn_model_free(*out);
  *out = NULL;
  return status;
}

/* ---- asking it ---- */

const rn_classifier_net *rn_classifier_net_of(rn_context *ctx, const rn_model *model) {
  if (model->architecture == &rn_architecture_classifier) return model->self;
  rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a classifier is needed; this is a model of kind \"%s\"", model->architecture->kind);
  return NULL;
}

rn_status rn_classifier_config_of(rn_context *ctx, const rn_model *model, rn_classifier_config *out) {
  const rn_classifier_net *net = rn_classifier_net_of(ctx, model);
  if (!net) return RN_ERROR_ARGUMENT;
  *out = net->config;
  return RN_OK;
}

int64_t rn_classifier_n_labels(const rn_model *model) { return rn_label_set_size(((const rn_classifier_net *)model->self)->labels); }

const char *rn_classifier_label(const rn_model *model, int64_t id) {
  return rn_label_set_name(((const rn_classifier_net *)model->self)->labels, id);
}

/* ---- the forward pass ---- */

/* The parts of some sequences. */
typedef struct parts {
  int64_t n, *pick; /* of the reading */
  rn_ragged of;     /* by sequence */
} parts;

/* Sequence n_seqs + s is s on the other strand, and so are its parts. In memory of the pass; nothing when that has failed. */
static parts pick_parts(rn_graph *g, const rn_classifier_rows *r, const int64_t *pick, int64_t n) {
  static const int64_t no_offset[] = {0};
  int64_t n_seqs = r->parts_of.n_seqs, n_parts = 0;
  for (int64_t i = 0; i < n; i++) n_parts += rn_ragged_length(&r->parts_of, pick[i] % n_seqs);
  int64_t *offset = rn_graph_alloc(g, (size_t)(n + 1) * sizeof *offset), *part = rn_graph_alloc(g, (size_t)n_parts * sizeof *part);
  if (!offset || !part) return (parts){.of = {0, no_offset}};
  offset[0] = 0;
  for (int64_t i = 0; i < n; i++) {
    int64_t s = pick[i] % n_seqs, other = pick[i] < n_seqs ? 0 : r->parts.n_seqs, at = offset[i];
    for (int64_t p = r->parts_of.offset[s]; p < r->parts_of.offset[s + 1]; p++) part[at++] = p + other;
    offset[i + 1] = at;
  }
  return (parts){.n = n_parts, .pick = part, .of = {n, offset}};
}

/* v = mean of the rows of the table */
static rn_tensor *bag_features(const rn_classifier_net *net, rn_graph *g, const rn_bag_ids *bag, const parts *p) {
  int64_t *offset = rn_graph_alloc(g, (size_t)(p->n + 1) * sizeof *offset), n = 0;
  for (int64_t i = 0; i < p->n; i++) n += rn_ragged_length(&bag->seqs, p->pick[i]);
  int32_t *ids = rn_graph_alloc(g, (size_t)n * sizeof *ids);
  if (offset) offset[0] = 0;
  for (int64_t i = 0; offset && ids && i < p->n; i++) {
    int64_t first = bag->seqs.offset[p->pick[i]], length = rn_ragged_length(&bag->seqs, p->pick[i]);
    memcpy(ids + offset[i], bag->ids + first, (size_t)length * sizeof *ids);
    offset[i + 1] = offset[i] + length;
  }
  rn_ragged seqs = {p->n, offset};
  return rn_embedding_bag(g, &net->input.words.embed.weight->tensor, ids, NULL, &seqs, RN_BAG_MEAN);
}

/* The last state of each direction of the last layer, side by side. */
static rn_tensor *last_states(rn_graph *g, const rn_stack_options *o, const rn_stack_state *state, int64_t n) {
  rn_tensor *h = state->h[o->n_layers - 1], *both[2];
  if (!o->bidirectional) return h;
  int32_t *row = rn_graph_alloc(g, (size_t)(2 * n) * sizeof *row);
  for (int64_t i = 0; row && i < 2 * n; i++) row[i] = (int32_t)i;
  for (int d = 0; d < 2; d++) both[d] = rn_rows(g, h, row ? row + d * n : NULL, n, NULL);
  return rn_concat(g, both, 2);
}

static rn_tensor *rnn_features(const rn_classifier_net *net, rn_graph *g, rn_tensor *x, int64_t n) {
  rn_stack_state last = {0};
  rn_tensor *h = rn_layer_stack_apply(&net->rnn, g, x, NULL, &last);
  return net->config.pooling == RN_LAST ? last_states(g, &net->rnn.options, &last, n) : rn_pool_time(g, h, net->config.pooling);
}

/* v = sum_t a_t h_t,  a = softmax_t(u tanh(W h_t + c)) */
static rn_tensor *attention_features(const rn_classifier_net *net, rn_graph *g, rn_tensor *x, rn_tensor **a) {
  rn_tensor *h = rn_layer_stack_apply(&net->rnn, g, x, NULL, NULL);
  rn_tensor *u = rn_layer_linear_apply(&net->attention, g, h, RN_TANH);
  rn_pool_attention_out out = rn_pool_attention(g, h, rn_layer_linear_apply(&net->attention_context, g, u, RN_NONE));
  *a = out.weights;
  return out.y;
}

static rn_tensor *cnn_features(const rn_classifier_net *net, rn_graph *g, rn_tensor *x) {
  const rn_classifier_config *c = &net->config;
  rn_conv1d_options options = rn_conv1d_options_default();
  options.act = RN_RELU;
  rn_tensor *side[RN_MAX_WIDTHS];
  for (int64_t i = 0; i < c->n_widths; i++) side[i] = rn_layer_conv1d_apply(&net->side[i], g, x, &options);
  rn_tensor *y = c->n_widths == 1 ? side[0] : rn_concat(g, side, (int)c->n_widths);
  for (int64_t l = 1; l < c->n_layers; l++) y = rn_layer_conv1d_apply(&net->above[l], g, y, &options);
  return rn_pool_time(g, y, c->pooling);
}

static rn_tensor *mean_of_parts(rn_graph *g, rn_tensor *v, const parts *p) {
  if (p->n == p->of.n_seqs) return v;
  int32_t *row = rn_graph_alloc(g, (size_t)p->n * sizeof *row);
  for (int64_t i = 0; row && i < p->n; i++) row[i] = (int32_t)i;
  return rn_pool_time(g, rn_rows(g, v, row, p->n, &p->of), RN_MEAN);
}

rn_classifier_out rn_classifier_apply(const rn_classifier_net *net, rn_graph *g, const rn_classifier_rows *r, const int64_t *pick,
                                      int64_t n, uint64_t seed, uint64_t position) {
  const rn_classifier_config *c = &net->config;
  parts p = pick_parts(g, r, pick, n);
  rn_classifier_out out = {0};
  rn_tensor *v, *x = NULL;
  if (c->kind != RN_CLASSIFIER_BAG) {
    x = rn_input_apply(&net->input, g, r->encoded, p.pick, p.n, seed, position);
    x = rn_dropout(g, x, c->dropout_input, c->stack.dropout_kind);
  }
  switch (c->kind) {
  case RN_CLASSIFIER_RNN: v = rnn_features(net, g, x, p.n); break;
  case RN_CLASSIFIER_ATTENTION: v = attention_features(net, g, x, &out.attention); break;
  case RN_CLASSIFIER_CNN: v = cnn_features(net, g, x); break;
  default: v = bag_features(net, g, &r->bag, &p); break;
  }
  v = rn_dropout(g, mean_of_parts(g, v, &p), c->dropout_output, RN_DROPOUT_PLAIN);
  out.scores = rn_layer_linear_apply(&net->out, g, v, RN_NONE);
  return out;
}
