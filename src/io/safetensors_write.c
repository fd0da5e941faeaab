/* safetensors_write.c: the header is written by hand, so that its own checksum stands at a known place. */
#include "base/map.h"
#include "base/text_buffer.h"
#include "base/utf8.h"
#include "io/dtype.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ALIGNMENT 64

static rn_status refuse(const char *path, const char *name, const char *why, rn_error *err) {
  return rn_error_set(err, RN_ERROR_ARGUMENT, "cannot write '%s': '%s': %s", path, name, why);
}

static rn_status out_of_memory(const char *path, rn_error *err) {
  return rn_error_set(err, RN_ERROR_MEMORY, "cannot write '%s': out of memory", path);
}

static rn_status arguments_check(const char *path, const json_t *metadata, const rn_entry *entries, int64_t n, rn_error *err) {
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)metadata, key, value) {
    if (!json_is_string(value)) return refuse(path, key, "metadata that is not a string", err);
    if (strcmp(key, "xxh3") == 0 || strcmp(key, "checksum") == 0) return refuse(path, key, "a reserved metadata key", err);
  }
  rn_map *names = rn_map_new();
  if (!names) return out_of_memory(path, err);
  rn_status status = RN_OK;
  for (int64_t i = 0; i < n && status == RN_OK; i++) {
    const rn_entry *e = &entries[i];
    size_t size;
    bool inserted;
    if (strcmp(e->name, "__metadata__") == 0 || strcmp(e->name, "__header__") == 0) status = refuse(path, e->name, "a reserved name", err);
    else if (!*e->name || rn_utf8_count_bad(e->name, strlen(e->name), NULL))
      status = refuse(path, e->name, "a name that is empty or not UTF-8", err);
    else if (!rn_map_insert(names, e->name, strlen(e->name), i, &inserted)) status = out_of_memory(path, err);
    else if (!inserted) status = refuse(path, e->name, "two tensors of this name", err);
    else if (e->rank < 0 || e->rank > RN_MAX_RANK || !rn_dtype_bytes(e->dtype, e->rank, e->shape, &size) || size != e->size)
      status = refuse(path, e->name, "size and shape disagree", err);
  }
  rn_map_free(names);
  return status;
}

/* Appends a string as JSON, in quotes. */
static void put_json(rn_text *t, const char *s) {
  json_t *string = json_string(s);
  char *text = string ? rn_json_text(string) : NULL;
  if (text) rn_text_puts(t, text);
  else t->failed = true;
  rn_free(text);
  json_decref(string);
}

/* {"__header__":"000...","NAME":"XXH3 of its bytes",...} */
static void put_checksums(rn_text *t, const rn_entry *entries, int64_t n) {
  rn_text sums = {0};
  rn_text_puts(&sums, "{\"__header__\":\"" RN_SAFETENSORS_ZEROS "\"");
  for (int64_t i = 0; i < n; i++) {
    rn_text_puts(&sums, ",");
    put_json(&sums, entries[i].name);
    rn_text_printf(&sums, ":\"%016" PRIx64 "\"", rn_hash(entries[i].data, entries[i].size));
  }
  rn_text_puts(&sums, "}");
  if (sums.failed) t->failed = true;
  else put_json(t, sums.data);
  rn_text_free(&sums);
}

static void put_metadata(rn_text *t, const json_t *metadata) {
  if (!json_object_size(metadata)) return;
  char *text = rn_json_text(metadata); /* {...}, keys sorted; goes on without its brackets */
  if (!text) {
    t->failed = true;
    return;
  }
  rn_text_puts(t, ",");
  rn_text_append(t, text + 1, strlen(text) - 2);
  rn_free(text);
}

static void put_entry(rn_text *t, const rn_entry *e, uint64_t begin) {
  rn_text_puts(t, ",");
  put_json(t, e->name);
  rn_text_printf(t, ":{\"dtype\":\"%s\",\"shape\":[", rn_dtype_name(e->dtype));
  for (int i = 0; i < e->rank; i++) rn_text_printf(t, "%s%" PRId64, i ? "," : "", e->shape[i]);
  rn_text_printf(t, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", begin, begin + e->size);
}

/* The header, padded with spaces so that the data is aligned, with its own checksum in place. */
static rn_text header_text(const json_t *metadata, const rn_entry *entries, int64_t n) {
  rn_text t = {0};
  rn_text_puts(&t, "{\"__metadata__\":{\"xxh3\":");
  put_checksums(&t, entries, n);
  rn_text_puts(&t, ",\"checksum\":\"xxh3\"");
  put_metadata(&t, metadata);
  rn_text_puts(&t, "}");
  uint64_t begin = 0;
  for (int64_t i = 0; i < n; begin += entries[i++].size) put_entry(&t, &entries[i], begin);
  rn_text_puts(&t, "}");
  while (!t.failed && (t.size + sizeof(uint64_t)) % ALIGNMENT) rn_text_puts(&t, " ");
  if (t.failed) return t;
  char digits[RN_SAFETENSORS_DIGITS + 1];
  snprintf(digits, sizeof digits, "%016" PRIx64, rn_hash(t.data, t.size));
  memcpy(t.data + strlen(RN_SAFETENSORS_PREFIX), digits, RN_SAFETENSORS_DIGITS);
  return t;
}

rn_status rn_safetensors_write(const char *path, const json_t *metadata, const rn_entry *entries, int64_t n, uint64_t *hash, uint64_t *size,
                               rn_error *err) {
  rn_status status = arguments_check(path, metadata, entries, n, err);
  if (status != RN_OK) return status;
  rn_text header = header_text(metadata, entries, n);
  rn_writer *w = NULL;
  status = header.failed ? out_of_memory(path, err) : rn_writer_open(path, &w, err);
  if (status == RN_OK) {
    unsigned char length[sizeof(uint64_t)];
    for (size_t i = 0; i < sizeof length; i++) length[i] = (unsigned char)((uint64_t)header.size >> 8 * i);
    rn_writer_write(w, length, sizeof length);
    rn_writer_write(w, header.data, header.size);
    for (int64_t i = 0; i < n; i++) rn_writer_write(w, entries[i].data, entries[i].size);
    if (hash) *hash = rn_writer_hash(w);
    if (size) *size = rn_writer_offset(w);
    status = rn_writer_commit(w, err);
  }
  rn_text_free(&header);
  return status;
}
