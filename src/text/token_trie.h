/* token_trie.h: all tokens that a text begins with, found in one walk. */
#ifndef RN_TEXT_TOKEN_TRIE_H
#define RN_TEXT_TOKEN_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The nodes in order of breadth, so that those of one parent lie together, by label: node i has the children first[i] to first[i + 1] - 1.
 */
typedef struct rn_token_trie {
  uint32_t *first;      /* [n + 1] */
  unsigned char *label; /* [n] the byte that leads to the node */
  int32_t *value;       /* [n] of the token that ends there; -1: none does */
  uint32_t n;
  uint32_t start[256]; /* the root's children by byte; 0: none */
} rn_token_trie;

typedef struct rn_trie_entry {
  const char *key; /* not empty */
  size_t size;
  int32_t value;
} rn_trie_entry;

/* Sorts `entries` and builds from them; of equal keys the first in the array counts. False when out of memory. */
bool rn_token_trie_init(rn_token_trie *trie, rn_trie_entry *entries, size_t n);
void rn_token_trie_free(rn_token_trie *trie);
/* The child of a node by a byte; 0 when there is none. The root is 0. */
uint32_t rn_token_trie_child(const rn_token_trie *trie, uint32_t node, unsigned char byte);

#endif
