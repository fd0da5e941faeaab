/* tokenizer_words.h: the pieces of a word that is not in a text.
 *
 * What a word is read as is a function of the word alone, and is what it mostly is in texts. Byte-level tokenizers tell a word behind a
 * blank ("Ġthe") from one that a text begins with ("the"): theirs are read as if they stood behind a blank. */
#ifndef RN_TEXT_TOKENIZER_WORDS_H
#define RN_TEXT_TOKENIZER_WORDS_H

#include "tensor/context.h"
#include <rondo/tokenizer.h>

typedef struct rn_word_pieces {
  const rn_tokenizer *tokenizer; /* NULL: words have no pieces */
  bool blank;                    /* words are read behind one */
} rn_word_pieces;

/* The tokenizer must outlive it. Errors: RN_ERROR_MEMORY. */
rn_status rn_word_pieces_init(rn_context *ctx, const rn_tokenizer *tokenizer, rn_word_pieces *out);
/* Its tokens, as rn_tokenizer_encode gives them, places in the word apart; n_unknown: those not known, and symbols that are left out.
 * Nothing is logged. Free with rn_tokens_free. */
rn_status rn_word_pieces_find(rn_context *ctx, const rn_word_pieces *pieces, rn_string word, rn_tokens *out);

#endif
