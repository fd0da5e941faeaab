/* ngram_trie.h: an n-gram model in the making: the trie of ngram.h with counts, in memory of its own. */
#ifndef RN_MODELS_NGRAM_TRIE_H
#define RN_MODELS_NGRAM_TRIE_H

#include "models/ngram.h"

typedef struct rn_trie_level {
  int64_t n, capacity;
  int32_t *words;         /* NULL for unigrams */
  rn_ngram_links *links;  /* suffixes also of the highest order, which has no `begin` */
  uint32_t *count;        /* in the text */
  uint32_t *adjusted;     /* while estimating: what Kneser-Ney counts in place of it; of Jelinek-Mercer, its count as a context */
  rn_ngram_value *values; /* NULL before an estimate */
} rn_trie_level;

typedef struct rn_trie {
  rn_context *ctx;
  int order;
  bool lines;
  int32_t start;
  int64_t n_words;
  rn_trie_level level[RN_NGRAM_MAX_ORDER];
  uint32_t last[RN_NGRAM_MAX_ORDER]; /* the row put last */
} rn_trie;

/* Errors: RN_ERROR_MEMORY. */
rn_status rn_trie_init(rn_trie *trie, rn_context *ctx, int order, int64_t n_words, bool lines, int32_t start);
void rn_trie_free(rn_trie *trie);
/* Puts the n-grams that a row begins with, each count times. A row is `order` numbers: a word + 1, or 0 behind the end of its line. Rows
 * come in rising order. Errors: RN_ERROR_DATA: more than 2^31 n-grams of an order; RN_ERROR_MEMORY. */
rn_status rn_trie_put(rn_trie *trie, const uint32_t *row, uint32_t count);
/* After the last row: where the children of the last words begin. Errors: RN_ERROR_MEMORY. */
rn_status rn_trie_finish(rn_trie *trie);
/* Finds the suffix of each n-gram. False: some are not there, which does not happen to what was put. */
bool rn_trie_link(rn_trie *trie);
/* Leaves out the n-grams of order i + 1 that stand in the text prune[i] times or less, i > 0; prune never falls. */
rn_status rn_trie_prune(rn_trie *trie, const int64_t *prune);
/* Gives the arrays to a model; the trie is empty then. */
void rn_trie_give(rn_trie *trie, rn_ngram *ngram);
/* A model of the n-grams, which are its then. Takes the vocabulary over, also on failure. config->count is the trie's. */
rn_status rn_trie_model(rn_trie *trie, const rn_ngram_config *config, rn_vocab *vocab, rn_model **out);

/* Estimates: the values of every n-gram. (ngram_kneser_ney.c, ngram_jelinek_mercer.c, ngram_backoff.c) */
rn_status rn_trie_kneser_ney(rn_trie *trie, const int64_t *prune, double discount[][3]);
rn_status rn_trie_jelinek_mercer(rn_trie *trie, const int64_t *prune, double weight[][RN_NGRAM_BINS]);
rn_status rn_trie_stupid_backoff(rn_trie *trie, double alpha);

#endif
