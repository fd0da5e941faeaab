/* train_record.h: the lines of metrics.jsonl: one JSON object each, with "type" and "step" first. */
#ifndef RN_TRAIN_RECORD_H
#define RN_TRAIN_RECORD_H

#include "train/run_folder.h"

/* Numbers as the loop knows them, in an event. {"type":"train"}: since the last record. {"type":"valid"}: a validation: "value"
 * is what decides, smaller is better; "metric" and "score" where it is another than the loss. */
rn_status rn_train_record_step(rn_run_folder *run, const rn_train_event *event);
rn_status rn_train_record_valid(rn_run_folder *run, const rn_train_event *event, const rn_score *score);
/* {"type":"sample","text"}, {"type":"diverged","text"} */
rn_status rn_train_record_text(rn_run_folder *run, const char *type, int64_t step, const char *text);
/* {"type":"trace","layer","reverse","n_steps","norm"}: the gradient norm by time step, of at most 200 points: longer ones are averaged by
 * groups of neighbours (root mean square). */
rn_status rn_train_record_trace(rn_run_folder *run, int64_t step, int layer, bool reverse, int64_t n_steps, const double *norm);

#endif
