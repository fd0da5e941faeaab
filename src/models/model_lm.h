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

/* The layers of a language model; NULL, and words in the context, when the model is of another kind. */
const rn_lm *rn_lm_of(rn_context *ctx, const rn_model *model);

/* Notes in the configuration whether every line is a sequence of its own. */
rn_status rn_lm_set_lines(rn_context *ctx, rn_model *model, bool lines);

/* What the output layer reads: h_t of every row, [n, P]. rn_lm_logits is lm->out of this. */
rn_tensor *rn_lm_features(const rn_lm *lm, rn_graph *g, const int32_t *ids, const rn_ragged *seqs, const rn_stack_state *state,
                          rn_stack_state *out_state);

/* Sizes of the states of layer l of a stack for one sequence: hidden, and cell (0 but for the LSTM). */
static inline int64_t rn_lm_hidden(const rn_lm *lm) {
  return lm->rnn.options.n_proj > 0 ? lm->rnn.options.n_proj : lm->rnn.options.n_hidden;
}
static inline int64_t rn_lm_cell(const rn_lm *lm) { return lm->rnn.options.cell == RN_CELL_LSTM ? lm->rnn.options.n_hidden : 0; }

#endif
