/* classifier_config.c: the configuration of a classifier, as JSON and back. */
#include "models/classifier_config.h"
#include "base/names.h"
#include "models/stack_config.h"

enum { MAX_WIDTH = 1024, MAX_FILTERS = 1 << 16, MAX_LAYERS = 32, MAX_NGRAM = 32, MAX_BUCKETS = 1 << 30 };

static const char *const kind_names[] = {
    [RN_CLASSIFIER_BAG] = "bag", [RN_CLASSIFIER_RNN] = "rnn", [RN_CLASSIFIER_ATTENTION] = "attention", [RN_CLASSIFIER_CNN] = "cnn"};
static const char *const labels_names[] = {[RN_LABELS_SINGLE] = "single", [RN_LABELS_MULTI] = "multi", [RN_LABELS_ORDINAL] = "ordinal"};
static const char *const long_names[] = {[RN_LONG_HEAD] = "head", [RN_LONG_ENDS] = "ends", [RN_LONG_WINDOWS] = "windows"};
static const char *const pooling_names[] = {[RN_LAST] = "last", [RN_MEAN] = "mean", [RN_MAX] = "max"};

const char *rn_classifier_kind_name(rn_classifier_kind kind) { return kind_names[kind]; }
const char *rn_classifier_labels_name(rn_classifier_labels labels) { return labels_names[labels]; }
const char *rn_long_name(rn_long how) { return long_names[how]; }

bool rn_classifier_kind_parse(const char *name, rn_classifier_kind *out) {
  int i = RN_NAME_INDEX(name, kind_names);
  if (i >= 0) *out = (rn_classifier_kind)i;
  return i >= 0;
}

bool rn_classifier_labels_parse(const char *name, rn_classifier_labels *out) {
  int i = RN_NAME_INDEX(name, labels_names);
  if (i >= 0) *out = (rn_classifier_labels)i;
  return i >= 0;
}

bool rn_long_parse(const char *name, rn_long *out) {
  int i = RN_NAME_INDEX(name, long_names);
  if (i >= 0) *out = (rn_long)i;
  return i >= 0;
}

static bool pooling_parse(const char *name, rn_pooling *out) {
  int i = RN_NAME_INDEX(name, pooling_names);
  if (i >= 0) *out = (rn_pooling)i;
  return i >= 0;
}

/* Phrases of a few words; shapes of a signal. A window as wide as a stretch of DNA knows by the zeros around it where it stands. */
enum { N_WIDTHS = 3 };
static const int64_t default_widths[][N_WIDTHS] = {
    [RN_INPUT_WORDS] = {3, 4, 5}, [RN_INPUT_SERIES] = {5, 9, 15}, [RN_INPUT_DNA] = {15, 31, 61}, [RN_INPUT_FRAMES] = {3, 5, 9}};

rn_classifier_config rn_classifier_config_default(rn_classifier_kind kind, rn_input_kind input) {
  bool words = input == RN_INPUT_WORDS;
  rn_classifier_config c = {.kind = kind,
                            .input = rn_input_config_default(input),
                            .word_ngrams = 2,
                            .buckets = 1 << 16,
                            .stack = rn_stack_options_default(),
                            .pooling = RN_MAX,
                            .n_widths = N_WIDTHS,
                            .n_filters = words ? 100 : 64,
                            .n_layers = words || input == RN_INPUT_DNA ? 1 : 2,
                            .dropout_input = words ? 0.3f : 0,
                            .dropout_output = words ? 0.5f : 0.2f};
  for (int64_t i = 0; i < N_WIDTHS; i++) c.widths[i] = default_widths[input][i];
  c.input.characters = RN_CHARACTERS_NONE;
  c.input.casing = 0;
  c.stack.n_hidden = words ? 100 : 64;
  c.stack.bidirectional = true;
  if (kind != RN_CLASSIFIER_BAG) return c;
  c.input.embed = 50;
  c.dropout_input = c.dropout_output = 0;
  return c;
}

/* ---- JSON ---- */

static json_t *widths_to_json(const rn_classifier_config *c) {
  json_t *widths = json_array();
  bool ok = widths;
  for (int64_t i = 0; ok && i < c->n_widths && i < RN_MAX_WIDTHS; i++) ok = json_array_append_new(widths, json_integer(c->widths[i])) == 0;
  if (ok) return widths;
  json_decref(widths);
  return NULL;
}

json_t *rn_classifier_config_to_json(const rn_classifier_config *c) {
  return json_pack("{s:s, s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:o, s:s, s:o, s:I, s:I, s:f, s:f, s:o}", "kind", kind_names[c->kind],
                   "labels", labels_names[c->labels], "max_length", (json_int_t)c->max_length, "long", long_names[c->long_how],
                   "word_ngrams", (json_int_t)c->word_ngrams, "min_subword", (json_int_t)c->min_subword, "max_subword",
                   (json_int_t)c->max_subword, "buckets", (json_int_t)c->buckets, "stack", rn_stack_config_new(&c->stack), "pooling",
                   pooling_names[c->pooling], "widths", widths_to_json(c), "filters", (json_int_t)c->n_filters, "layers",
                   (json_int_t)c->n_layers, "dropout_input", (double)c->dropout_input, "dropout_output", (double)c->dropout_output, "init",
                   rn_init_config_new(c->init));
}

static rn_status refuse(rn_context *ctx, const char *what, int64_t value, int64_t least, int64_t most) {
  return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%s %lld: %lld to %lld is possible", what, (long long)value, (long long)least,
                         (long long)most);
}

static bool is_rate(float rate) { return rate >= 0 && rate < 1; }

static rn_status bag_check(rn_context *ctx, const rn_classifier_config *c) {
  bool subwords = c->max_subword > 0, hashed = subwords || c->word_ngrams > 1;
  if (c->word_ngrams < 1 || c->word_ngrams > MAX_NGRAM) return refuse(ctx, "runs of words up to", c->word_ngrams, 1, MAX_NGRAM);
  if (c->max_subword < 0 || c->max_subword > MAX_NGRAM) return refuse(ctx, "runs of letters up to", c->max_subword, 0, MAX_NGRAM);
  if (c->min_subword < subwords || c->min_subword > c->max_subword)
    return refuse(ctx, "runs of letters from", c->min_subword, subwords, c->max_subword);
  if (c->buckets < hashed || c->buckets > MAX_BUCKETS) return refuse(ctx, "buckets for n-grams:", c->buckets, hashed, MAX_BUCKETS);
  return RN_OK;
}

static rn_status cnn_check(rn_context *ctx, const rn_classifier_config *c) {
  if (c->n_widths < 1 || c->n_widths > RN_MAX_WIDTHS) return refuse(ctx, "convolutions side by side:", c->n_widths, 1, RN_MAX_WIDTHS);
  for (int64_t i = 0; i < c->n_widths; i++)
    if (c->widths[i] < 1 || c->widths[i] > MAX_WIDTH) return refuse(ctx, "a convolution of width", c->widths[i], 1, MAX_WIDTH);
  if (c->n_filters < 1 || c->n_filters > MAX_FILTERS) return refuse(ctx, "filters:", c->n_filters, 1, MAX_FILTERS);
  if (c->n_layers < 1 || c->n_layers > MAX_LAYERS) return refuse(ctx, "layers of convolutions:", c->n_layers, 1, MAX_LAYERS);
  if (c->pooling == RN_LAST)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "convolutions are pooled by max or mean: the last row has only seen the end");
  return RN_OK;
}

static rn_status check(rn_context *ctx, const rn_classifier_config *c) {
  if (c->max_length < 0) return refuse(ctx, "a length of at most", c->max_length, 0, INT64_MAX);
  if (!is_rate(c->dropout_input) || !is_rate(c->dropout_output))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "dropout rates of 0 to below 1 are possible");
  return c->kind == RN_CLASSIFIER_BAG ? bag_check(ctx, c) : c->kind == RN_CLASSIFIER_CNN ? cnn_check(ctx, c) : RN_OK;
}

static rn_status widths_from_json(rn_context *ctx, const json_t *json, rn_classifier_config *c) {
  c->n_widths = (int64_t)json_array_size(json);
  if (c->n_widths > RN_MAX_WIDTHS) return refuse(ctx, "convolutions side by side:", c->n_widths, 1, RN_MAX_WIDTHS);
  for (int64_t i = 0; i < c->n_widths; i++) c->widths[i] = json_integer_value(json_array_get(json, (size_t)i));
  return RN_OK;
}

rn_status rn_classifier_config_from_json(rn_context *ctx, const json_t *j, rn_classifier_config *c) {
  *c = (rn_classifier_config){
      .max_length = rn_json_int(j, "max_length", 0),
      .word_ngrams = rn_json_int(j, "word_ngrams", 1),
      .min_subword = rn_json_int(j, "min_subword", 0),
      .max_subword = rn_json_int(j, "max_subword", 0),
      .buckets = rn_json_int(j, "buckets", 0),
      .n_filters = rn_json_int(j, "filters", 0),
      .n_layers = rn_json_int(j, "layers", 1),
      .dropout_input = (float)rn_json_number(j, "dropout_input", 0),
      .dropout_output = (float)rn_json_number(j, "dropout_output", 0),
  };
  const char *kind = rn_json_string(j, "kind", ""), *labels = rn_json_string(j, "labels", "single");
  const char *how = rn_json_string(j, "long", "head"), *pooling = rn_json_string(j, "pooling", "max");
  if (!rn_classifier_kind_parse(kind, &c->kind))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a classifier of kind \"%s\": bag, rnn, attention and cnn are possible", kind);
  if (!rn_classifier_labels_parse(labels, &c->labels))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "labels \"%s\": single, multi and ordinal are possible", labels);
  if (!rn_long_parse(how, &c->long_how))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "long sequences by \"%s\": head, ends and windows are possible", how);
  if (!pooling_parse(pooling, &c->pooling))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "pooling by \"%s\": last, mean and max are possible", pooling);
  rn_status status = widths_from_json(ctx, json_object_get(j, "widths"), c);
  if (status == RN_OK) status = check(ctx, c);
  if (status == RN_OK) status = rn_init_config_read(ctx, json_object_get(j, "init"), &c->init);
  bool recurrent = c->kind == RN_CLASSIFIER_RNN || c->kind == RN_CLASSIFIER_ATTENTION;
  c->stack = rn_stack_options_default();
  return status == RN_OK && recurrent ? rn_stack_config_read(ctx, json_object_get(j, "stack"), 0, &c->stack) : status;
}

rn_status rn_classifier_input_check(rn_context *ctx, const rn_classifier_config *c) {
  const rn_input_config *in = &c->input;
  if (c->kind != RN_CLASSIFIER_BAG) return RN_OK;
  if (in->split == RN_SPLIT_TOKENS && c->max_subword > 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "tokens are parts of words: a bag of them has no runs of letters beside them (subword)");
  if (in->kind != RN_INPUT_WORDS)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                           "a bag is a mean of what stands for words, and %s has none: rnn, attention and cnn read numbers",
                           rn_input_kind_name(in->kind));
  if (in->context > 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a bag is of words whatever stands around them, and has no use for contextual vectors");
  if (in->positions > 0) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a bag has no order, and no use for positions");
  if (in->characters != RN_CHARACTERS_NONE || in->casing > 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                           "a bag reads a word's letters as runs of them (min_subword, max_subword), not by characters or casing");
  return RN_OK;
}
