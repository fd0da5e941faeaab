/* cmd_tokenizer_info.c: rondo tokenizer info: what a tokenizer is, and what it makes of a text, beside another if there is one. */
#include "metric_picture.h"
#include "terminal.h"
#include "tokenizer_measure.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST 8
#define SHOWN 32  /* bytes of a token */
#define LENGTHS 8 /* tokens of 1, 2, ... 7, and of 8 or more characters */

/* ---- what it is ---- */

/* The types of a step and of the steps in it, joined by commas. */
static void put_steps(FILE *out, const json_t *step, bool *first) {
  const char *keys[] = {"normalizers", "pretokenizers", "processors", "decoders"};
  for (int k = 0; k < 4; k++) {
    const json_t *inside = json_object_get(step, keys[k]);
    for (size_t i = 0; i < json_array_size(inside); i++) put_steps(out, json_array_get(inside, i), first);
    if (inside) return;
  }
  const char *type = json_string_value(json_object_get(step, "type"));
  if (!type) return;
  fprintf(out, "%s%s", *first ? "" : ", ", type);
  *first = false;
}

/* "NFC, Lowercase"; owned by the caller. */
static char *steps_of(const json_t *root, const char *part) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return cli_copy("");
  bool first = true;
  put_steps(out, json_object_get(root, part), &first);
  if (first) fputs("none", out);
  fclose(out);
  return text;
}

static int64_t characters(const char *text, size_t size) {
  int64_t n = 0;
  for (size_t i = 0; i < size; i++) n += ((unsigned char)text[i] & 0xc0) != 0x80;
  return n;
}

/* Ids of the longest tokens, the longest first; of equals the first. Returns how many. */
static int longest_tokens(const rn_tokenizer *t, int32_t ids[LONGEST]) {
  int n = 0;
  int64_t lengths[LONGEST];
  for (int32_t id = 0; id < rn_tokenizer_size(t); id++) {
    size_t size;
    const char *token = rn_tokenizer_token(t, id, &size);
    if (!token || rn_tokenizer_is_special(t, id)) continue;
    int64_t length = characters(token, size);
    int at = n;
    while (at > 0 && lengths[at - 1] < length) at--;
    if (at == LONGEST) continue;
    if (n < LONGEST) n++;
    memmove(ids + at + 1, ids + at, (size_t)(n - 1 - at) * sizeof *ids);
    memmove(lengths + at + 1, lengths + at, (size_t)(n - 1 - at) * sizeof *lengths);
    ids[at] = id;
    lengths[at] = length;
  }
  return n;
}

static void count_lengths(const rn_tokenizer *t, int64_t counts[LENGTHS]) {
  memset(counts, 0, LENGTHS * sizeof *counts);
  for (int32_t id = 0; id < rn_tokenizer_size(t); id++) {
    size_t size;
    const char *token = rn_tokenizer_token(t, id, &size);
    if (!token || rn_tokenizer_is_special(t, id)) continue;
    int64_t length = characters(token, size);
    counts[length < LENGTHS ? (length > 0 ? length - 1 : 0) : LENGTHS - 1]++;
  }
}

static void put_tokenizer(const char *path, const rn_tokenizer *t) {
  static const char *const names[LENGTHS] = {"1", "2", "3", "4", "5", "6", "7", "8 or more"};
  static const char *const parts[] = {"normalizer", "pre_tokenizer", "post_processor", "decoder"};
  static const char *const labels[] = {"normalizes", "cuts", "adds", "decodes"};
  char number[32], quoted[300];
  printf("%s: %s, %s tokens\n", path, rn_tokenizer_type_name(rn_tokenizer_type_of(t)),
         text_count(number, sizeof number, rn_tokenizer_size(t)));
  json_t *root = json_loads(rn_tokenizer_json(t), JSON_ALLOW_NUL, NULL);
  for (int i = 0; i < 4; i++) {
    char *steps = steps_of(root, parts[i]);
    printf("  %-11s %s\n", labels[i], steps);
    free(steps);
  }
  size_t n_merges = json_array_size(json_object_get(json_object_get(root, "model"), "merges"));
  if (n_merges) printf("  %-11s %s\n", "merges", text_count(number, sizeof number, (int64_t)n_merges));
  json_decref(root);
  printf("  %-11s", "special");
  int shown = 0;
  for (int32_t id = 0; id < rn_tokenizer_size(t) && shown < 12; id++)
    if (rn_tokenizer_is_special(t, id)) printf(" %s %d%s", rn_tokenizer_token(t, id, NULL), id, ++shown == 12 ? " ..." : "");
  puts(shown ? "" : " none");
  int32_t ids[LONGEST];
  int n = longest_tokens(t, ids);
  printf("  %-11s", "longest");
  for (int i = 0; i < n; i++) {
    size_t size;
    const char *token = rn_tokenizer_token(t, ids[i], &size);
    size_t shown_size = size < SHOWN ? size : SHOWN;
    while (shown_size < size && shown_size > 0 && ((unsigned char)token[shown_size] & 0xc0) == 0x80) shown_size--;
    printf(" %s%s", text_quoted(quoted, sizeof quoted, token, shown_size), shown_size < size ? "..." : "");
  }
  int64_t counts[LENGTHS];
  count_lengths(t, counts);
  puts("\n\nCharacters of a token");
  metric_picture_histogram(stdout, LENGTHS, names, counts, terminal_width(stdout));
}

static json_t *tokenizer_json(const char *path, const rn_tokenizer *t) {
  json_t *specials = json_object(), *longest = json_array(), *root = json_loads(rn_tokenizer_json(t), JSON_ALLOW_NUL, NULL);
  for (int32_t id = 0; id < rn_tokenizer_size(t); id++)
    if (rn_tokenizer_is_special(t, id)) json_object_set_new(specials, rn_tokenizer_token(t, id, NULL), json_integer(id));
  int32_t ids[LONGEST];
  int n = longest_tokens(t, ids);
  for (int i = 0; i < n; i++) {
    size_t size;
    const char *token = rn_tokenizer_token(t, ids[i], &size);
    json_array_append_new(longest, cli_json_text(token, size));
  }
  json_t *object = json_pack("{s:o, s:s, s:I, s:o, s:o}", "tokenizer", cli_json_text(path, strlen(path)), "type",
                             rn_tokenizer_type_name(rn_tokenizer_type_of(t)), "size", (json_int_t)rn_tokenizer_size(t), "special", specials,
                             "longest", longest);
  static const char *const parts[] = {"normalizer", "pre_tokenizer", "post_processor", "decoder"};
  for (int i = 0; i < 4; i++) {
    char *steps = steps_of(root, parts[i]);
    json_object_set_new(object, parts[i], json_string(steps));
    free(steps);
  }
  json_decref(root);
  return object;
}

/* ---- what it makes of a text ---- */

static double share(int64_t part, int64_t whole) { return whole > 0 ? (double)part / (double)whole : 0; }

static const char *const word_names[MEASURE_MOST] = {"1 token", "2", "3", "4", "5", "6 or more"};

/* One line of the table; value(m, text) of each tokenizer. */
static void put_row(const char *name, const tokenizer_measure *m, int n, const tokenizer_text *text, const char *format,
                    double (*value)(const tokenizer_measure *, const tokenizer_text *)) {
  printf("  %-26s", name);
  for (int i = 0; i < n; i++) {
    char number[48];
    snprintf(number, sizeof number, format, value(&m[i], text));
    printf(" %18s", number);
  }
  putchar('\n');
}

static double tokens(const tokenizer_measure *m, const tokenizer_text *t) { return (double)m->n_tokens; }
static double tokens_per_word(const tokenizer_measure *m, const tokenizer_text *t) { return share(m->n_tokens, t->n_words); }
static double bytes_per_token(const tokenizer_measure *m, const tokenizer_text *t) { return share(t->n_bytes, m->n_tokens); }
static double unknown(const tokenizer_measure *m, const tokenizer_text *t) { return 100 * share(m->n_unknown, m->n_tokens); }
static double used(const tokenizer_measure *m, const tokenizer_text *t) { return 100 * share(m->n_used, rn_tokenizer_size(m->tokenizer)); }
static double differ(const tokenizer_measure *m, const tokenizer_text *t) { return 100 * share(t->n_differ, t->n_lines); }

static void put_measures(cli *c, const tokenizer_measure *m, int n, const tokenizer_text *text, char *samples[MEASURE_SAMPLES]) {
  char bytes[32], lines[32], words[32];
  bool color = terminal_color(stdout);
  int width = terminal_width(stdout);
  printf("\n%s: %s, %s lines, %s words\n", strcmp(text->path, "-") == 0 ? "the text" : text->path,
         text_bytes(bytes, sizeof bytes, (double)text->n_bytes), text_count(lines, sizeof lines, text->n_lines),
         text_count(words, sizeof words, text->n_words));
  printf("  %-26s", "");
  for (int i = 0; i < n; i++) {
    size_t length = strlen(m[i].path);
    printf(" %18s", length > 18 ? m[i].path + length - 18 : m[i].path);
  }
  putchar('\n');
  put_row("tokens", m, n, text, "%.0f", tokens);
  put_row("tokens per word", m, n, text, "%.3f", tokens_per_word);
  put_row("bytes per token", m, n, text, "%.3f", bytes_per_token);
  put_row("unknown, percent", m, n, text, "%.3f", unknown);
  put_row("vocabulary used, percent", m, n, text, "%.1f", used);
  if (n == 2) put_row("lines that differ, percent", m, 1, text, "%.2f", differ);
  for (int i = 0; i < n; i++) {
    printf("\nWords by tokens%s%s\n", n > 1 ? ": " : "", n > 1 ? m[i].path : "");
    metric_picture_histogram(stdout, MEASURE_MOST, word_names, m[i].words, width);
  }
  if (samples[0]) puts(n == 2 ? "\nCut otherwise" : "\nFor example");
  for (int s = 0; s < MEASURE_SAMPLES && samples[s]; s++)
    for (int i = 0; i < n; i++) {
      fputs("  ", stdout);
      tokenizer_put_cut(c, m[i].tokenizer, samples[s], strlen(samples[s]), color, width - 8);
    }
}

static json_t *measure_json(const tokenizer_measure *m, const tokenizer_text *text) {
  json_t *words = json_array();
  for (int i = 0; i < MEASURE_MOST; i++) json_array_append_new(words, json_integer((json_int_t)m->words[i]));
  return json_pack("{s:o, s:I, s:f, s:f, s:I, s:I, s:o}", "tokenizer", cli_json_text(m->path, strlen(m->path)), "tokens",
                   (json_int_t)m->n_tokens, "tokens_per_word", share(m->n_tokens, text->n_words), "bytes_per_token",
                   share(text->n_bytes, m->n_tokens), "unknown", (json_int_t)m->n_unknown, "used", (json_int_t)m->n_used, "words_by_tokens",
                   words);
}

/* ---- the command ---- */

static int describe(cli *c, tokenizer_measure *m, int n, tokenizer_text *text) {
  char *samples[MEASURE_SAMPLES] = {NULL};
  int code = text->path ? tokenizer_measure_text(c, m, n, text, samples) : EXIT_DONE;
  if (!code && c->json) {
    json_t *object = tokenizer_json(m[0].path, m[0].tokenizer);
    if (text->path) {
      json_t *list = json_array();
      for (int i = 0; i < n; i++) json_array_append_new(list, measure_json(&m[i], text));
      json_object_set_new(object, "text",
                          json_pack("{s:o, s:I, s:I, s:I, s:o}", "file", cli_json_text(text->path, strlen(text->path)), "bytes",
                                    (json_int_t)text->n_bytes, "lines", (json_int_t)text->n_lines, "words", (json_int_t)text->n_words, "of",
                                    list));
      if (n == 2) json_object_set_new(object, "lines_cut_otherwise", json_integer((json_int_t)text->n_differ));
    }
    cli_put_json(object);
  } else if (!code) {
    put_tokenizer(m[0].path, m[0].tokenizer);
    if (text->path) put_measures(c, m, n, text, samples);
  }
  for (int i = 0; i < MEASURE_SAMPLES; i++) free(samples[i]);
  return code;
}

int cmd_tokenizer_info(cli *c) {
  const cli_options *o = &c->options;
  const char *output = opt_text(o, "output");
  tokenizer_measure m[2] = {{.path = o->args[0]}, {.path = opt_text(o, "compare")}};
  int n = m[1].path ? 2 : 1, code = EXIT_DONE;
  tokenizer_text text = {.path = o->n_args > 1 ? o->args[1] : NULL};
  if (n == 2 && !text.path)
    return cli_fail(EXIT_USAGE, "compared on which text? for example: rondo tokenizer info %s book.txt --compare %s", m[0].path, m[1].path);
  for (int i = 0; i < n && !code; i++)
    if (rn_tokenizer_open(c->ctx, m[i].path, &m[i].tokenizer) != RN_OK) code = cli_fail_context(c);
  if (!code && output) code = tokenizer_write(c, m[0].tokenizer, output);
  if (!code && (!output || strcmp(output, "-") != 0)) code = describe(c, m, n, &text); /* a file there is not to be mixed with this */
  for (int i = 0; i < n; i++) {
    free(m[i].used);
    rn_tokenizer_free(m[i].tokenizer);
  }
  return code;
}
