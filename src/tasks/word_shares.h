/* word_shares.h: the words that a tagger at work has met, and what its first layer makes of each.
 *
 *     share(w) = W_ih [embed[w], characters(w), casing(w)]          [D G H]          gates_t begin as share(w_t) + b
 *
 * A word is read alike wherever it stands, and the model does not change: of a word met before nothing is multiplied again but the states.
 * Words are few and come often, so most of a text is met before. */
#ifndef RN_TASKS_WORD_SHARES_H
#define RN_TASKS_WORD_SHARES_H

#include "models/model_tagger.h"

typedef struct rn_word_shares rn_word_shares;

#define RN_WORD_SHARES_BYTES (32 << 20)

/* A memory of about max_bytes for the tagger's words; *out is NULL where it can have none: its rows are no words, or not read alike
 * everywhere, or not by the first layer alone. Errors: RN_ERROR_MEMORY. */
rn_status rn_word_shares_new(rn_context *ctx, const rn_tagger_model *net, int64_t max_bytes, rn_word_shares **out);
void rn_word_shares_free(rn_word_shares *shares);

/* The shares [.., D G H] of all words met, these among them: word i has row (*row)[i]. Both in memory of the pass, on which those of new
 * words are made. */
rn_status rn_word_shares_find(rn_word_shares *shares, rn_graph *g, const rn_string *words, int64_t n, rn_tensor **share, int32_t **row);

#endif
