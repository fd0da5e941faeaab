/* options.c: reading options: flags, environment, positional arguments; and asking for their values. */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int cli_option_find(uint64_t verb, const char *name) {
  for (int i = 0; i < cli_option_count; i++) {
    if ((cli_option_table[i].verbs & verb) && strcmp(cli_option_table[i].name, name) == 0) return i;
  }
  return -1;
}

/* ---- values ---- */

/* "at least 0 and below 1"; a high end that nobody comes near is not named, but where it was passed. */
static void range_words(const cli_option *option, bool passed, char *out, size_t size) {
  const char *low = option->min_open ? "above" : "at least", *high = option->max_open ? "below" : "at most";
  if (option->max >= 1e9 && !passed) snprintf(out, size, "%s %.10g", low, option->min);
  else snprintf(out, size, "%s %.10g and %s %.10g", low, option->min, high, option->max);
}

/* What each type of number may end with, and its factor. Epochs count as themselves. */
static const struct {
  cli_type type;
  char unit;
  double factor;
} units[] = {
    {CLI_INT, 'k', 1e3}, {CLI_INT, 'M', 1e6},   {CLI_INT, 'G', 1e9},    {CLI_STEPS, 'k', 1e3},    {CLI_STEPS, 'M', 1e6},
    {CLI_STEPS, 'e', 1}, {CLI_SECONDS, 's', 1}, {CLI_SECONDS, 'm', 60}, {CLI_SECONDS, 'h', 3600}, {CLI_SECONDS, 'd', 86400},
};
static const char *const type_words[] = {
    [CLI_BOOL] = "true or false",
    [CLI_INT] = "a whole number, as 12 or 20k",
    [CLI_FLOAT] = "a number, as 0.5 or 1e-3",
    [CLI_STEPS] = "a number of steps, as 500 or 20k, or of epochs, as 2e",
    [CLI_SECONDS] = "a time, as 90s, 30m or 2h",
};

static bool parse_number(const cli_option *option, const char *text, cli_value *out, char *error, size_t error_size) {
  char *end;
  errno = 0;
  double x = strtod(text, &end);
  bool good = end != text && errno == 0 && isfinite(x) && !strpbrk(text, "xXpP"); /* no hexadecimal */
  out->epochs = false;
  if (good && *end) {
    good = false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
      if (units[i].type == option->type && units[i].unit == *end && end[1] == '\0') {
        x *= units[i].factor;
        out->epochs = *end == 'e';
        good = true;
      }
    }
  }
  if (good && (option->type == CLI_INT || option->type == CLI_STEPS) && !out->epochs) good = x == floor(x);
  if (!good) {
    snprintf(error, error_size, "must be %s", type_words[option->type]);
    return false;
  }
  bool low = option->min_open ? x <= option->min : x < option->min, high = option->max_open ? x >= option->max : x > option->max;
  if (low || high) {
    char words[96];
    range_words(option, high, words, sizeof words);
    snprintf(error, error_size, "must be %s", words);
    return false;
  }
  out->number = x;
  return true;
}

static bool parse_bool(const char *text, double *out) {
  static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
  for (int i = 0; i < 8; i++) {
    if (strcmp(text, words[i]) == 0) return *out = i % 2, true;
  }
  return false;
}

static bool parse_choice(const cli_option *option, const char *text, double *out, char *error, size_t error_size) {
  const char *word = option->choices;
  size_t n = strlen(text);
  for (int i = 0; *word; i++) {
    size_t length = strcspn(word, " ");
    if (length == n && strncmp(word, text, n) == 0) return *out = i, true;
    word += length + (word[length] == ' ');
  }
  snprintf(error, error_size, "must be one of: %s", option->choices);
  return false;
}

bool cli_options_set(cli_options *o, int index, const char *text, cli_source source, const char *where, char *error, size_t error_size) {
  const cli_option *option = &cli_option_table[index];
  cli_value *value = &o->value[index], new = {.source = source};
  bool good = true;
  switch (option->type) {
  case CLI_BOOL:
    good = parse_bool(text, &new.number);
    if (!good) snprintf(error, error_size, "must be %s", type_words[CLI_BOOL]);
    break;
  case CLI_CHOICE: good = parse_choice(option, text, &new.number, error, error_size); break;
  case CLI_STRING: break;
  case CLI_PATH:
    good = *text != '\0';
    if (!good) snprintf(error, error_size, "must be the name of a file or folder");
    break;
  default: good = parse_number(option, text, &new, error, error_size);
  }
  if (!good || source < value->source) return good;
  char *longer = option->list && source == CLI_FLAG && value->source == CLI_FLAG ? cli_format("%s,%s", value->text, text) : NULL;
  free(value->text);
  free(value->where);
  *value = new;
  value->text = longer ? longer : cli_copy(option->type == CLI_BOOL ? (new.number != 0 ? "true" : "false") : text);
  value->where = where ? cli_copy(where) : NULL;
  return true;
}

void cli_options_adopt(cli_options *o, const char *name, const char *text, cli_source source) {
  char error[128];
  int index = cli_option_find(o->verb, name);
  if (index >= 0) cli_options_set(o, index, text, source, NULL, error, sizeof error);
}

/* ---- sources ---- */

static void read_defaults(cli_options *o) {
  char error[128];
  for (int i = 0; i < cli_option_count; i++) {
    const cli_option *option = &cli_option_table[i];
    if ((option->verbs & o->verb) && option->initial) cli_options_set(o, i, option->initial, CLI_DEFAULT, NULL, error, sizeof error);
  }
}

static bool read_environment(cli_options *o) {
  for (int i = 0; i < cli_option_count; i++) {
    const cli_option *option = &cli_option_table[i];
    if (!(option->verbs & o->verb) || strcmp(option->name, "help") == 0) continue;
    char name[64], error[256];
    snprintf(name, sizeof name, "RONDO_%s", option->name);
    for (char *s = name; *s; s++) *s = *s == '-' ? '_' : *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;
    const char *text = getenv(name);
    if (!text || !*text) continue;
    if (!cli_options_set(o, i, text, CLI_ENVIRONMENT, name, error, sizeof error)) {
      cli_fail(EXIT_USAGE, "%s=%s: %s", name, text, error);
      return false;
    }
  }
  return true;
}

/* The nearest flag of this verb. */
static const char *nearest_flag(uint64_t verb, const char *name) {
  const char *names[CLI_MAX_OPTIONS + 1];
  int n = 0;
  for (int i = 0; i < cli_option_count; i++) {
    if (cli_option_table[i].verbs & verb) names[n++] = cli_option_table[i].name;
  }
  names[n] = NULL;
  return cli_nearest(name, names);
}

static bool unknown_flag(const cli_options *o, const char *word) {
  char name[64];
  while (*word == '-') word++;
  snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
  const char *near = nearest_flag(o->verb, name);
  if (near) cli_fail(EXIT_USAGE, "unknown option --%s; did you mean --%s?", name, near);
  else cli_fail(EXIT_USAGE, "unknown option --%s; see --help", name);
  return false;
}

/* The tables of getopt_long, made from ours. A flag's val is 256 + 2 index, + 1 for --no-NAME. */
typedef struct getopt_tables {
  struct option flags[2 * CLI_MAX_OPTIONS + 1];
  char letters[2 * CLI_MAX_OPTIONS + 2];
  char negated[CLI_MAX_OPTIONS][40];
} getopt_tables;

static void make_tables(getopt_tables *t, uint64_t verb) {
  int n = 0;
  char *letter = t->letters;
  *letter++ = ':';
  for (int i = 0; i < cli_option_count; i++) {
    const cli_option *option = &cli_option_table[i];
    if (!(option->verbs & verb)) continue;
    bool value = option->type != CLI_BOOL;
    t->flags[n++] = (struct option){option->name, value ? required_argument : no_argument, NULL, 256 + 2 * i};
    if (!value) {
      snprintf(t->negated[i], sizeof t->negated[i], "no-%s", option->name);
      t->flags[n++] = (struct option){t->negated[i], no_argument, NULL, 256 + 2 * i + 1};
    }
    if (option->letter) {
      *letter++ = option->letter;
      if (value) *letter++ = ':';
    }
  }
  t->flags[n] = (struct option){0};
  *letter = '\0';
}

static int index_of_letter(uint64_t verb, int letter) {
  for (int i = 0; i < cli_option_count; i++) {
    if ((cli_option_table[i].verbs & verb) && cli_option_table[i].letter == letter) return i;
  }
  return -1;
}

static bool read_flags(cli_options *o, int argc, char **argv, int first) {
  getopt_tables *tables = cli_alloc(sizeof *tables);
  make_tables(tables, o->verb);
  /* getopt skips one word, its program's name. */
  argv += first - 1;
  argc -= first - 1;
  opterr = 0;
  optind = 1;
  bool good = true;
  int code;
  while (good && (code = getopt_long(argc, argv, tables->letters, tables->flags, NULL)) != -1) {
    if (code == '?') {
      if (optopt > 0 && optopt < 256) good = cli_fail(EXIT_USAGE, "unknown option -%c; see --help", optopt) == 0;
      else if (optopt >= 256) good = cli_fail(EXIT_USAGE, "--%s takes no value", cli_option_table[(optopt - 256) / 2].name) == 0;
      else good = unknown_flag(o, argv[optind - 1]);
      break;
    }
    if (code == ':') {
      int missing = optopt >= 256 ? (optopt - 256) / 2 : index_of_letter(o->verb, optopt);
      good = cli_fail(EXIT_USAGE, "--%s needs a value: %s", cli_option_table[missing].name, cli_option_table[missing].help) == 0;
      break;
    }
    int index = code >= 256 ? (code - 256) / 2 : index_of_letter(o->verb, code);
    const cli_option *option = &cli_option_table[index];
    bool negated = code >= 256 && (code - 256) % 2 == 1;
    const char *text = option->type != CLI_BOOL ? optarg : negated ? "false" : "true";
    char error[256];
    if (!cli_options_set(o, index, text, CLI_FLAG, NULL, error, sizeof error)) {
      good = cli_fail(EXIT_USAGE, "--%s %s: %s", option->name, text, error) == 0;
    }
  }
  free(tables);
  o->args = argv + optind;
  o->n_args = argc - optind;
  return good;
}

bool cli_options_parse(cli_options *o, uint64_t verb, int argc, char **argv, int first) {
  memset(o, 0, sizeof *o);
  o->verb = verb;
  read_defaults(o);
  if (!read_flags(o, argc, argv, first)) return false;
  if (opt_bool(o, "help")) return true; /* help is given whatever else is wrong */
  if (!read_environment(o)) return false;
  if (cli_option_find(verb, "config") >= 0 && opt_text(o, "config")) return cli_options_read_yaml(o, opt_text(o, "config"), CLI_FILE);
  return true;
}

void cli_options_free(cli_options *o) {
  for (int i = 0; i < cli_option_count; i++) {
    free(o->value[i].text);
    free(o->value[i].where);
  }
}

/* ---- asking ---- */

const cli_value *opt(const cli_options *o, const char *name) {
  int index = cli_option_find(o->verb, name);
  static const cli_value unset = {0};
  return index < 0 ? &unset : &o->value[index];
}

bool opt_bool(const cli_options *o, const char *name) { return opt(o, name)->number != 0; }
int64_t opt_int(const cli_options *o, const char *name) { return (int64_t)opt(o, name)->number; }
double opt_float(const cli_options *o, const char *name) { return opt(o, name)->number; }
const char *opt_text(const cli_options *o, const char *name) { return opt(o, name)->text; }
int opt_choice(const cli_options *o, const char *name) { return (int)opt(o, name)->number; }
bool opt_given(const cli_options *o, const char *name) { return opt(o, name)->source > CLI_DEFAULT; }

int64_t opt_steps(const cli_options *o, const char *name, int64_t steps_per_epoch) {
  const cli_value *value = opt(o, name);
  double steps = value->epochs ? value->number * (double)steps_per_epoch : value->number;
  return value->epochs && steps > 0 && steps < 1 ? 1 : (int64_t)steps;
}
