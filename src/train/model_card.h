/* model_card.h: README.md of a run: what the model is, for whoever finds the folder in a year. */
#ifndef RN_TRAIN_MODEL_CARD_H
#define RN_TRAIN_MODEL_CARD_H

#include "train/run_folder.h"
#include "train/train_state.h"

rn_status rn_model_card_write(rn_run_folder *run, const rn_task *task, const rn_train_options *options, const rn_train_progress *progress);

#endif
