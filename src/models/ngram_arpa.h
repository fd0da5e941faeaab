/* ngram_arpa.h: what an ARPA file says, before it is a trie. */
#ifndef RN_MODELS_NGRAM_ARPA_H
#define RN_MODELS_NGRAM_ARPA_H

#include "models/ngram_trie.h"

/* An n-gram is a row of n + 3 numbers: its words, and behind them: */
enum { RN_ARPA_LOG_P, RN_ARPA_BACKOFF, RN_ARPA_LINE, RN_ARPA_EXTRA }; /* the first two are the bits of floats */

typedef struct rn_arpa_section {
  uint32_t *rows; /* [n, order + RN_ARPA_EXTRA] */
  int64_t n, capacity;
  int64_t said; /* in \data\ */
} rn_arpa_section;

typedef struct rn_arpa {
  rn_context *ctx;
  const char *name; /* of the file */
  int order;
  int64_t n_words;
  int32_t eos; /* the word that <s> and </s> are; -1: they are not there */
  rn_arpa_section section[RN_NGRAM_MAX_ORDER];
} rn_arpa;

/* Appends a row. False: out of memory. */
bool rn_arpa_append(rn_arpa_section *section, int width, const uint32_t *row);
/* Sorts the sections and makes a trie of them; the unigrams' rows are in order, and one for each word. Errors: RN_ERROR_DATA. */
rn_status rn_arpa_trie(rn_arpa *arpa, rn_trie *trie);

#endif
