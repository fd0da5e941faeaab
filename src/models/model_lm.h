/* model_lm.h: the recurrent language model, for its tasks. */
#ifndef RN_MODELS_MODEL_LM_H
#define RN_MODELS_MODEL_LM_H

#include "models/architecture.h"
#include <rondo/lm.h>

typedef struct rn_lm {
  rn_lm_config config;
  rn_layer_embedding embed;
  rn_layer_stack rnn;
  rn_layer_linear out;
} rn_lm;

/* ---- what architectures made of such models share ---- */

/* The configuration as a new JSON object; NULL when out of memory. */
json_t *rn_lm_config_new(const rn_lm_config *config);
/* Reads it back, and checks every number. Errors: RN_ERROR_ARGUMENT. */
rn_status rn_lm_config_read(rn_context *ctx, const json_t *json, rn_lm_config *out);

typedef struct rn_lm_names {
  const char *embed, *rnn, *out; /* out NULL: it has states, and predicts nothing */
} rn_lm_names;
/* Declares the parameters of lm->config under these names. twin: another model, whose embedding and output are this one's; or NULL. */
void rn_lm_declare(rn_lm *lm, rn_params *params, const rn_lm_names *names, int64_t n_words, const rn_lm *twin);
/* A model with drawn weights; the vocabulary is taken over. */
rn_status rn_lm_build(rn_context *ctx, const rn_architecture *architecture, const rn_lm_config *config, rn_vocab *vocab, uint64_t seed,
                      rn_model **out);
extern const char *const rn_lm_vocab_params[];

/* ---- one at work ---- */

/* The layers of a language model; NULL, and words in the context, when the model is of another kind. */
const rn_lm *rn_lm_of(rn_context *ctx, const rn_model *model);

/* What the output layer reads: h_t of every row, [n, P]. rn_lm_logits is lm->out of this. */
rn_tensor *rn_lm_features(const rn_lm *lm, rn_graph *g, const int32_t *ids, const rn_ragged *seqs, const rn_stack_state *state,
                          rn_stack_state *out_state);

/* The states of every layer at every row, from a fresh start: state[0] is the embedding, state[l] [n, P] what layer l gives,
 * l = 1 .. n_layers. */
void rn_lm_states(const rn_lm *lm, rn_graph *g, const int32_t *ids, const rn_ragged *seqs, rn_tensor **state);

/* Sizes of the states of layer l of a stack for one sequence: hidden, and cell (0 but for the LSTM). */
static inline int64_t rn_lm_hidden(const rn_lm *lm) {
  return rn_stack_state_size(&lm->rnn.options);
}
static inline int64_t rn_lm_cell(const rn_lm *lm) { return lm->rnn.options.cell == RN_CELL_LSTM ? lm->rnn.options.n_hidden : 0; }

#endif
