/* help.c: --help of the program and of each verb, made from the tables. At most 80 columns. */
#include "cli.h"

#include <string.h>

#define FLAG_COLUMN 27 /* where the words of an option begin */
#define WIDTH 80

/* "-t, --threads N" */
static void flag_words(const cli_option *option, char *out, size_t size) {
  char letter[8] = "    ";
  if (option->letter) snprintf(letter, sizeof letter, "-%c, ", option->letter);
  snprintf(out, size, "  %s--%s%s%s", letter, option->name, option->arg ? " " : "", option->arg ? option->arg : "");
}

/* Words from column FLAG_COLUMN on, broken at spaces. */
static void put_wrapped(FILE *out, const char *text, int column) {
  while (*text) {
    int n = (int)strcspn(text, " ");
    if (column > FLAG_COLUMN && column + 1 + n > WIDTH) {
      fprintf(out, "\n%*s", FLAG_COLUMN, "");
      column = FLAG_COLUMN;
    } else if (column > FLAG_COLUMN) {
      fputc(' ', out);
      column++;
    }
    fprintf(out, "%.*s", n, text);
    column += n;
    text += n + (text[n] == ' ');
  }
  fputc('\n', out);
}

static void put_option(FILE *out, const cli_option *option) {
  char flag[96], words[320];
  flag_words(option, flag, sizeof flag);
  const char *initial = option->shown ? option->shown : option->type == CLI_BOOL ? NULL : option->initial;
  int n = snprintf(words, sizeof words, "%s%s%s", option->help, option->choices ? ": " : "", option->choices ? option->choices : "");
  if (initial && *initial) snprintf(words + n, sizeof words - (size_t)n, " [%s]", initial);
  int width = (int)strlen(flag);
  fputs(flag, out);
  if (width + 1 > FLAG_COLUMN) fprintf(out, "\n%*s", FLAG_COLUMN, "");
  else fprintf(out, "%*s", FLAG_COLUMN - width, "");
  put_wrapped(out, words, FLAG_COLUMN);
}

void cli_help(FILE *out, const cli_command *command) {
  const char *subject = command->subject ? command->subject : "", *space = command->subject ? " " : "";
  fprintf(out, "rondo %s%s%s: %s\n\n", command->verb, space, subject, command->summary);
  fprintf(out, "Usage: rondo %s%s%s %s\n\nExamples:\n%s", command->verb, space, subject, command->usage, command->examples);
  const char *group = NULL;
  for (int i = 0; i < cli_option_count; i++) {
    const cli_option *option = &cli_option_table[i];
    if (!(option->verbs & command->bit)) continue;
    if (!group || strcmp(group, option->group) != 0) fprintf(out, "\n%s:\n", option->group);
    group = option->group;
    put_option(out, option);
  }
  if (command->bit & VERBS_TRAIN) {
    fputs("\nEach option is also a key of --config and a variable RONDO_NAME. A flag wins\n"
          "over the environment, that over --config, that over the default. --no-NAME\n"
          "turns a switch off. Units: 20k steps, 2e epochs, 30m, 2h.\n",
          out);
  }
}

/* "  train lm          trains a language model on a text": of one verb, or all (NULL). */
static void put_verbs(FILE *out, const char *verb) {
  for (int i = 0; i < cli_command_count; i++) {
    const cli_command *command = &cli_command_table[i];
    char name[40];
    if (verb && strcmp(verb, command->verb) != 0) continue;
    snprintf(name, sizeof name, "%s%s%s", command->verb, command->subject ? " " : "", command->subject ? command->subject : "");
    fprintf(out, "  %-17s %s\n", name, command->summary);
  }
}

void cli_help_verb(FILE *out, const char *verb) {
  fprintf(out, "Usage: rondo %s SUBJECT [ARGS] [--flags]\n\n", verb);
  put_verbs(out, verb);
  fprintf(out, "\n`rondo %s SUBJECT --help` says more.\n", verb);
}

void cli_help_program(FILE *out) {
  fprintf(out, "rondo %s: trains and runs models of sequences\n\nUsage: rondo VERB [SUBJECT] [ARGS] [--flags]\n\nVerbs:\n", rn_version());
  put_verbs(out, NULL);
  fputs("\nExamples:\n"
        "  rondo train lm book.txt -o runs/book\n"
        "  rondo generate runs/book --prompt \"It was\" --length 400\n"
        "  rondo train tagger train.conll -o runs/ner\n"
        "  rondo tag runs/ner < text.txt\n"
        "\n`rondo VERB --help` says more. Exit codes: 0 done, 1 failure at run time, 2\n"
        "usage or configuration, 3 bad data or model file, 4 training diverged, 130 and\n"
        "143 after SIGINT and SIGTERM.\n",
        out);
}
