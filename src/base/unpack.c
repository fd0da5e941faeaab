/* unpack.c: gzip and zstd, told by their first bytes, unpacked whole under a cap. */
#include "base/alloc.h"
#include "base/file.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* An output that grows up to a cap. */
typedef struct output {
  char *data;
  size_t size, capacity, max;
  const char *name;
  rn_error *err;
} output;

/* Makes room; RN_ERROR_DATA at the cap: a few kilobytes may unpack to terabytes. */
static rn_status output_grow(output *o) {
  if (o->size < o->capacity) return RN_OK;
  if (o->size > o->max) return rn_error_set(o->err, RN_ERROR_DATA, "cannot unpack '%s': more than %zu bytes", o->name, o->max);
  size_t capacity = o->capacity > o->max / 2 ? o->max + 1 : 2 * o->capacity; /* one past the cap, to see that it was passed */
  char *data = rn_realloc(o->data, capacity);
  if (!data) return rn_error_set(o->err, RN_ERROR_MEMORY, "cannot unpack '%s': out of memory", o->name);
  o->data = data;
  o->capacity = capacity;
  return RN_OK;
}

static rn_status corrupt(output *o, const char *format, size_t at, const char *why) {
  return rn_error_set(o->err, RN_ERROR_DATA, "cannot unpack '%s': %s at byte %zu: %s", o->name, format, at, why);
}

static void *zlib_alloc(void *user, unsigned count, unsigned size) { return rn_alloc_zero(count, size); }
static void zlib_free(void *user, void *p) { rn_free(p); }

static unsigned at_most_uint(size_t n) { return n > 1u << 30 ? 1u << 30 : (unsigned)n; }

/* Members in a row are one file (RFC 1952, 2.2). */
static rn_status gunzip(const char *data, size_t size, output *o) {
  z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free};
  if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) return rn_error_set(o->err, RN_ERROR_MEMORY, "cannot unpack '%s': out of memory", o->name);
  size_t at = 0;
  rn_status status;
  for (;;) {
    if ((status = output_grow(o)) != RN_OK) break;
    unsigned in = at_most_uint(size - at), room = at_most_uint(o->capacity - o->size);
    z.next_in = (unsigned char *)(data + at), z.avail_in = in;
    z.next_out = (unsigned char *)(o->data + o->size), z.avail_out = room;
    int r = inflate(&z, Z_NO_FLUSH);
    at += in - z.avail_in;
    o->size += room - z.avail_out;
    if (r == Z_STREAM_END) {
      if (at == size) break;
      inflateReset(&z);
    } else if (r == Z_MEM_ERROR) {
      status = rn_error_set(o->err, RN_ERROR_MEMORY, "cannot unpack '%s': out of memory", o->name);
      break;
    } else if (r != Z_OK && !(r == Z_BUF_ERROR && at < size)) {
      status = corrupt(o, "gzip", at, at == size ? "cut short" : z.msg ? z.msg : "malformed");
      break;
    }
  }
  inflateEnd(&z);
  return status;
}

static rn_status unzstd(const char *data, size_t size, output *o) {
  ZSTD_DStream *z = ZSTD_createDStream();
  if (!z) return rn_error_set(o->err, RN_ERROR_MEMORY, "cannot unpack '%s': out of memory", o->name);
  ZSTD_inBuffer in = {data, size, 0};
  size_t left = 1; /* 0: at the end of a frame, with all of it given out */
  rn_status status = RN_OK;
  while (in.pos < size || left) {
    if ((status = output_grow(o)) != RN_OK) break;
    ZSTD_outBuffer out = {o->data + o->size, o->capacity - o->size, 0};
    size_t before = in.pos;
    left = ZSTD_decompressStream(z, &out, &in);
    o->size += out.pos;
    if (ZSTD_isError(left)) status = corrupt(o, "zstd", in.pos, ZSTD_getErrorName(left));
    else if (left && in.pos == before && out.pos == 0) status = corrupt(o, "zstd", in.pos, "cut short");
    if (status != RN_OK) break;
  }
  ZSTD_freeDStream(z);
  return status;
}

rn_status rn_bytes_unpack(const char *name, const char *data, size_t size, size_t max_size, char **out, size_t *out_size, rn_error *err) {
  *out = NULL;
  *out_size = 0;
  bool gzip = size >= 2 && memcmp(data, "\x1f\x8b", 2) == 0, zstd = size >= 4 && memcmp(data, "\x28\xb5\x2f\xfd", 4) == 0;
  if (!gzip && !zstd) return RN_OK;
  output o = {.max = max_size, .name = name, .err = err};
  o.capacity = size < max_size / 4 ? 4 * size + 64 : max_size + 1;
  o.data = rn_alloc(o.capacity);
  rn_status status = !o.data ? rn_error_set(err, RN_ERROR_MEMORY, "cannot unpack '%s': out of memory", name)
                     : gzip  ? gunzip(data, size, &o)
                             : unzstd(data, size, &o);
  if (status == RN_OK && o.size > max_size)
    status = rn_error_set(err, RN_ERROR_DATA, "cannot unpack '%s': more than %zu bytes", name, max_size);
  if (status != RN_OK) {
    rn_free(o.data);
    return status;
  }
  *out = o.data;
  *out_size = o.size;
  return RN_OK;
}
