/* safetensors_read.c: nothing in the file is believed before it is checked against the file's size. */
#include "base/cursor.h"
#include "base/map.h"
#include "io/dtype.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HEADER ((size_t)100 << 20)
#define MAX_VALUES 200000 /* JSON values in a header: about 20,000 tensors, and at most 50 MB parsed */
#define MAX_NAME 4096
#define LENGTH_SIZE 8

struct rn_safetensors {
  char *path;
  rn_bytes bytes;
  const char *header;
  size_t header_size;
  json_t *root; /* owns the names and the metadata */
  rn_entry *entries;
  int64_t n;
  rn_map *by_name;
};

static rn_status out_of_memory(const rn_safetensors *f, rn_error *err) {
  return rn_error_set(err, RN_ERROR_MEMORY, "cannot read '%s': out of memory", f->path);
}

void rn_safetensors_close(rn_safetensors *f) {
  if (!f) return;
  rn_map_free(f->by_name);
  rn_free(f->entries);
  json_decref(f->root);
  rn_bytes_close(&f->bytes);
  rn_free(f->path);
  rn_free(f);
}

/* ---- the header ---- */

/* How many values a JSON text has at most: its commas and opening brackets. A header of commas alone would take forty times its size. */
static int64_t values_at_most(const char *text, size_t size) {
  int64_t n = 1;
  bool quoted = false;
  for (size_t i = 0; i < size; i++) {
    char c = text[i];
    if (quoted && c == '\\') i++;
    else if (c == '"') quoted = !quoted;
    else if (!quoted && (c == ',' || c == '[' || c == '{')) n++;
  }
  return n;
}

static rn_status header_parse(rn_safetensors *f, rn_error *err) {
  rn_cursor c = rn_cursor_init(f->bytes.data, f->bytes.size);
  uint64_t size = rn_cursor_u64(&c);
  if (c.failed) return rn_error_set(err, RN_ERROR_DATA, "%s: not a safetensors file: %zu bytes", f->path, f->bytes.size);
  if (size > MAX_HEADER)
    return rn_error_set(err, RN_ERROR_DATA, "%s: byte 0: not a safetensors file: a header of %" PRIu64 " bytes", f->path, size);
  f->header_size = (size_t)size;
  f->header = rn_cursor_take(&c, f->header_size);
  if (c.failed)
    return rn_error_set(err, RN_ERROR_DATA, "%s: byte 0: header of %" PRIu64 " bytes in a file of %zu: cut short", f->path, size,
                        f->bytes.size);
  if (f->header_size < 2 || f->header[0] != '{')
    return rn_error_set(err, RN_ERROR_DATA, "%s: byte 8: header does not begin with '{'", f->path);
  if (values_at_most(f->header, f->header_size) > MAX_VALUES)
    return rn_error_set(err, RN_ERROR_DATA, "%s: byte 8: header has more than %d values", f->path, MAX_VALUES);
  char name[512];
  snprintf(name, sizeof name, "%.400s: header at byte 8", f->path);
  return rn_json_parse(f->header, f->header_size, name, &f->root, err);
}

/* Where in the file an entry of the header is, for the words of an error. */
static size_t entry_offset(const rn_safetensors *f, const char *name) {
  size_t length = strlen(name);
  for (size_t i = 1; i + length < f->header_size; i++)
    if (f->header[i - 1] == '"' && f->header[i + length] == '"' && memcmp(f->header + i, name, length) == 0) return LENGTH_SIZE + i - 1;
  return LENGTH_SIZE;
}

static rn_status entry_fail(const rn_safetensors *f, const char *name, const char *why, rn_error *err) {
  return rn_error_set(err, RN_ERROR_DATA, "%s: byte %zu: tensor '%.200s': %s", f->path, entry_offset(f, name), name, why);
}

/* A JSON array's i-th value as a size. */
static bool size_at(const json_t *array, size_t i, int64_t *out) {
  const json_t *v = json_array_get(array, i);
  *out = json_integer_value(v);
  return json_is_integer(v) && *out >= 0;
}

static rn_status entry_read(rn_safetensors *f, const char *name, const json_t *value, rn_entry *e, rn_error *err) {
  const char *dtype = rn_json_string(value, "dtype", NULL);
  const json_t *shape = json_object_get(value, "shape"), *offsets = json_object_get(value, "data_offsets");
  *e = (rn_entry){.name = name};
  if (!*name || strlen(name) > MAX_NAME) return entry_fail(f, name, "name empty or too long", err);
  if (!dtype || !json_is_array(shape) || !json_is_array(offsets) || json_object_size(value) != 3)
    return entry_fail(f, name, "expected exactly dtype, shape and data_offsets", err);
  if (!rn_dtype_named(dtype, &e->dtype)) return entry_fail(f, name, "unknown dtype", err);
  if (json_array_size(shape) > RN_MAX_RANK) return entry_fail(f, name, "more than 8 dimensions", err);
  e->rank = (int)json_array_size(shape);
  for (int i = 0; i < e->rank; i++)
    if (!size_at(shape, (size_t)i, &e->shape[i])) return entry_fail(f, name, "a dimension is not a size", err);
  if (!rn_dtype_bytes(e->dtype, e->rank, e->shape, &e->size)) return entry_fail(f, name, "shape too large", err);
  int64_t begin, end;
  size_t data_size = f->bytes.size - LENGTH_SIZE - f->header_size;
  if (json_array_size(offsets) != 2 || !size_at(offsets, 0, &begin) || !size_at(offsets, 1, &end) || begin > end)
    return entry_fail(f, name, "data_offsets are not a range", err);
  if ((size_t)end > data_size) return entry_fail(f, name, "data past the end of the file: cut short, or damaged", err);
  if ((size_t)(end - begin) != e->size) return entry_fail(f, name, "data_offsets do not fit dtype and shape", err);
  e->data = f->header + f->header_size + begin;
  return RN_OK;
}

static int by_data(const void *a, const void *b) {
  const rn_entry *x = a, *y = b;
  if (x->data != y->data) return (const char *)x->data < (const char *)y->data ? -1 : 1;
  if (x->size != y->size) return x->size < y->size ? -1 : 1;
  return strcmp(x->name, y->name);
}

/* Sorted by offset the tensors must follow one another from the first byte of the data to the last. */
static rn_status entries_check(rn_safetensors *f, rn_error *err) {
  const char *at = f->header + f->header_size, *end = f->bytes.data + f->bytes.size;
  if (f->n) qsort(f->entries, (size_t)f->n, sizeof *f->entries, by_data);
  for (int64_t i = 0; i < f->n; i++) {
    const rn_entry *e = &f->entries[i];
    if (e->data != at)
      return entry_fail(f, e->name, (const char *)e->data < at ? "data overlaps another tensor's" : "a gap before its data", err);
    at += e->size;
    if (!rn_map_insert(f->by_name, e->name, strlen(e->name), i, NULL)) return out_of_memory(f, err);
  }
  if (at == end) return RN_OK;
  return rn_error_set(err, RN_ERROR_DATA, "%s: byte %zu: %zu bytes that belong to no tensor", f->path, (size_t)(at - f->bytes.data),
                      (size_t)(end - at));
}

static rn_status entries_read(rn_safetensors *f, rn_error *err) {
  f->entries = rn_alloc(json_object_size(f->root) * sizeof *f->entries);
  f->by_name = rn_map_new();
  if (!f->entries || !f->by_name) return out_of_memory(f, err);
  const char *name;
  json_t *value;
  json_object_foreach(f->root, name, value) {
    if (strcmp(name, "__metadata__") == 0) continue;
    rn_status status = entry_read(f, name, value, &f->entries[f->n], err);
    if (status != RN_OK) return status;
    f->n++;
  }
  return entries_check(f, err);
}

static rn_status metadata_check(const rn_safetensors *f, rn_error *err) {
  const json_t *metadata = json_object_get(f->root, "__metadata__");
  if (!metadata) return RN_OK;
  bool good = json_is_object(metadata);
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)metadata, key, value) good = good && json_is_string(value);
  if (good) return RN_OK;
  return rn_error_set(err, RN_ERROR_DATA, "%s: byte %zu: __metadata__ is not an object of strings", f->path,
                      entry_offset(f, "__metadata__"));
}

/* ---- checksums ---- */

static bool digits_match(const char *digits, uint64_t hash) {
  char text[RN_SAFETENSORS_DIGITS + 1];
  snprintf(text, sizeof text, "%016" PRIx64, hash);
  return digits && strncmp(digits, text, RN_SAFETENSORS_DIGITS) == 0;
}

static rn_status header_verify(const rn_safetensors *f, rn_error *err) {
  size_t at = strlen(RN_SAFETENSORS_PREFIX);
  if (f->header_size < at + RN_SAFETENSORS_DIGITS || memcmp(f->header, RN_SAFETENSORS_PREFIX, at) != 0)
    return rn_error_set(err, RN_ERROR_DATA, "%s: byte 8: damaged: the checksums are missing", f->path);
  char *copy = rn_alloc(f->header_size);
  if (!copy) return out_of_memory(f, err);
  memcpy(copy, f->header, f->header_size);
  memset(copy + at, '0', RN_SAFETENSORS_DIGITS);
  bool good = digits_match(f->header + at, rn_hash(copy, f->header_size));
  rn_free(copy);
  return good ? RN_OK : rn_error_set(err, RN_ERROR_DATA, "%s: byte 8: damaged: the header does not match its checksum", f->path);
}

static rn_status tensors_verify(const rn_safetensors *f, const char *text, rn_error *err) {
  json_t *sums;
  char name[512];
  snprintf(name, sizeof name, "%.400s: checksums", f->path);
  rn_status status = rn_json_parse(text, strlen(text), name, &sums, err);
  if (status != RN_OK) return status;
  for (int64_t i = 0; i < f->n && status == RN_OK; i++) {
    const rn_entry *e = &f->entries[i];
    if (digits_match(rn_json_string(sums, e->name, NULL), rn_hash(e->data, e->size))) continue;
    status = rn_error_set(err, RN_ERROR_DATA, "%s: byte %zu: damaged: tensor '%.200s' does not match its checksum", f->path,
                          (size_t)((const char *)e->data - f->bytes.data), e->name);
  }
  json_decref(sums);
  return status;
}

static rn_status checksums_verify(const rn_safetensors *f, rn_error *err) {
  const char *sums = rn_safetensors_metadata(f, "xxh3");
  if (!sums && !rn_safetensors_metadata(f, "checksum")) return RN_OK; /* not one of ours */
  rn_status status = header_verify(f, err);
  return status == RN_OK ? tensors_verify(f, sums, err) : status;
}

/* ---- the file ---- */

rn_status rn_safetensors_open(const char *path, rn_safetensors **out, rn_error *err) {
  *out = NULL;
  rn_safetensors *f = rn_alloc_zero(1, sizeof *f);
  if (f) f->path = rn_strdup(path);
  if (!f || !f->path) {
    rn_free(f);
    return rn_error_set(err, RN_ERROR_MEMORY, "cannot read '%s': out of memory", path);
  }
  rn_status status = rn_bytes_map(path, &f->bytes, err);
  if (status == RN_OK) status = header_parse(f, err);
  if (status == RN_OK) status = metadata_check(f, err);
  if (status == RN_OK) status = entries_read(f, err);
  if (status == RN_OK) status = checksums_verify(f, err);
  if (status != RN_OK) {
    rn_safetensors_close(f);
    return status;
  }
  *out = f;
  return RN_OK;
}

int64_t rn_safetensors_count(const rn_safetensors *f) { return f->n; }

const rn_entry *rn_safetensors_at(const rn_safetensors *f, int64_t i) { return &f->entries[i]; }

const rn_entry *rn_safetensors_find(const rn_safetensors *f, const char *name) {
  const int64_t *i = rn_map_find(f->by_name, name, strlen(name));
  return i ? &f->entries[*i] : NULL;
}

const char *rn_safetensors_metadata(const rn_safetensors *f, const char *key) {
  return rn_json_string(json_object_get(f->root, "__metadata__"), key, NULL);
}
