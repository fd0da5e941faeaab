/* options.h: the one table of options.
 *
 * Every option of every verb is one row of cli_option_table (option_table.c). The row is the flag, the key of a configuration file, the
 * variable RONDO_NAME in the environment, the line in --help, in the manual page and in the completion.
 * Precedence: flag, environment, --config, the model's (or resumed run's) own configuration, default.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum cli_type {
  CLI_BOOL,    /* --residual, --no-residual; in files true or false */
  CLI_INT,     /* 12, 20k, 3M */
  CLI_FLOAT,   /* 0.5, 1e-3 */
  CLI_STEPS,   /* 500, 20k: steps; 2e: epochs */
  CLI_SECONDS, /* 90, 90s, 30m, 2h, 1d */
  CLI_CHOICE,  /* one of a few words */
  CLI_STRING,
  CLI_PATH
} cli_type;

/* The verbs, as bits of 64: which of them take an option. */
enum {
  VERB_TRAIN_LM = 1 << 0,
  VERB_TRAIN_ADDING = 1 << 1,
  VERB_GENERATE = 1 << 2,
  VERB_EVAL = 1 << 3,
  VERB_SCORE = 1 << 4,
  VERB_NEXT = 1 << 5,
  VERB_INFO = 1 << 6,
  VERB_REPORT = 1 << 7,
  VERB_DOCTOR = 1 << 8,
  VERB_BENCH = 1 << 9,
  VERB_COMPLETION = 1 << 10,
  VERB_HELP = 1 << 11,
  VERB_TRAIN_TAGGER = 1 << 12,
  VERB_TRAIN_CLASSIFIER = 1 << 13,
  VERB_TAG = 1 << 14,
  VERB_CLASSIFY = 1 << 15,
  VERB_CHECK_DATA = 1 << 16,
  VERB_EMBED_NN = 1ll << 32,
  VERB_EMBED_ANALOGY = 1ll << 33,
  VERB_EMBED_EVAL = 1ll << 34,
  VERB_EMBED_SIMILARITY = 1ll << 35,
  VERB_EMBED_MAP = 1ll << 36,
  VERB_EMBED_DEBIAS = 1ll << 37,
  VERB_EMBED_QUANTIZE = 1ll << 38,
  VERB_CONVERT = 1ll << 39,
  VERBS_EMBED = VERB_EMBED_NN | VERB_EMBED_ANALOGY | VERB_EMBED_EVAL | VERB_EMBED_SIMILARITY | VERB_EMBED_MAP | VERB_EMBED_DEBIAS |
                VERB_EMBED_QUANTIZE, /* those that open word vectors */
  VERB_TOKENIZER_TRAIN = 1 << 17,
  VERB_TOKENIZER_ENCODE = 1 << 18,
  VERB_TOKENIZER_DECODE = 1 << 19,
  VERB_TOKENIZER_INFO = 1 << 20,
  VERBS_TOKENIZER = VERB_TOKENIZER_TRAIN | VERB_TOKENIZER_ENCODE | VERB_TOKENIZER_DECODE | VERB_TOKENIZER_INFO,
  VERBS_SEQUENCES = VERB_TRAIN_TAGGER | VERB_TRAIN_CLASSIFIER, /* those that learn labels */
  VERBS_LABELLED = VERBS_SEQUENCES | VERB_EVAL | VERB_CHECK_DATA, /* those that read labels */
  VERB_TRAIN_EMBEDDINGS = 1 << 28,
  VERB_TRAIN_NGRAM = 1 << 29,
  VERB_TRAIN_NPLM = 1 << 30,
  VERB_TRAIN_BILM = 1 << 21,
  VERBS_TRAIN = VERB_TRAIN_LM | VERB_TRAIN_BILM | VERB_TRAIN_NPLM | VERB_TRAIN_ADDING | VERBS_SEQUENCES,
  /* Those that open one model. */
  VERBS_MODEL = VERB_GENERATE | VERB_EVAL | VERB_SCORE | VERB_NEXT | VERB_INFO | VERB_TAG | VERB_CLASSIFY,
  VERBS_ALL = (1ll << 40) - 1
};

typedef struct cli_option {
  const char *name;
  char letter; /* -t; 0: none */
  cli_type type;
  uint64_t verbs;
  const char *group;   /* heading in --help */
  const char *arg;     /* what stands for the value in --help: "N", "FILE"; NULL for booleans */
  const char *initial; /* the default, as it would be typed; NULL: not set */
  const char *shown;   /* what --help shows as the default where `initial` would say little; NULL: `initial` */
  const char *help;
  const char *choices;     /* CLI_CHOICE: "char word" */
  double min, max;         /* numbers: the range allowed */
  bool min_open, max_open; /* the bound itself is not allowed */
  bool transient;          /* says how this run is made, not what is made: not part of a run's configuration */
  bool list;               /* the flag given again adds to the value, after a comma */
} cli_option;

extern const cli_option cli_option_table[];
extern const int cli_option_count;

/* Where a value came from, weakest first. */
typedef enum cli_source { CLI_DEFAULT, CLI_MODEL, CLI_RUN, CLI_FILE, CLI_ENVIRONMENT, CLI_FLAG } cli_source;

typedef struct cli_value {
  char *text;    /* as it was written; NULL: not set */
  double number; /* of numbers, booleans, and the index of a choice */
  bool epochs;   /* CLI_STEPS: the number counts epochs */
  cli_source source;
  char *where; /* "config.yaml:3:9", "RONDO_LR"; NULL where the source says it all */
} cli_value;

#define CLI_MAX_OPTIONS 320

typedef struct cli_options {
  uint64_t verb;
  cli_value value[CLI_MAX_OPTIONS]; /* parallel to cli_option_table */
  char **args;                      /* what is not an option */
  int n_args;
} cli_options;

/* Reads argv[first ...], the environment and --config. On a usage error prints it and returns false. */
bool cli_options_parse(cli_options *o, uint64_t verb, int argc, char **argv, int first);
void cli_options_free(cli_options *o);

/* Gives a value unless a stronger source has spoken already. False, with words in error, when it is not one. */
bool cli_options_set(cli_options *o, int index, const char *text, cli_source source, const char *where, char *error, size_t error_size);
/* The same by name, from the program itself: what a model says of itself, and positional arguments. */
void cli_options_adopt(cli_options *o, const char *name, const char *text, cli_source source);

/* Keys of a YAML mapping. Prints "file:line:column: ..." and returns false on an error. (option_yaml.c) */
bool cli_options_read_yaml(cli_options *o, const char *path, cli_source source);
/* The configuration as YAML: of all options (with the source of each as a comment) or only those that make up a run. Owned by the caller.
 */
char *cli_options_yaml(const cli_options *o, bool all);

/* The row of a name for a verb, or -1. */
int cli_option_find(uint64_t verb, const char *name);

/* Values by name; the name must be in the table. */
const cli_value *opt(const cli_options *o, const char *name);
bool opt_bool(const cli_options *o, const char *name);
int64_t opt_int(const cli_options *o, const char *name);
double opt_float(const cli_options *o, const char *name);
const char *opt_text(const cli_options *o, const char *name); /* NULL: not set */
int opt_choice(const cli_options *o, const char *name);
bool opt_given(const cli_options *o, const char *name); /* by anything but the default */
int64_t opt_steps(const cli_options *o, const char *name, int64_t steps_per_epoch);

/* Help of one verb and of the program; the manual page; the completion. (help.c, manual.c) */
struct cli_command;
void cli_help(FILE *out, const struct cli_command *command);
void cli_help_verb(FILE *out, const char *verb); /* one that has subjects */
void cli_help_program(FILE *out);
void cli_manual(FILE *out);
void cli_completion(FILE *out);

/* Insertions, deletions, substitutions and swaps of neighbours from one word to the other, of their first 48 bytes. */
int cli_edits(const char *a, const char *b);
/* The word of a NULL-terminated list nearest to `word` in edits, or NULL when none is near. */
const char *cli_nearest(const char *word, const char *const *list);

#endif
