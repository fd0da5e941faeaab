/* token_trie.c: built level by level from sorted keys: the keys below a node are a range of them. */
#include "text/token_trie.h"
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static int by_key(const void *pa, const void *pb) {
  const rn_trie_entry *a = pa, *b = pb;
  int order = memcmp(a->key, b->key, a->size < b->size ? a->size : b->size);
  if (order) return order;
  if (a->size != b->size) return a->size < b->size ? -1 : 1;
  return (a->value > b->value) - (a->value < b->value);
}

typedef struct level_node {
  size_t begin, end; /* its keys */
} level_node;

static bool reserve(rn_token_trie *t, level_node **ranges, uint32_t *capacity) {
  if (t->n + 1 < *capacity) return true;
  if (*capacity > UINT32_MAX / 2) return false;
  uint32_t more = 2 * *capacity + 256;
  uint32_t *first = rn_realloc(t->first, more * sizeof *first);
  if (first) t->first = first;
  unsigned char *label = rn_realloc(t->label, more);
  if (label) t->label = label;
  int32_t *value = rn_realloc(t->value, more * sizeof *value);
  if (value) t->value = value;
  level_node *r = rn_realloc(*ranges, more * sizeof *r);
  if (r) *ranges = r;
  if (first && label && value && r) *capacity = more;
  return first && label && value && r;
}

bool rn_token_trie_init(rn_token_trie *t, rn_trie_entry *entries, size_t n) {
  *t = (rn_token_trie){0};
  if (n) qsort(entries, n, sizeof *entries, by_key);
  level_node *ranges = NULL;
  uint32_t capacity = 0;
  bool ok = reserve(t, &ranges, &capacity);
  if (ok) {
    ranges[0] = (level_node){0, n};
    t->label[0] = 0;
    t->value[0] = -1;
    t->n = 1;
  }
  size_t depth = 0;
  uint32_t level_end = 1;
  for (uint32_t node = 0; ok && node < t->n; node++) {
    if (node == level_end) depth++, level_end = t->n;
    level_node keys = ranges[node];
    t->first[node] = t->n;
    size_t i = keys.begin;
    if (i < keys.end && entries[i].size == depth) t->value[node] = entries[i].value;
    while (i < keys.end && entries[i].size == depth) i++;
    while (ok && i < keys.end) {
      unsigned char byte = (unsigned char)entries[i].key[depth];
      size_t begin = i;
      while (i < keys.end && (unsigned char)entries[i].key[depth] == byte) i++;
      ok = reserve(t, &ranges, &capacity);
      if (!ok) break;
      ranges[t->n] = (level_node){begin, i};
      t->label[t->n] = byte;
      t->value[t->n] = -1;
      if (node == 0) t->start[byte] = t->n;
      t->n++;
    }
  }
  if (ok) t->first[t->n] = t->n;
  rn_free(ranges);
  if (!ok) rn_token_trie_free(t);
  return ok;
}

void rn_token_trie_free(rn_token_trie *t) {
  rn_free(t->first);
  rn_free(t->label);
  rn_free(t->value);
  *t = (rn_token_trie){0};
}

uint32_t rn_token_trie_child(const rn_token_trie *t, uint32_t node, unsigned char byte) {
  if (node == 0) return t->start[byte];
  uint32_t low = t->first[node], high = t->first[node + 1];
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (t->label[middle] == byte) return middle;
    if (t->label[middle] < byte) low = middle + 1;
    else high = middle;
  }
  return 0;
}
