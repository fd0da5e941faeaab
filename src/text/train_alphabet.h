/* train_alphabet.h: the characters that a tokenizer is made of, and the words that are written in them. */
#ifndef RN_TEXT_TRAIN_ALPHABET_H
#define RN_TEXT_TRAIN_ALPHABET_H

#include "text/word_counts.h"

typedef struct rn_alphabet {
  int64_t *count;   /* [0x110000] of each code point that is kept; 0: it is not */
  uint32_t *letter; /* [n] those kept, in order */
  int64_t n;
  int64_t n_left_out; /* different characters that are not kept */
} rn_alphabet;

/* The most frequent characters that make up a share `coverage` of the text, each seen at least min_count times. Errors: RN_ERROR_MEMORY. */
rn_status rn_alphabet_init(rn_context *ctx, const rn_word_counts *words, double coverage, int64_t min_count, rn_alphabet *out);
/* The 256 letters of byte-level tokenizers, whatever the text holds. Errors: RN_ERROR_MEMORY. */
rn_status rn_alphabet_init_bytes(rn_context *ctx, rn_alphabet *out);
void rn_alphabet_free(rn_alphabet *alphabet);

/* The next run of characters of a word that are all kept: its code points in `run` [RN_MAX_PIECE], and how many; 0 at the end of the word.
 * *at is where to go on, 0 at first; *begins and *ends say whether the run is the beginning, the end of the word. */
int rn_alphabet_run(const rn_alphabet *alphabet, const rn_word_count *word, size_t *at, uint32_t *run, bool *begins, bool *ends);

#endif
