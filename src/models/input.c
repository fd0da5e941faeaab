/* input.c: what a tagger or classifier reads: its configuration, and its part of the model. See input.h. */
#include "models/input.h"
#include "base/alloc.h"
#include "base/names.h"
#include "models/input_pieces.h"
#include <math.h>
#include <string.h>

#define MAX_WIDTH (1 << 20) /* of an embedding, or numbers in a row */
#define MAX_POSITIONS 64     /* the longest wave is 2^34 rows */

static const char *const characters_names[] = {[RN_CHARACTERS_NONE] = "none", [RN_CHARACTERS_LSTM] = "lstm", [RN_CHARACTERS_CNN] = "cnn"};

const char *rn_characters_name(rn_characters kind) { return characters_names[kind]; }

bool rn_characters_parse(const char *name, rn_characters *out) {
  int i = RN_NAME_INDEX(name, characters_names);
  if (i >= 0) *out = (rn_characters)i;
  return i >= 0;
}

rn_input_config rn_input_config_default(rn_input_kind kind) {
  rn_input_config c = {.kind = kind};
  if (kind == RN_INPUT_WORDS) {
    c.split = RN_SPLIT_WORDS;
    c.fold = true;
    c.embed = 100;
    c.characters = RN_CHARACTERS_LSTM;
    c.char_embed = c.char_hidden = 25;
    c.casing = 8;
    c.unk_rate = 0.5f;
  }
  c.standardise = kind == RN_INPUT_SERIES || kind == RN_INPUT_FRAMES;
  return c;
}

/* ---- the configuration as JSON ---- */

/* Takes `value` over. */
static bool put(json_t *object, const char *key, json_t *value) { return json_object_set_new(object, key, value) == 0; }

static json_t *words_to_json(const rn_input_config *c) {
  return json_pack("{s:s, s:s, s:b, s:I, s:s, s:I, s:I, s:I, s:f, s:b}", "kind", rn_input_kind_name(c->kind), "split",
                   rn_split_name(c->split), "fold", c->fold, "embed", (json_int_t)c->embed, "characters", rn_characters_name(c->characters),
                   "char_embed", (json_int_t)c->char_embed, "char_hidden", (json_int_t)c->char_hidden, "casing", (json_int_t)c->casing,
                   "unk_rate", (double)c->unk_rate, "freeze_embed", c->freeze_embed);
}

static rn_status words_from_json(rn_context *ctx, const json_t *j, rn_input_config *c) {
  const char *split = rn_json_string(j, "split", ""), *characters = rn_json_string(j, "characters", "");
  c->fold = rn_json_bool(j, "fold", false);
  c->embed = rn_json_int(j, "embed", 0);
  c->char_embed = rn_json_int(j, "char_embed", 0);
  c->char_hidden = rn_json_int(j, "char_hidden", 0);
  c->casing = rn_json_int(j, "casing", 0);
  c->unk_rate = (float)rn_json_number(j, "unk_rate", 0);
  c->freeze_embed = rn_json_bool(j, "freeze_embed", false);
  if (!rn_split_parse(split, &c->split))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "text split by \"%s\": space, words, characters and tokens are possible", split);
  if (!rn_characters_parse(characters, &c->characters))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "characters by \"%s\": none, lstm and cnn are possible", characters);
  return RN_OK;
}

static rn_status check_width(rn_context *ctx, const char *what, int64_t width, int64_t least) {
  if (width >= least && width <= MAX_WIDTH) return RN_OK;
  return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%s of %lld: %lld to %d are possible", what, (long long)width, (long long)least,
                         MAX_WIDTH);
}

static rn_status words_check(rn_context *ctx, const rn_input_config *c) {
  int64_t least = c->characters != RN_CHARACTERS_NONE;
  rn_status status = check_width(ctx, "a word embedding", c->embed, 0);
  if (status == RN_OK) status = check_width(ctx, "an embedding of letters", c->char_embed, least);
  if (status == RN_OK) status = check_width(ctx, "a vector of the letters of a word", c->char_hidden, least);
  if (status == RN_OK) status = check_width(ctx, "an embedding of casing", c->casing, 0);
  if (status != RN_OK) return status;
  if (c->embed == 0 && c->casing == 0 && least == 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "nothing is read of a word: neither itself nor its letters nor its casing");
  if (!(c->unk_rate >= 0 && c->unk_rate <= 1))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "words are read as <unk> at a rate of %g: 0 to 1 is possible", (double)c->unk_rate);
  return RN_OK;
}

/* ---- what the training part says ---- */

static json_t *no_memory(rn_context *ctx, json_t *config) {
  json_decref(config);
  rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for what the model reads");
  return NULL;
}

static rn_status learn_vocab(rn_context *ctx, const rn_input_config *c, const rn_input_building *b, const rn_sequences *train,
                             rn_vocab **vocab) {
  if (b->tokenizer) return rn_input_pieces_learn(ctx, c, b, vocab);
  if (c->split == RN_SPLIT_TOKENS) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "rows that are tokens need a tokenizer");
  const rn_vectors *vectors = b->vectors;
  rn_vocab_words from = {
      .words = train->words, .n = rn_ragged_rows(&train->seqs), .min_count = b->min_count, .max_size = b->max_words, .fold = c->fold};
  if (vectors && vectors->dim != c->embed)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "vectors of width %lld for a word embedding of width %lld", (long long)vectors->dim,
                           (long long)c->embed);
  rn_string *extra = vectors ? rn_alloc_zero((size_t)vectors->n, sizeof *extra) : NULL;
  if (vectors && !extra) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the vocabulary");
  for (int64_t i = 0; vectors && i < vectors->n; i++) extra[i] = rn_vectors_word(vectors, i);
  from.extra = extra;
  from.n_extra = vectors ? vectors->n : 0;
  rn_status status = rn_vocab_of_words(ctx, &from, vocab);
  rn_free(extra);
  return status;
}

static json_t *learn_words(rn_context *ctx, const rn_input_config *c, const rn_input_building *b, const rn_sequences *train,
                           rn_vocab **vocab) {
  if (learn_vocab(ctx, c, b, train, vocab) != RN_OK) return NULL;
  json_t *config = words_to_json(c);
  bool ok = config;
  if (ok && c->characters != RN_CHARACTERS_NONE) {
    char *letters = rn_letters_of_words(train->words, rn_ragged_rows(&train->seqs));
    ok = letters && put(config, "letters", json_string(letters));
    rn_free(letters);
  }
  if (ok) return config;
  rn_vocab_free(*vocab);
  *vocab = NULL;
  return no_memory(ctx, config);
}

/* mean = sum v / n,  deviation = sqrt(sum (v - mean)^2 / n) of the values of a variable that are there; 1 where all are alike, so that
 * they become 0. */
static void measure(const rn_sequences *s, int64_t var, double *mean, double *deviation, bool *gaps) {
  int64_t n = 0, n_rows = rn_ragged_rows(&s->seqs);
  double sum = 0, sum2 = 0;
  for (int64_t i = var; i < n_rows * s->n_vars; i += s->n_vars) {
    if (s->missing && s->missing[i]) continue;
    sum += s->values[i];
    n++;
  }
  *gaps = n < n_rows;
  *mean = n > 0 ? sum / (double)n : 0;
  for (int64_t i = var; i < n_rows * s->n_vars; i += s->n_vars)
    if (!s->missing || !s->missing[i]) sum2 += (s->values[i] - *mean) * (s->values[i] - *mean);
  *deviation = sum2 > 0 ? sqrt(sum2 / (double)n) : 1;
}

static json_t *learn_numbers(rn_context *ctx, const rn_input_config *c, const rn_sequences *train) {
  json_t *config =
      json_pack("{s:s, s:I, s:b}", "kind", rn_input_kind_name(c->kind), "vars", (json_int_t)train->n_vars, "standardise", c->standardise);
  json_t *means = json_array(), *deviations = json_array(), *flags = json_array();
  bool ok = config && means && deviations && flags;
  for (int64_t v = 0; ok && v < train->n_vars; v++) {
    double mean, deviation;
    bool gaps;
    measure(train, v, &mean, &deviation, &gaps);
    ok = json_array_append_new(flags, json_boolean(gaps)) == 0;
    if (c->standardise)
      ok &= json_array_append_new(means, json_real(mean)) == 0 && json_array_append_new(deviations, json_real(deviation)) == 0;
  }
  ok = ok && json_object_set(config, "gaps", flags) == 0;
  if (c->standardise) ok = ok && json_object_set(config, "mean", means) == 0 && json_object_set(config, "deviation", deviations) == 0;
  json_decref(means);
  json_decref(deviations);
  json_decref(flags);
  return ok ? config : no_memory(ctx, config);
}

static rn_status check_finite(rn_context *ctx, const rn_sequences *s) {
  for (int64_t i = 0; i < rn_ragged_rows(&s->seqs) * s->n_vars; i++)
    if (!isfinite(s->values[i]))
      return rn_context_fail(ctx, RN_ERROR_DATA, "row %lld, variable %lld: %g is no number to learn from", (long long)(i / s->n_vars) + 1,
                             (long long)(i % s->n_vars) + 1, (double)s->values[i]);
  return RN_OK;
}

/* Takes `config` over, to which it adds. */
static json_t *learn_context(rn_context *ctx, const rn_input_config *c, const rn_model *bilm, json_t *config) {
  json_t *context = NULL;
  if (c->kind != RN_INPUT_WORDS)
    rn_context_fail(ctx, RN_ERROR_ARGUMENT, "only words have contextual vectors, not %s", rn_input_kind_name(c->kind));
  else context = rn_input_context_learn(ctx, bilm);
  if (context) return put(config, "context", context) ? config : no_memory(ctx, config);
  json_decref(config);
  return NULL;
}

json_t *rn_input_learn(rn_context *ctx, const rn_input_config *config, const rn_input_building *building, const rn_sequences *train,
                       rn_vocab **vocab) {
  static const rn_input_building nothing_special = {0};
  *vocab = NULL;
  if (!building) building = &nothing_special;
  if (train->input != config->kind) {
    rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a model of %s cannot learn from %s", rn_input_kind_name(config->kind),
                    rn_input_kind_name(train->input));
    return NULL;
  }
  json_t *learned = NULL;
  if (config->kind != RN_INPUT_WORDS) {
    if (check_finite(ctx, train) == RN_OK) learned = learn_numbers(ctx, config, train);
  } else if (words_check(ctx, config) == RN_OK) {
    learned = learn_words(ctx, config, building, train, vocab);
  }
  if (learned && !put(learned, "positions", json_integer(config->positions))) learned = no_memory(ctx, learned);
  if (learned && building->context) learned = learn_context(ctx, config, building->context, learned);
  if (learned) return learned;
  rn_vocab_free(*vocab);
  *vocab = NULL;
  return NULL;
}

/* ---- in a model ---- */

/* Words with <unk> among them; or tokens, which are the rows or the pieces of rows. */
static rn_status init_vocab(rn_context *ctx, rn_input *in, const rn_vocab *vocab) {
  bool tokens = vocab && rn_vocab_level(vocab) == RN_LEVEL_TOKEN, rows = in->config.split == RN_SPLIT_TOKENS;
  if (!tokens && (rows || !vocab || rn_vocab_level(vocab) != RN_LEVEL_WORD || rn_vocab_unk(vocab) < 0))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a model of %s", rows ? "tokens needs a vocabulary of tokens"
                                                                         : "words needs a vocabulary of words, <unk> among them");
  in->vocab = vocab;
  rn_status status = tokens ? rn_input_pieces_check(ctx, &in->config) : RN_OK;
  return status == RN_OK && tokens && !rows ? rn_word_pieces_init(ctx, rn_vocab_tokenizer(vocab), &in->pieces) : status;
}

static rn_status init_context(rn_context *ctx, rn_input *in, rn_model *model, const json_t *config) {
  if (!config) return RN_OK;
  if (in->config.split == RN_SPLIT_TOKENS)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "contextual vectors are of words: rows that are tokens have none");
  rn_status status = rn_input_context_init(ctx, model->params, config, &in->context);
  if (status == RN_OK) in->width += in->config.context = rn_input_context_width(in->context);
  return status;
}

static rn_status init_words(rn_context *ctx, rn_input *in, rn_model *model, const json_t *j, rn_init init) {
  rn_input_config *c = &in->config;
  rn_status status = words_from_json(ctx, j, c);
  if (status == RN_OK) status = words_check(ctx, c);
  if (status == RN_OK) status = init_vocab(ctx, in, model->vocab);
  if (status != RN_OK) return status;
  bool has_letters = c->characters != RN_CHARACTERS_NONE;
  const char *letters = has_letters ? rn_json_string(j, "letters", NULL) : NULL;
  if (has_letters && !letters) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the configuration lacks the letters of words");
  if ((status = rn_lexicon_new(ctx, model->vocab, letters, c->fold, &in->lexicon)) != RN_OK) return status;
  rn_words_options words = {.n_words = rn_vocab_size(model->vocab) + in->n_hashed,
                            .embed = c->embed,
                            .pieces = in->pieces.tokenizer != NULL,
                            .characters = c->characters,
                            .n_letters = rn_lexicon_n_letters(in->lexicon),
                            .char_embed = c->char_embed,
                            .char_hidden = c->char_hidden,
                            .n_casings = RN_N_CASINGS,
                            .casing = c->casing,
                            .init = init};
  rn_layer_words_init(&in->words, model->params, &words);
  if (c->freeze_embed && in->words.embed.weight) in->words.embed.weight->frozen = true;
  in->width = in->words.width;
  return init_context(ctx, in, model, json_object_get(j, "context"));
}

/* One number a variable, each of which a float can hold. *out is owned by the input. */
static rn_status read_array(rn_context *ctx, const json_t *j, const char *key, int64_t n, float **out) {
  const json_t *array = json_object_get(j, key);
  if ((int64_t)json_array_size(array) != n)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the configuration has %zu of \"%s\" for %lld variables", json_array_size(array), key,
                           (long long)n);
  if (!(*out = rn_alloc_zero((size_t)n, sizeof **out))) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for \"%s\"", key);
  for (int64_t i = 0; i < n; i++) {
    const json_t *value = json_array_get(array, (size_t)i);
    (*out)[i] = (float)json_number_value(value);
    if (!json_is_number(value) || !isfinite((*out)[i]))
      return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "\"%s\" of variable %lld is no number", key, (long long)i + 1);
  }
  return RN_OK;
}

static rn_status read_gaps(rn_context *ctx, const json_t *j, rn_input *in) {
  const json_t *gaps = json_object_get(j, "gaps");
  if ((int64_t)json_array_size(gaps) != in->n_vars)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the configuration has %zu of \"gaps\" for %lld variables", json_array_size(gaps),
                           (long long)in->n_vars);
  if (!(in->flagged = rn_alloc_zero((size_t)in->n_vars, 1))) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for \"gaps\"");
  for (int64_t v = 0; v < in->n_vars; v++) in->width += in->flagged[v] = json_is_true(json_array_get(gaps, (size_t)v));
  return RN_OK;
}

static rn_status init_numbers(rn_context *ctx, rn_input *in, const json_t *j) {
  in->n_vars = in->width = rn_json_int(j, "vars", 0);
  in->config.standardise = rn_json_bool(j, "standardise", false);
  rn_status status = check_width(ctx, "rows of numbers", in->n_vars, 1);
  if (status == RN_OK && in->config.kind == RN_INPUT_DNA && in->n_vars != 4)
    status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "DNA of %lld letters: there are 4", (long long)in->n_vars);
  if (status == RN_OK) status = read_gaps(ctx, j, in);
  if (status != RN_OK || !in->config.standardise) return status;
  status = read_array(ctx, j, "mean", in->n_vars, &in->mean);
  if (status == RN_OK) status = read_array(ctx, j, "deviation", in->n_vars, &in->deviation);
  for (int64_t v = 0; status == RN_OK && v < in->n_vars; v++)
    if (!(in->deviation[v] > 0))
      status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the deviation of variable %lld is not above 0", (long long)v + 1);
  return status;
}

rn_status rn_input_init(rn_context *ctx, rn_input *in, rn_model *model, const json_t *config, rn_init init) {
  const char *kind = rn_json_string(config, "kind", "");
  *in = (rn_input){.n_hashed = in->n_hashed};
  if (!rn_input_kind_parse(kind, &in->config.kind))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a model of \"%s\": words, series, dna and frames are possible", kind);
  int64_t positions = in->config.positions = rn_json_int(config, "positions", 0);
  if (positions < 0 || positions > MAX_POSITIONS || positions % 2)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%lld columns of positions: an even number up to %d is possible", (long long)positions,
                           MAX_POSITIONS);
  rn_status status = in->config.kind == RN_INPUT_WORDS ? init_words(ctx, in, model, config, init) : init_numbers(ctx, in, config);
  in->width += positions;
  return status;
}

void rn_input_free(rn_input *in) {
  rn_lexicon_free(in->lexicon);
  rn_input_context_free(in->context);
  rn_free(in->mean);
  rn_free(in->deviation);
  rn_free(in->flagged);
  *in = (rn_input){0};
}

/* ---- pretrained vectors ---- */

/* A word's own vector; else that of its folded form. */
static int64_t find_vector(const rn_vectors *vectors, const char *word, size_t size) {
  char folded[RN_MAX_FORM];
  int64_t row = rn_vectors_find(vectors, word, size), n = row < 0 ? rn_form(word, size, true, folded, sizeof folded) : -1;
  return n < 0 ? row : rn_vectors_find(vectors, folded, (size_t)n);
}

rn_status rn_input_load_vectors(rn_context *ctx, rn_input *in, const rn_vectors *vectors, int64_t *loaded) {
  rn_tensor *table = &in->words.embed.weight->tensor;
  int64_t n_words = rn_vocab_size(in->vocab), dim = vectors->dim;
  int64_t *row = rn_alloc((size_t)n_words * sizeof *row);
  *loaded = 0;
  if (!row) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the words' vectors");
  for (int64_t id = 0; id < n_words; id++) {
    size_t size;
    const char *word = rn_vocab_symbol(in->vocab, (int32_t)id, &size);
    row[id] = find_vector(vectors, word, size);
  }
  for (int64_t i = 0; i < vectors->n; i++) { /* else the first one, hence the most frequent, that is read as this word */
    rn_string word = rn_vectors_word(vectors, i);
    int32_t id = rn_lexicon_word(in->lexicon, word.data, word.size);
    if (id != rn_vocab_unk(in->vocab) && row[id] < 0) row[id] = i;
  }
  for (int64_t id = 0; id < n_words; id++) {
    if (row[id] < 0) continue;
    memcpy(table->data + id * dim, vectors->values + row[id] * dim, (size_t)dim * sizeof *table->data);
    ++*loaded;
  }
  rn_free(row);
  return RN_OK;
}

rn_status rn_input_load_context(rn_context *ctx, rn_model *model, const rn_input_building *building) {
  return building && building->context ? rn_input_context_load(ctx, model->params, building->context) : RN_OK;
}
