/* lm_state.h: what a language model remembers between passes. */
#ifndef RN_TASKS_LM_STATE_H
#define RN_TASKS_LM_STATE_H

#include "models/model_lm.h"
#include "tasks/lm_kind.h"

/* The states of n_seqs streams, outside of any pass. */
typedef struct rn_lm_state {
  const rn_lm *lm;
  int64_t n_seqs;
  float *block;                               /* all of them, one after the other */
  float *h[RN_MAX_LAYERS], *c[RN_MAX_LAYERS]; /* [n_seqs, P], [n_seqs, H] (NULL but for LSTMs) */
  bool fresh;                                 /* nothing is remembered: the model's own initial state */
} rn_lm_state;

rn_status rn_lm_state_init(rn_context *ctx, const rn_lm *lm, int64_t n_seqs, rn_lm_state *out);
void rn_lm_state_free(rn_lm_state *state);
/* The states as tensors of pass g, made in *in; NULL when fresh. They are used where they lie: keep only after the pass's last use. */
const rn_stack_state *rn_lm_state_read(const rn_lm_state *state, rn_graph *g, rn_stack_state *in);
/* Remembers what a pass ended with. */
void rn_lm_state_keep(rn_lm_state *state, const rn_stack_state *out);

/* Predicts a text on the passes of g: what the kind's `predict` does. */
rn_status rn_lm_walk(const rn_lm *lm, rn_graph *g, const rn_lm_text *text, rn_lm_prediction *out);

#endif
