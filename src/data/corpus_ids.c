/* corpus_ids.c: see corpus_ids.h. */
#include "data/corpus_ids.h"
#include "base/alloc.h"
#include "base/spill.h"
#include "base/stream.h"
#include "base/text_buffer.h"
#include "base/utf8.h"
#include "text/symbols.h"
#include "text/token_level.h"
#include "text/tokenizer_walk.h"
#include <string.h>

#define BLOCK ((size_t)4 << 20) /* bytes of text at a time */

struct rn_corpus_ids {
  rn_context *ctx;
  const char *name; /* for the words of errors, while reading */
  rn_spill *numbers;
  int64_t n, at;
  rn_vocab *vocab;
  int32_t *ids; /* of each number, -1: it is rare; NULL: numbers are ids */
  int32_t unk;
  int64_t n_unknown, n_invalid, n_lines;
  uint64_t n_bytes, hash;
};

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the text's ids"); }

static rn_status too_long(const rn_corpus_ids *c, const rn_symbols *s) {
  int64_t line, column;
  rn_symbols_place(s, s->symbol, &line, &column);
  return rn_context_fail(c->ctx, RN_ERROR_DATA,
                         "%s:%lld:%lld: a word of %zu bytes (%d are possible): is this text with blanks? Character level takes anything",
                         c->name, (long long)(c->n_lines + line), (long long)column, s->size, RN_MAX_WORD);
}

static rn_status count_symbols(rn_corpus_ids *c, rn_vocab_builder *builder, rn_symbols *s) {
  rn_status status = RN_OK;
  while (status == RN_OK && rn_symbols_next(s)) {
    int32_t number;
    if (s->size > RN_MAX_WORD) return too_long(c, s);
    status = rn_vocab_builder_add(builder, s->symbol, s->size, &number);
    if (status == RN_OK) status = rn_spill_write(c->numbers, &number, sizeof number, &c->ctx->error);
    c->n++;
  }
  return status;
}

static int64_t count_line_ends(const char *text, size_t size) {
  int64_t n = 0;
  for (size_t i = 0; i < size; i++) n += text[i] == '\n';
  return n;
}

/* *open_line: whether the last line of the text so far waits for its end. */
static rn_status read_block(rn_corpus_ids *c, rn_vocab_builder *builder, rn_level level, rn_string block, bool *open_line) {
  rn_clean_text clean;
  rn_status status = rn_clean_text_init(c->ctx, block.data, block.size, &clean);
  if (status != RN_OK) return status;
  if (clean.n_invalid && !c->n_invalid) {
    size_t first = 0;
    int64_t line, column;
    rn_utf8_count_bad(block.data, block.size, &first);
    rn_utf8_place(block.data, block.data + first, &line, &column);
    rn_context_log(c->ctx, RN_LOG_WARNING, "%s:%lld:%lld: not UTF-8: it and whatever else is not is read as U+FFFD", c->name,
                   (long long)(c->n_lines + line), (long long)column);
  }
  c->n_invalid += clean.n_invalid;
  rn_symbols s = rn_symbols_init(level, clean.text, clean.size, false);
  s.open_line = *open_line;
  status = count_symbols(c, builder, &s);
  *open_line = s.open_line;
  c->n_lines += count_line_ends(clean.text, clean.size);
  rn_free(clean.owner);
  if (status == RN_OK && rn_context_stopping(c->ctx)) status = rn_context_fail(c->ctx, RN_ERROR_STOPPED, "stopped");
  return status;
}

static rn_status read_text(rn_corpus_ids *c, const char *path, rn_vocab_builder *builder, rn_level level) {
  rn_stream *stream;
  rn_string block;
  bool open_line = false;
  rn_error *err = &c->ctx->error;
  rn_status status = rn_stream_open(path, BLOCK, &stream, err);
  if (status != RN_OK) return status;
  while ((status = rn_stream_next(stream, &block, err)) == RN_OK && block.size > 0)
    if ((status = read_block(c, builder, level, block, &open_line)) != RN_OK) break;
  if (status == RN_OK && open_line) { /* a last line without an end */
    rn_symbols s = rn_symbols_init(level, "", 0, true);
    s.open_line = true;
    status = count_symbols(c, builder, &s);
  }
  c->n_bytes = rn_stream_bytes(stream);
  c->hash = rn_stream_hash(stream);
  rn_stream_close(stream);
  if (status == RN_OK && c->n == 0) status = rn_context_fail(c->ctx, RN_ERROR_DATA, "%s: the file is empty", c->name);
  return status;
}

/* Counts what the text holds, and makes a vocabulary of it. */
static rn_status read_symbols(rn_corpus_ids *c, const char *path, const rn_vocab_options *options) {
  rn_vocab_builder *builder;
  rn_status status = rn_vocab_builder_new(c->ctx, options->level, &builder);
  if (status == RN_OK) status = read_text(c, path, builder, options->level);
  if (status == RN_OK) status = rn_vocab_builder_finish(builder, options, &c->vocab, &c->ids);
  rn_vocab_builder_free(builder);
  return status;
}

/* ---- the tokens of a tokenizer ---- */

/* The last place where the text may be cut to the same tokens; 0: there is none. */
static size_t last_cut(const rn_tokenizer *t, const rn_text *text) {
  for (size_t back = 4096;; back *= 2) {
    size_t from = text->size > back ? text->size - back : 0, cut = rn_walk_cut(t, text->data, text->size, from);
    if (cut < text->size) return cut;
    if (from == 0) return 0;
  }
}

static rn_status put_tokens(rn_corpus_ids *c, const char *text, size_t size, bool last) {
  rn_tokenize_options how = rn_tokenize_options_default();
  rn_encoding e = {0};
  rn_clean_text clean;
  rn_status status = rn_clean_text_init(c->ctx, text, size, &clean);
  if (status != RN_OK) return status;
  how.name = c->name;
  how.lines_before = c->n_lines;
  status = rn_token_level_encode(c->ctx, rn_vocab_token_level(c->vocab), clean.text, clean.size, !last, &how, &e);
  c->n_invalid += clean.n_invalid;
  rn_free(clean.owner);
  if (status != RN_OK) return status;
  status = rn_spill_write(c->numbers, e.ids, (size_t)e.n * sizeof *e.ids, &c->ctx->error);
  rn_vocab_count_ids(c->vocab, e.ids, e.n);
  c->n += e.n;
  c->n_unknown += e.n_unknown;
  c->n_lines += count_line_ends(text, size);
  rn_encoding_free(&e);
  if (status == RN_OK && rn_context_stopping(c->ctx)) status = rn_context_fail(c->ctx, RN_ERROR_STOPPED, "stopped");
  return status;
}

/* What stands behind the last place to cut waits for the next block. */
static rn_status tokenize(rn_corpus_ids *c, rn_stream *stream, const rn_tokenizer *tokenizer, rn_text *waiting) {
  rn_string block = {"", 1};
  rn_status status = RN_OK;
  while (status == RN_OK && block.size > 0 && (status = rn_stream_next(stream, &block, &c->ctx->error)) == RN_OK) {
    bool last = block.size == 0;
    rn_text_append(waiting, block.data, block.size);
    if (waiting->failed) return no_memory(c->ctx);
    size_t cut = last ? waiting->size : last_cut(tokenizer, waiting);
    if (cut == 0) continue;
    status = put_tokens(c, waiting->data, cut, last);
    memmove(waiting->data, waiting->data + cut, waiting->size -= cut);
  }
  return status;
}

static rn_status read_tokens(rn_corpus_ids *c, const char *path, const rn_tokenizer *tokenizer) {
  rn_stream *stream;
  rn_tokenizer *copy;
  rn_text waiting = {0};
  rn_status status = rn_tokenizer_copy(c->ctx, tokenizer, &copy);
  if (status == RN_OK) status = rn_vocab_from_tokenizer(c->ctx, copy, &c->vocab);
  if (status == RN_OK) status = rn_stream_open(path, BLOCK, &stream, &c->ctx->error);
  if (status != RN_OK) return status;
  status = tokenize(c, stream, tokenizer, &waiting);
  if (c->n_invalid)
    rn_context_log(c->ctx, RN_LOG_WARNING, "%s: %lld parts are not UTF-8, and are read as U+FFFD", c->name, (long long)c->n_invalid);
  c->n_bytes = rn_stream_bytes(stream);
  c->hash = rn_stream_hash(stream);
  rn_stream_close(stream);
  rn_text_free(&waiting);
  if (status == RN_OK && c->n == 0) status = rn_context_fail(c->ctx, RN_ERROR_DATA, "%s: there is no token in it", c->name);
  return status;
}

rn_status rn_corpus_ids_open(rn_context *ctx, const char *path, const rn_vocab_options *options, const rn_tokenizer *tokenizer,
                             const char *folder, rn_corpus_ids **out) {
  *out = NULL;
  rn_corpus_ids *c = rn_alloc_zero(1, sizeof *c);
  if (!c) return no_memory(ctx);
  *c = (rn_corpus_ids){.ctx = ctx, .name = strcmp(path, "-") == 0 ? "standard input" : path};
  rn_status status = rn_spill_open(folder, &c->numbers, &ctx->error);
  if (status == RN_OK) status = tokenizer ? read_tokens(c, path, tokenizer) : read_symbols(c, path, options);
  c->name = NULL;
  if (status != RN_OK) {
    rn_corpus_ids_close(c);
    return status;
  }
  c->unk = rn_vocab_unk(c->vocab);
  *out = c;
  return RN_OK;
}

void rn_corpus_ids_close(rn_corpus_ids *c) {
  if (!c) return;
  rn_spill_close(c->numbers);
  rn_vocab_free(c->vocab);
  rn_free(c->ids);
  rn_free(c);
}

const rn_vocab *rn_corpus_ids_vocab(const rn_corpus_ids *c) { return c->vocab; }
int64_t rn_corpus_ids_count(const rn_corpus_ids *c) { return c->n; }
int64_t rn_corpus_ids_unknown(const rn_corpus_ids *c) { return c->n_unknown; }
uint64_t rn_corpus_ids_bytes(const rn_corpus_ids *c) { return c->n_bytes; }
uint64_t rn_corpus_ids_hash(const rn_corpus_ids *c) { return c->hash; }

rn_vocab *rn_corpus_ids_take_vocab(rn_corpus_ids *c) {
  rn_vocab *vocab = c->vocab;
  c->vocab = NULL;
  return vocab;
}

rn_status rn_corpus_ids_next(rn_corpus_ids *c, int32_t *out, int64_t max, int64_t *n) {
  *n = c->n - c->at < max ? c->n - c->at : max;
  rn_status status = rn_spill_read(c->numbers, (uint64_t)c->at * sizeof *out, out, (size_t)*n * sizeof *out, &c->ctx->error);
  if (status != RN_OK) return status;
  for (int64_t i = 0; c->ids && i < *n; i++) {
    out[i] = c->ids[out[i]];
    if (out[i] >= 0) continue;
    out[i] = c->unk;
    c->n_unknown++;
  }
  c->at += *n;
  return RN_OK;
}
