/* optimizer.h: what an optimiser holds, for the checkpoints that keep it. */
#ifndef RN_TRAIN_OPTIMIZER_H
#define RN_TRAIN_OPTIMIZER_H

#include "tensor/context.h"
#include <rondo/train.h>

/* Blocks are laid out as the parameters' own: the moment of the number at w[i] is at block[i]. */
struct rn_optimizer {
  rn_context *ctx;
  rn_params *params;
  rn_optimizer_options options;
  int64_t steps;  /* updates done so far: bias correction of Adam, warm-up of the average */
  float *m, *v;   /* first and second moments; NULL where the kind has none */
  float *average; /* NULL without averaging */
};

#endif
