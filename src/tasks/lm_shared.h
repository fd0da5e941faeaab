/* lm_shared.h: what the kinds of language model that are networks, and the tasks that train them, have in common. */
#ifndef RN_TASKS_LM_SHARED_H
#define RN_TASKS_LM_SHARED_H

#include "base/text_buffer.h"
#include "tasks/lm_kind.h"

/* n rows h, from which the output layer predicts targets; a target of -1 is not counted. position [n]: of each in the text, consecutive
 * where hidden vectors are wanted. Adds to out->nats, fills out->each, calls out->hidden; n_counted is the caller's. */
rn_status rn_lm_predict_rows(rn_graph *g, const rn_layer_linear *layer, rn_tensor *h, const int32_t *targets, const int64_t *position,
                             rn_lm_prediction *out);

/* Errors: RN_ERROR_ARGUMENT, an id that is outside of the vocabulary. */
rn_status rn_lm_check_ids(rn_context *ctx, const rn_model *model, const char *what, const int32_t *ids, int64_t n);

/* A text for the training loop to show: the same draw every time, so that samples of one run can be laid side by side. Owned by `text`;
 * NULL when there is none. */
const char *rn_lm_sample(rn_context *ctx, const rn_model *model, rn_text *text);

#endif
