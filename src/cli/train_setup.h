/* train_setup.h: from options to a training run; shared by every `rondo train`. */
#ifndef CLI_TRAIN_SETUP_H
#define CLI_TRAIN_SETUP_H

#include "cli.h"

/* The run folder: -o, or runs/NAME-TIME. Owned by the caller. */
char *train_folder(const cli *c, const char *name);
/* With --resume, adopts the configuration the run was started with. False after printing why not. */
bool train_adopt_run(cli *c, const char *folder);
/* Where the last `fraction` of a text begins: after a line end near there, or else between two characters. */
size_t train_split(const char *s, size_t size, double fraction);
rn_optimizer_kind train_optimizer_kind(const cli *c);
rn_stack_options train_stack(const cli *c);
rn_init train_init(const cli *c);

/* --dump-config. */
void train_dump_config(const cli *c);
/* Trains the task into the folder, shows how it goes, and writes the report. Returns an exit code, after printing what went wrong. */
int train_run(cli *c, const char *folder, const rn_task *task, const char *data_json, bool perplexity, rn_train_result *result);

#endif
