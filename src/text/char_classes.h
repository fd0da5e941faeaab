/* char_classes.h: the classes of characters that pre-tokenizers speak of, by Unicode's properties. */
#ifndef RN_TEXT_CHAR_CLASSES_H
#define RN_TEXT_CHAR_CLASSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool rn_char_is_space(uint32_t code);       /* White_Space: regular expressions' \s */
bool rn_char_is_letter(uint32_t code);      /* \p{L} */
bool rn_char_is_number(uint32_t code);      /* \p{N} */
bool rn_char_is_mark(uint32_t code);        /* \p{M} */
bool rn_char_is_word(uint32_t code);        /* letters, marks, numbers but for fractions and the like, connectors, joiners */
bool rn_char_is_nonspacing(uint32_t code);  /* \p{Mn} */
bool rn_char_is_control(uint32_t code);     /* \p{C}, but for what is not assigned */
bool rn_char_is_punctuation(uint32_t code); /* \p{P}, and ASCII's symbols */

/* The code point at text[at]; *next is where the next one begins. The text is well-formed UTF-8. */
static inline uint32_t rn_char_at(const char *text, size_t at, size_t *next) {
  const unsigned char *b = (const unsigned char *)text + at;
  if (b[0] < 0x80) return *next = at + 1, b[0];
  if (b[0] < 0xE0) return *next = at + 2, (b[0] & 0x1Fu) << 6 | (b[1] & 0x3Fu);
  if (b[0] < 0xF0) return *next = at + 3, (b[0] & 0x0Fu) << 12 | (b[1] & 0x3Fu) << 6 | (b[2] & 0x3Fu);
  return *next = at + 4, (b[0] & 0x07u) << 18 | (b[1] & 0x3Fu) << 12 | (b[2] & 0x3Fu) << 6 | (b[3] & 0x3Fu);
}

#endif
