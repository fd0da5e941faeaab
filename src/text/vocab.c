/* vocab.c: vocabularies. Ids: <unk>, when there is one, is 0; then the symbols by falling frequency, ties by first appearance. */
#include "base/alloc.h"
#include "base/map.h"
#include "base/text_buffer.h"
#include "base/names.h"
#include "text/lexicon.h"
#include "text/symbols.h"
#include "text/token_level.h"
#include <stdlib.h>
#include <string.h>

struct rn_vocab {
  rn_level level;
  int64_t *counts; /* [n] */
  int64_t n, capacity;
  rn_map *index;      /* bytes -> id, in the order of the ids */
  int32_t ascii[128]; /* the same for symbols of one ASCII byte: most of a character-level text */
  int32_t unk, eos;
  rn_token_level tokens; /* token level: finds, names and cuts in place of the index */
};

static const char *const level_names[] = {"char", "word", "token"};
const char *rn_level_name(rn_level level) { return level_names[level]; }

rn_vocab_options rn_vocab_options_default(rn_level level) { return (rn_vocab_options){.level = level, .unk = true}; }

rn_vocab *rn_vocab_new(rn_level level) {
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
  rn_free(v->counts);
  rn_map_free(v->index);
  rn_token_level_free(&v->tokens);
  rn_free(v);
}

static bool reserve(rn_vocab *v, int64_t n) {
  if (n <= v->capacity) return true;
  int64_t capacity = n > 2 * v->capacity ? n : 2 * v->capacity;
  int64_t *counts = rn_realloc(v->counts, (size_t)capacity * sizeof *counts);
  if (!counts) return false;
  v->counts = counts;
  v->capacity = capacity;
  return true;
}

bool rn_vocab_reserve(rn_vocab *v, int64_t n, size_t size) { return reserve(v, n) && rn_map_reserve(v->index, n, size); }

bool rn_vocab_add(rn_vocab *v, const char *bytes, size_t size, int64_t count, bool *fresh) {
  if (!reserve(v, v->n + 1) || !rn_map_insert(v->index, bytes, size, v->n, fresh)) return false;
  if (!*fresh) return true;
  if (size == 1 && (unsigned char)*bytes < 128) v->ascii[(unsigned char)*bytes] = (int32_t)v->n;
  v->counts[v->n++] = count;
  return true;
}

void rn_vocab_done(rn_vocab *v, int32_t unk) {
  v->unk = unk;
  v->eos = v->level == RN_LEVEL_CHAR ? rn_vocab_find(v, "\n", 1) : rn_vocab_find(v, RN_EOS, strlen(RN_EOS));
}

/* ---- building ---- */

/* What a text holds, in order of first appearance. */
typedef struct tally {
  rn_map *index; /* the symbols, at their places in `at` */
  struct seen {
    int64_t count, order;
    bool kept; /* however rare it is */
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
  if (t->n >= INT32_MAX - 2) return NULL; /* ids are 32 bits wide */
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
  t->at[t->n] = (struct seen){.order = t->n};
  t->n++;
  if (ascii) t->ascii[(unsigned char)*bytes] = (int32_t)t->n;
  return &t->at[t->n - 1];
}

static rn_status no_symbol(rn_context *ctx) {
  return rn_context_fail(ctx, RN_ERROR_DATA, "the text holds no symbol: a vocabulary needs at least one");
}
static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the vocabulary"); }

static rn_status too_long(rn_context *ctx, const rn_symbols *s) {
  int64_t line, column;
  rn_symbols_place(s, s->symbol, &line, &column);
  return rn_context_fail(ctx, RN_ERROR_DATA,
                         "%lld:%lld: a word of %zu bytes (%d are possible): is this text with blanks? Character level takes anything",
                         (long long)line, (long long)column, s->size, RN_MAX_WORD);
}

static bool is_word(const char *bytes, size_t size, const char *word) { return size == strlen(word) && memcmp(bytes, word, size) == 0; }

/* The entry of a symbol that has been met once more; NULL when out of memory. */
static const struct seen *count_symbol(tally *t, rn_level level, const char *bytes, size_t size) {
  struct seen *seen = tally_find(t, bytes, size);
  if (!seen) return NULL;
  seen->count++;
  /* the end of a line is kept however few lines there are: it is what sentences begin and end with */
  seen->kept |= level == RN_LEVEL_WORD && is_word(bytes, size, RN_EOS);
  return seen;
}

static rn_status count_symbols(rn_context *ctx, rn_symbols s, tally *t) {
  while (rn_symbols_next(&s)) {
    if (s.size > RN_MAX_WORD) return too_long(ctx, &s);
    if (!count_symbol(t, s.level, s.symbol, s.size)) return no_memory(ctx);
  }
  return t->n > 0 ? RN_OK : no_symbol(ctx);
}

static int by_count(const void *a, const void *b) {
  const struct seen *x = a, *y = b;
  if (x->count != y->count) return x->count > y->count ? -1 : 1;
  return x->order < y->order ? -1 : 1;
}

/* The ids: <unk> first when anything needs it, then whatever is frequent enough. */
static bool assign_ids(rn_vocab *v, tally *t, const rn_vocab_options *o) {
  bool word = v->level == RN_LEVEL_WORD, own_unk = word && rn_map_find(t->index, RN_UNK, strlen(RN_UNK)), fresh;
  int64_t min_count = o->min_count > 0 ? o->min_count : word && !own_unk ? 2 : 1;
  qsort(t->at, (size_t)t->n, sizeof *t->at, by_count);

  int64_t max_size = o->max_size > 0 ? o->max_size : INT64_MAX;
  bool unk = o->unk || own_unk || t->at[t->n - 1].count < min_count || t->n > max_size;
  int64_t room = max_size - unk; /* <unk> takes a place */
  if (unk && !rn_vocab_add(v, RN_UNK, strlen(RN_UNK), 0, &fresh)) return false;
  for (int64_t i = 0; i < t->n; i++) {
    size_t size;
    const char *bytes = rn_map_key(t->index, t->at[i].order, &size, NULL);
    bool is_own_unk = own_unk && is_word(bytes, size, RN_UNK), frequent = !is_own_unk && t->at[i].count >= min_count && room > 0;
    room -= frequent;
    if (is_own_unk || !(frequent || t->at[i].kept)) v->counts[0] += t->at[i].count;
    else if (!rn_vocab_add(v, bytes, size, t->at[i].count, &fresh)) return false;
  }
  rn_vocab_done(v, unk ? 0 : -1);
  return true;
}

/* The vocabulary of what was counted. */
static rn_status make_vocab(rn_context *ctx, tally *t, const rn_vocab_options *options, rn_vocab **out) {
  *out = rn_vocab_new(options->level);
  if (*out && assign_ids(*out, t, options)) return RN_OK;
  rn_vocab_free(*out);
  *out = NULL;
  return no_memory(ctx);
}

rn_status rn_vocab_build(rn_context *ctx, const char *text, size_t size, const rn_vocab_options *options, rn_vocab **out) {
  *out = NULL;
  rn_clean_text clean;
  rn_status status = rn_clean_text_init(ctx, text, size, &clean);
  if (status != RN_OK) return status;
  tally t = {.index = rn_map_new()};
  status = t.index ? count_symbols(ctx, rn_symbols_init(options->level, clean.text, clean.size, true), &t) : no_memory(ctx);
  if (status == RN_OK) status = make_vocab(ctx, &t, options, out);
  tally_free(&t);
  rn_free(clean.owner);
  return status;
}

/* ---- a text that passes by ---- */

struct rn_vocab_builder {
  rn_context *ctx;
  rn_level level;
  tally tally;
};

rn_status rn_vocab_builder_new(rn_context *ctx, rn_level level, rn_vocab_builder **out) {
  rn_vocab_builder *b = *out = rn_alloc_zero(1, sizeof *b);
  if (!b) return no_memory(ctx);
  *b = (rn_vocab_builder){.ctx = ctx, .level = level, .tally = {.index = rn_map_new()}};
  if (b->tally.index) return RN_OK;
  rn_vocab_builder_free(b);
  *out = NULL;
  return no_memory(ctx);
}

void rn_vocab_builder_free(rn_vocab_builder *b) {
  if (!b) return;
  tally_free(&b->tally);
  rn_free(b);
}

rn_status rn_vocab_builder_add(rn_vocab_builder *b, const char *bytes, size_t size, int32_t *number) {
  const struct seen *seen = count_symbol(&b->tally, b->level, bytes, size);
  if (!seen) return no_memory(b->ctx);
  *number = (int32_t)seen->order;
  return RN_OK;
}

rn_status rn_vocab_builder_finish(rn_vocab_builder *b, const rn_vocab_options *options, rn_vocab **out, int32_t **ids) {
  tally *t = &b->tally;
  *out = NULL;
  *ids = NULL;
  if (t->n == 0) return no_symbol(b->ctx);
  rn_status status = make_vocab(b->ctx, t, options, out);
  if (status == RN_OK && !(*ids = rn_alloc((size_t)t->n * sizeof **ids))) status = no_memory(b->ctx);
  for (int64_t i = 0; i < t->n && status == RN_OK; i++) {
    size_t size;
    const char *bytes = rn_map_key(t->index, i, &size, NULL);
    (*ids)[i] = rn_vocab_find(*out, bytes, size);
  }
  if (status != RN_OK) {
    rn_vocab_free(*out);
    *out = NULL;
  }
  return status;
}

/* ---- lists of words ---- */

/* Counts the forms of words, each `times`; those of extra words are kept. */
static bool count_words(tally *t, const rn_string *words, int64_t n, bool fold, int64_t times, bool kept) {
  char form[RN_MAX_FORM];
  for (int64_t i = 0; i < n; i++) {
    int64_t size = rn_form(words[i].data, words[i].size, fold, form, sizeof form);
    if (size <= 0) continue;
    struct seen *seen = tally_find(t, form, (size_t)size);
    if (!seen) return false;
    seen->count += times;
    seen->kept |= kept;
  }
  return true;
}

rn_status rn_vocab_of_words(rn_context *ctx, const rn_vocab_words *from, rn_vocab **out) {
  *out = NULL;
  rn_vocab_options options = {.level = RN_LEVEL_WORD, .max_size = from->max_size, .unk = true};
  options.min_count = from->min_count > 0 ? from->min_count : 1;
  tally t = {.index = rn_map_new()};
  rn_status status = RN_OK;
  if (!t.index || !count_words(&t, from->words, from->n, from->fold, 1, false) ||
      !count_words(&t, from->extra, from->n_extra, from->fold, 0, true))
    status = no_memory(ctx);
  else if (t.n == 0) status = no_symbol(ctx);
  else status = make_vocab(ctx, &t, &options, out);
  tally_free(&t);
  return status;
}

rn_status rn_vocab_of_counts(rn_context *ctx, const rn_string *words, const int64_t *counts, int64_t n, const rn_vocab_options *options,
                             rn_vocab **out, int32_t *ids) {
  struct seen *order = rn_alloc((size_t)n * sizeof *order);
  rn_vocab *v = *out = rn_vocab_new(RN_LEVEL_WORD);
  bool ok = order && v, fresh;
  for (int64_t i = 0; ok && i < n; i++) order[i] = (struct seen){.count = counts[i], .order = i};
  if (ok) qsort(order, (size_t)n, sizeof *order, by_count);
  for (int64_t i = 0; ok && i < n; i++) {
    const rn_string *word = &words[order[i].order];
    bool kept = order[i].count >= options->min_count && (options->max_size == 0 || v->n < options->max_size);
    ids[order[i].order] = kept ? (int32_t)v->n : -1;
    if (kept) ok = rn_vocab_add(v, word->data, word->size, order[i].count, &fresh);
  }
  rn_free(order);
  if (ok) return rn_vocab_done(v, -1), RN_OK;
  rn_vocab_free(v);
  *out = NULL;
  return no_memory(ctx);
}

/* ---- the tokens of a tokenizer ---- */

rn_status rn_vocab_from_tokenizer(rn_context *ctx, rn_tokenizer *tokenizer, rn_vocab **out) {
  *out = NULL;
  rn_token_level tokens;
  rn_status status = rn_token_level_init(ctx, tokenizer, &tokens);
  if (status != RN_OK) return status;
  rn_vocab *v = rn_vocab_new(RN_LEVEL_TOKEN);
  int64_t n = rn_tokenizer_size(tokenizer);
  if (v) v->tokens = tokens;
  else rn_token_level_free(&tokens);
  if (!v || !(v->counts = rn_alloc_zero((size_t)n, sizeof *v->counts))) {
    rn_vocab_free(v);
    return no_memory(ctx);
  }
  v->n = n;
  v->unk = tokens.unk;
  v->eos = tokens.eos;
  *out = v;
  return RN_OK;
}

const rn_tokenizer *rn_vocab_tokenizer(const rn_vocab *v) { return v->tokens.tokenizer; }
const rn_token_level *rn_vocab_token_level(const rn_vocab *v) { return v->level == RN_LEVEL_TOKEN ? &v->tokens : NULL; }

void rn_vocab_count_ids(rn_vocab *v, const int32_t *ids, int64_t n) {
  for (int64_t i = 0; i < n; i++) v->counts[ids[i]]++;
}

/* ---- asking ---- */

rn_level rn_vocab_level(const rn_vocab *v) { return v->level; }
int64_t rn_vocab_size(const rn_vocab *v) { return v->n; }
int32_t rn_vocab_unk(const rn_vocab *v) { return v->unk; }
int32_t rn_vocab_eos(const rn_vocab *v) { return v->eos; }
void rn_vocab_set_count(rn_vocab *v, int32_t id, int64_t count) { v->counts[id] = count; }
int64_t rn_vocab_count(const rn_vocab *v, int32_t id) { return id >= 0 && id < v->n ? v->counts[id] : 0; }

const char *rn_vocab_symbol(const rn_vocab *v, int32_t id, size_t *size) {
  if (id < 0 || id >= v->n) return NULL;
  if (v->level != RN_LEVEL_TOKEN) return rn_map_key(v->index, id, size, NULL);
  const char *token = rn_tokenizer_token(v->tokens.tokenizer, id, size);
  if (!token && size) *size = 0;
  return token ? token : ""; /* an id that is left out */
}

int32_t rn_vocab_find(const rn_vocab *v, const char *bytes, size_t size) {
  if (v->level == RN_LEVEL_TOKEN) return rn_tokenizer_find(v->tokens.tokenizer, bytes, size);
  if (size == 1 && (unsigned char)*bytes < 128) return v->ascii[(unsigned char)*bytes];
  const int64_t *id = rn_map_find(v->index, bytes, size);
  return id ? (int32_t)*id : -1;
}

bool rn_vocab_equal(const rn_vocab *a, const rn_vocab *b) {
  if (a->level != b->level || a->n != b->n || a->unk != b->unk) return false;
  for (int32_t i = 0; i < a->n; i++) {
    size_t n, m;
    const char *x = rn_vocab_symbol(a, i, &n), *y = rn_vocab_symbol(b, i, &m);
    if (n != m || memcmp(x, y, n) != 0) return false;
  }
  return a->level != RN_LEVEL_TOKEN || strcmp(rn_tokenizer_json(a->tokens.tokenizer), rn_tokenizer_json(b->tokens.tokenizer)) == 0;
}
