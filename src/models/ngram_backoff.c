/* ngram_backoff.c: stupid backoff (Brants, Popat, Xu, Och & Dean 2007).
 *
 *     S(w | h) = c(h w) / c(h)       where c(h w) > 0
 *                alpha S(w | h')     else;            S(w) = c(w) / N at the end
 *
 * Nothing is taken from what was seen, so that S sums to more than 1: a score, and a cheap one. A word that was never seen counts once. */
#include "base/alloc.h"
#include "models/ngram_trie.h"
#include <math.h>

enum { CHUNK = 1 << 12 }; /* contexts of a task */

typedef struct backoff {
  rn_trie *trie;
  int level; /* of the n-grams that get their values */
} backoff;

static void divide_counts(void *arg, int64_t chunk) {
  backoff *b = arg;
  const rn_trie_level *contexts = &b->trie->level[b->level - 1], *level = &b->trie->level[b->level];
  int64_t first = chunk * CHUNK, last = first + CHUNK < contexts->n ? first + CHUNK : contexts->n;
  for (int64_t h = first; h < last; h++)
    for (int64_t k = contexts->links[h].begin; k < contexts->links[h + 1].begin; k++)
      level->values[k].log_p = logf((float)((double)level->count[k] / contexts->count[h]));
}

rn_status rn_trie_stupid_backoff(rn_trie *t, double alpha) {
  double n = 0;
  for (int i = 0; i < t->order; i++) {
    rn_trie_level *level = &t->level[i];
    if (!(level->values = rn_alloc((size_t)level->n * sizeof *level->values)))
      return rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for the estimate of n-grams");
    for (int64_t k = 0; k < level->n; k++) level->values[k].backoff = (float)log(alpha);
  }
  for (int64_t w = 0; w < t->n_words; w++) n += t->level[0].count[w];
  for (int64_t w = 0; w < t->n_words; w++) t->level[0].values[w].log_p = (float)log((t->level[0].count[w] ? t->level[0].count[w] : 1) / n);
  backoff b = {t, 1};
  for (; b.level < t->order; b.level++) rn_pool_for(t->ctx->pool, (t->level[b.level - 1].n + CHUNK - 1) / CHUNK, divide_counts, &b);
  return RN_OK;
}
