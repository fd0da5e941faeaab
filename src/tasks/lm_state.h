/* lm_state.h: what a language model remembers between passes. */
#ifndef RN_TASKS_LM_STATE_H
#define RN_TASKS_LM_STATE_H

#include "models/model_lm.h"

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

/* Predicts ids [n] from one another and sums -log p.
 *
 * start >= 0: the first is predicted from it; else it is not counted. The text is cut into n_streams parts that run side by side; every
 * part but the first begins `warm` symbols early, uncounted, so that it does not begin from nothing. One stream is exact.
 * Errors: RN_ERROR_STOPPED, and those of the pass. */
rn_status rn_lm_sum_nats(const rn_lm *lm, rn_graph *g, int32_t start, const int32_t *ids, int64_t n, int64_t n_streams, int64_t warm,
                         double *nats, int64_t *n_counted);
/* The same with every line on its own, predicted from eos and from fresh states. */
rn_status rn_lm_sum_lines(const rn_lm *lm, rn_graph *g, int32_t eos, const int32_t *ids, int64_t n, double *nats, int64_t *n_counted);

#endif
