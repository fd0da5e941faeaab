/* word_ids.c: a text as the numbers of its words. Words are numbered as they come; when all have been seen, phrases are joined and the
 * numbers become ids of the vocabulary, each time from one list of numbers into another. */
#include "data/word_ids.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/spill.h"
#include "base/stream.h"
#include "base/text_buffer.h"
#include "text/phrases.h"
#include "text/symbols.h"
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 16 }; /* ids that are worked on at a time */
#define TEXT_BLOCK ((size_t)1 << 20)
#define PHRASE_DELTA 5.0

/* ---- a list of ids, in memory or, when it is long, in a file ---- */

typedef struct rn_id_list {
  int32_t *at; /* [capacity], of which n are taken: all of them, or those that are not in the file yet */
  int64_t n, capacity, most;
  rn_spill *spill; /* NULL: all are in memory */
  const char *folder;
} id_list;

static id_list *list_new(const rn_word_ids_options *o) {
  id_list *l = rn_alloc_zero(1, sizeof *l);
  if (l) *l = (id_list){.most = o->memory / (int64_t)sizeof(int32_t), .folder = o->folder};
  if (l && l->most < BLOCK) l->most = BLOCK;
  return l;
}

static void list_free(id_list *l) {
  if (!l) return;
  rn_free(l->at);
  rn_spill_close(l->spill);
  rn_free(l);
}

/* Room for more ids than there is: twice the memory, up to its limit; beyond, the file takes them. */
static rn_status list_grow(rn_context *ctx, id_list *l) {
  if (l->capacity < l->most) {
    int64_t capacity = l->capacity ? 2 * l->capacity : BLOCK;
    if (capacity > l->most) capacity = l->most;
    int32_t *at = rn_realloc(l->at, (size_t)capacity * sizeof *at);
    if (!at) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld words", (long long)capacity);
    l->at = at;
    l->capacity = capacity;
    return RN_OK;
  }
  rn_error error = {0};
  if (!l->spill) rn_spill_open(l->folder, &l->spill, &error);
  if (error.status == RN_OK) rn_spill_write(l->spill, l->at, (size_t)l->n * sizeof *l->at, &error);
  l->n = 0;
  return error.status == RN_OK ? RN_OK : rn_context_fail(ctx, error.status, "%s", error.text);
}

static inline rn_status list_add(rn_context *ctx, id_list *l, int32_t id) {
  if (l->n == l->capacity) {
    rn_status status = list_grow(ctx, l);
    if (status != RN_OK) return status;
  }
  l->at[l->n++] = id;
  return RN_OK;
}

/* When all have been added: a list that has a file is in it whole. */
static rn_status list_close(rn_context *ctx, id_list *l) {
  if (!l->spill) return RN_OK;
  rn_error error = {0};
  rn_status status = rn_spill_write(l->spill, l->at, (size_t)l->n * sizeof *l->at, &error);
  rn_free(l->at);
  l->at = NULL;
  return status == RN_OK ? RN_OK : rn_context_fail(ctx, status, "%s", error.text);
}

static int64_t list_size(const id_list *l) {
  return l->spill ? (int64_t)(rn_spill_size(l->spill) / sizeof(int32_t)) : l->n;
}

static const int32_t *list_read(rn_context *ctx, const id_list *l, int64_t at, int64_t n, int32_t *room) {
  if (!l->spill) return l->at + at;
  rn_error error = {0};
  if (rn_spill_read(l->spill, (uint64_t)at * sizeof *room, room, (size_t)n * sizeof *room, &error) == RN_OK) return room;
  rn_context_fail(ctx, error.status, "%s", error.text);
  return NULL;
}

/* ---- reading ---- */

typedef struct reader {
  rn_context *ctx;
  const rn_word_ids_options *options;
  const char *path;
  rn_map *words; /* at their numbers */
  int64_t *count;
  int64_t capacity;
  id_list *list;
  int64_t n_tokens, n_lines, n_invalid, n_phrases;
  uint64_t n_bytes, hash;
} reader;

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the words of the text"); }

/* Counts a word `times`; *number is its own. */
static bool count_word(reader *r, const char *word, size_t size, int64_t times, int32_t *number) {
  bool fresh;
  int64_t n = rn_map_size(r->words);
  const int64_t *place = rn_map_insert(r->words, word, size, n, &fresh);
  if (!place || *place >= INT32_MAX - 1) return false;
  *number = (int32_t)*place;
  if (fresh && n >= r->capacity) {
    int64_t capacity = r->capacity ? 2 * r->capacity : 1 << 14;
    int64_t *count = rn_realloc(r->count, (size_t)capacity * sizeof *count);
    if (!count) return false;
    r->count = count;
    r->capacity = capacity;
  }
  if (fresh) r->count[n] = 0;
  r->count[*number] += times;
  return true;
}

static rn_status read_block(reader *r, rn_string block) {
  rn_clean_text clean;
  rn_status status = rn_clean_text_init(r->ctx, block.data, block.size, &clean);
  if (status != RN_OK) return status;
  r->n_invalid += clean.n_invalid;
  rn_symbols s = rn_symbols_init(RN_LEVEL_WORD, clean.text, clean.size, false);
  while (status == RN_OK && rn_symbols_next(&s)) {
    int32_t id = RN_LINE_END;
    bool line_end = s.size == strlen(RN_EOS) && memcmp(s.symbol, RN_EOS, s.size) == 0;
    r->n_lines += line_end;
    r->n_tokens += !line_end;
    if (s.size > RN_MAX_WORD)
      status = rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: word %lld is longer than %d bytes: is this text with blanks?", r->path,
                               (long long)r->n_tokens, RN_MAX_WORD);
    else if (!line_end && !count_word(r, s.symbol, s.size, 1, &id)) status = no_memory(r->ctx);
    if (status == RN_OK) status = list_add(r->ctx, r->list, id);
  }
  rn_free(clean.owner);
  return status;
}

static rn_status read_text(reader *r) {
  rn_stream *stream = NULL;
  rn_string block;
  rn_error error = {0};
  rn_status status = RN_OK;
  rn_stream_open(r->path, TEXT_BLOCK, &stream, &error);
  while (status == RN_OK && error.status == RN_OK && rn_stream_next(stream, &block, &error) == RN_OK && block.size > 0) {
    status = read_block(r, block);
    if (rn_context_stopping(r->ctx)) status = rn_context_fail(r->ctx, RN_ERROR_STOPPED, "stopped while the text was read");
  }
  if (stream) r->n_bytes = rn_stream_bytes(stream), r->hash = rn_stream_hash(stream);
  rn_stream_close(stream);
  if (status == RN_OK && error.status != RN_OK) status = rn_context_fail(r->ctx, error.status, "%s", error.text);
  if (status == RN_OK && r->n_invalid > 0)
    rn_context_log(r->ctx, RN_LOG_WARNING, "%s: %lld parts are not UTF-8 and are read as U+FFFD", r->path, (long long)r->n_invalid);
  if (status == RN_OK) status = list_add(r->ctx, r->list, RN_LINE_END); /* also of a last line without one */
  return status == RN_OK ? list_close(r->ctx, r->list) : status;
}

/* ---- from one list to another ---- */

/* Gives every block of the list to `take`, then makes `to` the list. */
static rn_status rewrite(reader *r, rn_status (*take)(void *arg, const int32_t *ids, int64_t n, id_list *to), void *arg, bool replace) {
  id_list *to = replace ? list_new(r->options) : NULL;
  int32_t *room = rn_alloc(BLOCK * sizeof *room);
  rn_status status = (replace && !to) || !room ? no_memory(r->ctx) : RN_OK;
  int64_t size = list_size(r->list);
  for (int64_t at = 0; status == RN_OK && at < size; at += BLOCK) {
    int64_t n = size - at < BLOCK ? size - at : BLOCK;
    const int32_t *ids = list_read(r->ctx, r->list, at, n, room);
    status = ids ? take(arg, ids, n, to) : rn_context_status(r->ctx);
  }
  rn_free(room);
  if (status == RN_OK && to) status = list_close(r->ctx, to);
  if (status == RN_OK && to) {
    list_free(r->list);
    r->list = to;
  } else {
    list_free(to);
  }
  return status;
}

typedef struct joining {
  reader *r;
  rn_phrases phrases;
  rn_text name;
  int32_t previous, held; /* held: a word that waits for its successor; RN_LINE_END: none */
} joining;

static rn_status count_pairs(void *arg, const int32_t *ids, int64_t n, id_list *to) {
  joining *j = arg;
  return rn_phrases_count(&j->phrases, ids, n, &j->previous) ? RN_OK : no_memory(j->r->ctx);
}

/* The number of "a_b". The counts of its parts fall: each of their places is the phrase's now. */
static bool join_words(joining *j, int32_t a, int32_t b, int32_t *number) {
  size_t size;
  rn_text_clear(&j->name);
  const char *word = rn_map_key(j->r->words, a, &size, NULL);
  rn_text_append(&j->name, word, size);
  rn_text_puts(&j->name, "_");
  word = rn_map_key(j->r->words, b, &size, NULL);
  rn_text_append(&j->name, word, size);
  return !j->name.failed && count_word(j->r, j->name.data, j->name.size, 0, number);
}

/* From left to right: a phrase's second word begins no other. */
static rn_status join_block(void *arg, const int32_t *ids, int64_t n, id_list *to) {
  joining *j = arg;
  rn_context *ctx = j->r->ctx;
  rn_status status = RN_OK;
  for (int64_t i = 0; status == RN_OK && i < n; i++) {
    int32_t id = ids[i], joined;
    if (j->held >= 0 && rn_phrases_joins(&j->phrases, j->held, id)) {
      if (!join_words(j, j->held, id, &joined)) return no_memory(ctx);
      j->r->n_phrases++;
      j->held = RN_LINE_END;
      status = list_add(ctx, to, joined);
      continue;
    }
    if (j->held >= 0) status = list_add(ctx, to, j->held);
    if (id < 0 && status == RN_OK) status = list_add(ctx, to, id);
    j->held = id;
  }
  return status;
}

static rn_status count_again(void *arg, const int32_t *ids, int64_t n, id_list *to) {
  reader *r = arg;
  for (int64_t i = 0; i < n; i++)
    if (ids[i] >= 0) r->count[ids[i]]++, r->n_tokens++;
  return RN_OK;
}

/* One pass of phrase detection. Joined words are new: only pairs of the words before them are looked up, with the counts before. */
static rn_status join_phrases(reader *r) {
  int64_t n = rn_map_size(r->words);
  int64_t *before = rn_alloc((size_t)n * sizeof *before);
  if (!before) return no_memory(r->ctx);
  memcpy(before, r->count, (size_t)n * sizeof *before);
  joining j = {.r = r, .previous = RN_LINE_END, .held = RN_LINE_END,
               .phrases = {.threshold = r->options->phrase_threshold, .delta = PHRASE_DELTA, .n_words = r->n_tokens, .count = before}};
  rn_status status = rewrite(r, count_pairs, &j, false);
  if (status == RN_OK) status = rewrite(r, join_block, &j, true);
  memset(r->count, 0, (size_t)rn_map_size(r->words) * sizeof *r->count);
  r->n_tokens = 0;
  if (status == RN_OK) status = rewrite(r, count_again, r, false);
  rn_pairs_free(&j.phrases.pairs);
  rn_text_free(&j.name);
  rn_free(before);
  return status;
}

/* ---- the vocabulary ---- */

static rn_status renumber(void *arg, const int32_t *ids, int64_t n, id_list *to) {
  void **args = arg;
  rn_context *ctx = args[0];
  const int32_t *id_of = args[1];
  rn_status status = RN_OK;
  for (int64_t i = 0; status == RN_OK && i < n; i++) {
    int32_t id = ids[i] < 0 ? RN_LINE_END : id_of[ids[i]];
    if (ids[i] < 0 || id >= 0) status = list_add(ctx, to, id);
  }
  return status;
}

static rn_status make_vocab(reader *r, rn_word_ids *out) {
  int64_t n = rn_map_size(r->words);
  rn_string *words = rn_alloc((size_t)n * sizeof *words);
  int32_t *id_of = rn_alloc((size_t)n * sizeof *id_of);
  rn_status status = words && id_of ? RN_OK : no_memory(r->ctx);
  for (int64_t i = 0; status == RN_OK && i < n; i++) words[i].data = rn_map_key(r->words, i, &words[i].size, NULL);
  rn_vocab_options vo = {.level = RN_LEVEL_WORD, .max_size = r->options->max_vocab, .min_count = r->options->min_count};
  if (status == RN_OK) status = rn_vocab_of_counts(r->ctx, words, r->count, n, &vo, &out->vocab, id_of);
  if (status == RN_OK && rn_vocab_size(out->vocab) < 2)
    status = rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: only one word comes %lld times: a lower minimum count, or more text, is needed",
                             r->path, (long long)r->options->min_count);
  if (status == RN_OK) status = rewrite(r, renumber, (void *[]){r->ctx, id_of}, true);
  rn_free(words);
  rn_free(id_of);
  return status;
}

static rn_status check_words(const reader *r) {
  int64_t most = 0;
  for (int64_t i = 0; i < rn_map_size(r->words); i++) most = r->count[i] > most ? r->count[i] : most;
  if (r->n_tokens == 0) return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: no words", r->path);
  if (rn_map_size(r->words) == 1)
    return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: one word alone, \"%s\": vectors say how words differ", r->path,
                           rn_map_key(r->words, 0, &(size_t){0}, NULL));
  if (most < r->options->min_count)
    return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: of %lld distinct words none comes %lld times (the most frequent: %lld); a lower "
                           "minimum count, or more text, is needed", r->path, (long long)rn_map_size(r->words),
                           (long long)r->options->min_count, (long long)most);
  return RN_OK;
}

static rn_status read_words(reader *r, rn_word_ids *out) {
  rn_status status = r->words && r->list ? read_text(r) : no_memory(r->ctx);
  if (status == RN_OK) status = check_words(r);
  out->n_tokens = r->n_tokens;
  out->n_types = status == RN_OK ? rn_map_size(r->words) : 0;
  for (int pass = 0; status == RN_OK && pass < r->options->phrases; pass++) status = join_phrases(r);
  return status == RN_OK ? make_vocab(r, out) : status;
}

rn_status rn_word_ids_open(rn_context *ctx, const char *path, const rn_word_ids_options *options, rn_word_ids *out) {
  *out = (rn_word_ids){0};
  reader r = {.ctx = ctx, .options = options, .path = path, .words = rn_map_new(), .list = list_new(options)};
  rn_status status = read_words(&r, out);
  out->n_bytes = r.n_bytes;
  out->hash = r.hash;
  out->n_phrases = r.n_phrases;
  for (int32_t i = 0; status == RN_OK && i < rn_vocab_size(out->vocab); i++) out->n_words += rn_vocab_count(out->vocab, i);
  rn_map_free(r.words);
  rn_free(r.count);
  out->list = r.list;
  if (status == RN_OK) out->n = list_size(r.list);
  else rn_word_ids_free(out);
  return status;
}

const int32_t *rn_word_ids_read(rn_context *ctx, const rn_word_ids *ids, int64_t at, int64_t n, int32_t *room) {
  return list_read(ctx, ids->list, at, n, room);
}

bool rn_word_ids_in_memory(const rn_word_ids *ids) { return !ids->list->spill; }

void rn_word_ids_free(rn_word_ids *ids) {
  rn_vocab_free(ids->vocab);
  list_free(ids->list);
  *ids = (rn_word_ids){0};
}
