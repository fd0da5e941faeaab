/* pairs.h: pairs of numbers to a count: open addressing, 16 bytes an entry. */
#ifndef RN_BASE_PAIRS_H
#define RN_BASE_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rn_pairs { /* caller-owned; begins as zeros */
  struct rn_pair {
    uint32_t a, b;
    int64_t count; /* 0: the place is empty */
  } * at;
  int64_t n, n_places; /* a power of two, of which at most 3/4 are taken */
} rn_pairs;

/* Counts a pair once more. false: out of memory. */
bool rn_pairs_add(rn_pairs *pairs, uint32_t a, uint32_t b);
/* The entry of a pair, or NULL. */
struct rn_pair *rn_pairs_find(const rn_pairs *pairs, uint32_t a, uint32_t b);
void rn_pairs_free(rn_pairs *pairs); /* leaves zeros */

#endif
