/* train_config.h: what decides the course of a run, as one JSON object. A checkpoint keeps it, a resumed run must have the same, and the
 * model file and the card tell it. How long to train and what to record on the way is not part of it: that may change on resuming. */
#ifndef RN_TRAIN_CONFIG_H
#define RN_TRAIN_CONFIG_H

#include "base/json.h"
#include "tensor/context.h"
#include <rondo/train.h>

/* A new reference, or NULL with words in the context. */
json_t *rn_train_config(rn_context *ctx, const rn_task *task, const rn_train_options *options);
/* RN_ERROR_ARGUMENT, naming the first value that differs, unless both are the same but for the paths of files. */
rn_status rn_train_config_match(rn_context *ctx, const json_t *then, const json_t *now, const char *folder);
/* The rate the options ask for: their own, or the default of the optimiser. */
float rn_train_lr(const rn_train_options *options);

#endif
