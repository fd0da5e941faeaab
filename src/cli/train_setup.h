/* train_setup.h: from options to what the library trains with; shared by every `rondo train`. */
#ifndef CLI_TRAIN_SETUP_H
#define CLI_TRAIN_SETUP_H

#include "cli.h"

/* The run folder: -o, or runs/NAME-TIME. Owned by the caller. */
char *train_folder(const cli *c, const char *name);
/* With --resume, adopts the configuration the run was started with. False after printing why not. */
bool train_adopt_run(cli *c, const char *folder);
/* Where the last `fraction` of a text begins: after a line end near there, or else between two characters. */
size_t train_split(const char *s, size_t size, double fraction);
/* The command line as a shell would take it. Owned by the caller. */
char *train_command_line(const cli *c);

rn_optimizer_kind train_optimizer_kind(const cli *c);
/* Everything but the folder and the texts. */
rn_train_options train_options(cli *c, int64_t steps_per_epoch);
rn_stack_options train_stack(const cli *c);
rn_init train_init(const cli *c);

#endif
