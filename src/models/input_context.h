/* input_context.h: what a word means where it stands, by two language models that read its sentence from both ends.    Peters et al. 2018
 *
 *     p_1 .. p_n    the pieces of the words of a sentence, each word's own, as the language models read a text
 *     f_j           layer j of the forward model over eos p_1 .. p_n;       layer 0 is the embedding
 *     g_j           layer j of the backward model over eos p_n .. p_1
 *
 *     context_t = gamma sum_j softmax(s)_j [ f_j at the last piece of w_t, g_j at its first ]                                    [2 P]
 *
 * s and gamma are learned, "context_mix.scores" and "context_mix.gamma". The language models are not: they lie in the model under
 * "context.", frozen, with their configuration and vocabulary in the model's configuration. Every pass computes their states anew. */
#ifndef RN_MODELS_INPUT_CONTEXT_H
#define RN_MODELS_INPUT_CONTEXT_H

#include "models/model_bilm.h"
#include <rondo/sequences.h>

typedef struct rn_input_context rn_input_context;

/* The configuration that rn_input_context_init reads, of a bidirectional language model. NULL after reporting into the context. */
json_t *rn_input_context_learn(rn_context *ctx, const rn_model *bilm);
/* Checks every number, and declares the parameters. */
rn_status rn_input_context_init(rn_context *ctx, rn_params *params, const json_t *config, rn_input_context **out);
void rn_input_context_free(rn_input_context *context);
int64_t rn_input_context_width(const rn_input_context *context);
/* After rn_params_build: the weights of the model that it was learned from. */
rn_status rn_input_context_load(rn_context *ctx, rn_params *params, const rn_model *bilm);

/* The pieces of sentences. */
typedef struct rn_context_pieces {
  rn_ragged seqs;                 /* of each sentence: eos and its pieces */
  int32_t *ids[RN_N_DIRECTIONS];  /* [n_rows of seqs], in the order in which a direction reads them */
  int32_t *row[RN_N_DIRECTIONS];  /* [n_words]: of its sentence's rows the one whose state is the word's */
} rn_context_pieces;
/* Errors: RN_ERROR_DATA (a tokenizer that fails on a word), RN_ERROR_MEMORY. Free also after a failure. */
rn_status rn_context_pieces_init(rn_context *ctx, const rn_input_context *context, const rn_sequences *sequences, rn_context_pieces *out);
void rn_context_pieces_free(rn_context_pieces *pieces);

/* context_t of the words of sentences pick[0 .. n) on a pass: [n_words, 2 P].
 *   all    all sentences' words
 *   seqs   those of the n */
rn_tensor *rn_input_context_apply(const rn_input_context *context, rn_graph *g, const rn_context_pieces *pieces, const rn_ragged *all,
                                  const int64_t *pick, const rn_ragged *seqs);

#endif
