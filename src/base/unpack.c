/* unpack.c: gzip and zstd unpacked whole, under a cap. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/unpacker.h"

/* An output that grows up to a cap. */
typedef struct output {
  char *data;
  size_t size, capacity, max;
  const char *name;
} output;

/* Makes room; RN_ERROR_DATA at the cap: a few kilobytes may unpack to terabytes. */
static rn_status output_grow(output *o, rn_error *err) {
  if (o->size < o->capacity) return RN_OK;
  if (o->size > o->max) return rn_error_set(err, RN_ERROR_DATA, "cannot unpack '%s': more than %zu bytes", o->name, o->max);
  size_t capacity = o->capacity > o->max / 2 ? o->max + 1 : 2 * o->capacity; /* one past the cap, to see that it was passed */
  char *data = rn_realloc(o->data, capacity);
  if (!data) return rn_error_set(err, RN_ERROR_MEMORY, "cannot unpack '%s': out of memory", o->name);
  o->data = data;
  o->capacity = capacity;
  return RN_OK;
}

static rn_status unpack_all(rn_unpacker *u, rn_string in, output *o, rn_error *err) {
  for (;;) {
    rn_status status = output_grow(o, err);
    if (status != RN_OK) return status;
    size_t before = in.size, made;
    status = rn_unpacker_step(u, &in, o->data + o->size, o->capacity - o->size, &made, err);
    if (status != RN_OK) return status;
    o->size += made;
    if (!made && in.size == before) break;
  }
  rn_status status = rn_unpacker_whole(u, err);
  if (status == RN_OK && o->size > o->max)
    status = rn_error_set(err, RN_ERROR_DATA, "cannot unpack '%s': more than %zu bytes", o->name, o->max);
  return status;
}

rn_status rn_bytes_unpack(const char *name, const char *data, size_t size, size_t max_size, char **out, size_t *out_size, rn_error *err) {
  *out = NULL;
  *out_size = 0;
  rn_packing packing = rn_packing_of(data, size);
  if (packing == RN_PACKING_NONE) return RN_OK;
  rn_unpacker *u;
  rn_status status = rn_unpacker_new(packing, name, &u, err);
  if (status != RN_OK) return status;
  output o = {.max = max_size, .name = name};
  o.capacity = size < max_size / 4 ? 4 * size + 64 : max_size + 1;
  o.data = rn_alloc(o.capacity);
  status = o.data ? unpack_all(u, (rn_string){data, size}, &o, err)
                  : rn_error_set(err, RN_ERROR_MEMORY, "cannot unpack '%s': out of memory", name);
  rn_unpacker_free(u);
  if (status != RN_OK) {
    rn_free(o.data);
    return status;
  }
  *out = o.data;
  *out_size = o.size;
  return RN_OK;
}
