/* word_counts.h: how often each piece occurs in texts that stream by: all that the trainers of tokenizers see of them. */
#ifndef RN_TEXT_WORD_COUNTS_H
#define RN_TEXT_WORD_COUNTS_H

#include "base/map.h"
#include "tensor/context.h"
#include "text/tokenizer.h"

/* A piece is cut after so many bytes (at a character), so that a text in which it never ends costs no more than others. */
#define RN_MAX_PIECE 256

typedef struct rn_word_count {
  const char *word;
  size_t size;
  int64_t count;
} rn_word_count;

typedef struct rn_word_counts {
  rn_word_count *at; /* [n] by falling counts; ties by bytes */
  int64_t n;
  int64_t n_bytes;   /* of text that was read */
  rn_map *words;     /* where the words are */
} rn_word_counts;

/* Counts the pieces that `tokenizer` makes of the files. Memory grows with the distinct pieces; beyond `memory` bytes (0: no cap) the
 * rarest are dropped, with a message. Errors: RN_ERROR_DATA (no piece at all), RN_ERROR_IO, RN_ERROR_MEMORY, RN_ERROR_STOPPED. */
rn_status rn_word_counts_read(rn_context *ctx, const rn_tokenizer *tokenizer, const char *const *paths, int64_t n_paths, int64_t memory,
                              rn_word_counts *out);
void rn_word_counts_free(rn_word_counts *counts);

#endif
