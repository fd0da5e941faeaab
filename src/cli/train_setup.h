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
/* --dropout-input and --dropout-output, where they are said, else --dropout. */
float train_dropout(const cli *c, const char *name);

/* Values that the program itself gives to options: what a model says of itself, and the defaults of a kind of model. */
void train_adopt_number(cli *c, const char *name, double value, cli_source source);
void train_adopt_switch(cli *c, const char *name, bool value, cli_source source);
void train_adopt_stack(cli *c, const rn_stack_options *stack, cli_source source);
/* The learning rate of Adam, where none is said. */
void train_adopt_rate(cli *c, const char *rate);

/* The tokenizer of --tokenizer: of a file or folder, or of a model that was trained with one; NULL: none is asked for. Owned by the caller.
 * Returns an exit code, after printing what went wrong: also where an option asks that tokens be counted. (train_tokenizer.c) */
int train_tokenizer(const cli *c, rn_tokenizer **out);

/* The command line as a shell would take it. Owned by the caller. */
char *train_command_line(const cli *c);
/* --init-from and --freeze. Returns an exit code, after printing what went wrong. */
int train_init_weights(cli *c, rn_model *model);

/* --dump-config. */
void train_dump_config(const cli *c);
/* Trains the task into the folder, shows how it goes, and writes the report; folder NULL: nothing is written. Returns an exit code, after
 * printing what went wrong. */
int train_run(cli *c, const char *folder, const rn_task *task, const char *data_json, bool perplexity, rn_train_result *result);

#endif
