/* map.c: entries in order of insertion, and a table of slots (linear probing, a power of two, at most 3/4 full) that finds them. */
#include "base/map.h"
#include "base/alloc.h"
#include "base/file.h"

#include <string.h>

typedef struct entry {
  uint64_t hash;
  size_t at, size; /* of the key, in `keys` */
  int64_t value;
} entry;

struct rn_map {
  entry *entries;
  int64_t n, capacity;
  int64_t *slots; /* index of an entry, or -1 */
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

/* The slot of a key: that of its entry, or the empty one where it would go. */
static int64_t *slot_of(const rn_map *map, const void *key, size_t size, uint64_t hash) {
  for (size_t i = hash & (map->n_slots - 1);; i = (i + 1) & (map->n_slots - 1)) {
    if (map->slots[i] < 0) return &map->slots[i];
    const entry *e = &map->entries[map->slots[i]];
    if (e->hash == hash && e->size == size && memcmp(map->keys + e->at, key, size) == 0) return &map->slots[i];
  }
}

int64_t *rn_map_find(const rn_map *map, const void *key, size_t size) {
  if (!map->n) return NULL;
  int64_t i = *slot_of(map, key, size, rn_hash(key, size));
  return i < 0 ? NULL : &map->entries[i].value;
}

static bool slots_grow(rn_map *map) {
  size_t n_slots = map->n_slots ? 2 * map->n_slots : 16;
  int64_t *slots = rn_alloc(n_slots * sizeof *slots);
  if (!slots) return false;
  memset(slots, 0xff, n_slots * sizeof *slots);
  for (int64_t e = 0; e < map->n; e++) {
    size_t i = map->entries[e].hash & (n_slots - 1);
    while (slots[i] >= 0) i = (i + 1) & (n_slots - 1);
    slots[i] = e;
  }
  rn_free(map->slots);
  map->slots = slots;
  map->n_slots = n_slots;
  return true;
}

/* Room for one more entry whose key has `size` bytes. */
static bool reserve(rn_map *map, size_t size) {
  if ((size_t)map->n + 1 > map->n_slots / 4 * 3 && !slots_grow(map)) return false;
  if (map->n == map->capacity) {
    int64_t capacity = map->capacity ? 2 * map->capacity : 16;
    entry *entries = rn_realloc(map->entries, (size_t)capacity * sizeof *entries);
    if (!entries) return false;
    map->entries = entries;
    map->capacity = capacity;
  }
  size_t need;
  if (!rn_add_size(map->keys_size, size, &need) || !rn_add_size(need, 1, &need)) return false;
  if (need > map->keys_capacity) {
    size_t capacity = need > 2 * map->keys_capacity ? need : 2 * map->keys_capacity;
    char *keys = rn_realloc(map->keys, capacity);
    if (!keys) return false;
    map->keys = keys;
    map->keys_capacity = capacity;
  }
  return true;
}

int64_t *rn_map_insert(rn_map *map, const void *key, size_t size, int64_t value, bool *inserted) {
  int64_t *found = rn_map_find(map, key, size);
  if (inserted) *inserted = !found;
  if (found) return found;
  if (!reserve(map, size)) return NULL;
  uint64_t hash = rn_hash(key, size);
  *slot_of(map, key, size, hash) = map->n;
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
