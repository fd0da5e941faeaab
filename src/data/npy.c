/* npy.c: NumPy's array files, format versions 1 to 3:
 *
 *     "\x93NUMPY" major minor | length of the header, u16 (version 1) or u32 | {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
 *     | the numbers
 *
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#define _GNU_SOURCE /* memmem */
#include "data/npy.h"
#include "base/alloc.h"
#include "data/reading.h"
#include "tensor/context.h"
#include <ctype.h>
#include <string.h>

static rn_status not_this(rn_context *ctx, const char *name, const char *what, rn_string found) {
  return rn_context_fail(ctx, RN_ERROR_DATA, "%s: NPY with %s %.*s", name, what, RN_SHOW(found));
}

/* What follows 'KEY': in the header; size 0 when there is no such key. */
static rn_string value_of(rn_string header, const char *key) {
  const char *at = memmem(header.data, header.size, key, strlen(key)), *end = header.data + header.size;
  if (!at) return (rn_string){"", 0};
  for (at += strlen(key); at < end && (*at == ' ' || *at == ':');) at++;
  return (rn_string){at, (size_t)(end - at)};
}

/* "(3, 4)" to a shape; false when it is none, or has other than 1 to 3 axes, or too many numbers. */
static bool read_shape(rn_string s, rn_npy *a) {
  size_t i = 1;
  a->n = 1;
  if (!s.size || s.data[0] != '(') return false;
  while (i < s.size && s.data[i] != ')') {
    int64_t extent = 0;
    if (a->rank == 3 || !isdigit((unsigned char)s.data[i])) return false;
    for (; i < s.size && isdigit((unsigned char)s.data[i]); i++)
      if (__builtin_mul_overflow(extent, 10, &extent) || __builtin_add_overflow(extent, s.data[i] - '0', &extent)) return false;
    a->shape[a->rank++] = extent;
    if (!rn_mul_size(a->n, (size_t)extent, &a->n)) return false;
    while (i < s.size && (s.data[i] == ',' || s.data[i] == ' ' || s.data[i] == 'L')) i++;
  }
  return i < s.size && a->rank > 0;
}

rn_status rn_npy_header(rn_context *ctx, const char *name, rn_cursor *c, rn_npy *a) {
  *a = (rn_npy){0};
  const char *magic = rn_cursor_take(c, 6);
  if (!magic || memcmp(magic, "\x93NUMPY", 6) != 0)
    return rn_context_fail(ctx, RN_ERROR_DATA, "%s: not NPY: it does not begin with \"\\x93NUMPY\"", name);
  int major = rn_cursor_u8(c);
  rn_cursor_u8(c);
  if (major < 1 || major > 3) return rn_context_fail(ctx, RN_ERROR_DATA, "%s: NPY of version %d; expected 1 to 3", name, major);
  size_t size = major == 1 ? rn_cursor_u16(c) : rn_cursor_u32(c);
  const char *text = rn_cursor_take(c, size);
  if (!text) return rn_context_fail(ctx, RN_ERROR_DATA, "%s: NPY that ends in its header", name);
  rn_string header = {text, size}, dtype = value_of(header, "'descr'"), order = value_of(header, "'fortran_order'");
  const char *end = dtype.size && dtype.data[0] == '\'' ? memchr(dtype.data + 1, '\'', dtype.size - 1) : NULL;
  if (end) a->dtype = (rn_string){dtype.data + 1, (size_t)(end - dtype.data) - 1};
  static const char *const dtypes[] = {"<f4", "<f8", "<i4", "<i8", "|u1"};
  for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
    if (end && rn_string_is(a->dtype, dtypes[i])) a->item = (size_t)(dtypes[i][2] - '0');
  if (!a->item) return not_this(ctx, name, "numbers other than <f4, <f8, <i4, <i8, |u1:", end ? a->dtype : dtype);
  if (order.size < 5 || memcmp(order.data, "False", 5) != 0) return not_this(ctx, name, "another order than C's: 'fortran_order':", order);
  rn_string shape = value_of(header, "'shape'");
  if (!read_shape(shape, a)) return not_this(ctx, name, "another shape than of one to three axes:", shape);
  size_t bytes;
  if (!rn_mul_size(a->n, a->item, &bytes) || bytes != rn_cursor_left(c) || a->n == 0)
    return rn_context_fail(ctx, RN_ERROR_DATA, "%s: NPY with %zu bytes of numbers; its shape needs %zu of %zu bytes each", name,
                           rn_cursor_left(c), a->n, a->item);
  return RN_OK;
}

double rn_npy_number(rn_cursor *c, const rn_npy *a) {
  double x;
  uint64_t bits;
  switch (a->dtype.data[1] << 8 | a->dtype.data[2]) {
  case 'f' << 8 | '4': return rn_cursor_f32(c);
  case 'f' << 8 | '8': return (bits = rn_cursor_u64(c), memcpy(&x, &bits, sizeof x), x);
  case 'i' << 8 | '4': return (int32_t)rn_cursor_u32(c);
  case 'i' << 8 | '8': return (double)(int64_t)rn_cursor_u64(c);
  default: return rn_cursor_u8(c);
  }
}
