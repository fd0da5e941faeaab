/* tokenizer.h: what the trainers need of a tokenizer: its first two steps alone. Training ends by writing the tokenizer.json that
 * rn_tokenizer_parse reads: there is one way to make a tokenizer. */
#ifndef RN_TEXT_TOKENIZER_H
#define RN_TEXT_TOKENIZER_H

#include "base/error.h"
#include <rondo/tokenizer.h>

/* Receives a piece: a part of the normalized text that no token reaches across, in the letters of the model's alphabet (byte-level: GPT-2's
 * printable letters). Return false to stop. */
typedef bool (*rn_piece_fn)(void *user, const char *piece, size_t size);
/* Normalizes and pre-tokenizes; special tokens in the text are skipped. Called from several threads at once on parts of a text cut at line
 * ends, each with an error of its own (NULL: only the status). Errors: RN_ERROR_DATA (a pattern's limits), RN_ERROR_MEMORY. */
rn_status rn_tokenizer_pieces(const rn_tokenizer *tokenizer, const char *text, size_t size, rn_piece_fn fn, void *user, rn_error *err);

#endif
