/* piece_cache.c: sets of two places. A new piece takes the second one, and the first when it is met again: what comes once does not drive
 * out what comes often. */
#include "text/piece_cache.h"
#include "base/alloc.h"
#include "base/file.h"

#include <string.h>

bool rn_piece_cache_init(rn_piece_cache *cache, size_t text_size) {
  size_t n = 64;
  while (n < 65536 && n * 32 < text_size) n *= 2;
  cache->at = rn_alloc_aligned(n * sizeof *cache->at);
  if (!cache->at) return false;
  memset(cache->at, 0, n * sizeof *cache->at);
  cache->mask = n - 1;
  return true;
}

void rn_piece_cache_free(rn_piece_cache *cache) { rn_free(cache->at); }

rn_cached *rn_piece_cache_set(const rn_piece_cache *cache, const char *piece, size_t size) {
  return &cache->at[rn_hash(piece, size) & cache->mask & ~(size_t)1];
}

static bool is(const rn_cached *e, const char *piece, size_t size) { return e->size == size && memcmp(e->piece, piece, size) == 0; }

const rn_cached *rn_piece_cache_find(rn_cached *set, const char *piece, size_t size) {
  if (is(&set[0], piece, size)) return &set[0];
  if (!is(&set[1], piece, size)) return NULL;
  rn_cached first = set[0];
  set[0] = set[1];
  set[1] = first;
  return &set[0];
}

void rn_piece_cache_keep(rn_cached *set, const char *piece, size_t size, const rn_subword *tokens, size_t n) {
  if (size > RN_CACHED_SIZE || n > RN_CACHED_TOKENS) return;
  rn_cached *e = &set[1];
  e->size = (uint8_t)size;
  e->n = (uint8_t)n;
  memcpy(e->piece, piece, size);
  for (size_t i = 0; i < n; i++) {
    e->ids[i] = tokens[i].id;
    e->begin[i] = (uint8_t)tokens[i].begin;
    e->end[i] = (uint8_t)tokens[i].end;
  }
}
