/* encode.c: from text to ids and back. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "text/symbols.h"
#include "text/token_level.h"
#include "text/vocab.h"
#include <stdio.h>
#include <string.h>

static int64_t count_chars(const char *text, size_t size) {
  int64_t n = 0;
  for (size_t i = 0; i < size; i++) n += ((unsigned char)text[i] & 0xc0) != 0x80; /* all but continuation bytes */
  return n;
}

static rn_status unknown_symbol(rn_context *ctx, const rn_symbols *s) {
  int64_t line, column;
  char code[16] = "";
  rn_symbols_place(s, s->symbol, &line, &column);
  if (s->level == RN_LEVEL_CHAR) snprintf(code, sizeof code, " (U+%04X)", (unsigned)rn_utf8_decode(s->symbol, s->size, &(size_t){0}, NULL));
  bool visible = s->size > 1 || (unsigned char)*s->symbol > ' ';
  return rn_context_fail(ctx, RN_ERROR_DATA, "%lld:%lld: the symbol \"%.*s\"%s is not in the vocabulary, and it has no <unk>",
                         (long long)line, (long long)column, visible ? (int)(s->size < 100 ? s->size : 100) : 0, s->symbol, code);
}

/* The array grows by half: ids of a text are far fewer than its bytes at word level. */
static bool push(rn_encoding *e, int64_t *capacity, int32_t id) {
  if (e->n == *capacity) {
    *capacity += *capacity / 2 + 1024;
    int32_t *ids = rn_realloc(e->ids, (size_t)*capacity * sizeof *ids);
    if (!ids) return false;
    e->ids = ids;
  }
  e->ids[e->n++] = id;
  return true;
}

static rn_status encode(rn_context *ctx, const rn_vocab *vocab, const char *text, size_t size, bool prompt, rn_encoding *out) {
  *out = (rn_encoding){.n_bytes = (int64_t)size};
  rn_clean_text clean;
  rn_status status = rn_clean_text_init(ctx, text, size, &clean);
  if (status != RN_OK) return status;
  out->n_invalid = clean.n_invalid;
  out->n_chars = count_chars(clean.text, clean.size);
  if (rn_vocab_level(vocab) == RN_LEVEL_TOKEN) {
    status = rn_token_level_encode(ctx, rn_vocab_token_level(vocab), clean.text, clean.size, prompt, NULL, out);
    rn_free(clean.owner);
    return status;
  }
  int32_t unk = rn_vocab_unk(vocab);
  int64_t capacity = rn_vocab_level(vocab) == RN_LEVEL_CHAR ? out->n_chars : 0;
  if (!(out->ids = rn_alloc((size_t)capacity * sizeof *out->ids)))
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld ids", (long long)capacity);
  rn_symbols s = rn_symbols_init(rn_vocab_level(vocab), clean.text, clean.size, !prompt);
  while (status == RN_OK && rn_symbols_next(&s)) {
    int32_t id = rn_vocab_find(vocab, s.symbol, s.size);
    if (id < 0) {
      out->n_unknown++;
      id = unk;
      if (id < 0 && prompt) continue;
      if (id < 0) status = unknown_symbol(ctx, &s);
    }
    if (status == RN_OK && !push(out, &capacity, id))
      status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld ids", (long long)capacity);
  }
  rn_free(clean.owner);
  if (status != RN_OK) rn_encoding_free(out);
  return status;
}

rn_status rn_vocab_encode(rn_context *ctx, const rn_vocab *vocab, const char *text, size_t size, rn_encoding *out) {
  return encode(ctx, vocab, text, size, false, out);
}

rn_status rn_vocab_encode_prompt(rn_context *ctx, const rn_vocab *vocab, const char *text, size_t size, rn_encoding *out) {
  return encode(ctx, vocab, text, size, true, out);
}

void rn_encoding_free(rn_encoding *encoding) {
  rn_free(encoding->ids);
  *encoding = (rn_encoding){0};
}

/* At most size bytes of a text, and a NUL; returns how many. */
static size_t put_text(const char *text, size_t n, char *out, size_t size) {
  if (size == 0) return 0;
  if (n > size - 1) n = size - 1;
  memcpy(out, text, n);
  out[n] = 0;
  return n;
}

static size_t decode_token(const rn_token_level *level, int32_t previous, int32_t id, char *out, size_t size) {
  if (level->lines && id == level->eos) return put_text("\n", 1, out, size);
  size_t n;
  char *text = rn_token_level_decode(level, previous, &id, 1, &n);
  size_t written = put_text(text ? text : "", text ? n : 0, out, size);
  rn_free(text);
  return written;
}

size_t rn_vocab_decode(const rn_vocab *vocab, int32_t previous, int32_t id, char *out, size_t size) {
  if (rn_vocab_level(vocab) == RN_LEVEL_TOKEN) return decode_token(rn_vocab_token_level(vocab), previous, id, out, size);
  size_t n = 0;
  int32_t eos = rn_vocab_eos(vocab);
  const char *symbol = rn_vocab_symbol(vocab, id, &n);
  bool word = rn_vocab_level(vocab) == RN_LEVEL_WORD;
  if (!symbol) return 0;
  if (word && id == eos) return put_text("\n", 1, out, size);
  size_t blank = word && previous >= 0 && previous != eos ? put_text(" ", 1, out, size) : 0;
  return blank + put_text(symbol, n, out + blank, size - blank);
}
