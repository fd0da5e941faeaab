/* cli.c: what the commands share: errors and exit codes, memory, JSON lines, opening a model. */
#include "cli.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* ---- failing ---- */

/* A message begins a line of its own: what the progress line left there goes. */
static void begin_line(void) {
  if (isatty(fileno(stderr))) fputs("\r\033[K", stderr);
}

int cli_fail(int code, const char *format, ...) {
  va_list list;
  va_start(list, format);
  begin_line();
  fputs("error: ", stderr);
  vfprintf(stderr, format, list);
  fputc('\n', stderr);
  va_end(list);
  return code;
}

void cli_warn(const char *format, ...) {
  va_list list;
  va_start(list, format);
  begin_line();
  fputs("warning: ", stderr);
  vfprintf(stderr, format, list);
  fputc('\n', stderr);
  va_end(list);
}

void cli_say(const cli *c, const char *format, ...) {
  if (c->quiet) return;
  va_list list;
  va_start(list, format);
  begin_line();
  vfprintf(stderr, format, list);
  fputc('\n', stderr);
  va_end(list);
}

int cli_fail_context(const cli *c) {
  rn_status status = rn_context_status(c->ctx);
  if (status == RN_OK) return EXIT_DONE;
  if (status == RN_ERROR_STOPPED) {
    cli_say(c, "%s", rn_context_error(c->ctx));
    return cli_signal_code() ? cli_signal_code() : EXIT_DONE;
  }
  int code = status == RN_ERROR_ARGUMENT   ? EXIT_USAGE
             : status == RN_ERROR_DATA     ? EXIT_DATA
             : status == RN_ERROR_DIVERGED ? EXIT_DIVERGED
                                           : EXIT_RUN;
  return cli_fail(code, "%s", rn_context_error(c->ctx));
}

/* ---- memory and text ---- */

void *cli_alloc(size_t size) { return cli_realloc(NULL, size); }

void *cli_realloc(void *old, size_t size) {
  void *p = realloc(old, size ? size : 1);
  if (p) return p;
  fputs("error: out of memory\n", stderr);
  exit(EXIT_RUN);
}

char *cli_copy(const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(cli_alloc(size), text, size);
}

char *cli_format(const char *format, ...) {
  va_list list, again;
  va_start(list, format);
  va_copy(again, list);
  int n = vsnprintf(NULL, 0, format, list);
  char *text = cli_alloc((size_t)n + 1);
  vsnprintf(text, (size_t)n + 1, format, again);
  va_end(again);
  va_end(list);
  return text;
}

/* ---- JSON ---- */

void cli_put_json(json_t *object) {
  char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
  json_decref(object);
  if (!text) {
    cli_fail(EXIT_RUN, "out of memory");
    exit(EXIT_RUN);
  }
  puts(text);
  free(text);
}

json_t *cli_json_real(double x) { return isfinite(x) ? json_real(x) : json_null(); }

/* Length of the well-formed UTF-8 sequence at s, or 0. */
static size_t utf8_length(const unsigned char *s, size_t n) {
  if (s[0] < 0x80) return 1;
  size_t want = s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
  if (want == 0 || want > n) return 0;
  unsigned low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80, high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
  if (s[1] < low || s[1] > high) return 0; /* overlong, surrogate, or past U+10FFFF */
  for (size_t i = 2; i < want; i++) {
    if ((s[i] & 0xc0) != 0x80) return 0;
  }
  return want;
}

json_t *cli_json_text(const char *text, size_t size) {
  json_t *value = json_stringn(text, size);
  if (value) return value;
  char *clean = cli_alloc(3 * size + 1);
  size_t n = 0;
  for (size_t i = 0; i < size;) {
    size_t length = utf8_length((const unsigned char *)text + i, size - i);
    memcpy(clean + n, length ? text + i : "\xef\xbf\xbd", length ? length : 3);
    n += length ? length : 3;
    i += length ? length : 1;
  }
  value = json_stringn(clean, n);
  free(clean);
  return value;
}

/* ---- models ---- */

/* What models are called, and what is done with them. */
static const struct {
  const char *kind, *noun, *verb;
} kinds[] = {
    {"lm", "a language model", "generate"},
    {"ngram", "a language model", "generate"},
    {"nplm", "a language model", "generate"},
    {"bilm", "a pair of language models that read from both ends, and gives a text no probability", "eval"},
    {"tagger", "a tagger", "tag"},
    {"classifier", "a classifier", "classify"},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static int find_kind(const char *kind) {
  int i = 0;
  while (i < N_KINDS && strcmp(kinds[i].kind, kind) != 0) i++;
  return i;
}

const char *cli_kind_noun(const char *kind) { return find_kind(kind) < N_KINDS ? kinds[find_kind(kind)].noun : "a model"; }

rn_model *cli_open_model(cli *c, const char *kind, int *code) {
  rn_model *model;
  const char *path = c->options.args[0];
  if (rn_model_open(c->ctx, path, &model) != RN_OK) {
    *code = cli_fail_context(c);
    return NULL;
  }
  const char *found = rn_model_kind(model);
  if (!kind || strcmp(found, kind) == 0 || (strcmp(kind, "lm") == 0 && rn_lm_is(model))) return model;
  int i = find_kind(found);
  if (i < N_KINDS) {
    *code = cli_fail(EXIT_DATA, "%s is %s: rondo %s %s; `rondo %s` wants %s", path, kinds[i].noun, kinds[i].verb, path, c->command->verb,
                     cli_kind_noun(kind));
  } else {
    *code = cli_fail(EXIT_DATA, "%s is a model of kind '%s'; `rondo %s` wants %s", path, found, c->command->verb, cli_kind_noun(kind));
  }
  rn_model_free(model);
  return NULL;
}

uint64_t cli_seed(cli *c) {
  if (opt_int(&c->options, "seed") < 0) {
    uint32_t drawn = 0;
    if (getrandom(&drawn, sizeof drawn, 0) != (ssize_t)sizeof drawn) drawn = 42;
    char text[16];
    snprintf(text, sizeof text, "%u", (unsigned)drawn);
    cli_options_adopt(&c->options, "seed", text, CLI_FLAG);
  }
  return (uint64_t)opt_int(&c->options, "seed");
}

/* ---- lines ---- */

bool cli_line_read(cli_line *line, FILE *in) {
  ssize_t n = getline(&line->text, &line->capacity, in);
  if (n < 0) return false;
  if (n > 0 && line->text[n - 1] == '\n') n--;
  if (n > 0 && line->text[n - 1] == '\r') n--;
  line->text[n] = '\0';
  line->size = (size_t)n;
  return true;
}
