/* train_unigram.h: learning pieces and their probabilities (Kudo 2018): from very many pieces, those are taken away again and again that
 * the likelihood of the text misses least. */
#ifndef RN_TEXT_TRAIN_UNIGRAM_H
#define RN_TEXT_TRAIN_UNIGRAM_H

#include "text/train_alphabet.h"

#define RN_MAX_UNIGRAM 16 /* letters of a piece */

/* A run of letters of the alphabet in the words. */
typedef struct rn_run {
  const char *text;
  int32_t size; /* bytes, at most RN_MAX_PIECE */
  int64_t count;
} rn_run;

typedef struct rn_unigram_piece {
  const char *text; /* in the words */
  int32_t size;
  bool letter;  /* alone: never taken away */
  double score; /* log p */
} rn_unigram_piece;

typedef struct rn_unigram_pieces {
  rn_unigram_piece *at; /* [n] the letters first */
  int64_t n;
} rn_unigram_pieces;

/* The letters, and up to max_seeds strings of 2 to RN_MAX_UNIGRAM letters: of all that occur in two places, and all whole words, those of
 * the largest count times length. The scores are log p of that. (train_unigram_seeds.c) */
bool rn_unigram_seeds(const rn_run *runs, int64_t n_runs, const rn_alphabet *alphabet, int64_t max_seeds, rn_unigram_pieces *out);

/* Up to `size` pieces by falling score, every letter among them. Free with rn_unigram_pieces_free; the texts are the words'. Errors:
 * RN_ERROR_MEMORY, RN_ERROR_STOPPED. */
rn_status rn_train_unigram(rn_context *ctx, const rn_word_counts *words, const rn_alphabet *alphabet, int64_t size, rn_unigram_pieces *out);
void rn_unigram_pieces_free(rn_unigram_pieces *pieces);

#endif
