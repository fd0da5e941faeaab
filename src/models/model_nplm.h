/* model_nplm.h: the neural probabilistic language model, for its tasks. */
#ifndef RN_MODELS_MODEL_NPLM_H
#define RN_MODELS_MODEL_NPLM_H

#include "models/architecture.h"
#include <rondo/nplm.h>

typedef struct rn_nplm {
  rn_nplm_config config;
  rn_layer_embedding embed;
  rn_layer_linear hidden, out; /* d + H x;  b + [W U] [x; tanh] */
} rn_nplm;

/* The layers of such a model; NULL, and words in the context, when the model is of another kind. */
const rn_nplm *rn_nplm_of(rn_context *ctx, const rn_model *model);
rn_status rn_nplm_set_lines(rn_context *ctx, rn_model *model, bool lines);

/* What the output layer reads, [n, rn_nplm_width], of n predictions. context [order - 1, n]: first the words right before. */
rn_tensor *rn_nplm_features(const rn_nplm *nplm, rn_graph *g, const int32_t *context, int64_t n);
int64_t rn_nplm_width(const rn_nplm_config *config);

#endif
