/* fuzz_model_config.c: any bytes as the configuration of a bidirectional language model, or of a tagger that reads one's states. The mutator
 * changes a value or two of a configuration that is right. What is accepted, and is no giant, is run. */
#include "base/random.h"
#include "models/architecture.h"
#include <rondo/bilm.h>
#include <rondo/tagger.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define S(text)                                                                                                                            \
  { text, sizeof(text) - 1 }
enum { MAX_ELEMENTS = 1 << 18 };

static rn_context *ctx;
static char *base[2]; /* the configurations of bilm and tagger */
static const char text[] = "the cat sat\na dog ran\n";
static const rn_string words[] = {S("the"), S("cat"), S("a"), S("zebra"), S("")}, labels[] = {S("O"), S("A"), S("O"), S("A"), S("O")};
static const rn_sequences sentences = {
    .input = RN_INPUT_WORDS, .per_row = true, .seqs = {2, (const int64_t[]){0, 2, 5}}, .words = words, .labels = labels};

static rn_vocab *vocab_of(const char *of) {
  rn_vocab *vocab;
  rn_vocab_options options = {.level = RN_LEVEL_WORD, .min_count = 1, .unk = true};
  if (rn_vocab_build(ctx, of, strlen(of), &options, &vocab) != RN_OK) abort();
  return vocab;
}

static void setup(void) {
  rn_model *bilm, *tagger;
  rn_lm_config lm = rn_lm_config_default(RN_LEVEL_WORD);
  rn_tagger_config t = rn_tagger_config_default(RN_INPUT_WORDS);
  lm.stack.n_hidden = t.stack.n_hidden = t.input.embed = t.input.char_embed = t.input.char_hidden = 3;
  if (rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (rn_bilm_new(ctx, &lm, vocab_of(text), 1, &bilm) != RN_OK) abort();
  if (rn_tagger_new(ctx, &t, &sentences, &(rn_input_building){.context = bilm}, 1, &tagger) != RN_OK) abort();
  base[0] = strdup(rn_model_config(bilm));
  base[1] = strdup(rn_model_config(tagger));
  rn_model_free(tagger);
  rn_model_free(bilm);
}

static void run(rn_model *m, bool is_tagger) {
  rn_bilm_metrics metrics;
  rn_tagger *tagger;
  int32_t y[5];
  if (rn_params_elements(m->params) > MAX_ELEMENTS || rn_params_build(m->params, 1, false) != RN_OK) return;
  if (!is_tagger) {
    rn_bilm_eval(ctx, m, text, strlen(text), NULL, &metrics);
  } else if (rn_tagger_open(ctx, m, &tagger) == RN_OK) {
    rn_tagger_run(tagger, &sentences, y, NULL);
    rn_tagger_free(tagger);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!ctx) setup();
  json_t *config = json_loadb((const char *)data, size, 0, NULL);
  rn_model *m = NULL;
  bool is_tagger = json_object_get(config, "input");
  rn_context_clear(ctx);
  if (json_is_object(config)) {
    const rn_architecture *a = is_tagger ? &rn_architecture_tagger : &rn_architecture_bilm;
    if (rn_model_new(ctx, a, config, vocab_of(text), &m) == RN_OK) run(m, is_tagger);
    else if (m || !rn_context_error(ctx)[0]) abort();
  }
  rn_model_free(m);
  json_decref(config);
  return 0;
}

/* ---- configurations that are nearly right ---- */

static json_t *odd_value(rn_random *r) {
  static const int64_t numbers[] = {0, 1, -1, 2, 3, 15, 16, 33, 4096, INT32_MAX, (int64_t)1 << 24, INT64_MAX, INT64_MIN};
  static const char *const names[] = {"", "lstm", "gru", "rnn", "cnn", "none", "tokens", "plain", "normal", "char", "token", "words"};
  switch (rn_random_below(r, 6)) {
    case 0: return json_null();
    case 1: return json_string(names[rn_random_below(r, sizeof names / sizeof *names)]);
    case 2: return json_real((double)rn_random_below(r, 100) / 50 - 0.5);
    case 3: return rn_random_below(r, 2) ? json_array() : json_object();
    case 4: return json_boolean(rn_random_below(r, 2));
    default: return json_integer(numbers[rn_random_below(r, sizeof numbers / sizeof *numbers)]);
  }
}

/* One value of an object, or of one in it, becomes another or is left out. */
static void change(json_t *object, rn_random *r) {
  size_t n = json_object_size(object);
  if (n == 0) return;
  void *at = json_object_iter(object);
  for (uint64_t k = rn_random_below(r, n); k > 0; k--) at = json_object_iter_next(object, at);
  json_t *value = json_object_iter_value(at);
  if (json_is_object(value) && rn_random_below(r, 8)) change(value, r);
  else if (rn_random_below(r, 16) == 0) json_object_del(object, json_object_iter_key(at));
  else json_object_iter_set_new(object, at, odd_value(r));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  if (!ctx) setup();
  rn_random r = rn_random_init(seed, 0);
  json_t *config = rn_random_below(&r, 2) ? json_loadb((const char *)data, size, 0, NULL) : NULL;
  if (!json_is_object(config)) {
    json_decref(config);
    config = json_loads(base[rn_random_below(&r, 2)], 0, NULL);
  }
  for (uint64_t n = 1 + rn_random_below(&r, 2); n > 0; n--) change(config, &r);
  char *out = json_dumps(config, JSON_COMPACT);
  json_decref(config);
  size_t n = strlen(out) < max_size ? strlen(out) : max_size;
  memcpy(data, out, n);
  free(out);
  return n;
}
