/* ngram.h: an n-gram model as a trie of sorted arrays, and questions to it.
 *
 * Level n holds the n-grams, sorted: those of one context w_1 .. w_{n-1} stand side by side, by rising w_n. Every n-gram's beginning and
 * end (w_1 .. w_{n-1} and w_2 .. w_n) are n-grams as well; `suffix` leads to the latter.
 *
 *     log p(w | context) = log_p                                    where the context followed by w is an n-gram
 *                          backoff(context) + log p(w | suffix)     else
 *
 * One walk answers: from the longest context known down the suffixes until w is found. What has been found is where the next question
 * begins, so that n questions take at most 2 n searches, whatever the order. The id of the line end as a context stands for the beginning
 * of a line (<s>), as a word for its end (</s>): one unigram for both. */
#ifndef RN_MODELS_NGRAM_H
#define RN_MODELS_NGRAM_H

#include "models/architecture.h"
#include <rondo/ngram.h>

typedef struct rn_ngram_value { /* of the highest order, log_p alone is kept */
  float log_p, backoff;         /* natural logarithms */
} rn_ngram_value;

typedef struct rn_ngram_links {
  int32_t begin;  /* of the n-grams that continue this one, in the next level; they end where those of the next node begin */
  int32_t suffix; /* in the level before; of a unigram: 0 */
} rn_ngram_links;

typedef struct rn_ngram_level {
  int64_t n;
  const int32_t *words;         /* [n]; NULL for unigrams: node i is word i */
  const rn_ngram_value *values; /* [n]; NULL for the highest order */
  const float *log_p;           /* [n] of the highest order, else NULL */
  const rn_ngram_links *links;  /* [n + 1]; NULL for the highest order */
} rn_ngram_level;

typedef struct rn_ngram {
  rn_ngram_config config;
  int64_t n_words;
  int32_t start;                            /* what stands before a line, or a text: the line end; where there is none, <unk> */
  rn_ngram_level level[RN_NGRAM_MAX_ORDER]; /* level[n - 1]: the n-grams */
  float unseen;                             /* log of what each word of a context that no n-gram knows costs */
  void *own[4 * RN_NGRAM_MAX_ORDER];        /* the arrays, of a model that was made; those of a file lie in its mapping */
  int n_own;
} rn_ngram;

/* The trie of a model; NULL, and words in the context, where it is none. */
const rn_ngram *rn_ngram_of(rn_context *ctx, const rn_model *model);

/* Whether the arrays are a trie throughout, with values that are finite: for what goes through all of them. A question needs no such thing:
 * it checks what it meets. */
bool rn_ngram_sound(const rn_ngram *ngram);

/* ---- asking ---- */

/* The longest end of what was read that an n-gram continues. */
typedef struct rn_ngram_state {
  int32_t node, length;
  int32_t read; /* words that were read, up to order - 1 */
} rn_ngram_state;

/* Before the first word: of a line; of a text that is one stream, which is counted as if line ends stood before it. */
rn_ngram_state rn_ngram_start(const rn_ngram *ngram);
/* log p of a word, with which the state goes on. */
float rn_ngram_next(const rn_ngram *ngram, rn_ngram_state *state, int32_t word);
/* The same of n texts side by side, a word of each, n <= RN_NGRAM_SIDE_BY_SIDE: in much less than n times as long.
 *   states, words, log_p [n] */
enum { RN_NGRAM_SIDE_BY_SIDE = 16 };
void rn_ngram_next_each(const rn_ngram *ngram, rn_ngram_state *states, const int32_t *words, float *log_p, int n);
/* log p [n_words] of every word that may come: a level at a time, the longer contexts over the shorter. */
void rn_ngram_scores(const rn_ngram *ngram, const rn_ngram_state *state, float *scores);

#endif
