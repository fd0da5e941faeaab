/* vocab.c: vocabularies. Ids: <unk>, when there is one, is 0; then the symbols by falling frequency, ties by first appearance. */
#include "text/vocab.h"
#include "base/alloc.h"
#include "base/map.h"
#include "text/symbols.h"
#include <stdlib.h>
#include <string.h>

typedef struct symbol {
  char *bytes; /* NUL-terminated as well */
  size_t size;
  int64_t count;
} symbol;

struct rn_vocab {
  rn_level level;
  symbol *at;
  int64_t n, capacity;
  rn_map *index;      /* bytes -> id */
  int32_t ascii[128]; /* the same for symbols of one ASCII byte: most of a character-level text */
  int32_t unk, eos;
};

rn_vocab_options rn_vocab_options_default(rn_level level) { return (rn_vocab_options){.level = level, .unk = true}; }

static rn_vocab *vocab_new(rn_level level) {
  rn_vocab *v = rn_alloc_zero(1, sizeof *v);
  if (!v) return NULL;
  v->level = level;
  v->unk = v->eos = -1;
  for (int i = 0; i < 128; i++) v->ascii[i] = -1;
  if (!(v->index = rn_map_new())) {
    rn_free(v);
    return NULL;
  }
  return v;
}

void rn_vocab_free(rn_vocab *v) {
  if (!v) return;
  for (int64_t i = 0; i < v->n; i++) rn_free(v->at[i].bytes);
  rn_free(v->at);
  rn_map_free(v->index);
  rn_free(v);
}

/* Appends a symbol. *fresh: it was not there. */
static bool vocab_add(rn_vocab *v, const char *bytes, size_t size, int64_t count, bool *fresh) {
  if (v->n == v->capacity) {
    int64_t capacity = v->capacity ? 2 * v->capacity : 128;
    symbol *at = rn_realloc(v->at, (size_t)capacity * sizeof *at);
    if (!at) return false;
    v->at = at;
    v->capacity = capacity;
  }
  if (!rn_map_insert(v->index, bytes, size, v->n, fresh)) return false;
  if (!*fresh) return true;
  char *copy = rn_strndup(bytes, size);
  if (!copy) return false;
  if (size == 1 && (unsigned char)*bytes < 128) v->ascii[(unsigned char)*bytes] = (int32_t)v->n;
  v->at[v->n++] = (symbol){copy, size, count};
  return true;
}

static void find_eos(rn_vocab *v) {
  v->eos = v->level == RN_LEVEL_CHAR ? rn_vocab_find(v, "\n", 1) : rn_vocab_find(v, RN_EOS, strlen(RN_EOS));
}

/* ---- building ---- */

/* What a text holds, in order of first appearance: bytes point into the text. */
typedef struct tally {
  rn_map *index;
  struct seen {
    const char *bytes;
    size_t size;
    int64_t count, order;
  } * at;
  int64_t n, capacity;
  int32_t ascii[128]; /* entry + 1 of one-byte symbols */
} tally;

static void tally_free(tally *t) {
  rn_map_free(t->index);
  rn_free(t->at);
}

static struct seen *tally_find(tally *t, const char *bytes, size_t size) {
  bool ascii = size == 1 && (unsigned char)*bytes < 128, fresh = false;
  if (ascii && t->ascii[(unsigned char)*bytes]) return &t->at[t->ascii[(unsigned char)*bytes] - 1];
  const int64_t *i = rn_map_insert(t->index, bytes, size, t->n, &fresh);
  if (!i) return NULL;
  if (!fresh) return &t->at[*i];
  if (t->n == t->capacity) {
    int64_t capacity = t->capacity ? 2 * t->capacity : 1024;
    struct seen *at = rn_realloc(t->at, (size_t)capacity * sizeof *at);
    if (!at) return NULL;
    t->at = at;
    t->capacity = capacity;
  }
  t->at[t->n] = (struct seen){bytes, size, 0, t->n};
  t->n++;
  if (ascii) t->ascii[(unsigned char)*bytes] = (int32_t)t->n;
  return &t->at[t->n - 1];
}

static rn_status too_long(rn_context *ctx, const rn_symbols *s) {
  int64_t line, column;
  rn_symbols_place(s, s->symbol, &line, &column);
  return rn_context_fail(ctx, RN_ERROR_DATA,
                         "%lld:%lld: a word of %zu bytes (%d are possible): is this text with blanks? Character level takes anything",
                         (long long)line, (long long)column, s->size, RN_MAX_WORD);
}

static rn_status count_symbols(rn_context *ctx, rn_symbols s, tally *t) {
  while (rn_symbols_next(&s)) {
    if (s.size > RN_MAX_WORD) return too_long(ctx, &s);
    struct seen *seen = tally_find(t, s.symbol, s.size);
    if (!seen || t->n >= INT32_MAX - 2) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the vocabulary");
    seen->count++;
  }
  return t->n > 0 ? RN_OK : rn_context_fail(ctx, RN_ERROR_DATA, "the text holds no symbol: a vocabulary needs at least one");
}

static int by_count(const void *a, const void *b) {
  const struct seen *x = a, *y = b;
  if (x->count != y->count) return x->count > y->count ? -1 : 1;
  return x->order < y->order ? -1 : 1;
}

static bool is_unk(const struct seen *s) { return s->size == strlen(RN_UNK) && memcmp(s->bytes, RN_UNK, s->size) == 0; }

/* The ids: <unk> first when anything needs it, then whatever is frequent enough. */
static bool assign_ids(rn_vocab *v, tally *t, const rn_vocab_options *o) {
  bool own_unk = false, fresh;
  for (int64_t i = 0; i < t->n && v->level == RN_LEVEL_WORD; i++) own_unk |= is_unk(&t->at[i]);
  int64_t min_count = o->min_count > 0 ? o->min_count : v->level == RN_LEVEL_WORD && !own_unk ? 2 : 1;
  qsort(t->at, (size_t)t->n, sizeof *t->at, by_count);

  int64_t n_kept = 0;
  while (n_kept < t->n && t->at[n_kept].count >= min_count) n_kept++;
  int64_t room = o->max_size > 0 ? o->max_size : INT64_MAX;
  bool unk = o->unk || own_unk || n_kept < t->n || n_kept > room;
  if (unk && !own_unk && n_kept >= room) n_kept = room - 1; /* <unk> takes a place */
  if (n_kept > room) n_kept = room;
  if (n_kept < 0) n_kept = 0;
  if (unk) {
    if (!vocab_add(v, RN_UNK, strlen(RN_UNK), 0, &fresh)) return false;
    v->unk = 0;
  }
  for (int64_t i = 0; i < t->n; i++) {
    const struct seen *s = &t->at[i];
    bool is_own_unk = own_unk && is_unk(s);
    /* the end of a line is kept however few lines there are: it is what sentences begin and end with */
    bool is_eos = v->level == RN_LEVEL_WORD && s->size == strlen(RN_EOS) && memcmp(s->bytes, RN_EOS, s->size) == 0;
    if (is_own_unk || (i >= n_kept && !is_eos)) v->at[0].count += s->count;
    else if (!vocab_add(v, s->bytes, s->size, s->count, &fresh)) return false;
  }
  find_eos(v);
  return true;
}

rn_status rn_vocab_build(rn_context *ctx, const char *text, size_t size, const rn_vocab_options *options, rn_vocab **out) {
  *out = NULL;
  rn_clean_text clean;
  rn_status status = rn_clean_text_init(ctx, text, size, &clean);
  if (status != RN_OK) return status;
  tally t = {.index = rn_map_new()};
  if (t.index) status = count_symbols(ctx, rn_symbols_init(options->level, clean.text, clean.size, true), &t);
  rn_vocab *v = t.index && status == RN_OK ? vocab_new(options->level) : NULL;
  if (status == RN_OK && (!v || !assign_ids(v, &t, options))) {
    rn_vocab_free(v);
    v = NULL;
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the vocabulary");
  }
  tally_free(&t);
  rn_free(clean.owner);
  *out = v;
  return status;
}

/* ---- asking ---- */

rn_level rn_vocab_level(const rn_vocab *v) { return v->level; }
int64_t rn_vocab_size(const rn_vocab *v) { return v->n; }
int32_t rn_vocab_unk(const rn_vocab *v) { return v->unk; }
int32_t rn_vocab_eos(const rn_vocab *v) { return v->eos; }
int64_t rn_vocab_count(const rn_vocab *v, int32_t id) { return id >= 0 && id < v->n ? v->at[id].count : 0; }

const char *rn_vocab_symbol(const rn_vocab *v, int32_t id, size_t *size) {
  if (id < 0 || id >= v->n) return NULL;
  if (size) *size = v->at[id].size;
  return v->at[id].bytes;
}

int32_t rn_vocab_find(const rn_vocab *v, const char *bytes, size_t size) {
  if (size == 1 && (unsigned char)*bytes < 128) return v->ascii[(unsigned char)*bytes];
  const int64_t *id = rn_map_find(v->index, bytes, size);
  return id ? (int32_t)*id : -1;
}

bool rn_vocab_equal(const rn_vocab *a, const rn_vocab *b) {
  if (a->level != b->level || a->n != b->n || a->unk != b->unk) return false;
  for (int64_t i = 0; i < a->n; i++)
    if (a->at[i].size != b->at[i].size || memcmp(a->at[i].bytes, b->at[i].bytes, a->at[i].size) != 0) return false;
  return true;
}

/* ---- in a model file ---- */

json_t *rn_vocab_to_json(const rn_vocab *v) {
  json_t *symbols = json_array(), *counts = json_array();
  for (int64_t i = 0; i < v->n; i++) {
    bool nul = v->at[i].size == 1 && v->at[i].bytes[0] == 0;
    json_array_append_new(symbols, json_stringn(v->at[i].bytes, nul ? 0 : v->at[i].size));
    json_array_append_new(counts, json_integer(v->at[i].count));
  }
  if (!symbols || !counts || json_array_size(symbols) != (size_t)v->n || json_array_size(counts) != (size_t)v->n) {
    json_decref(symbols);
    json_decref(counts);
    return NULL;
  }
  return json_pack("{s:s, s:o, s:o, s:i}", "level", v->level == RN_LEVEL_CHAR ? "char" : "word", "symbols", symbols, "counts", counts,
                   "unk", v->unk);
}

rn_status rn_vocab_from_json(const json_t *json, const char *path, rn_vocab **out, rn_error *err) {
  *out = NULL;
  const char *level = rn_json_string(json, "level", "");
  const json_t *symbols = json_object_get(json, "symbols"), *counts = json_object_get(json, "counts");
  int64_t unk = rn_json_int(json, "unk", -1), n = (int64_t)json_array_size(symbols);
  bool word = strcmp(level, "word") == 0;
  if ((!word && strcmp(level, "char") != 0) || n < 1 || n > INT32_MAX || (int64_t)json_array_size(counts) != n || unk < -1 || unk >= n)
    return rn_error_set(err, RN_ERROR_DATA, "%s: its vocabulary is malformed: level, symbols, counts and unk do not make one", path);
  rn_vocab *v = vocab_new(word ? RN_LEVEL_WORD : RN_LEVEL_CHAR);
  bool ok = v != NULL;
  for (int64_t i = 0; ok && i < n; i++) {
    const json_t *s = json_array_get(symbols, (size_t)i), *count = json_array_get(counts, (size_t)i);
    bool fresh = false;
    size_t size = json_string_length(s);
    if (!json_is_string(s) || !json_is_integer(count) || json_integer_value(count) < 0 || size > RN_MAX_WORD) {
      rn_vocab_free(v);
      return rn_error_set(err, RN_ERROR_DATA, "%s: vocabulary entry %lld is not a symbol with a count", path, (long long)i);
    }
    ok = vocab_add(v, size ? json_string_value(s) : "", size ? size : 1, json_integer_value(count), &fresh);
    if (ok && !fresh) {
      rn_vocab_free(v);
      return rn_error_set(err, RN_ERROR_DATA, "%s: vocabulary entry %lld is there twice", path, (long long)i);
    }
  }
  if (!ok) {
    rn_vocab_free(v);
    return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for the vocabulary of %s", path);
  }
  v->unk = (int32_t)unk;
  find_eos(v);
  *out = v;
  return RN_OK;
}
