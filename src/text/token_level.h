/* token_level.h: what a vocabulary of subwords does by its tokenizer. */
#ifndef RN_TEXT_TOKEN_LEVEL_H
#define RN_TEXT_TOKEN_LEVEL_H

#include "tensor/context.h"
#include <rondo/tokenizer.h>

typedef struct rn_token_level {
  rn_tokenizer *tokenizer; /* owned */
  int32_t unk, eos;        /* -1: none */
  bool lines;              /* the tokenizer loses line ends, and eos stands for them */
} rn_token_level;

/* Takes the tokenizer over. eos is the tokenizer's own, or else its line end. */
rn_status rn_token_level_init(rn_context *ctx, rn_tokenizer *tokenizer, rn_token_level *out);
void rn_token_level_free(rn_token_level *level);
/* rn_vocab_encode, and for a prompt, without an eos behind a last line without a line end, rn_vocab_encode_prompt. Of `out`, ids, n and
 * n_unknown are set. options: of rn_tokenizer_encode. */
rn_status rn_token_level_encode(rn_context *ctx, const rn_token_level *level, const char *text, size_t size, bool prompt,
                                const rn_tokenize_options *options, rn_encoding *out);
/* What ids add to a text behind `previous` (-1: at the beginning). Where eos stands for line ends, it is not among them. A character that
 * is not whole is U+FFFD. NULL when out of memory; freed with rn_free. */
char *rn_token_level_decode(const rn_token_level *level, int32_t previous, const int32_t *ids, int64_t n, size_t *size);

#endif
