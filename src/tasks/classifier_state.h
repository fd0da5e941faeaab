/* classifier_state.h: what training, answering and measuring a classifier have in common. */
#ifndef RN_TASKS_CLASSIFIER_STATE_H
#define RN_TASKS_CLASSIFIER_STATE_H

#include "models/model_classifier.h"

struct rn_classifier {
  rn_context *ctx;
  const rn_model *model;
  const rn_classifier_net *net;
  rn_graph *graph;
};

/* ---- labels as numbers ---- */

typedef struct rn_targets {
  int32_t *id;       /* [n] SINGLE, ORDINAL: the label of a sequence */
  uint8_t *has;      /* [n, n_labels] MULTI: 1 where it has the label */
  int64_t n_unknown; /* labels that the model does not have: id -1, or left out */
} rn_targets;
/* Free with rn_targets_free. Errors: RN_ERROR_DATA (no labels; several labels of a sequence where only MULTI has them), RN_ERROR_MEMORY. */
rn_status rn_targets_init(rn_context *ctx, const rn_classifier_net *net, const rn_sequences *sequences, rn_targets *out);
void rn_targets_free(rn_targets *targets);

/* ---- answers ---- */

/* p(label | sequence) for every sequence, in batches.
 *   probability [n_seqs, n_labels]
 *   attention   [rows of the data], zeros at first, or NULL */
rn_status rn_classifier_predict(const rn_classifier_net *net, rn_graph *g, const rn_classifier_rows *reading, float *probability,
                                float *attention);
/* The answer to a row of probabilities, of SINGLE and ORDINAL. */
int64_t rn_classifier_decide(const rn_classifier_net *net, const float *probability);
/* -log p(what sequence s has); MULTI: summed over the labels. NaN where its label is none of the model's. */
double rn_classifier_nats(const rn_classifier_net *net, const rn_targets *targets, int64_t s, const float *probability);

#endif
