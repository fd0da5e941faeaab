/* utf8.c: UTF-8 by Unicode 15, table 3-7 (well-formed byte sequences) and section 3.9 (maximal subparts). */
#include "base/utf8.h"
#include <string.h>

#include <utf8proc.h>

#define REPLACEMENT 0xFFFDu

static uint32_t ill_formed(size_t part, size_t *used, int *bad) {
  *used = part;
  if (bad) *bad = 1;
  return REPLACEMENT;
}

uint32_t rn_utf8_decode(const char *s, size_t n, size_t *used, int *bad) {
  const unsigned char *b = (const unsigned char *)s;
  if (bad) *bad = 0;
  if (b[0] < 0x80) {
    *used = 1;
    return b[0];
  }
  /* The first byte says how many follow, and bounds the second more tightly than 80..BF where that would be an overlong form, a
   * surrogate or past U+10FFFF. */
  size_t length;
  uint32_t code;
  unsigned char low = 0x80, high = 0xBF;
  if (b[0] >= 0xC2 && b[0] <= 0xDF) length = 2, code = b[0] & 0x1Fu;
  else if (b[0] >= 0xE0 && b[0] <= 0xEF) length = 3, code = b[0] & 0x0Fu;
  else if (b[0] >= 0xF0 && b[0] <= 0xF4) length = 4, code = b[0] & 0x07u;
  else return ill_formed(1, used, bad);
  if (b[0] == 0xE0) low = 0xA0;
  else if (b[0] == 0xED) high = 0x9F;
  else if (b[0] == 0xF0) low = 0x90;
  else if (b[0] == 0xF4) high = 0x8F;
  for (size_t i = 1; i < length; i++) {
    if (i == n || b[i] < low || b[i] > high) return ill_formed(i, used, bad);
    code = code << 6 | (b[i] & 0x3Fu);
    low = 0x80, high = 0xBF;
  }
  *used = length;
  return code;
}

size_t rn_utf8_encode(uint32_t code, char out[4]) {
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = REPLACEMENT;
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = length - 1; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
  out[0] = (char)(lead[length] | code);
  return length;
}

/* Eight bytes of ASCII: none has its highest bit. */
static int is_ascii_block(const char *s) {
  uint64_t block;
  memcpy(&block, s, sizeof block);
  return (block & 0x8080808080808080u) == 0;
}

int64_t rn_utf8_count_bad(const char *s, size_t n, size_t *first_offset) {
  int64_t count = 0;
  for (size_t at = 0, used; at < n; at += used) {
    int bad;
    while (n - at >= 8 && is_ascii_block(s + at)) at += 8; /* most of most texts */
    if (at == n) break;
    rn_utf8_decode(s + at, n - at, &used, &bad);
    if (bad && count++ == 0 && first_offset) *first_offset = at;
  }
  return count;
}

void rn_utf8_place(const char *text, const char *at, int64_t *line, int64_t *column) {
  *line = *column = 1;
  for (const char *newline; (newline = memchr(text, '\n', (size_t)(at - text))); text = newline + 1) ++*line;
  for (; text < at; text++) *column += ((unsigned char)*text & 0xc0) != 0x80; /* all but continuation bytes */
}

int rn_utf8_width(uint32_t code) {
  if (code > 0x10FFFF) return 1;
  return utf8proc_charwidth((utf8proc_int32_t)code);
}

static rn_char_class ascii_class(uint32_t c) {
  if (c >= 'a' && c <= 'z') return RN_CHAR_LOWER;
  if (c >= 'A' && c <= 'Z') return RN_CHAR_UPPER;
  if (c >= '0' && c <= '9') return RN_CHAR_DIGIT;
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0 ? RN_CHAR_SPACE : RN_CHAR_OTHER;
}

rn_char_class rn_utf8_class(uint32_t code) {
  if (code < 0x80) return ascii_class(code);
  if (code == REPLACEMENT) return RN_CHAR_LETTER;
  if (code == 0x85) return RN_CHAR_SPACE; /* next line */
  switch (utf8proc_category((utf8proc_int32_t)code)) {
  case UTF8PROC_CATEGORY_LL: return RN_CHAR_LOWER;
  case UTF8PROC_CATEGORY_LU:
  case UTF8PROC_CATEGORY_LT: return RN_CHAR_UPPER;
  case UTF8PROC_CATEGORY_LM:
  case UTF8PROC_CATEGORY_LO:
  case UTF8PROC_CATEGORY_NL:
  case UTF8PROC_CATEGORY_NO: return RN_CHAR_LETTER;
  case UTF8PROC_CATEGORY_ND: return RN_CHAR_DIGIT;
  case UTF8PROC_CATEGORY_MN:
  case UTF8PROC_CATEGORY_MC:
  case UTF8PROC_CATEGORY_ME:
  case UTF8PROC_CATEGORY_CF: return RN_CHAR_MARK;
  case UTF8PROC_CATEGORY_ZS:
  case UTF8PROC_CATEGORY_ZL:
  case UTF8PROC_CATEGORY_ZP: return RN_CHAR_SPACE;
  default: return RN_CHAR_OTHER;
  }
}

uint32_t rn_utf8_lower(uint32_t code) {
  if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
  return (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
}
