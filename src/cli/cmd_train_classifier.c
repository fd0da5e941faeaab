/* cmd_train_classifier.c: rondo train classifier: labels for a whole sequence. */
#include "train_sequences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A bag has nothing that smooths the steps of its embeddings. */
#define BAG_RATE "0.002"

static rn_classifier_kind model_kind(const cli *c) {
  rn_classifier_kind kind = RN_CLASSIFIER_RNN;
  rn_classifier_kind_parse(opt_text(&c->options, "model"), &kind);
  return kind;
}

/* The shape of a classifier. */
static void adopt_config(cli *c, const rn_classifier_config *config, cli_source source) {
  static const char *const poolings[] = {[RN_LAST] = "last", [RN_MEAN] = "mean", [RN_MAX] = "max"};
  char widths[RN_MAX_WIDTHS * 24] = "";
  for (int64_t i = 0; i < config->n_widths; i++)
    sprintf(widths + strlen(widths), "%s%lld", i > 0 ? "," : "", (long long)config->widths[i]);
  train_adopt_input(c, &config->input, source);
  train_adopt_stack(c, &config->stack, source);
  if (config->kind == RN_CLASSIFIER_CNN) train_adopt_number(c, "layers", (double)config->n_layers, source);
  cli_options_adopt(&c->options, "pooling", poolings[config->pooling], source);
  cli_options_adopt(&c->options, "widths", widths, source);
  train_adopt_number(c, "filters", (double)config->n_filters, source);
  train_adopt_number(c, "ngrams", (double)config->word_ngrams, source);
  train_adopt_number(c, "buckets", (double)config->buckets, source);
}

static void adopt(cli *c, rn_input_kind input) {
  rn_classifier_config d = rn_classifier_config_default(model_kind(c), input);
  if (opt_text(&c->options, "tokenizer")) rn_input_config_use_tokenizer(&d.input, true);
  adopt_config(c, &d, CLI_DEFAULT);
  train_adopt_dropout(c, d.stack.dropout, d.dropout_input, d.dropout_output);
  if (d.kind == RN_CLASSIFIER_BAG) train_adopt_rate(c, BAG_RATE);
}

static void adopt_model(cli *c, const rn_model *model) {
  rn_classifier_config config;
  char subword[64];
  if (rn_classifier_config_of(c->ctx, model, &config) != RN_OK) return;
  cli_options_adopt(&c->options, "model", rn_classifier_kind_name(config.kind), CLI_MODEL);
  cli_options_adopt(&c->options, "labels", rn_classifier_labels_name(config.labels), CLI_MODEL);
  cli_options_adopt(&c->options, "long", rn_long_name(config.long_how), CLI_MODEL);
  train_adopt_number(c, "max-length", (double)config.max_length, CLI_MODEL);
  snprintf(subword, sizeof subword, "%lld-%lld", (long long)config.min_subword, (long long)config.max_subword);
  cli_options_adopt(&c->options, "subword", config.max_subword > 0 ? subword : "0", CLI_MODEL);
  adopt_config(c, &config, CLI_MODEL);
}

/* "3,4,5" */
static bool read_widths(const char *text, rn_classifier_config *config) {
  config->n_widths = 0;
  for (char *end; config->n_widths < RN_MAX_WIDTHS; text = end + 1) {
    long width = strtol(text, &end, 10);
    if (end == text || width < 1 || (*end && *end != ',')) return false;
    config->widths[config->n_widths++] = width;
    if (!*end) return true;
  }
  return false;
}

/* "3-6", or "0" for none. */
static bool read_subword(const char *text, rn_classifier_config *config) {
  char *end;
  config->min_subword = config->max_subword = strtol(text, &end, 10);
  if (end == text) return false;
  if (*end == '-') {
    text = end + 1;
    config->max_subword = strtol(text, &end, 10);
  }
  return end != text && !*end && config->min_subword >= 0 && config->min_subword <= config->max_subword;
}

/* Several labels of one sequence say that there may be any number. */
static rn_classifier_labels label_kind(const cli *c, const rn_sequences *train) {
  rn_classifier_labels labels = RN_LABELS_SINGLE;
  if (rn_classifier_labels_parse(opt_text(&c->options, "labels"), &labels)) return labels;
  for (int64_t s = 0; train->labels && s < train->label_of.n_seqs; s++) {
    if (rn_ragged_length(&train->label_of, s) > 1) return RN_LABELS_MULTI;
  }
  return RN_LABELS_SINGLE;
}

static int new_model(cli *c, const rn_sequences *train, const rn_input_building *building, rn_model **out) {
  const cli_options *o = &c->options;
  rn_classifier_config config = rn_classifier_config_default(model_kind(c), train->input);
  config.labels = label_kind(c, train);
  config.input = train_input(c);
  config.max_length = opt_int(o, "max-length");
  rn_long_parse(opt_text(o, "long"), &config.long_how);
  config.stack = train_stack(c);
  config.pooling = (rn_pooling)opt_choice(o, "pooling"); /* in the order of the enumeration */
  config.word_ngrams = opt_int(o, "ngrams");
  config.buckets = opt_int(o, "buckets");
  config.n_filters = opt_int(o, "filters");
  config.n_layers = opt_int(o, "layers");
  config.dropout_input = train_dropout(c, "dropout-input");
  config.dropout_output = train_dropout(c, "dropout-output");
  config.init = train_init(c);
  if (!read_widths(opt_text(o, "widths"), &config))
    return cli_fail(EXIT_USAGE, "--widths %s: must be up to %d whole numbers, as 3,4,5", opt_text(o, "widths"), RN_MAX_WIDTHS);
  if (!read_subword(opt_text(o, "subword"), &config))
    return cli_fail(EXIT_USAGE, "--subword %s: must be the shortest and the longest, as 3-6, or 0", opt_text(o, "subword"));
  return rn_classifier_new(c->ctx, &config, train, building, cli_seed(c), out) == RN_OK ? EXIT_DONE : cli_fail_context(c);
}

static rn_status new_task(cli *c, rn_model *model, const rn_sequences *train, const rn_sequences *valid, rn_task **out) {
  rn_classifier_data data = {.train = train,
                             .valid = valid,
                             .batch = opt_int(&c->options, "batch"),
                             .balance = opt_bool(&c->options, "balance"),
                             .reverse_complement = opt_bool(&c->options, "reverse-complement"),
                             .seed = cli_seed(c)};
  return rn_classifier_task_new(c->ctx, model, &data, out);
}

int cmd_train_classifier(cli *c) {
  static const sequences_kind kind = {.name = "classifier",
                                      .example = "rondo train classifier reviews.tsv",
                                      .adopt = adopt,
                                      .adopt_model = adopt_model,
                                      .new_model = new_model,
                                      .new_task = new_task,
                                      .free_task = rn_classifier_task_free,
                                      .n_labels = rn_classifier_n_labels};
  return train_sequences(c, &kind);
}
