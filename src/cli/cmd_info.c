/* cmd_info.c: rondo info: a card about a model. */
#include "cli.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *parse(const char *text) {
  json_t *object = json_loads(text ? text : "{}", 0, NULL);
  return object ? object : json_object();
}

/* Nested objects as "a.b  value" lines. */
static void put_object(const json_t *object, const char *prefix) {
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)object, key, value) {
    char *name = *prefix ? cli_format("%s.%s", prefix, key) : cli_copy(key);
    if (json_is_object(value)) {
      put_object(value, name);
    } else {
      char *words =
          json_is_string(value) ? cli_copy(json_string_value(value)) : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
      printf("  %-24s %s\n", name, words ? words : "");
      free(words);
    }
    free(name);
  }
}

static void put_shape(const rn_tensor *t, char *out, size_t size) {
  size_t n = 0;
  out[0] = '\0';
  for (int i = 0; i < t->rank && n < size; i++) n += (size_t)snprintf(out + n, size - n, "%s%" PRId64, i ? " x " : "", t->shape[i]);
}

static void put_vocab(const rn_vocab *vocab) {
  static const char *const nouns[] = {[RN_LEVEL_CHAR] = "characters", [RN_LEVEL_WORD] = "words", [RN_LEVEL_TOKEN] = "tokens"};
  char number[32], word[64];
  printf("\nVocabulary: %s %s", text_count(number, sizeof number, rn_vocab_size(vocab)), nouns[rn_vocab_level(vocab)]);
  int64_t shown = rn_vocab_size(vocab) < 12 ? rn_vocab_size(vocab) : 12;
  for (int64_t i = 0; i < shown; i++) {
    size_t size = 0;
    const char *symbol = rn_vocab_symbol(vocab, (int32_t)i, &size);
    printf("%s%s", i ? " " : ": ", text_quoted(word, sizeof word, symbol, size));
  }
  puts(shown < rn_vocab_size(vocab) ? " ..." : "");
}

static double number(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

static void put_stack(const rn_stack_options *s) {
  printf("%s, %d layer%s of %" PRId64 " units%s, ", rn_cell_name(s->cell), s->n_layers, s->n_layers == 1 ? "" : "s", s->n_hidden,
         s->bidirectional ? " each way" : "");
}

/* "Word vectors of 100 numbers: " */
static void put_vectors(const rn_model *model) {
  json_t *config = parse(rn_model_config(model));
  const json_t *bits = json_object_get(config, "bits");
  printf("Word vectors of %.0f numbers", number(config, "dim"));
  if (bits && json_integer_value(bits) < 32)
    printf(", kept in %d bit%s each: ", (int)json_integer_value(bits), json_integer_value(bits) == 1 ? "" : "s");
  else printf(": ");
  json_decref(config);
}

/* "A tagger of words: lstm, 1 layer of 100 units each way, CRF, 9 labels, " */
static void put_kind(cli *c, const rn_model *model) {
  const char *kind = rn_model_kind(model);
  rn_lm_config lm;
  rn_nplm_config nplm;
  rn_ngram_config ngram;
  rn_tagger_config tagger;
  rn_classifier_config classifier;
  if (strcmp(kind, "lm") == 0 && rn_lm_config_of(c->ctx, model, &lm) == RN_OK) {
    printf("A language model: ");
    put_stack(&lm.stack);
  } else if (rn_bilm_is(model) && rn_bilm_config_of(c->ctx, model, &lm) == RN_OK) {
    printf("Two language models, from both ends of a text: ");
    put_stack(&lm.stack);
  } else if (strcmp(kind, "nplm") == 0 && rn_nplm_config_of(c->ctx, model, &nplm) == RN_OK) {
    printf("A language model of the %d tokens before: %" PRId64 " hidden units%s, ", nplm.order - 1, nplm.hidden,
           nplm.direct ? ", direct connections" : "");
  } else if (strcmp(kind, "ngram") == 0 && rn_ngram_config_of(c->ctx, model, &ngram) == RN_OK) {
    int64_t n = 0;
    for (int i = 0; i < ngram.order; i++) n += ngram.count[i];
    printf("A language model of n-grams of up to %d tokens (%s): %" PRId64 " n-grams, ", ngram.order,
           rn_ngram_smoothing_name(ngram.smoothing), n);
  } else if (strcmp(kind, "tagger") == 0 && rn_tagger_config_of(c->ctx, model, &tagger) == RN_OK) {
    printf("A tagger of %s: ", rn_input_kind_name(tagger.input.kind));
    put_stack(&tagger.stack);
    printf("%s%" PRId64 " labels, ", tagger.crf ? "CRF, " : "", rn_tagger_n_labels(model));
  } else if (strcmp(kind, "classifier") == 0 && rn_classifier_config_of(c->ctx, model, &classifier) == RN_OK) {
    printf("A classifier of %s (%s): ", rn_input_kind_name(classifier.input.kind), rn_classifier_kind_name(classifier.kind));
    if (classifier.kind == RN_CLASSIFIER_RNN || classifier.kind == RN_CLASSIFIER_ATTENTION) put_stack(&classifier.stack);
    printf("%" PRId64 " labels, ", rn_classifier_n_labels(model));
  } else if (strcmp(kind, "embeddings") == 0) {
    put_vectors(model);
  } else {
    printf("A model of kind '%s', ", kind);
  }
}

/* What matters most, in sentences. */
static void put_summary(cli *c, const rn_model *model, const json_t *training) {
  const rn_params *params = rn_model_params(model);
  char count[32], bytes[32];
  put_kind(c, model);
  if (rn_params_elements(params) == 0) puts("no weights.");
  else
    printf("%s weights (%s).\n", text_count(count, sizeof count, rn_params_elements(params)),
           text_bytes(bytes, sizeof bytes, 4.0 * (double)rn_params_elements(params)));
  const json_t *data = json_object_get(json_object_get(training, "data"), "train");
  const char *path = json_string_value(json_object_get(data, "path"));
  if (path) printf("Trained on %s", path);
  if (path && isfinite(number(data, "tokens"))) printf(", %s tokens", text_count(count, sizeof count, (int64_t)number(data, "tokens")));
  if (path && isfinite(number(training, "step")))
    printf(", for %s steps", text_count(count, sizeof count, (int64_t)number(training, "step")));
  if (path) puts(".");
  double best = number(training, "best");
  bool validated = json_object_get(json_object_get(training, "data"), "valid") != NULL;
  const char *metric = json_string_value(json_object_get(training, "metric"));
  if (metric) {
    printf("Validation: %s %.4f.\n", metric, number(training, "score"));
  } else if (isfinite(best) && (rn_lm_is(model) || rn_bilm_is(model))) {
    printf("%s: perplexity %.4f, %.4f nats per token.\n", validated ? "Validation" : "Training", exp(best), best);
  } else if (isfinite(best)) {
    printf("Best loss: %.6f.\n", best);
  }
}

static void put_card(cli *c, const rn_model *model, const char *path, const json_t *config, const json_t *training) {
  const rn_params *params = rn_model_params(model);
  char shape[128];
  printf("%s\n\n", path);
  put_summary(c, model, training);
  puts("\nConfiguration:");
  put_object(config, "");
  if (rn_model_vocab(model)) put_vocab(rn_model_vocab(model));
  if (json_object_size(training) > 0) {
    puts("\nTraining:");
    put_object(training, "");
  }
  puts("\nWeights:");
  for (int64_t i = 0; i < rn_params_count(params); i++) {
    const rn_param *p = rn_params_at(params, i);
    put_shape(&p->tensor, shape, sizeof shape);
    printf("  %-24s %s\n", p->name, shape);
  }
}

static void put_machine(const rn_model *model, const char *path, json_t *config, json_t *training) {
  const rn_params *params = rn_model_params(model);
  json_t *list = json_array();
  for (int64_t i = 0; i < rn_params_count(params); i++) {
    const rn_param *p = rn_params_at(params, i);
    json_t *shape = json_array();
    for (int k = 0; k < p->tensor.rank; k++) json_array_append_new(shape, json_integer(p->tensor.shape[k]));
    json_array_append_new(list, json_pack("{s:s, s:o}", "name", p->name, "shape", shape));
  }
  json_t *object = json_pack("{s:o, s:s, s:I, s:O, s:O, s:o}", "path", cli_json_text(path, strlen(path)), "kind", rn_model_kind(model),
                             "weights", (json_int_t)rn_params_elements(params), "config", config, "training", training, "tensors", list);
  if (rn_model_vocab(model)) {
    const rn_vocab *vocab = rn_model_vocab(model);
    json_object_set_new(object, "vocabulary",
                        json_pack("{s:I, s:s}", "size", (json_int_t)rn_vocab_size(vocab), "level", rn_level_name(rn_vocab_level(vocab))));
  }
  cli_put_json(object);
}

int cmd_info(cli *c) {
  const char *path = c->options.args[0];
  rn_model *model;
  if (rn_model_open(c->ctx, path, &model) != RN_OK) return cli_fail_context(c);
  json_t *config = parse(rn_model_config(model)), *training = parse(rn_model_training(model));
  json_object_del(json_object_get(json_object_get(config, "input"), "context"), "vocab"); /* thousands of words */
  if (c->json) put_machine(model, path, config, training);
  else put_card(c, model, path, config, training);
  json_decref(config);
  json_decref(training);
  rn_model_free(model);
  return EXIT_DONE;
}
