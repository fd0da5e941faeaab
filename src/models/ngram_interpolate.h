/* ngram_interpolate.h: what interpolated estimates have in common.
 *
 *     p(w | h) = (a(h w) - d(h w)) / a(h) + gamma(h) p(w | h'),   gamma(h) = sum_w d(h w) / a(h),   a(h) = sum_w a(h w)
 *
 * h' is h without its first word; below unigrams lies 1/V. Where gamma(h) is the backoff of h, a walk finds just this. What pruning will
 * leave out gives all that it has to gamma. */
#ifndef RN_MODELS_NGRAM_INTERPOLATE_H
#define RN_MODELS_NGRAM_INTERPOLATE_H

#include "models/ngram_trie.h"

typedef struct rn_interpolation {
  const uint32_t *counts[RN_NGRAM_MAX_ORDER]; /* a of each n-gram, level by level */
  const int64_t *prune;                       /* as rn_trie_prune has it */
  /* d: what is taken from a count of n-grams of level + 1 words, those of whose context sum to a(h) > 0. */
  double (*taken)(const void *self, int level, uint32_t a, double sum);
  const void *self;
} rn_interpolation;
/* The values of every n-gram. Errors: RN_ERROR_MEMORY. */
rn_status rn_trie_interpolate(rn_trie *trie, const rn_interpolation *how);

#endif
