/* piece_cache.h: the tokens of pieces met before. Words are few and come often (Zipf): most of a text is looked up, not computed. */
#ifndef RN_TEXT_PIECE_CACHE_H
#define RN_TEXT_PIECE_CACHE_H

#include "text/subword.h"

enum { RN_CACHED_TOKENS = 6, RN_CACHED_SIZE = 26 };

/* 64 bytes: one line of the processor's cache. */
typedef struct rn_cached {
  uint8_t size, n; /* of the piece in bytes, 0: an empty place; of its tokens */
  uint8_t begin[RN_CACHED_TOKENS], end[RN_CACHED_TOKENS];
  char piece[RN_CACHED_SIZE];
  int32_t ids[RN_CACHED_TOKENS];
} rn_cached;

typedef struct rn_piece_cache {
  rn_cached *at; /* sets of two */
  size_t mask;
} rn_piece_cache;

/* For a text of so many bytes. False when out of memory. */
bool rn_piece_cache_init(rn_piece_cache *cache, size_t text_size);
void rn_piece_cache_free(rn_piece_cache *cache);
/* The set a piece belongs to: its first place. */
rn_cached *rn_piece_cache_set(const rn_piece_cache *cache, const char *piece, size_t size);
/* The entry of a piece in its set; NULL: it has none. */
const rn_cached *rn_piece_cache_find(rn_cached *set, const char *piece, size_t size);
/* Keeps the n tokens of a piece, if they are few and it is short. */
void rn_piece_cache_keep(rn_cached *set, const char *piece, size_t size, const rn_subword *tokens, size_t n);

#endif
