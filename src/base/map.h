/* map.h: byte string to int64, insertion-ordered open addressing. Keys are copied. */
#ifndef RN_BASE_MAP_H
#define RN_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rn_map rn_map;

rn_map *rn_map_new(void); /* NULL when out of memory */
void rn_map_free(rn_map *map);
int64_t rn_map_size(const rn_map *map);
/* The value of a key, or NULL when absent. The pointer holds until the next insertion. */
int64_t *rn_map_find(const rn_map *map, const void *key, size_t size);
/* The value of a key, inserted as `value` when absent (*inserted says which; may be NULL). NULL when out of memory. */
int64_t *rn_map_insert(rn_map *map, const void *key, size_t size, int64_t value, bool *inserted);
/* Room for n more entries whose keys have `size` bytes together. False: out of memory. */
bool rn_map_reserve(rn_map *map, int64_t n, size_t size);
/* The i-th entry in order of insertion. */
const char *rn_map_key(const rn_map *map, int64_t i, size_t *size, int64_t *value);

#endif
