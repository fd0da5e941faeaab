/* train_state.h: what a checkpoint holds, so that a run that goes on from it ends with the same bits as one that never stopped.
 *
 *   model.safetensors   the parameters as they are (not averaged): a complete model file, which every verb can open
 *   state.safetensors   m.NAME, v.NAME, average.NAME of every parameter that is not frozen; task.NAME: the states the task carries from
 *                       batch to batch; in the metadata: the progress below, and the configuration that a resumed run must share
 *
 * The position in the data, the learning rate, dropout masks and the order of lines are functions of (options, step): nothing else is
 * needed. */
#ifndef RN_TRAIN_STATE_H
#define RN_TRAIN_STATE_H

#include "base/json.h"
#include "train/optimizer.h"

typedef struct rn_train_progress {
  int64_t step;           /* updates done */
  int64_t validated;      /* the step of the last validation; -1: none yet */
  double best, best_nats; /* the best value so far, the loss that came with it, and when; best_step -1: none yet */
  int64_t best_step;
  int64_t plateaus;       /* validations without improvement: all of them, and */
  int64_t bad;            /* those since the best: patience counts these */
  double nats;            /* since the last record: the sum of the loss, and of how many tokens */
  int64_t n_tokens;
  double loss;            /* of the last record */
  double seconds;         /* spent training, over all sessions */
} rn_train_progress;

/* The model's training description: the configuration and where in training it was made; no times, so that the same training gives
 * the same bytes. */
rn_status rn_train_describe(rn_context *ctx, const rn_task *task, const json_t *config, const rn_train_progress *progress);
/* Writes checkpoint `progress->step` into folder `parent`, which keeps the last two. */
rn_status rn_train_state_save(rn_context *ctx, const rn_task *task, const rn_optimizer *optimizer, const rn_train_progress *progress,
                              const json_t *config, const char *parent);
/* Reads a checkpoint folder. Errors: RN_ERROR_ARGUMENT: the configuration is another; RN_ERROR_DATA, RN_ERROR_IO. */
rn_status rn_train_state_load(rn_context *ctx, const rn_task *task, rn_optimizer *optimizer, rn_train_progress *progress,
                              const json_t *config, const char *checkpoint);
/* Copies the values of every parameter out of a model file. */
rn_status rn_train_params_load(rn_context *ctx, rn_params *params, const char *path);

#endif
