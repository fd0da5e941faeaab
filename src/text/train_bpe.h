/* train_bpe.h: learning which pairs to merge (Sennrich, Haddow & Birch 2016): the most frequent pair of neighbours becomes a token, again
 * and again. */
#ifndef RN_TEXT_TRAIN_BPE_H
#define RN_TEXT_TRAIN_BPE_H

#include "text/train_alphabet.h"

typedef struct rn_bpe_training {
  const rn_word_counts *words;
  const rn_alphabet *alphabet;
  const char *prefix;  /* before every letter but a word's first; "": none */
  const char *suffix;  /* after a word's last letter; "": none */
  int64_t vocab_size;
  int64_t min_count;   /* pairs seen less often are not merged */
} rn_bpe_training;

typedef struct rn_bpe_pair {
  int32_t left, right;
} rn_bpe_pair;

typedef struct rn_bpe_merges {
  rn_bpe_pair *at; /* [n] in the order of merging, each pair once */
  int64_t n;
} rn_bpe_merges;

/* Adds the alphabet and then what merging makes of it to `tokens`, which holds the special tokens already; a token's value is its id. Of
 * pairs that are as frequent the one of smaller ids is first. Free with rn_bpe_merges_free. Errors: RN_ERROR_MEMORY, RN_ERROR_STOPPED. */
rn_status rn_train_bpe(rn_context *ctx, const rn_bpe_training *training, rn_map *tokens, rn_bpe_merges *out);
void rn_bpe_merges_free(rn_bpe_merges *merges);

#endif
