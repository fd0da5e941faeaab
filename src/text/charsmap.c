/* charsmap.c: looking up in the double array of Aoe 1989 as the Darts library lays it out. A unit of 32 bits holds: bit 31, "this is a
 * leaf's value"; bit 8, "a leaf hangs on this node"; bits 10 and on, the offset to the children (times 256 when bit 9 is set); bits 0 to 7,
 * the label by which the node is reached. The child of node p by byte c is p ^ offset(p) ^ c. */
#include "text/charsmap.h"
#include "base/alloc.h"
#include "base/cursor.h"

#include <string.h>

struct rn_charsmap {
  uint32_t *units;
  size_t n_units;
  char *replacements; /* ends with a NUL */
  size_t size;
};

static bool has_leaf(uint32_t unit) { return unit >> 8 & 1; }
static uint32_t value_of(uint32_t unit) { return unit & 0x7FFFFFFFu; }
static uint32_t label_of(uint32_t unit) { return unit & 0x800000FFu; } /* a leaf's never equals a byte */
static uint32_t offset_of(uint32_t unit) { return (unit >> 10) << ((unit & 0x200u) >> 6); }

rn_status rn_charsmap_new(const void *bytes, size_t size, rn_charsmap **out, rn_error *err) {
  *out = NULL;
  rn_cursor c = rn_cursor_init(bytes, size);
  size_t trie_size = rn_cursor_u32(&c);
  if (c.failed || trie_size > rn_cursor_left(&c) || trie_size % 4 || trie_size == 0)
    return rn_error_set(err, RN_ERROR_DATA, "a table of characters of %zu bytes whose trie would take %zu", size, trie_size);
  rn_charsmap *map = rn_alloc_zero(1, sizeof *map);
  if (map) {
    map->n_units = trie_size / 4;
    map->size = size - 4 - trie_size;
    map->units = rn_alloc(trie_size);
    map->replacements = rn_alloc_zero(map->size + 1, 1);
  }
  if (!map || !map->units || !map->replacements) {
    rn_charsmap_free(map);
    return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for a table of characters");
  }
  for (size_t i = 0; i < map->n_units; i++) map->units[i] = rn_cursor_u32(&c);
  memcpy(map->replacements, (const char *)bytes + 4 + trie_size, map->size);
  *out = map;
  return RN_OK;
}

void rn_charsmap_free(rn_charsmap *map) {
  if (!map) return;
  rn_free(map->units);
  rn_free(map->replacements);
  rn_free(map);
}

const char *rn_charsmap_find(const rn_charsmap *map, const char *text, size_t size, bool shortest, size_t *used, size_t *replacement_size) {
  const char *found = NULL;
  size_t node = offset_of(map->units[0]);
  for (size_t i = 0; i < size; i++) {
    unsigned char byte = (unsigned char)text[i];
    node ^= byte;
    if (byte == 0 || node >= map->n_units || label_of(map->units[node]) != byte) break; /* a label of 0 is a leaf's */
    uint32_t unit = map->units[node];
    node ^= offset_of(unit);
    if (!has_leaf(unit)) continue;
    if (node >= map->n_units || value_of(map->units[node]) >= map->size) break; /* only a damaged table says so */
    found = map->replacements + value_of(map->units[node]);
    *used = i + 1;
    if (shortest) break;
  }
  if (found) *replacement_size = strlen(found);
  return found;
}
