/* run_folder.h: the folder a run lives in. Without a folder (NULL) everything here does nothing. */
#ifndef RN_TRAIN_RUN_FOLDER_H
#define RN_TRAIN_RUN_FOLDER_H

#include "base/text_buffer.h"
#include "io/tfevents.h"
#include "tensor/context.h"
#include <rondo/train.h>

typedef struct rn_run_folder {
  rn_context *ctx;
  const char *path;                       /* NULL: nothing is written */
  char *model, *metrics, *card, *config, *checkpoints; /* paths inside */
  rn_tfevents *events;
  int lock; /* on the folder */
} rn_run_folder;

/* Makes the folder, or takes the one there: empty, to be resumed, or, with force, emptied of what an earlier run wrote (and of nothing
 * else). It belongs to this process until rn_run_folder_close, which is called after a failure as well.
 * Errors: RN_ERROR_ARGUMENT: it is not empty and neither was asked for, or it is a file; RN_ERROR_IO: another process trains in it. */
rn_status rn_run_folder_open(rn_run_folder *run, rn_context *ctx, const rn_train_options *options);
/* Begins to record after step `step`: writes config.yaml, drops records of later steps, and of validations (and their samples) after step
 * `validated`: they will be made again. */
rn_status rn_run_folder_begin(rn_run_folder *run, const rn_train_options *options, int64_t step, int64_t validated);
void rn_run_folder_close(rn_run_folder *run);

/* Appends a line (a JSON object with its newline) to metrics.jsonl. */
rn_status rn_run_folder_record(rn_run_folder *run, const rn_text *line);
/* A number for TensorBoard. */
rn_status rn_run_folder_scalar(rn_run_folder *run, const char *tag, int64_t step, double value);

#endif
