/* input_pieces.h: words that are read by a tokenizer. There are two ways, by the split of the configuration:
 *
 *     tokens   a row is a token of a text:      x_t = [ embed[w_t] ]
 *     other    a row is a word, its pieces p:   x_t = [ 1/n sum_j embed[p_j], characters(w_t), casing[w_t] ]
 *
 * The mean, not the sum: a word of many pieces, which is a rare one, is no longer a vector than any other. */
#ifndef RN_MODELS_INPUT_PIECES_H
#define RN_MODELS_INPUT_PIECES_H

#include "base/map.h"
#include "models/input.h"

/* What makes no sense beside a tokenizer. Errors: RN_ERROR_ARGUMENT. */
rn_status rn_input_pieces_check(rn_context *ctx, const rn_input_config *config);
/* The vocabulary of the building's tokenizer, of which it holds a copy. */
rn_status rn_input_pieces_learn(rn_context *ctx, const rn_input_config *config, const rn_input_building *building, rn_vocab **vocab);
/* The pieces of each distinct form. unknown [forms]: 1 where the tokenizer does not know a part of it. */
rn_status rn_input_pieces_encode(rn_context *ctx, const rn_word_pieces *pieces, const rn_map *forms, rn_encoded *encoded, uint8_t *unknown);

#endif
