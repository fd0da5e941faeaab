/* model_ngram.c: an n-gram model among the models: its configuration, and its arrays in a file.
 *
 *     order2.words   I32 [n]         the last word of each n-gram
 *     order2.values  F32 [n, 2]      log p and log backoff; of the highest order log_p [n] alone
 *     order2.links   I32 [n + 1, 2]  where its continuations begin in the next order, and its suffix in the one before */
#include "base/alloc.h"
#include "models/ngram_trie.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const smoothing_names[] = {"kneser-ney", "stupid-backoff", "jelinek-mercer", "arpa"};
enum { N_SMOOTHINGS = sizeof smoothing_names / sizeof *smoothing_names };

const char *rn_ngram_smoothing_name(rn_ngram_smoothing smoothing) { return smoothing_names[smoothing]; }

bool rn_ngram_smoothing_parse(const char *name, rn_ngram_smoothing *out) {
  for (int i = 0; i < N_SMOOTHINGS; i++) {
    if (strcmp(name, smoothing_names[i]) != 0) continue;
    *out = (rn_ngram_smoothing)i;
    return true;
  }
  return false;
}

const rn_ngram *rn_ngram_of(rn_context *ctx, const rn_model *model) {
  if (model->architecture == &rn_architecture_ngram) return model->self;
  rn_context_fail(ctx, RN_ERROR_ARGUMENT, "an n-gram model is needed; this is a model of kind \"%s\"", rn_model_kind(model));
  return NULL;
}

rn_status rn_ngram_config_of(rn_context *ctx, const rn_model *model, rn_ngram_config *out) {
  const rn_ngram *g = rn_ngram_of(ctx, model);
  if (!g) return RN_ERROR_ARGUMENT;
  *out = g->config;
  return RN_OK;
}

/* ---- the configuration ---- */

static json_t *integers(const int64_t *x, int n) {
  json_t *list = json_array();
  for (int i = 0; i < n; i++) json_array_append_new(list, json_integer(x[i]));
  return list;
}

/* x [n, columns] */
static json_t *rows(const double *x, int n, int columns) {
  json_t *list = json_array();
  for (int i = 0; i < n; i++) {
    json_t *row = json_array();
    for (int k = 0; k < columns; k++) json_array_append_new(row, json_real(x[i * columns + k]));
    json_array_append_new(list, row);
  }
  return list;
}

static void read_rows(const json_t *list, double *x, int n, int columns) {
  for (int i = 0; list && i < n; i++)
    for (int k = 0; k < columns; k++) x[i * columns + k] = json_number_value(json_array_get(json_array_get(list, (size_t)i), (size_t)k));
}

static json_t *config_json(const rn_ngram_config *c) {
  json_t *config = json_pack("{s:i, s:s, s:b, s:o}", "order", c->order, "smoothing", rn_ngram_smoothing_name(c->smoothing), "lines",
                             c->lines, "count", integers(c->count, c->order));
  if (c->smoothing == RN_NGRAM_STUPID_BACKOFF) json_object_set_new(config, "alpha", json_real(c->alpha));
  if (c->smoothing == RN_NGRAM_KNESER_NEY) json_object_set_new(config, "discount", rows(c->discount[0], c->order, 3));
  if (c->smoothing == RN_NGRAM_JELINEK_MERCER) json_object_set_new(config, "weight", rows(c->weight[0], c->order, RN_NGRAM_BINS));
  if (c->smoothing != RN_NGRAM_READ) json_object_set_new(config, "prune", integers(c->prune, c->order));
  return config;
}

static bool read_integers(const json_t *list, int64_t *out, int n) {
  for (int i = 0; i < n; i++) {
    const json_t *x = json_array_get(list, (size_t)i);
    out[i] = json_integer_value(x);
    if (!json_is_integer(x) || out[i] < 0 || out[i] > INT32_MAX) return false;
  }
  return true;
}

static rn_status read_config(rn_context *ctx, const json_t *json, rn_ngram_config *c) {
  int64_t order = rn_json_int(json, "order", 0);
  if (order < 1 || order > RN_NGRAM_MAX_ORDER)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the order of an n-gram model is 1 to %d, not %lld", RN_NGRAM_MAX_ORDER,
                           (long long)order);
  *c = (rn_ngram_config){.order = (int)order, .lines = rn_json_bool(json, "lines", true), .alpha = rn_json_number(json, "alpha", 0.4)};
  const json_t *prune = json_object_get(json, "prune");
  bool good = rn_ngram_smoothing_parse(rn_json_string(json, "smoothing", ""), &c->smoothing) &&
              read_integers(json_object_get(json, "count"), c->count, c->order) && (!prune || read_integers(prune, c->prune, c->order)) &&
              c->alpha > 0 && c->alpha <= 1;
  read_rows(json_object_get(json, "discount"), c->discount[0], c->order, 3);
  read_rows(json_object_get(json, "weight"), c->weight[0], c->order, RN_NGRAM_BINS);
  return good
             ? RN_OK
             : rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the configuration of an n-gram model: smoothing, count, prune and alpha make none");
}

static rn_status init(rn_context *ctx, rn_model *model, const json_t *config) {
  rn_ngram *g = model->self;
  if (!model->vocab) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "an n-gram model needs a vocabulary");
  rn_status status = read_config(ctx, config, &g->config);
  if (status != RN_OK) return status;
  int32_t eos = rn_vocab_eos(model->vocab), unk = rn_vocab_unk(model->vocab);
  if (g->config.lines && eos < 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "an n-gram model of lines needs a line end in its vocabulary");
  g->start = eos >= 0 ? eos : unk >= 0 ? unk : 0;
  g->n_words = rn_vocab_size(model->vocab);
  g->unseen = g->config.smoothing == RN_NGRAM_STUPID_BACKOFF ? (float)log(g->config.alpha) : 0;
  return RN_OK;
}

static void release(rn_model *model) {
  rn_ngram *g = model->self;
  for (int i = 0; i < g->n_own; i++) rn_free(g->own[i]);
}

/* ---- the arrays ---- */

typedef struct table {
  const char *what;
  rn_dtype dtype;
  int64_t n, columns; /* 1: the table has one dimension */
} table;
enum { WORDS, VALUES, LINKS, LOG_P, N_TABLES };

/* The tables of a level: n 0 for one that it does not have. */
static void level_tables(const rn_ngram *g, int i, table out[N_TABLES]) {
  int64_t n = g->config.count[i];
  bool highest = i + 1 == g->config.order;
  out[WORDS] = (table){"words", RN_I32, i > 0 ? n : -1, 1};
  out[VALUES] = (table){"values", RN_F32, highest ? -1 : n, 2};
  out[LINKS] = (table){"links", RN_I32, highest ? -1 : n + 1, 2};
  out[LOG_P] = (table){"log_p", RN_F32, highest ? n : -1, 1};
}

static const char *table_name(int i, int t) {
  static const char *const names[RN_NGRAM_MAX_ORDER][N_TABLES] = {
#define NAMES(n) {"order" n ".words", "order" n ".values", "order" n ".links", "order" n ".log_p"}
      NAMES("1"), NAMES("2"), NAMES("3"), NAMES("4"), NAMES("5"), NAMES("6"), NAMES("7"), NAMES("8")};
#undef NAMES
  return names[i][t];
}

static int64_t tables(const rn_model *model, rn_entry *out) {
  const rn_ngram *g = model->self;
  int64_t n = 0;
  for (int i = 0; i < g->config.order; i++) {
    const rn_ngram_level *level = &g->level[i];
    const void *data[N_TABLES] = {level->words, level->values, level->links, level->log_p};
    table t[N_TABLES];
    level_tables(g, i, t);
    for (int k = 0; k < N_TABLES; k++) {
      if (t[k].n < 0) continue;
      out[n++] = (rn_entry){.name = table_name(i, k),
                            .dtype = t[k].dtype,
                            .rank = t[k].columns > 1 ? 2 : 1,
                            .shape = {t[k].n, t[k].columns > 1 ? t[k].columns : 0},
                            .data = data[k],
                            .size = (size_t)(t[k].n * t[k].columns) * sizeof(int32_t)};
    }
  }
  return n;
}

static rn_status bind(rn_ngram *g, int i, const rn_safetensors *file, const char *path, rn_error *err) {
  const void *data[N_TABLES] = {0};
  table t[N_TABLES];
  level_tables(g, i, t);
  for (int k = 0; k < N_TABLES; k++) {
    if (t[k].n < 0) continue;
    const char *name = table_name(i, k);
    const rn_entry *e = rn_safetensors_find(file, name);
    if (!e) return rn_error_set(err, RN_ERROR_DATA, "%s: the table %s is missing", path, name);
    bool shape = e->dtype == t[k].dtype && e->rank == (t[k].columns > 1 ? 2 : 1) && e->shape[0] == t[k].n &&
                 (e->rank == 1 || e->shape[1] == t[k].columns);
    if (!shape || (uintptr_t)e->data % _Alignof(int32_t))
      return rn_error_set(err, RN_ERROR_DATA, "%s: the table %s is not what the configuration says", path, name);
    data[k] = e->data;
  }
  g->level[i] = (rn_ngram_level){g->config.count[i], data[WORDS], data[VALUES], data[LOG_P], data[LINKS]};
  return RN_OK;
}

/* The loops are without branches and carry nothing from turn to turn but `bad`. */
static bool sound_integers(const rn_ngram *g, int i) {
  const rn_ngram_level *level = &g->level[i];
  const rn_ngram_links *links = level->links;
  uint32_t bad = 0, n_words = (uint32_t)g->n_words, n_before = i > 0 ? (uint32_t)g->level[i - 1].n : 1;
  for (int64_t k = 0; level->words && k < level->n; k++) bad |= (uint32_t)level->words[k] >= n_words;
  if (links) {
    for (int64_t k = 0; k < level->n; k++) bad |= (links[k].begin > links[k + 1].begin) | ((uint32_t)links[k].suffix >= n_before);
    bad |= (links[0].begin < 0) | (links[level->n].begin > g->level[i + 1].n);
  }
  return !bad;
}

/* An exponent of all ones is an infinity or a NaN. */
static bool sound_floats(const float *x, int64_t n) {
  const uint32_t ones = 0x7f800000u;
  uint32_t bad = 0, bits;
  for (int64_t k = 0; k < n; k++) {
    memcpy(&bits, &x[k], sizeof bits);
    bad |= (bits & ones) == ones;
  }
  return !bad;
}

bool rn_ngram_sound(const rn_ngram *g) {
  bool sound = true;
  for (int i = 0; i < g->config.order && sound; i++) {
    const rn_ngram_level *level = &g->level[i];
    sound = sound_integers(g, i) &&
            sound_floats(level->values ? &level->values->log_p : level->log_p, level->values ? 2 * level->n : level->n);
  }
  return sound;
}

static rn_status load(rn_model *model, const rn_safetensors *file, const char *path, rn_error *err) {
  rn_ngram *g = model->self;
  for (int i = 0; i < g->config.order; i++) {
    rn_status status = bind(g, i, file, path, err);
    if (status != RN_OK) return status;
  }
  if (g->level[0].n != g->n_words)
    return rn_error_set(err, RN_ERROR_DATA, "%s: %lld unigrams, but a vocabulary of %lld", path, (long long)g->level[0].n,
                        (long long)g->n_words);
  return RN_OK;
}

const rn_architecture rn_architecture_ngram = {.kind = "ngram",
                                               .size = sizeof(rn_ngram),
                                               .init = init,
                                               .vocab_params = (const char *const[]){NULL},
                                               .free = release,
                                               .tables = tables,
                                               .load = load};

rn_status rn_trie_model(rn_trie *trie, const rn_ngram_config *config, rn_vocab *vocab, rn_model **out) {
  rn_ngram_config counted = *config;
  for (int i = 0; i < trie->order; i++) counted.count[i] = trie->level[i].n;
  json_t *json = config_json(&counted);
  rn_status status;
  if (json) {
    status = rn_model_new(trie->ctx, &rn_architecture_ngram, json, vocab, out);
  } else {
    rn_vocab_free(vocab);
    status = rn_context_fail(trie->ctx, RN_ERROR_MEMORY, "out of memory for the model");
  }
  json_decref(json);
  if (status == RN_OK) rn_trie_give(trie, (*out)->self);
  return status;
}
