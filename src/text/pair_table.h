/* pair_table.h: pairs of symbols and how often they stand side by side: a number for each pair, in order of appearance. */
#ifndef RN_TEXT_PAIR_TABLE_H
#define RN_TEXT_PAIR_TABLE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rn_pair_count {
  int32_t left, right;
  int64_t count;
} rn_pair_count;

typedef struct rn_pair_table { /* zeros: empty */
  rn_pair_count *at;           /* [n] */
  int64_t n, capacity;
  uint32_t *slots; /* number of a pair + 1; 0: empty */
  uint64_t n_slots;
} rn_pair_table;

void rn_pair_table_free(rn_pair_table *table);
/* The number of a pair, added with count 0 when it is new; -1: out of memory. */
int64_t rn_pair_table_add(rn_pair_table *table, int32_t left, int32_t right);

#endif
