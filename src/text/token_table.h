/* token_table.h: tokens and their ids. */
#ifndef RN_TEXT_TOKEN_TABLE_H
#define RN_TEXT_TOKEN_TABLE_H

#include "base/error.h"
#include "base/map.h"

typedef struct rn_token_table {
  rn_map *map;      /* token to id */
  int32_t *entries; /* [size] the map's entry of each id; -1: no such token */
  int64_t size;     /* one more than the largest id */
  int64_t capacity;
} rn_token_table;

bool rn_token_table_init(rn_token_table *table);
void rn_token_table_free(rn_token_table *table);
/* Adds a token; `where` is for the words. Errors: RN_ERROR_DATA (the token or the id is there already, the id is negative or so far beyond
 * the number of tokens that the file must be damaged), RN_ERROR_MEMORY. */
rn_status rn_token_table_add(rn_token_table *table, const char *token, size_t size, int64_t id, const char *where, rn_error *err);
static inline int32_t rn_token_table_find(const rn_token_table *table, const char *token, size_t size) {
  const int64_t *id = rn_map_find(table->map, token, size);
  return id ? (int32_t)*id : -1;
}
const char *rn_token_table_token(const rn_token_table *table, int64_t id, size_t *size); /* NULL: none */
/* The id of "<0x41>" for each byte; -1 where there is none. */
void rn_token_table_bytes(const rn_token_table *table, int32_t ids[256]);

#endif
