/* series_npy.c: NumPy's array files, format versions 1 to 3:
 *
 *     "\x93NUMPY" major minor | length of the header, u16 (version 1) or u32 | {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
 *     | the numbers
 *
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#define _GNU_SOURCE /* memmem */
#include "base/alloc.h"
#include "base/cursor.h"
#include "base/file.h"
#include "data/series.h"
#include "tensor/context.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

typedef struct array {
  rn_string dtype;
  int rank;
  int64_t shape[3];
  size_t n, item; /* numbers, bytes of each */
} array;

static rn_status not_this(const rn_reading *r, const char *what, rn_string found) {
  return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: NPY with %s %.*s", r->name, what, RN_SHOW(found));
}

/* What follows 'KEY': in the header; size 0 when there is no such key. */
static rn_string value_of(rn_string header, const char *key) {
  const char *at = memmem(header.data, header.size, key, strlen(key)), *end = header.data + header.size;
  if (!at) return (rn_string){"", 0};
  for (at += strlen(key); at < end && (*at == ' ' || *at == ':');) at++;
  return (rn_string){at, (size_t)(end - at)};
}

/* "(3, 4)" to a shape; false when it is none, or has other than 1 to 3 axes, or too many numbers. */
static bool read_shape(rn_string s, array *a) {
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

static rn_status read_header(const rn_reading *r, rn_cursor *c, array *a) {
  const char *magic = rn_cursor_take(c, 6);
  if (!magic || memcmp(magic, "\x93NUMPY", 6) != 0)
    return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: not NPY: it does not begin with \"\\x93NUMPY\"", r->name);
  int major = rn_cursor_u8(c);
  rn_cursor_u8(c);
  if (major < 1 || major > 3) return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: NPY of version %d; expected 1 to 3", r->name, major);
  size_t size = major == 1 ? rn_cursor_u16(c) : rn_cursor_u32(c);
  const char *text = rn_cursor_take(c, size);
  if (!text) return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: NPY that ends in its header", r->name);
  rn_string header = {text, size}, dtype = value_of(header, "'descr'"), order = value_of(header, "'fortran_order'");
  const char *end = dtype.size && dtype.data[0] == '\'' ? memchr(dtype.data + 1, '\'', dtype.size - 1) : NULL;
  if (end) a->dtype = (rn_string){dtype.data + 1, (size_t)(end - dtype.data) - 1};
  static const char *const dtypes[] = {"<f4", "<f8", "<i4", "<i8", "|u1"};
  for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
    if (end && rn_string_is(a->dtype, dtypes[i])) a->item = (size_t)(dtypes[i][2] - '0');
  if (!a->item) return not_this(r, "numbers other than <f4, <f8, <i4, <i8, |u1:", end ? a->dtype : dtype);
  if (order.size < 5 || memcmp(order.data, "False", 5) != 0) return not_this(r, "another order than C's: 'fortran_order':", order);
  rn_string shape = value_of(header, "'shape'");
  if (!read_shape(shape, a)) return not_this(r, "another shape than of one to three axes:", shape);
  return RN_OK;
}

static double read_number(rn_cursor *c, rn_string dtype) {
  double x;
  uint64_t bits;
  switch (dtype.data[1] << 8 | dtype.data[2]) {
  case 'f' << 8 | '4': return rn_cursor_f32(c);
  case 'f' << 8 | '8': return (bits = rn_cursor_u64(c), memcpy(&x, &bits, sizeof x), x);
  case 'i' << 8 | '4': return (int32_t)rn_cursor_u32(c);
  case 'i' << 8 | '8': return (double)(int64_t)rn_cursor_u64(c);
  default: return rn_cursor_u8(c);
  }
}

static rn_status read_array(rn_steps *s, rn_cursor *c) {
  array a = {0};
  rn_status status = read_header(s->r, c, &a);
  if (status != RN_OK) return status;
  size_t bytes;
  if (!rn_mul_size(a.n, a.item, &bytes) || bytes != rn_cursor_left(c) || a.n == 0)
    return rn_context_fail(s->r->ctx, RN_ERROR_DATA, "%s: NPY with %zu bytes of numbers; its shape needs %zu of %zu bytes each", s->r->name,
                           rn_cursor_left(c), a.n, a.item);
  bool one = a.rank == 1 || (a.rank == 2 && s->o->frames); /* one series */
  int64_t n_seqs = one ? 1 : a.shape[0], steps = one ? a.shape[0] : a.shape[1];
  s->n_vars = a.rank == 3 ? a.shape[2] : a.rank == 2 && one ? a.shape[1] : 1;
  if (!rn_steps_room(s, a.n, (size_t)n_seqs)) return RN_OK;
  s->lines = NULL;
  for (s->n_seqs = 0; s->n_seqs < n_seqs; s->n_seqs++) s->offset[s->n_seqs + 1] = s->offset[s->n_seqs] + steps;
  for (size_t i = 0; i < a.n; i++) {
    double x = read_number(c, a.dtype);
    s->missing[i] = isnan(x);
    s->values[i] = isnan(x) ? 0 : (float)x;
    if (!isfinite(s->values[i]))
      return rn_context_fail(s->r->ctx, RN_ERROR_DATA, "%s: NPY: number %zu is %g: not finite as a float", s->r->name, i, x);
  }
  return RN_OK;
}

rn_status rn_series_npy(rn_steps *s, const char *path, uint64_t *hash) {
  rn_bytes file;
  rn_error error = {0};
  rn_status status = rn_bytes_open(path, 0, &file, &error);
  if (status != RN_OK) return rn_context_fail(s->r->ctx, status, "%s", error.text);
  *hash = rn_hash(file.data, file.size);
  rn_cursor c = rn_cursor_init(file.data, file.size);
  status = read_array(s, &c);
  rn_bytes_close(&file);
  return status;
}
