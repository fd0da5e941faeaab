/* cli.h: what the commands share: the table of verbs, the program's state, output. */
#ifndef CLI_H
#define CLI_H

#include "options.h"

#include <jansson.h>
#include <rondo/rondo.h>

/* Exit codes. 130 and 143 follow SIGINT and SIGTERM. */
enum { EXIT_DONE = 0, EXIT_RUN = 1, EXIT_USAGE = 2, EXIT_DATA = 3, EXIT_DIVERGED = 4 };

typedef struct cli {
  const struct cli_command *command;
  cli_options options;
  rn_context *ctx;
  bool json, quiet;
  bool muted; /* what the library logs has been said before */
  int argc;
  char **argv; /* the command line, for the model card */
} cli;

typedef struct cli_command {
  const char *verb, *subject; /* "train", "lm"; subject NULL: none */
  uint64_t bit;
  const char *summary;    /* one line: what it is */
  const char *usage;      /* what follows "rondo verb subject" */
  const char *examples;   /* lines */
  int min_args, max_args; /* positional */
  bool no_context;        /* runs without one */
  int (*run)(cli *c);
} cli_command;

extern const cli_command cli_command_table[];
extern const int cli_command_count;

int cmd_train_lm(cli *c);
int cmd_train_nplm(cli *c);
int cmd_train_ngram(cli *c);
int cmd_train_adding(cli *c);
int cmd_train_embeddings(cli *c);
int cmd_train_tagger(cli *c);
int cmd_train_classifier(cli *c);
int cmd_tag(cli *c);
int cmd_classify(cli *c);
int cmd_generate(cli *c);
int cmd_eval(cli *c);
int cmd_score(cli *c);
int cmd_next(cli *c);
int cmd_info(cli *c);
int cmd_embed_nn(cli *c);
int cmd_embed_analogy(cli *c);
int cmd_embed_eval(cli *c);
int cmd_embed_similarity(cli *c);
int cmd_embed_map(cli *c);
int cmd_embed_debias(cli *c);
int cmd_embed_quantize(cli *c);
int cmd_convert(cli *c);
int cmd_report(cli *c);
int cmd_check_data(cli *c);
int cmd_tokenizer_train(cli *c);
int cmd_tokenizer_encode(cli *c);
int cmd_tokenizer_decode(cli *c);
int cmd_tokenizer_info(cli *c);
int cmd_doctor(cli *c);
int cmd_bench(cli *c);
int cmd_completion(cli *c);
int cmd_help(cli *c);

/* ---- failing ---- */

/* "error: ..." on stderr; returns code. */
int cli_fail(int code, const char *format, ...) RN_PRINTF(2, 3);
void cli_warn(const char *format, ...) RN_PRINTF(1, 2);
/* "..." on stderr unless --quiet. */
void cli_say(const cli *c, const char *format, ...) RN_PRINTF(2, 3);
/* Prints the context's error and gives the exit code that goes with it. */
int cli_fail_context(const cli *c);
/* 130 or 143 once a signal has asked to stop, else 0. */
int cli_signal_code(void);

/* ---- memory and text ---- */

/* Memory that the program cannot go on without: says so and exits with code 1 when there is none. */
void *cli_alloc(size_t size);
void *cli_realloc(void *old, size_t size);
char *cli_copy(const char *text);
char *cli_format(const char *format, ...) RN_PRINTF(1, 2); /* owned by the caller */

/* One JSON line on stdout; takes the object over. */
void cli_put_json(json_t *object);
/* A string value; ill-formed UTF-8 becomes U+FFFD. */
json_t *cli_json_text(const char *text, size_t size);
/* A number; null where it is not finite. */
json_t *cli_json_real(double x);

/* ---- models ---- */

/* Opens the model that the first argument names; NULL after printing why, with *code. kind "lm", "tagger", "classifier": it must be one,
 * or else the words say which command fits; NULL: any. */
rn_model *cli_open_model(cli *c, const char *kind, int *code);
/* "a tagger" */
const char *cli_kind_noun(const char *kind);
/* --seed, where -1 draws one. */
uint64_t cli_seed(cli *c);

/* A line of text read from a stream, without its end. */
typedef struct cli_line {
  char *text;
  size_t size, capacity;
} cli_line;
bool cli_line_read(cli_line *line, FILE *in);

#endif
