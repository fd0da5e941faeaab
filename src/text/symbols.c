/* symbols.c: cutting text into symbols. */
#include "text/symbols.h"
#include "base/alloc.h"
#include "base/utf8.h"
#include <string.h>

rn_symbols rn_symbols_init(rn_level level, const char *text, size_t size, bool close_line) {
  return (rn_symbols){.level = level, .text = text, .end = text + size, .at = text, .close_line = close_line};
}

static bool is_blank(unsigned char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == 0; }

/* Bytes of the code point that begins with c, in well-formed UTF-8. */
static size_t utf8_length(unsigned char c) { return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4; }

static bool next_char(rn_symbols *s) {
  if (s->at >= s->end) return false;
  s->symbol = s->at;
  s->size = utf8_length((unsigned char)*s->at);
  s->at += s->size;
  return true;
}

static bool next_word(rn_symbols *s) {
  while (s->at < s->end && is_blank((unsigned char)*s->at)) s->at++;
  bool at_end = s->at >= s->end;
  if (at_end ? s->open_line && s->close_line : *s->at == '\n') {
    s->open_line = false;
    s->at += !at_end;
    s->symbol = RN_EOS;
    s->size = strlen(RN_EOS);
    return true;
  }
  if (at_end) return false;
  s->symbol = s->at;
  while (s->at < s->end && *s->at != '\n' && !is_blank((unsigned char)*s->at)) s->at++;
  s->size = (size_t)(s->at - s->symbol);
  s->open_line = true;
  return true;
}

bool rn_symbols_next(rn_symbols *s) { return s->level == RN_LEVEL_CHAR ? next_char(s) : next_word(s); }

void rn_symbols_place(const rn_symbols *s, const char *at, int64_t *line, int64_t *column) { rn_utf8_place(s->text, at, line, column); }

rn_status rn_clean_text_init(rn_context *ctx, const char *text, size_t size, rn_clean_text *out) {
  *out = (rn_clean_text){.text = text, .size = size, .n_invalid = rn_utf8_count_bad(text, size, NULL)};
  if (out->n_invalid == 0) return RN_OK;
  /* a part of one byte or more becomes the three of U+FFFD */
  if (!(out->owner = rn_alloc(size + 2 * (size_t)out->n_invalid + 4)))
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the text");
  size_t at = 0, written = 0;
  while (at < size) {
    size_t used = 0;
    uint32_t code = rn_utf8_decode(text + at, size - at, &used, NULL);
    written += rn_utf8_encode(code, out->owner + written);
    at += used;
  }
  out->text = out->owner;
  out->size = written;
  return RN_OK;
}
