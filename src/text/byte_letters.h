/* byte_letters.h: GPT-2's letters for bytes (Radford et al. 2019): every byte has a printable character, so that a vocabulary of byte
 * sequences is one of strings. The printable ones of Latin-1 stand for themselves, the other 68 are U+0100 and on, in order. */
#ifndef RN_TEXT_BYTE_LETTERS_H
#define RN_TEXT_BYTE_LETTERS_H

#include <stddef.h>
#include <stdint.h>

/* The letter of a byte: U+0021 to U+0143. */
uint32_t rn_byte_letter(uint8_t byte);
/* Its UTF-8, one or two bytes; returns how many. */
size_t rn_byte_letter_write(uint8_t byte, char out[2]);
/* The byte of a letter; -1: it is none. */
int rn_byte_of_letter(uint32_t letter);

#endif
