/* report_run.c: reads metrics.jsonl and config.yaml. */
#include "report_run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void curve_add(curve *c, double x, double y) {
  if (!isfinite(y)) return;
  if (c->n == c->capacity) {
    c->capacity = c->capacity ? 2 * c->capacity : 256;
    c->x = cli_realloc(c->x, (size_t)c->capacity * sizeof *c->x);
    c->y = cli_realloc(c->y, (size_t)c->capacity * sizeof *c->y);
  }
  c->x[c->n] = x;
  c->y[c->n++] = y;
}

void curve_free(curve *c) {
  free(c->x);
  free(c->y);
}

curve curve_thin(const curve *c, int n) {
  curve thin = {0};
  int groups = c->n < n ? c->n : n;
  for (int i = 0; i < groups; i++) {
    int from = (int)((int64_t)i * c->n / groups), to = (int)((int64_t)(i + 1) * c->n / groups);
    double x = 0, y = 0;
    for (int k = from; k < to; k++) x += c->x[k] / (to - from), y += c->y[k] / (to - from);
    curve_add(&thin, x, y);
  }
  return thin;
}

/* ---- metrics.jsonl: one record a line ---- */

static double number(const json_t *record, const char *key) {
  const json_t *value = json_object_get(record, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

static void add_trace(report_run *run, const json_t *record) {
  const json_t *norm = json_object_get(record, "norm");
  int n = (int)json_array_size(norm);
  if (n == 0) return;
  run->traces = cli_realloc(run->traces, (size_t)(run->n_traces + 1) * sizeof *run->traces);
  trace *t = &run->traces[run->n_traces++];
  *t = (trace){.step = (int64_t)number(record, "step"), .layer = (int)number(record, "layer"), .n = n};
  t->reverse = json_is_true(json_object_get(record, "reverse"));
  t->norm = cli_alloc((size_t)n * sizeof *t->norm);
  for (int i = 0; i < n; i++) t->norm[i] = json_number_value(json_array_get(norm, (size_t)i));
}

static void add_record(report_run *run, const json_t *record) {
  const char *type = json_string_value(json_object_get(record, "type"));
  double step = number(record, "step");
  if (!type || !isfinite(step)) return;
  if ((int64_t)step > run->steps) run->steps = (int64_t)step;
  if (isfinite(number(record, "epoch"))) run->epochs = (int64_t)number(record, "epoch");
  if (isfinite(number(record, "seconds"))) run->seconds = number(record, "seconds");
  if (strcmp(type, "train") == 0) {
    curve_add(&run->train, step, number(record, "loss"));
    curve_add(&run->rate, step, number(record, "lr"));
    curve_add(&run->norm, step, number(record, "grad_norm"));
    curve_add(&run->speed, step, number(record, "tokens_per_second"));
  } else if (strcmp(type, "valid") == 0) {
    const char *metric = json_string_value(json_object_get(record, "metric"));
    double value = number(record, metric ? "value" : "loss"), score = number(record, "score");
    curve_add(&run->valid, step, number(record, "loss"));
    curve_add(&run->score, step, score);
    if (metric && !run->metric) run->metric = cli_copy(metric);
    if (isfinite(value) && !(run->best <= value)) run->best = value, run->best_score = score, run->best_step = (int64_t)step;
  } else if (strcmp(type, "trace") == 0) {
    add_trace(run, record);
  } else if (strcmp(type, "sample") == 0 && json_is_string(json_object_get(record, "text"))) {
    run->samples = cli_realloc(run->samples, (size_t)(run->n_samples + 1) * sizeof *run->samples);
    run->samples[run->n_samples++] = (sample){(int64_t)step, cli_copy(json_string_value(json_object_get(record, "text")))};
  }
}

static bool read_metrics(report_run *run) {
  char *path = cli_format("%s/metrics.jsonl", run->path);
  FILE *in = fopen(path, "rb");
  if (!in) {
    cli_fail(EXIT_RUN, "cannot read '%s': %s; a report is made of a run folder", path, strerror(errno));
    free(path);
    return false;
  }
  cli_line line = {0};
  while (cli_line_read(&line, in)) {
    json_t *record = json_loadb(line.text, line.size, 0, NULL); /* a line cut off by a kill is no record */
    if (record) add_record(run, record);
    json_decref(record);
  }
  free(line.text);
  fclose(in);
  free(path);
  return true;
}

/* ---- config.yaml: the options, below the command line as a comment ---- */

/* The verb of "rondo train SUBJECT ..."; that of language models where there is nothing to tell it by. */
static uint64_t verb_of(const char *command) {
  for (int i = 0; command && i < cli_command_count; i++) {
    const char *subject = cli_command_table[i].subject, *word = command + strlen("rondo train ");
    if (subject && strncmp(command, "rondo train ", strlen("rondo train ")) == 0 && strcspn(word, " ") == strlen(subject) &&
        strncmp(word, subject, strlen(subject)) == 0)
      return cli_command_table[i].bit;
  }
  return VERB_TRAIN_LM;
}

static void read_config(report_run *run) {
  char *path = cli_format("%s/config.yaml", run->path);
  FILE *in = fopen(path, "rb");
  if (in) {
    cli_line line = {0};
    if (cli_line_read(&line, in) && strncmp(line.text, "# rondo ", 8) == 0) run->command = cli_copy(line.text + 2);
    free(line.text);
    fclose(in);
    run->options.verb = verb_of(run->command);
    run->has_options = cli_options_read_yaml(&run->options, path, CLI_RUN);
  }
  free(path);
}

bool report_run_open(report_run *run, const char *path) {
  *run = (report_run){.path = cli_copy(path), .seconds = NAN, .best = NAN, .best_score = NAN};
  size_t n = strlen(run->path);
  while (n > 1 && run->path[n - 1] == '/') run->path[--n] = '\0';
  const char *slash = strrchr(run->path, '/');
  run->name = cli_copy(slash ? slash + 1 : run->path);
  if (!read_metrics(run)) return false;
  read_config(run);
  char *file = cli_format("%s/evaluation.json", run->path);
  run->evaluation = json_load_file(file, 0, NULL);
  free(file);
  return true;
}

void report_run_close(report_run *run) {
  for (int i = 0; i < run->n_traces; i++) free(run->traces[i].norm);
  for (int i = 0; i < run->n_samples; i++) free(run->samples[i].text);
  free(run->traces);
  free(run->samples);
  curve *curves[] = {&run->train, &run->valid, &run->score, &run->rate, &run->norm, &run->speed};
  for (int i = 0; i < 6; i++) curve_free(curves[i]);
  json_decref(run->evaluation);
  free(run->metric);
  cli_options_free(&run->options);
  free(run->path);
  free(run->name);
  free(run->command);
}
