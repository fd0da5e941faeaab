/* train_sequences.h: what `rondo train tagger` and `rondo train classifier` share: data and its parts, inputs, seeds and folds. */
#ifndef CLI_TRAIN_SEQUENCES_H
#define CLI_TRAIN_SEQUENCES_H

#include "data_options.h"
#include "evaluation.h"
#include "nearest_baseline.h"
#include "train_setup.h"

/* What differs. Functions that return an int give an exit code, after printing what went wrong. */
typedef struct sequences_kind {
  const char *name;    /* "tagger" */
  bool per_row;        /* labels for each row, not for each sequence */
  const char *example; /* a command line, for one who gave no data */
  /* The library's defaults for such an input, where nothing else is said. */
  void (*adopt)(cli *c, rn_input_kind input);
  /* What a model of this kind says of its shape, where nothing else is said. */
  void (*adopt_model)(cli *c, const rn_model *model);
  int (*new_model)(cli *c, const rn_sequences *train, const rn_input_building *building, rn_model **out);
  /* valid NULL: no validation. */
  rn_status (*new_task)(cli *c, rn_model *model, const rn_sequences *train, const rn_sequences *valid, rn_task **out);
  void (*free_task)(rn_task *task);
  int64_t (*n_labels)(const rn_model *model);
} sequences_kind;

/* The whole command. Returns an exit code. */
int train_sequences(cli *c, const sequences_kind *kind);

/* The options of the input, and the defaults of them and of dropout. (train_input.c) */
rn_input_config train_input(const cli *c);
void train_adopt_input(cli *c, const rn_input_config *input, cli_source source);
void train_adopt_dropout(cli *c, float between, float before, float after);

/* ---- one training (train_sequences.c), or several (train_repeats.c) ---- */

/* A file that was named; path NULL: none was. */
typedef struct sequences_file {
  const char *path;
  rn_sequences sequences;
} sequences_file;

typedef struct sequences_run {
  cli *c;
  const sequences_kind *kind;
  rn_input_kind input;
  char *folder;
  sequences_file train, valid, test;
  const char *vectors_path;
  rn_vectors vectors;
  rn_tokenizer *tokenizer; /* NULL: none */
  rn_model *context;       /* NULL: none */
} sequences_run;

/* A trained model and how good it is. Free with trained_free, also after a failure. */
typedef struct trained {
  rn_model *model;
  rn_train_result result;
  evaluation valid, test;                       /* empty where there is no such data */
  nearest_baseline nearest_valid, nearest_test; /* of train_nearest */
} trained;
void trained_free(trained *t);

/* The training file's sequences in its own order, or in one that --seed draws where a part of them is for validation or a fold and any may
 * be. Owned by the caller. */
int64_t *train_order(const sequences_run *r);
/* Trains on the sequences pick[0 .. n), less the last of them for validation where no file is named for that. folder NULL: nothing is
 * written and little is said. */
int train_on(sequences_run *r, const int64_t *pick, int64_t n, const char *folder, trained *out);
/* How many of n sequences that are trained on are the validation part. */
int64_t train_n_valid(const sequences_run *r, int64_t n);
/* With --nearest, answers the validation and test parts that a training on pick[0 .. n) has by its training part. */
int train_nearest(const sequences_run *r, const int64_t *pick, int64_t n, trained *out);
/* What came of it. */
json_t *trained_json(const sequences_run *r, const char *folder, const trained *t);

/* --seeds and --folds: are they wanted; the folder of the first run (owned by the caller; NULL after printing what is wrong with them);
 * all runs. */
bool train_repeats_wanted(const cli *c);
char *train_repeats_first(const cli *c, const char *folder);
int train_repeats(sequences_run *r);

#endif
