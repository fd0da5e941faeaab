/* ngram_interpolate.c: see ngram_interpolate.h. Values are p until all are there, then log p. */
#include "models/ngram_interpolate.h"
#include "base/alloc.h"
#include <math.h>

enum { CHUNK = 1 << 12 }; /* contexts of a task */

typedef struct estimate {
  rn_trie *trie;
  const rn_interpolation *how;
  int level; /* of the n-grams that get their values */
} estimate;

/* gamma of a context whose n-grams are [from, to) of a level, and what their counts sum to. */
static double leftover(const estimate *e, int64_t from, int64_t to, double *sum) {
  const rn_interpolation *how = e->how;
  const uint32_t *a = how->counts[e->level], *count = e->trie->level[e->level].count;
  double mass = 0;
  *sum = 0;
  for (int64_t k = from; k < to; k++) *sum += a[k];
  if (*sum == 0) return 1;
  for (int64_t k = from; k < to; k++) {
    bool kept = e->level == 0 || count[k] > how->prune[e->level];
    mass += kept ? how->taken(how->self, e->level, a[k], *sum) : a[k];
  }
  return mass / *sum;
}

/* What an n-gram has of its own. */
static double own(const estimate *e, int64_t k, double sum) {
  uint32_t a = e->how->counts[e->level][k];
  return sum > 0 ? (a - e->how->taken(e->how->self, e->level, a, sum)) / sum : 0;
}

static void estimate_unigrams(const estimate *e) {
  rn_trie_level *level = &e->trie->level[0];
  double sum, gamma = leftover(e, 0, level->n, &sum);
  for (int64_t k = 0; k < level->n; k++) level->values[k].log_p = (float)(own(e, k, sum) + gamma / (double)level->n);
}

static void estimate_contexts(void *arg, int64_t chunk) {
  const estimate *e = arg;
  rn_trie *t = e->trie;
  rn_trie_level *contexts = &t->level[e->level - 1], *level = &t->level[e->level];
  int64_t first = chunk * CHUNK, last = first + CHUNK < contexts->n ? first + CHUNK : contexts->n;
  for (int64_t h = first; h < last; h++) {
    int64_t from = contexts->links[h].begin, to = contexts->links[h + 1].begin;
    double sum, gamma = leftover(e, from, to, &sum);
    contexts->values[h].backoff = (float)gamma;
    for (int64_t k = from; k < to; k++)
      level->values[k].log_p = (float)(own(e, k, sum) + gamma * (double)contexts->values[level->links[k].suffix].log_p);
  }
}

static void take_logs(void *arg, int64_t chunk) {
  const estimate *e = arg;
  rn_trie_level *level = &e->trie->level[e->level];
  int64_t first = chunk * CHUNK, last = first + CHUNK < level->n ? first + CHUNK : level->n;
  bool contexts = e->level + 1 < e->trie->order;
  for (int64_t k = first; k < last; k++) {
    level->values[k].log_p = logf(level->values[k].log_p);
    level->values[k].backoff = contexts && level->values[k].backoff != 1 ? logf(level->values[k].backoff) : 0;
  }
}

static int64_t n_chunks(int64_t n) { return (n + CHUNK - 1) / CHUNK; }

rn_status rn_trie_interpolate(rn_trie *t, const rn_interpolation *how) {
  for (int i = 0; i < t->order; i++)
    if (!(t->level[i].values = rn_alloc_zero((size_t)t->level[i].n, sizeof *t->level[i].values)))
      return rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for the estimate of n-grams");
  estimate e = {t, how, 0};
  estimate_unigrams(&e);
  for (e.level = 1; e.level < t->order; e.level++) rn_pool_for(t->ctx->pool, n_chunks(t->level[e.level - 1].n), estimate_contexts, &e);
  for (e.level = 0; e.level < t->order; e.level++) rn_pool_for(t->ctx->pool, n_chunks(t->level[e.level].n), take_logs, &e);
  return RN_OK;
}
