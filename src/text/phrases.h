/* phrases.h: pairs of words that stand together more often than chance would have it.                       Mikolov et al. 2013, section 4
 *
 *     score(a, b) = N (n_ab - delta) / (n_a n_b) > threshold
 *
 * of words that come n_a and n_b times among N, and n_ab times one behind the other; delta keeps pairs of rare words out. A second pass
 * over the joined words finds longer phrases. */
#ifndef RN_TEXT_PHRASES_H
#define RN_TEXT_PHRASES_H

#include "base/pairs.h"

typedef struct rn_phrases {
  double threshold, delta;
  int64_t n_words;      /* N */
  const int64_t *count; /* of each word */
  rn_pairs pairs;       /* owned */
} rn_phrases;

/* Counts the neighbours among ids [n]; *previous carries the last word from block to block (-1: none, as at the end of a line).
 * Words that come no more than delta times are in no phrase. false: out of memory. */
bool rn_phrases_count(rn_phrases *phrases, const int32_t *ids, int64_t n, int32_t *previous);
/* Whether a pair is a phrase. */
bool rn_phrases_joins(const rn_phrases *phrases, int32_t a, int32_t b);

#endif
