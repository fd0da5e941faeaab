/* lm_mixture.h: what a mixture is inside. */
#ifndef RN_TASKS_LM_MIXTURE_H
#define RN_TASKS_LM_MIXTURE_H

#include "tasks/lm_kind.h"
#include <rondo/mixture.h>

typedef struct rn_mixture {
  int n_models, n; /* models; components: models and caches */
  const rn_model *model[RN_MIXTURE_MAX];
  const rn_lm_kind *kind[RN_MIXTURE_MAX];
  int32_t *map[RN_MIXTURE_MAX]; /* [V]: a symbol of the mixture among the model's; NULL: the same number */
  rn_mixture_options cache;
  double weight[RN_MIXTURE_MAX];
} rn_mixture;

/* The inside of a mixture; NULL, and words in the context, when the model is none. */
rn_mixture *rn_mixture_of(rn_context *ctx, const rn_model *model);

/* -log p of each id of a text by each component: nats [n components, n ids], 0 where it is not counted. */
rn_status rn_mixture_parts(rn_context *ctx, const rn_model *mixture, const rn_lm_text *text, float *nats);

extern const rn_lm_kind rn_lm_kind_mixture;

#endif
