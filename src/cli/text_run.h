/* text_run.h: a training run of a language model: its texts, and what is said at its end; shared by the kinds that are trained on text. */
#ifndef CLI_TEXT_RUN_H
#define CLI_TEXT_RUN_H

#include "train_setup.h"

/* A text and its ids. */
typedef struct run_text {
  rn_corpus corpus; /* not opened where the text is a part of another */
  const char *path, *start;
  size_t size;
  rn_encoding encoding;
} run_text;

typedef struct text_run {
  cli *c;
  char *folder;
  run_text train, valid, test;
  rn_model *model; /* made by the command, and the task; it frees the task before text_run_close */
  rn_task *task;
} text_run;

/* The run folder, named after `name` where none is said, and the options of a run that is resumed. Returns an exit code; close it also
 * then.
 */
int text_run_begin(cli *c, const char *name, text_run *out);
/* Whether there is anything to train: not for --dump-config, which is answered, nor without a text, which is an error (*code). */
bool text_run_wanted(const text_run *r, int *code);
/* Opens the texts, builds the vocabulary of the first, and encodes all. Returns an exit code. The vocabulary is the caller's. */
int text_run_open(text_run *r, rn_vocab **vocab);
/* "model: 2 x 200 lstm, 10,000 symbols, 4.65M weights; seed 42, 2 threads, avx2"; words: "2 x 200 lstm". */
void text_run_say_model(const text_run *r, const char *words);
/* Trains the task, and says how good the model is. Returns an exit code. */
int text_run_train(text_run *r);
void text_run_close(text_run *r);

#endif
