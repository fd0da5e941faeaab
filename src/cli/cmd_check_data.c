/* cmd_check_data.c: rondo check-data: what a data set holds, whether it can be trained on, and what is odd about it. */
#include "data_findings.h"
#include "data_options.h"
#include "metric_picture.h"
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LABELS 24 /* bars in the picture */

/* ---- a label for each row, or for each sequence ---- */

#define GUESS_LINES 1000

/* The cells of a line between tabs, or between runs of blanks. */
static int count_cells(const char *line, size_t size, bool tabs) {
  int n = tabs;
  for (size_t i = 0; i < size; i++) {
    bool blank = line[i] == ' ' || line[i] == '\t';
    if (tabs) n += line[i] == '\t';
    else n += !blank && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t');
  }
  return n;
}

/* Columns of CoNLL: as many in each line, comments apart, and either sentences between blank lines or columns between blanks. */
static bool has_columns(const rn_corpus *text) {
  const char *line = text->text, *end = line + text->size;
  int n_cells = 0, n_lines = 0;
  bool tabs = false, blank_line = false, parted = false;
  for (const char *next; line < end && n_lines < GUESS_LINES; line = next) {
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    size_t size = (size_t)((newline ? newline : end) - line);
    next = newline ? newline + 1 : end;
    if (strspn(line, " \t\r") >= size) {
      blank_line = n_lines > 0;
      continue;
    }
    if (*line == '#' || (size >= 10 && memcmp(line, "-DOCSTART-", 10) == 0)) continue;
    parted |= blank_line;
    if (n_lines++ == 0) tabs = memchr(line, '\t', size) != NULL, n_cells = count_cells(line, size, tabs);
    if (n_cells < 2 || count_cells(line, size, tabs) != n_cells) return false;
  }
  return n_lines > 0 && (parted || !tabs || n_cells == 10);
}

/* --task, or what the options and the file say; *code where that fails. */
static bool is_per_row(cli *c, const char *path, rn_input_kind input, int *code) {
  const cli_options *o = &c->options;
  const char *task = opt_text(o, "task"), *format = opt_text(o, "format");
  if (strcmp(task, "auto") != 0) return strcmp(task, "tagger") == 0;
  if (input != RN_INPUT_WORDS) return false;
  if (opt_given(o, "column")) return true;
  if (opt_given(o, "label") || opt_given(o, "text")) return false;
  if (strcmp(format, "auto") != 0) return strncmp(format, "conll", 5) == 0;
  if (strcmp(path, "-") == 0) {
    *code = cli_fail(EXIT_USAGE, "standard input is read once: say --task tagger or --task classifier");
    return false;
  }
  rn_corpus text;
  c->muted = true; /* what there is to say is said when it is read */
  bool columns = rn_corpus_open(c->ctx, path, &text) == RN_OK && has_columns(&text);
  c->muted = false;
  if (rn_context_status(c->ctx) != RN_OK) *code = cli_fail_context(c);
  else rn_corpus_close(&text);
  return columns;
}

/* ---- text ---- */

static int by_count(const void *a, const void *b) {
  const rn_label_count *x = a, *y = b;
  return x->count != y->count ? (x->count > y->count ? -1 : 1) : strcmp(x->label, y->label);
}

/* Bars in the order of the labels; of many, the most frequent ones. */
static void put_labels(const rn_data_check *check) {
  size_t n = (size_t)check->n_labels, shown = n > MOST_LABELS ? MOST_LABELS : n;
  rn_label_count *labels = cli_alloc(n * sizeof *labels);
  const char **names = cli_alloc(n * sizeof *names);
  int64_t *counts = cli_alloc(n * sizeof *counts);
  memcpy(labels, check->labels, n * sizeof *labels);
  if (shown < n) qsort(labels, n, sizeof *labels, by_count);
  for (size_t i = 0; i < n; i++) names[i] = labels[i].label, counts[i] = labels[i].count;
  puts("\nLabels");
  metric_picture_histogram(stdout, (int64_t)shown, names, counts, terminal_width(stdout));
  if (shown < n) printf("and %zu more\n", n - shown);
  free(labels);
  free(names);
  free(counts);
}

static void put_counts(const data_set *d) {
  const rn_sequences *s = &d->sequences;
  const rn_data_check *check = d->check;
  char number[32], other[32];
  int64_t n_rows = rn_ragged_rows(&s->seqs);
  printf("%s: %s, a label for each %s\n", d->path, s->format, s->per_row ? "row" : "sequence");
  printf("  sequences %12s\n", text_count(number, sizeof number, s->seqs.n_seqs));
  printf("  %-9s %12s", data_rows_name(s->input), text_count(number, sizeof number, n_rows));
  if (s->words)
    printf("  %s distinct, %s of them seen once", text_count(number, sizeof number, check->n_words),
           text_count(other, sizeof other, check->n_once));
  else if (s->input != RN_INPUT_DNA) printf("  of %lld variable%s", (long long)s->n_vars, s->n_vars == 1 ? "" : "s");
  printf("\n  labels    %12s", text_count(number, sizeof number, check->n_labels));
  if (check->chunks) printf("  chunks, as %s", rn_tag_scheme_name(check->scheme));
  putchar('\n');
}

static void put_variables(const data_set *d) {
  const rn_data_check *check = d->check;
  puts("\nVariables        low        high        mean   deviation     missing");
  for (int64_t v = 0; v < d->sequences.n_vars && v < MOST_LABELS; v++) {
    const rn_variable_range *r = &check->variables[v];
    printf("%9lld %11.4g %11.4g %11.4g %11.4g %11lld\n", (long long)v + 1, r->low, r->high, r->mean, r->deviation, (long long)r->n_missing);
  }
  if (d->sequences.n_vars > MOST_LABELS) printf("and %lld more\n", (long long)d->sequences.n_vars - MOST_LABELS);
}

static void put_faults(const data_set *d) {
  const rn_sequences *s = &d->sequences;
  const rn_data_check *check = d->check;
  if (check->n_faults == 0) return;
  printf("\nTransitions that are not of %s\n", rn_tag_scheme_name(check->scheme));
  for (int64_t f = 0; f < check->n_faults && f < RN_MAX_FINDINGS; f++) {
    rn_tag_fault fault = check->faults[f];
    char where[64], words[256];
    printf("  %-12s %s\n", data_fault_place(s, fault, where, sizeof where), data_fault_words(s, fault, words, sizeof words));
  }
  if (check->n_faults > RN_MAX_FINDINGS) printf("  and %lld more\n", (long long)check->n_faults - RN_MAX_FINDINGS);
}

static void put_parts(const data_set *d) {
  char seqs[32], rows[32];
  for (int i = 0; i < d->n_parts; i++) {
    const data_part *p = &d->parts[i];
    printf("%s%s: %s, %s sequences, %s %s\n", i == 0 ? "\n" : "", p->role, p->path, text_count(seqs, sizeof seqs, p->sequences.seqs.n_seqs),
           text_count(rows, sizeof rows, rn_ragged_rows(&p->sequences.seqs)), data_rows_name(d->sequences.input));
  }
}

static const char *const levels[] = {"ok", "warning", "error"};

static void put_findings(const findings *found) {
  static const int colors[] = {32, 33, 31}; /* green, yellow, red */
  bool color = terminal_color(stdout);
  putchar('\n');
  for (int i = 0; i < found->n; i++) {
    const finding *f = &found->at[i];
    if (color) printf("\033[%dm%s\033[0m: %s\n", colors[f->level], levels[f->level], f->words);
    else printf("%s: %s\n", levels[f->level], f->words);
  }
}

static void put_lengths(const rn_sequences *s) {
  int64_t first = rn_ragged_length(&s->seqs, 0), same = 0;
  char number[32];
  while (same < s->seqs.n_seqs && rn_ragged_length(&s->seqs, same) == first) same++;
  if (same == s->seqs.n_seqs) printf("\nLengths: %s %s each\n", text_count(number, sizeof number, first), data_rows_name(s->input));
  else {
    printf("\nLengths, in %s\n", data_rows_name(s->input));
    metric_picture_lengths(stdout, &s->seqs, terminal_width(stdout));
  }
}

static void put_text(const data_set *d, const findings *found) {
  put_counts(d);
  if (d->check->n_labels) put_labels(d->check);
  put_lengths(&d->sequences);
  if (d->check->variables && d->sequences.input != RN_INPUT_DNA) put_variables(d);
  put_faults(d);
  put_parts(d);
  put_findings(found);
}

/* ---- JSON ---- */

static json_t *json_count(int64_t n) { return json_integer((json_int_t)n); }

static json_t *labels_json(const rn_label_count *labels, int64_t n) {
  json_t *object = json_object();
  for (int64_t i = 0; i < n; i++) json_object_set_new(object, labels[i].label, json_count(labels[i].count));
  return object;
}

/* Counts of any sequences, and the range of their lengths. */
static json_t *sequences_json(const char *path, const rn_sequences *s) {
  int64_t n = s->seqs.n_seqs, least = INT64_MAX, most = 0;
  for (int64_t i = 0; i < n; i++) {
    int64_t length = rn_ragged_length(&s->seqs, i);
    least = length < least ? length : least;
    most = length > most ? length : most;
  }
  double mean = (double)rn_ragged_rows(&s->seqs) / (double)n;
  return json_pack("{s:o, s:s, s:I, s:I, s:{s:I, s:I, s:o}, s:I}", "file", cli_json_text(path, strlen(path)), "format", s->format,
                   "sequences", (json_int_t)n, "rows", (json_int_t)rn_ragged_rows(&s->seqs), "lengths", "least", (json_int_t)least, "most",
                   (json_int_t)most, "mean", cli_json_real(mean), "bad_lines", (json_int_t)s->n_bad);
}

static json_t *variables_json(const data_set *d) {
  json_t *list = json_array();
  for (int64_t v = 0; v < d->sequences.n_vars; v++) {
    const rn_variable_range *r = &d->check->variables[v];
    json_array_append_new(list,
                          json_pack("{s:o, s:o, s:o, s:o, s:I}", "low", cli_json_real(r->low), "high", cli_json_real(r->high), "mean",
                                    cli_json_real(r->mean), "deviation", cli_json_real(r->deviation), "missing", (json_int_t)r->n_missing));
  }
  return list;
}

static json_t *tags_json(const data_set *d) {
  json_t *list = json_array();
  for (int64_t f = 0; f < d->check->n_faults && f < RN_MAX_FINDINGS; f++) {
    rn_tag_fault fault = d->check->faults[f];
    char where[64], words[256];
    data_fault_place(&d->sequences, fault, where, sizeof where);
    data_fault_words(&d->sequences, fault, words, sizeof words);
    json_array_append_new(list, json_pack("{s:s, s:o}", "where", where, "what", cli_json_text(words, strlen(words))));
  }
  return json_pack("{s:s, s:I, s:o}", "scheme", rn_tag_scheme_name(d->check->scheme), "invalid", (json_int_t)d->check->n_faults, "first",
                   list);
}

static json_t *parts_json(const data_set *d) {
  json_t *list = json_array();
  for (int i = 0; i < d->n_parts; i++) {
    const data_part *p = &d->parts[i];
    json_t *object = sequences_json(p->path, &p->sequences);
    json_object_set_new(object, "role", json_string(p->role));
    json_object_set_new(object, "in_training", json_count(p->overlap->n_shared));
    json_object_set_new(object, "new_labels", labels_json(p->overlap->new_labels, p->overlap->n_new));
    if (p->sequences.words) json_object_set_new(object, "unknown_words", json_count(p->overlap->n_unknown));
    json_array_append_new(list, object);
  }
  return list;
}

static void put_json(const data_set *d, const findings *found) {
  const rn_data_check *check = d->check;
  const rn_sequences *s = &d->sequences;
  json_t *object = sequences_json(d->path, s), *list = json_array();
  json_object_set_new(object, "input", json_string(rn_input_kind_name(s->input)));
  json_object_set_new(object, "labels_by", json_string(s->per_row ? "row" : "sequence"));
  json_object_set_new(object, "labels", labels_json(check->labels, check->n_labels));
  json_object_set_new(object, "duplicates", json_count(check->n_duplicates));
  json_object_set_new(object, "contradictions", json_count(check->n_contradictions));
  if (s->words)
    json_object_set_new(object, "words",
                        json_pack("{s:I, s:I, s:I}", "distinct", (json_int_t)check->n_words, "once", (json_int_t)check->n_once, "not_utf8",
                                  (json_int_t)check->n_malformed));
  if (check->chunks) json_object_set_new(object, "tags", tags_json(d));
  if (s->input == RN_INPUT_DNA) json_object_set_new(object, "ambiguous", json_count(check->n_ambiguous));
  else if (check->variables) json_object_set_new(object, "variables", variables_json(d));
  if (d->n_parts) json_object_set_new(object, "parts", parts_json(d));
  for (int i = 0; i < found->n; i++)
    json_array_append_new(list, json_pack("{s:s, s:o}", "level", levels[found->at[i].level], "text",
                                          cli_json_text(found->at[i].words, strlen(found->at[i].words))));
  json_object_set_new(object, "findings", list);
  cli_put_json(object);
}

/* ---- the command ---- */

/* One part beside the training data; an exit code. */
static int open_part(cli *c, const rn_sequences_options *options, const data_set *d, data_part *p) {
  if (rn_sequences_open(c->ctx, p->path, options, &p->sequences) != RN_OK) return cli_fail_context(c);
  rn_status status = rn_data_overlap_new(c->ctx, d->check, &p->sequences, &p->overlap);
  if (status == RN_ERROR_DATA) return cli_fail(EXIT_DATA, "%s: %s", p->path, rn_context_error(c->ctx));
  return status == RN_OK ? EXIT_DONE : cli_fail_context(c);
}

static int open_data(cli *c, const rn_sequences_options *options, data_set *d) {
  static const char *const roles[] = {"valid", "test"};
  if (rn_sequences_open(c->ctx, d->path, options, &d->sequences) != RN_OK) return cli_fail_context(c);
  if (rn_data_check_new(c->ctx, &d->sequences, &d->check) != RN_OK) return cli_fail_context(c);
  int code = EXIT_DONE;
  for (int i = 0; i < 2 && !code; i++) {
    const char *path = opt_text(&c->options, roles[i]);
    if (!path) continue;
    data_part *p = &d->parts[d->n_parts++];
    *p = (data_part){.role = roles[i], .path = path};
    code = open_part(c, options, d, p);
  }
  return code;
}

static void close_data(data_set *d) {
  for (int i = 0; i < d->n_parts; i++) {
    rn_data_overlap_free(d->parts[i].overlap);
    rn_sequences_free(&d->parts[i].sequences);
  }
  rn_data_check_free(d->check);
  rn_sequences_free(&d->sequences);
}

int cmd_check_data(cli *c) {
  data_set data = {.path = c->options.args[0]};
  rn_input_kind input = data_input(c);
  rn_sequences_options options;
  int code = EXIT_DONE;
  bool per_row = is_per_row(c, data.path, input, &code);
  if (code) return code;
  if (!data_options(c, input, per_row, &options)) return EXIT_USAGE;
  code = open_data(c, &options, &data);
  if (!code) {
    findings found;
    data_findings(&data, &found);
    if (c->json) put_json(&data, &found);
    else put_text(&data, &found);
    for (int i = 0; i < found.n && !code; i++)
      if (found.at[i].level == FINDING_ERROR) code = cli_fail(EXIT_DATA, "%s: %s", data.path, found.at[i].words);
    data_findings_free(&found);
  }
  close_data(&data);
  return code;
}
