/* map.c: entries in order of insertion, and a table of slots (linear probing, a power of two, at most 3/4 full) that finds them. A slot
 * knows half of its entry's hash, so that nearly every entry that is looked into is the one. */
#include "base/map.h"
#include "base/alloc.h"
#include "base/file.h"

#include <string.h>

typedef struct entry {
  uint64_t hash;
  size_t at, size; /* of the key, in `keys` */
  int64_t value;
} entry;

typedef struct slot {
  uint32_t tag; /* the upper half of the hash, whose lower half says where the search begins */
  uint32_t entry;
} slot;
#define NONE UINT32_MAX

struct rn_map {
  entry *entries;
  int64_t n, capacity;
  slot *slots;
  size_t n_slots;
  char *keys; /* every key, each with a NUL after it */
  size_t keys_size, keys_capacity;
};

rn_map *rn_map_new(void) { return rn_alloc_zero(1, sizeof(rn_map)); }

void rn_map_free(rn_map *map) {
  if (!map) return;
  rn_free(map->entries);
  rn_free(map->slots);
  rn_free(map->keys);
  rn_free(map);
}

int64_t rn_map_size(const rn_map *map) { return map->n; }

static uint32_t tag_of(uint64_t hash) { return (uint32_t)(hash >> 32); }

/* The slot of a key: that of its entry, or the empty one where it would go. */
static slot *slot_of(const rn_map *map, const void *key, size_t size, uint64_t hash) {
  uint32_t tag = tag_of(hash);
  for (size_t i = hash & (map->n_slots - 1);; i = (i + 1) & (map->n_slots - 1)) {
    slot *s = &map->slots[i];
    if (s->entry == NONE) return s;
    if (s->tag != tag) continue;
    const entry *e = &map->entries[s->entry];
    if (e->size == size && memcmp(map->keys + e->at, key, size) == 0) return s;
  }
}

static int64_t *value_of(const rn_map *map, const slot *s) { return s->entry == NONE ? NULL : &map->entries[s->entry].value; }

int64_t *rn_map_find(const rn_map *map, const void *key, size_t size) {
  return map->n ? value_of(map, slot_of(map, key, size, rn_hash(key, size))) : NULL;
}

static bool slots_reserve(rn_map *map, int64_t n) {
  size_t n_slots = map->n_slots ? map->n_slots : 16;
  while ((size_t)n > n_slots / 4 * 3) n_slots *= 2;
  if (n_slots == map->n_slots) return true;
  slot *slots = rn_alloc(n_slots * sizeof *slots);
  if (!slots) return false;
  memset(slots, 0xff, n_slots * sizeof *slots);
  for (int64_t e = 0; e < map->n; e++) {
    uint64_t hash = map->entries[e].hash;
    size_t i = hash & (n_slots - 1);
    while (slots[i].entry != NONE) i = (i + 1) & (n_slots - 1);
    slots[i] = (slot){tag_of(hash), (uint32_t)e};
  }
  rn_free(map->slots);
  map->slots = slots;
  map->n_slots = n_slots;
  return true;
}

static bool entries_reserve(rn_map *map, int64_t n) {
  if (n <= map->capacity) return true;
  int64_t capacity = n > 2 * map->capacity ? n : 2 * map->capacity;
  entry *entries = rn_realloc(map->entries, (size_t)capacity * sizeof *entries);
  if (!entries) return false;
  map->entries = entries;
  map->capacity = capacity;
  return true;
}

static bool keys_reserve(rn_map *map, size_t size) {
  if (size <= map->keys_capacity) return true;
  size_t capacity = size > 2 * map->keys_capacity ? size : 2 * map->keys_capacity;
  char *keys = rn_realloc(map->keys, capacity);
  if (!keys) return false;
  map->keys = keys;
  map->keys_capacity = capacity;
  return true;
}

bool rn_map_reserve(rn_map *map, int64_t n, size_t size) {
  size_t keys;
  if (n >= NONE - map->n || !rn_add_size(size, (size_t)n, &keys) || !rn_add_size(keys, map->keys_size, &keys)) return false;
  return slots_reserve(map, map->n + n) && entries_reserve(map, map->n + n) && keys_reserve(map, keys);
}

int64_t *rn_map_insert(rn_map *map, const void *key, size_t size, int64_t value, bool *inserted) {
  uint64_t hash = rn_hash(key, size);
  slot *s = map->n ? slot_of(map, key, size, hash) : NULL;
  bool found = s && s->entry != NONE;
  if (inserted) *inserted = !found;
  if (found) return value_of(map, s);
  size_t n_slots = map->n_slots;
  if (!rn_map_reserve(map, 1, size)) return NULL;
  if (!s || map->n_slots != n_slots) s = slot_of(map, key, size, hash);
  *s = (slot){tag_of(hash), (uint32_t)map->n};
  entry *e = &map->entries[map->n++];
  *e = (entry){hash, map->keys_size, size, value};
  if (size) memcpy(map->keys + map->keys_size, key, size);
  map->keys[map->keys_size + size] = '\0';
  map->keys_size += size + 1;
  return &e->value;
}

const char *rn_map_key(const rn_map *map, int64_t i, size_t *size, int64_t *value) {
  const entry *e = &map->entries[i];
  if (size) *size = e->size;
  if (value) *value = e->value;
  return map->keys + e->at;
}
