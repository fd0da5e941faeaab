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
/* Columns of a terminal a code point takes: 0, 1 or 2. */
int rn_utf8_width(uint32_t code);

#endif
