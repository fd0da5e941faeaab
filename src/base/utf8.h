/* utf8.h: decoding by one stated rule. Bytes that are not UTF-8 become U+FFFD, one per maximal ill-formed part (Unicode 15,
 * section 3.9, "substitution of maximal subparts"), and are counted. */
#ifndef RN_BASE_UTF8_H
#define RN_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Decodes one code point at s (n > 0 bytes there), advances *used (1 to 4). Returns U+FFFD for an ill-formed part, and then sets
 * *bad to 1, else 0 (bad may be NULL). */
uint32_t rn_utf8_decode(const char *s, size_t n, size_t *used, int *bad);
/* Writes a code point, 1 to 4 bytes; returns how many. Surrogates and values past U+10FFFF are written as U+FFFD. */
size_t rn_utf8_encode(uint32_t code, char out[4]);
/* How many ill-formed parts there are; *first_offset is the byte offset of the first (may be NULL). */
int64_t rn_utf8_count_bad(const char *s, size_t n, size_t *first_offset);
/* Line and column, in characters, of a place in a text, both from 1. */
void rn_utf8_place(const char *text, const char *at, int64_t *line, int64_t *column);
/* Columns of a terminal a code point takes: 0, 1 or 2. */
int rn_utf8_width(uint32_t code);

/* What a code point is, by its general category: Ll; Lu and Lt; the other L, Nl, No and U+FFFD; Nd; M and Cf. Space: White_Space, and NUL.
 */
typedef enum rn_char_class {
  RN_CHAR_OTHER, /* punctuation, symbols, controls */
  RN_CHAR_SPACE,
  RN_CHAR_LOWER,
  RN_CHAR_UPPER,
  RN_CHAR_LETTER, /* without case */
  RN_CHAR_DIGIT,
  RN_CHAR_MARK, /* belongs to the character before it */
} rn_char_class;
rn_char_class rn_utf8_class(uint32_t code);
uint32_t rn_utf8_lower(uint32_t code);

#endif
