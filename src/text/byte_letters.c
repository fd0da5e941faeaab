/* byte_letters.c: the map of bytes to letters and back, by arithmetic. */
#include "text/byte_letters.h"

/* Bytes without a printable Latin-1 character: 00-20, 7F-A0, AD. */
enum { N_LOW = 0x21, N_HIGH = 0xA0 - 0x7F + 1 };

uint32_t rn_byte_letter(uint8_t byte) {
  if (byte <= 0x20) return 0x100u + byte;
  if (byte >= 0x7F && byte <= 0xA0) return 0x100u + N_LOW + (byte - 0x7Fu);
  return byte == 0xAD ? 0x100u + N_LOW + N_HIGH : byte;
}

size_t rn_byte_letter_write(uint8_t byte, char out[2]) {
  uint32_t letter = rn_byte_letter(byte);
  if (letter < 0x80) return out[0] = (char)letter, 1;
  out[0] = (char)(0xC0 | letter >> 6);
  out[1] = (char)(0x80 | (letter & 0x3F));
  return 2;
}

int rn_byte_of_letter(uint32_t letter) {
  if (letter < 0x100) return rn_byte_letter((uint8_t)letter) == letter ? (int)letter : -1;
  if (letter < 0x100 + N_LOW) return (int)(letter - 0x100);
  if (letter < 0x100 + N_LOW + N_HIGH) return (int)(letter - 0x100 - N_LOW + 0x7F);
  return letter == 0x100 + N_LOW + N_HIGH ? 0xAD : -1;
}
