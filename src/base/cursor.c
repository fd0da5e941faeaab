/* cursor.c: the bounds-checked reader of binary formats. */
#include "base/cursor.h"

#include <string.h>

rn_cursor rn_cursor_init(const void *data, size_t size) { return (rn_cursor){.data = data, .size = size}; }

size_t rn_cursor_left(const rn_cursor *c) { return c->size - c->at; }

const void *rn_cursor_take(rn_cursor *c, size_t n) {
  if (c->failed || n > rn_cursor_left(c)) {
    c->failed = true;
    return NULL;
  }
  const void *p = c->data + c->at;
  c->at += n;
  return p;
}

/* n bytes, the least significant first. */
static uint64_t little_endian(rn_cursor *c, size_t n) {
  const unsigned char *p = rn_cursor_take(c, n);
  uint64_t value = 0;
  for (size_t i = 0; p && i < n; i++) value |= (uint64_t)p[i] << 8 * i;
  return value;
}

uint8_t rn_cursor_u8(rn_cursor *c) { return (uint8_t)little_endian(c, 1); }
uint16_t rn_cursor_u16(rn_cursor *c) { return (uint16_t)little_endian(c, 2); }
uint32_t rn_cursor_u32(rn_cursor *c) { return (uint32_t)little_endian(c, 4); }
uint64_t rn_cursor_u64(rn_cursor *c) { return little_endian(c, 8); }

float rn_cursor_f32(rn_cursor *c) {
  uint32_t bits = rn_cursor_u32(c);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
