/* cursor.h: the one bounds-checked reader of binary formats. Reading past the end sets `failed` and yields zeros. */
#ifndef RN_BASE_CURSOR_H
#define RN_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rn_cursor {
  const unsigned char *data;
  size_t size, at;
  bool failed;
} rn_cursor;

rn_cursor rn_cursor_init(const void *data, size_t size);
const void *rn_cursor_take(rn_cursor *c, size_t n); /* NULL past the end */
uint8_t rn_cursor_u8(rn_cursor *c);
uint16_t rn_cursor_u16(rn_cursor *c); /* little-endian, all of these */
uint32_t rn_cursor_u32(rn_cursor *c);
uint64_t rn_cursor_u64(rn_cursor *c);
float rn_cursor_f32(rn_cursor *c);
size_t rn_cursor_left(const rn_cursor *c);

#endif
