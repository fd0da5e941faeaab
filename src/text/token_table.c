/* token_table.c: a map by content and an array by id. */
#include "text/token_table.h"
#include "base/alloc.h"

#include <stdio.h>

/* Ids may leave gaps, but an array of them has to be worth its memory. */
static int64_t largest_id(const rn_token_table *table) { return 65536 + 64 * rn_map_size(table->map); }

bool rn_token_table_init(rn_token_table *table) {
  *table = (rn_token_table){.map = rn_map_new()};
  return table->map != NULL;
}

void rn_token_table_free(rn_token_table *table) {
  rn_map_free(table->map);
  rn_free(table->entries);
  *table = (rn_token_table){0};
}

static bool reserve(rn_token_table *table, int64_t n) {
  if (n <= table->capacity) return true;
  int64_t capacity = n + n / 2 + 256;
  int32_t *entries = rn_realloc(table->entries, (size_t)capacity * sizeof *entries);
  if (!entries) return false;
  table->entries = entries;
  table->capacity = capacity;
  return true;
}

rn_status rn_token_table_add(rn_token_table *table, const char *token, size_t size, int64_t id, const char *where, rn_error *err) {
  int shown = size < 80 ? (int)size : 80;
  if (id < 0 || id > largest_id(table))
    return rn_error_set(err, RN_ERROR_DATA, "%s: the id of \"%.*s\" is %lld, expected 0 to about the number of tokens", where, shown, token,
                        (long long)id);
  if (id < table->size && table->entries[id] >= 0)
    return rn_error_set(err, RN_ERROR_DATA, "%s: \"%.*s\" has the id %lld of \"%.80s\"", where, shown, token, (long long)id,
                        rn_token_table_token(table, id, NULL));
  bool inserted;
  int64_t *slot = reserve(table, id + 1) ? rn_map_insert(table->map, token, size, id, &inserted) : NULL;
  if (!slot) return rn_error_set(err, RN_ERROR_MEMORY, "%s: out of memory", where);
  if (!inserted)
    return rn_error_set(err, RN_ERROR_DATA, "%s: \"%.*s\" is there twice, as %lld and %lld", where, shown, token, (long long)*slot,
                        (long long)id);
  for (; table->size <= id; table->size++) table->entries[table->size] = -1;
  table->entries[id] = (int32_t)(rn_map_size(table->map) - 1);
  return RN_OK;
}

const char *rn_token_table_token(const rn_token_table *table, int64_t id, size_t *size) {
  if (id < 0 || id >= table->size || table->entries[id] < 0) return NULL;
  return rn_map_key(table->map, table->entries[id], size, NULL);
}

void rn_token_table_bytes(const rn_token_table *table, int32_t ids[256]) {
  for (int b = 0; b < 256; b++) {
    char name[8];
    snprintf(name, sizeof name, "<0x%02X>", b);
    ids[b] = rn_token_table_find(table, name, 6);
  }
}
