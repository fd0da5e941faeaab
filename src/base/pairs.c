/* pairs.c: pairs of numbers to a count. */
#include "base/pairs.h"
#include "base/alloc.h"

/* Fibonacci hashing of both numbers at once, with the high bits mixed in. */
static uint64_t place_of(uint32_t a, uint32_t b) {
  uint64_t key = ((uint64_t)a << 32 | b) * 0x9E3779B97F4A7C15u;
  return (key ^ key >> 32) * 0x9E3779B97F4A7C15u >> 16;
}

static struct rn_pair *find(const rn_pairs *p, uint32_t a, uint32_t b) {
  uint64_t last = (uint64_t)p->n_places - 1;
  for (uint64_t i = place_of(a, b) & last;; i = (i + 1) & last)
    if (p->at[i].count == 0 || (p->at[i].a == a && p->at[i].b == b)) return &p->at[i];
}

static bool grow(rn_pairs *p) {
  rn_pairs larger = {.n = p->n, .n_places = p->n_places ? 2 * p->n_places : 1024};
  if (!(larger.at = rn_alloc_zero((size_t)larger.n_places, sizeof *larger.at))) return false;
  for (int64_t i = 0; i < p->n_places; i++)
    if (p->at[i].count) *find(&larger, p->at[i].a, p->at[i].b) = p->at[i];
  rn_free(p->at);
  *p = larger;
  return true;
}

bool rn_pairs_add(rn_pairs *p, uint32_t a, uint32_t b) {
  if (4 * p->n >= 3 * p->n_places && !grow(p)) return false;
  struct rn_pair *entry = find(p, a, b);
  if (entry->count == 0) *entry = (struct rn_pair){a, b, 0}, p->n++;
  entry->count++;
  return true;
}

struct rn_pair *rn_pairs_find(const rn_pairs *p, uint32_t a, uint32_t b) {
  if (p->n == 0) return NULL;
  struct rn_pair *entry = find(p, a, b);
  return entry->count ? entry : NULL;
}

void rn_pairs_free(rn_pairs *p) {
  rn_free(p->at);
  *p = (rn_pairs){0};
}
