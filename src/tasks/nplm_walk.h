/* nplm_walk.h: the contexts of a neural probabilistic language model in a text. */
#ifndef RN_TASKS_NPLM_WALK_H
#define RN_TASKS_NPLM_WALK_H

#include "models/model_nplm.h"
#include "tasks/lm_kind.h"

/* What stands before a text: eos, or, where the vocabulary has none, its most frequent symbol. */
int32_t rn_nplm_start(const rn_vocab *vocab);

/* The words before each of the positions [n], context [order - 1, n]: nearest first; `start` where there are none, or where they belong to
 * the line before. */
void rn_nplm_contexts(const rn_nplm *nplm, const int32_t *ids, bool lines, int32_t start, const int64_t *position, int64_t n,
                      int32_t *context);

/* Predicts a text on the passes of g: what the kind's `predict` does. */
rn_status rn_nplm_walk(const rn_model *model, rn_graph *g, const rn_lm_text *text, rn_lm_prediction *out);

#endif
