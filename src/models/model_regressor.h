/* model_regressor.h: from a sequence of vectors to a vector of numbers, for its tasks. */
#ifndef RN_MODELS_MODEL_REGRESSOR_H
#define RN_MODELS_MODEL_REGRESSOR_H

#include "models/architecture.h"

typedef struct rn_regressor {
  int64_t n_in, n_out;
  rn_layer_stack rnn;
  rn_layer_linear out;
} rn_regressor;

/* A model with drawn weights: n_in numbers a step, n_out numbers a sequence. stack->n_in is not looked at. */
rn_status rn_regressor_new(rn_context *ctx, const rn_stack_options *stack, int64_t n_in, int64_t n_out, uint64_t seed, rn_model **out);
/* x [n, n_in] with sequences -> [n_seqs, n_out]. */
rn_tensor *rn_regressor_apply(const rn_model *model, rn_graph *g, rn_tensor *x);

#endif
