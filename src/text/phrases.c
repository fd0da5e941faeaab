/* phrases.c: pairs of words that stand together more often than chance would have it. */
#include "text/phrases.h"

static bool may_join(const rn_phrases *p, int32_t word) { return word >= 0 && (double)p->count[word] > p->delta; }

bool rn_phrases_count(rn_phrases *p, const int32_t *ids, int64_t n, int32_t *previous) {
  for (int64_t i = 0; i < n; i++) {
    if (may_join(p, *previous) && may_join(p, ids[i]) && !rn_pairs_add(&p->pairs, (uint32_t)*previous, (uint32_t)ids[i])) return false;
    *previous = ids[i];
  }
  return true;
}

bool rn_phrases_joins(const rn_phrases *p, int32_t a, int32_t b) {
  if (!may_join(p, a) || !may_join(p, b)) return false;
  const struct rn_pair *pair = rn_pairs_find(&p->pairs, (uint32_t)a, (uint32_t)b);
  if (!pair) return false;
  return (double)p->n_words * ((double)pair->count - p->delta) > p->threshold * (double)p->count[a] * (double)p->count[b];
}
