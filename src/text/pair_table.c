/* pair_table.c: linear probing in a table of numbers, at most half full, over the pairs in order of appearance. */
#include "text/pair_table.h"
#include "base/alloc.h"

void rn_pair_table_free(rn_pair_table *t) {
  rn_free(t->at);
  rn_free(t->slots);
  *t = (rn_pair_table){0};
}

/* Where the search for a pair begins: the high bits of a product with 2^64 / golden ratio (Knuth, 6.4). */
static uint64_t place(const rn_pair_table *t, int32_t left, int32_t right) {
  uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
  return ((key ^ key >> 29) * 0x9e3779b97f4a7c15u) >> 20 & (t->n_slots - 1);
}

static bool grow_slots(rn_pair_table *t) {
  uint64_t n_slots = t->n_slots ? 2 * t->n_slots : 1024;
  uint32_t *slots = rn_alloc_zero(n_slots, sizeof *slots);
  if (!slots) return false;
  rn_free(t->slots);
  t->slots = slots;
  t->n_slots = n_slots;
  for (int64_t i = 0; i < t->n; i++) {
    uint64_t at = place(t, t->at[i].left, t->at[i].right);
    while (slots[at]) at = (at + 1) & (n_slots - 1);
    slots[at] = (uint32_t)i + 1;
  }
  return true;
}

static bool reserve(rn_pair_table *t) {
  if (t->n >= UINT32_MAX - 1) return false;
  if (2 * (uint64_t)(t->n + 1) > t->n_slots && !grow_slots(t)) return false;
  if (t->n < t->capacity) return true;
  int64_t capacity = t->capacity ? t->capacity + t->capacity / 2 : 1024;
  rn_pair_count *at = rn_realloc(t->at, (size_t)capacity * sizeof *at);
  if (!at) return false;
  t->at = at;
  t->capacity = capacity;
  return true;
}

int64_t rn_pair_table_add(rn_pair_table *t, int32_t left, int32_t right) {
  if (!reserve(t)) return -1;
  uint64_t at = place(t, left, right);
  for (; t->slots[at]; at = (at + 1) & (t->n_slots - 1)) {
    int64_t i = t->slots[at] - 1;
    if (t->at[i].left == left && t->at[i].right == right) return i;
  }
  t->slots[at] = (uint32_t)t->n + 1;
  t->at[t->n] = (rn_pair_count){left, right, 0};
  return t->n++;
}
