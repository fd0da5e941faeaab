/* option_yaml.c: options from and to YAML: one mapping from long flags to values. Anchors, aliases, tags and merge keys are refused: a
 * configuration should mean what it shows. */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* ---- reading ---- */

typedef struct reader {
  cli_options *options;
  const char *path;
  cli_source source;
  yaml_parser_t parser;
  yaml_event_t event;
} reader;

static bool fail_at(const reader *r, yaml_mark_t mark, const char *format, ...) RN_PRINTF(3, 4);
static bool fail_at(const reader *r, yaml_mark_t mark, const char *format, ...) {
  char words[512];
  va_list list;
  va_start(list, format);
  vsnprintf(words, sizeof words, format, list);
  va_end(list);
  cli_fail(EXIT_USAGE, "%s:%zu:%zu: %s", r->path, mark.line + 1, mark.column + 1, words);
  return false;
}

static bool next_event(reader *r) {
  yaml_event_delete(&r->event);
  if (yaml_parser_parse(&r->parser, &r->event)) return true;
  return fail_at(r, r->parser.problem_mark, "%s", r->parser.problem ? r->parser.problem : "not YAML");
}

/* A plain scalar without anchor or tag. */
static bool want_scalar(const reader *r, const char *what) {
  const yaml_event_t *e = &r->event;
  if (e->type == YAML_ALIAS_EVENT) return fail_at(r, e->start_mark, "aliases are not used here: write the value");
  if (e->type != YAML_SCALAR_EVENT) return fail_at(r, e->start_mark, "expected %s", what);
  if (e->data.scalar.anchor) return fail_at(r, e->start_mark, "anchors are not used here");
  if (e->data.scalar.tag) return fail_at(r, e->start_mark, "tags are not used here");
  if (strlen((const char *)e->data.scalar.value) != e->data.scalar.length) return fail_at(r, e->start_mark, "a NUL byte in %s", what);
  return true;
}

static bool unknown_key(const reader *r, const char *key) {
  const char *names[CLI_MAX_OPTIONS + 1];
  int n = 0;
  for (int i = 0; i < cli_option_count; i++) {
    if (cli_option_table[i].verbs & r->options->verb) names[n++] = cli_option_table[i].name;
  }
  names[n] = NULL;
  const char *near = cli_nearest(key, names);
  if (strcmp(key, "<<") == 0) return fail_at(r, r->event.start_mark, "merge keys are not used here");
  if (near) return fail_at(r, r->event.start_mark, "unknown option '%s'; did you mean '%s'?", key, near);
  return fail_at(r, r->event.start_mark, "unknown option '%s'", key);
}

static bool read_pair(reader *r, bool *seen) {
  if (!want_scalar(r, "the name of an option")) return false;
  const char *key = (const char *)r->event.data.scalar.value;
  int index = cli_option_find(r->options->verb, key);
  if (index < 0) return unknown_key(r, key);
  if (seen[index]) return fail_at(r, r->event.start_mark, "'%s' is given twice", key);
  seen[index] = true;
  const cli_option *option = &cli_option_table[index];
  if (!next_event(r) || !want_scalar(r, "one value")) return false;
  const char *text = (const char *)r->event.data.scalar.value;
  bool plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  if (plain && (strcmp(text, "null") == 0 || strcmp(text, "~") == 0 || *text == '\0')) return true; /* not set */
  char where[512], error[256];
  snprintf(where, sizeof where, "%s:%zu:%zu", r->path, r->event.start_mark.line + 1, r->event.start_mark.column + 1);
  if (cli_options_set(r->options, index, text, r->source, where, error, sizeof error)) return true;
  return fail_at(r, r->event.start_mark, "%s %s: %s", option->name, text, error);
}

static bool read_document(reader *r) {
  bool seen[CLI_MAX_OPTIONS] = {false};
  if (!next_event(r) || !next_event(r)) return false; /* stream start, document start */
  if (r->event.type == YAML_STREAM_END_EVENT) return true;
  if (!next_event(r)) return false;
  if (r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.length == 0) return true;
  if (r->event.type != YAML_MAPPING_START_EVENT) return fail_at(r, r->event.start_mark, "expected lines of the form 'option: value'");
  if (r->event.data.mapping_start.anchor || r->event.data.mapping_start.tag) {
    return fail_at(r, r->event.start_mark, "anchors and tags are not used here");
  }
  if (!next_event(r)) return false;
  while (r->event.type != YAML_MAPPING_END_EVENT) {
    if (!read_pair(r, seen) || !next_event(r)) return false;
  }
  if (!next_event(r) || !next_event(r)) return false; /* document end, stream end */
  if (r->event.type != YAML_STREAM_END_EVENT) return fail_at(r, r->event.start_mark, "one document is enough");
  return true;
}

bool cli_options_read_yaml(cli_options *o, const char *path, cli_source source) {
  bool standard_input = strcmp(path, "-") == 0;
  FILE *in = standard_input ? stdin : fopen(path, "rb");
  if (!in) {
    cli_fail(EXIT_USAGE, "cannot read '%s': %s", path, strerror(errno));
    return false;
  }
  reader r = {.options = o, .path = standard_input ? "standard input" : path, .source = source};
  bool good = yaml_parser_initialize(&r.parser) != 0;
  if (good) {
    yaml_parser_set_input_file(&r.parser, in);
    good = read_document(&r);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
  } else {
    cli_fail(EXIT_RUN, "out of memory");
  }
  if (!standard_input) fclose(in);
  return good;
}

/* ---- writing ---- */

/* Text as a double-quoted YAML scalar. */
static void put_quoted(FILE *out, const char *text) {
  fputc('"', out);
  for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
    if (*s == '"' || *s == '\\') fprintf(out, "\\%c", *s);
    else if (*s == '\n') fputs("\\n", out);
    else if (*s == '\t') fputs("\\t", out);
    else if (*s < 0x20 || *s == 0x7f) fprintf(out, "\\x%02x", *s);
    else fputc(*s, out);
  }
  fputc('"', out);
}

static const char *const source_words[] = {
    [CLI_DEFAULT] = "default", [CLI_MODEL] = "the model",         [CLI_RUN] = "the run",
    [CLI_FILE] = "config",     [CLI_ENVIRONMENT] = "environment", [CLI_FLAG] = "flag",
};

char *cli_options_yaml(const cli_options *o, bool all) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return cli_copy("");
  const char *group = NULL;
  for (int i = 0; i < cli_option_count; i++) {
    const cli_option *option = &cli_option_table[i];
    const cli_value *value = &o->value[i];
    if (!(option->verbs & o->verb) || option->transient) continue;
    if (!group || strcmp(group, option->group) != 0) fprintf(out, "%s# %s\n", group ? "\n" : "", option->group);
    group = option->group;
    fprintf(out, "%s: ", option->name);
    if (!value->text) fputs("null", out);
    else if (option->type == CLI_STRING || option->type == CLI_PATH) put_quoted(out, value->text);
    else fputs(value->text, out);
    if (all) {
      fprintf(out, "  # %s", value->where ? value->where : source_words[value->source]);
      if (value->source == CLI_DEFAULT && option->shown) fprintf(out, ": %s", option->shown);
    }
    fputc('\n', out);
  }
  fclose(out);
  return text;
}
