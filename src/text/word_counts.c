/* word_counts.c: counting in rounds. In a round every thread takes blocks from the stream and counts their pieces in a table of its own;
 * at its end the tables are added up. How many blocks make a round is fixed, so that what is there when memory is looked at does not depend
 * on the number of threads. */
#include "text/word_counts.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/stream.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK ((size_t)512 << 10)
#define ROUND ((size_t)64 << 20)
#define ENTRY_BYTES 64 /* what a table takes for an entry, beside the letters */

typedef struct counting {
  rn_context *ctx;
  const rn_tokenizer *tokenizer;
  int64_t memory;
  rn_map *words;
  int64_t word_bytes;  /* what `words` takes */
  int64_t n_dropped, most_dropped; /* different pieces, and the largest count among them */
  size_t block;
  /* ---- a round ---- */
  pthread_mutex_t lock;
  rn_stream *stream;
  int64_t blocks_left;
  bool ended;
  rn_error error;
  rn_map **tables; /* of each thread */
} counting;

/* ---- one thread ---- */

static bool add(rn_map *words, const char *word, size_t size, int64_t count) {
  bool fresh;
  int64_t *value = rn_map_insert(words, word, size, count, &fresh);
  if (value && !fresh) *value += count;
  return value;
}

static bool is_continuation(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

/* What a thread counts in. */
typedef struct table {
  rn_map *words;
  bool failed;
} table;

static bool count_piece(void *user, const char *piece, size_t size) {
  table *t = user;
  while (size > RN_MAX_PIECE && !t->failed) {
    size_t part = RN_MAX_PIECE;
    while (part > RN_MAX_PIECE - 4 && is_continuation(piece[part])) part--;
    t->failed = !add(t->words, piece, part, 1);
    piece += part;
    size -= part;
  }
  if (!t->failed) t->failed = !add(t->words, piece, size, 1);
  return !t->failed;
}

/* Copies the next block of the round; false when there is none. */
static bool take_block(counting *c, char *block, size_t *size) {
  rn_string text = {0};
  pthread_mutex_lock(&c->lock);
  bool goes_on = c->blocks_left > 0 && !c->ended && c->error.status == RN_OK && !rn_context_stopping(c->ctx);
  if (goes_on && rn_stream_next(c->stream, &text, &c->error) == RN_OK) {
    memcpy(block, text.data, text.size);
    c->ended = text.size == 0;
    c->blocks_left--;
  }
  pthread_mutex_unlock(&c->lock);
  *size = text.size;
  return text.size > 0;
}

static void fail(counting *c, rn_status status, const char *words) {
  pthread_mutex_lock(&c->lock);
  rn_error_set(&c->error, status, "%s", words);
  pthread_mutex_unlock(&c->lock);
}

#define NO_MEMORY "out of memory for counting pieces"

static void count_blocks(void *user, int worker, int n_workers) {
  counting *c = user;
  char *block = rn_alloc(c->block);
  table t = {.words = rn_map_new()};
  t.failed = !block || !t.words;
  rn_error error = {0};
  for (size_t size; !t.failed && take_block(c, block, &size);) {
    rn_status status = rn_tokenizer_pieces(c->tokenizer, block, size, count_piece, &t, &error);
    if (status != RN_OK) fail(c, status, error.text);
  }
  if (t.failed) fail(c, RN_ERROR_MEMORY, NO_MEMORY);
  c->tables[worker] = t.words;
  rn_free(block);
}

/* ---- memory ---- */

static int64_t map_bytes(const rn_map *words) {
  size_t size;
  int64_t bytes = 0;
  for (int64_t i = 0; i < rn_map_size(words); i++) {
    rn_map_key(words, i, &size, NULL);
    bytes += (int64_t)size + ENTRY_BYTES;
  }
  return bytes;
}

/* Which words are kept: those of more than `least` occurrences, and of those of so many a share, told by their hash. */
typedef struct keeping {
  int64_t least;
  double share;
} keeping;

/* What to keep so that it takes no more than `room` bytes. */
static keeping choose(const rn_map *words, int64_t bytes, int64_t room) {
  for (int64_t least = 1;;) {
    int64_t next = INT64_MAX, count, these = 0;
    size_t size;
    for (int64_t i = 0; i < rn_map_size(words); i++) {
      rn_map_key(words, i, &size, &count);
      if (count == least) these += (int64_t)size + ENTRY_BYTES;
      else if (count > least && count < next) next = count;
    }
    if (bytes - these <= room || next == INT64_MAX) return (keeping){least, these ? 1 - (double)(bytes - room) / (double)these : 1};
    bytes -= these;
    least = next;
  }
}

static bool is_kept(keeping k, const char *word, size_t size, int64_t count) {
  return count > k.least || (count == k.least && (double)(rn_hash(word, size) >> 11) < k.share * 0x1p53);
}

/* The table and its successor are there at the same time. */
static bool drop_rare(counting *c, keeping k) {
  rn_map *kept = rn_map_new();
  bool ok = kept != NULL;
  for (int64_t i = 0; ok && i < rn_map_size(c->words); i++) {
    size_t size;
    int64_t count;
    const char *word = rn_map_key(c->words, i, &size, &count);
    if (is_kept(k, word, size, count)) ok = rn_map_insert(kept, word, size, count, NULL);
    else if (++c->n_dropped, count > c->most_dropped) c->most_dropped = count;
  }
  if (!ok) {
    rn_map_free(kept);
    return false;
  }
  rn_map_free(c->words);
  c->words = kept;
  c->word_bytes = map_bytes(kept);
  return true;
}

/* ---- a round ---- */

/* Adds up what the threads counted. */
static bool merge_tables(counting *c, int n_tables) {
  bool ok = true;
  for (int t = 0; t < n_tables; t++) {
    for (int64_t i = 0; ok && c->tables[t] && i < rn_map_size(c->tables[t]); i++) {
      size_t size;
      int64_t count, before = rn_map_size(c->words);
      const char *word = rn_map_key(c->tables[t], i, &size, &count);
      ok = add(c->words, word, size, count);
      if (rn_map_size(c->words) > before) c->word_bytes += (int64_t)size + ENTRY_BYTES;
    }
    rn_map_free(c->tables[t]);
    c->tables[t] = NULL;
  }
  return ok;
}

static rn_status count_round(counting *c, int64_t n_blocks) {
  rn_context *ctx = c->ctx;
  c->blocks_left = n_blocks;
  rn_pool_team(ctx->pool, count_blocks, c);
  bool ok = merge_tables(c, rn_pool_size(ctx->pool));
  if (rn_context_stopping(ctx)) return rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped");
  if (c->error.status != RN_OK) return rn_context_fail(ctx, c->error.status, "%s", c->error.text);
  /* half of the memory for what was counted, and less after dropping, so that its successor finds room beside it */
  if (ok && c->memory > 0 && c->word_bytes > c->memory / 2)
    ok = drop_rare(c, choose(c->words, c->word_bytes, c->memory / 4));
  return ok ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld pieces", (long long)rn_map_size(c->words));
}

static rn_status count_file(counting *c, const char *path, int64_t *n_bytes) {
  size_t round = ROUND;
  if (c->memory > 0 && (size_t)c->memory / 16 < round) round = (size_t)c->memory / 16;
  c->block = round < BLOCK ? round : BLOCK;
  if (c->block < 4096) c->block = 4096;
  c->ended = false;
  rn_status status = rn_stream_open(path, c->block, &c->stream, &c->error);
  if (status != RN_OK) return rn_context_fail(c->ctx, status, "%s", c->error.text);
  int64_t n_blocks = (int64_t)(round / c->block) + 1;
  while (status == RN_OK && !c->ended) status = count_round(c, n_blocks);
  *n_bytes += (int64_t)rn_stream_bytes(c->stream);
  rn_stream_close(c->stream);
  return status;
}

/* ---- the result ---- */

static int by_count(const void *pa, const void *pb) {
  const rn_word_count *a = pa, *b = pb;
  if (a->count != b->count) return a->count > b->count ? -1 : 1;
  int order = memcmp(a->word, b->word, a->size < b->size ? a->size : b->size);
  return order ? order : (a->size > b->size) - (a->size < b->size);
}

static rn_status list_words(rn_context *ctx, const char *path, int64_t n_paths, rn_word_counts *out) {
  out->n = rn_map_size(out->words);
  if (out->n == 0)
    return rn_context_fail(ctx, RN_ERROR_DATA, "%s%s: there is no text to learn from in %lld bytes", path,
                           n_paths > 1 ? " and the others" : "", (long long)out->n_bytes);
  out->at = rn_alloc_zero((size_t)out->n, sizeof *out->at);
  if (!out->at) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld pieces", (long long)out->n);
  for (int64_t i = 0; i < out->n; i++) out->at[i].word = rn_map_key(out->words, i, &out->at[i].size, &out->at[i].count);
  qsort(out->at, (size_t)out->n, sizeof *out->at, by_count);
  return RN_OK;
}

rn_status rn_word_counts_read(rn_context *ctx, const rn_tokenizer *tokenizer, const char *const *paths, int64_t n_paths, int64_t memory,
                              rn_word_counts *out) {
  *out = (rn_word_counts){0};
  counting c = {.ctx = ctx, .tokenizer = tokenizer, .memory = memory, .words = rn_map_new()};
  c.tables = rn_alloc_zero((size_t)rn_pool_size(ctx->pool), sizeof *c.tables);
  pthread_mutex_init(&c.lock, NULL);
  rn_status status = c.words && c.tables ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, NO_MEMORY);
  for (int64_t i = 0; i < n_paths && status == RN_OK; i++) status = count_file(&c, paths[i], &out->n_bytes);
  if (status == RN_OK && c.n_dropped > 0)
    rn_context_log(ctx, RN_LOG_WARNING,
                   "memory for counting is used up: %lld rare pieces were dropped on the way, the most frequent seen %lld times so far",
                   (long long)c.n_dropped, (long long)c.most_dropped);
  pthread_mutex_destroy(&c.lock);
  rn_free(c.tables);
  out->words = c.words;
  if (status == RN_OK) status = list_words(ctx, paths[0], n_paths, out);
  if (status != RN_OK) rn_word_counts_free(out);
  return status;
}

void rn_word_counts_free(rn_word_counts *counts) {
  rn_map_free(counts->words);
  rn_free(counts->at);
  *counts = (rn_word_counts){0};
}
