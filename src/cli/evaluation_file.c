/* evaluation_file.c: evaluation.json of a run folder. */
#include "evaluation.h"
#include "metric_picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct label_count {
  rn_string label;
  int64_t n;
} label_count;

static int by_text(const void *a, const void *b) {
  const rn_string *x = a, *y = b;
  int order = memcmp(x->data, y->data, x->size < y->size ? x->size : y->size);
  return order ? order : (x->size > y->size) - (x->size < y->size);
}

static int by_count(const void *a, const void *b) {
  const label_count *x = a, *y = b;
  return x->n != y->n ? (x->n < y->n ? 1 : -1) : by_text(&x->label, &y->label);
}

/* How often each label stands in the data, the most frequent first. */
static json_t *count_labels(const rn_sequences *s) {
  json_t *list = json_array();
  int64_t n = !s->labels ? 0 : s->per_row ? rn_ragged_rows(&s->seqs) : rn_ragged_rows(&s->label_of), n_distinct = 0;
  rn_string *sorted = cli_alloc((size_t)n * sizeof *sorted);
  label_count *counts = cli_alloc((size_t)n * sizeof *counts);
  if (n > 0) memcpy(sorted, s->labels, (size_t)n * sizeof *sorted);
  qsort(sorted, (size_t)n, sizeof *sorted, by_text);
  for (int64_t i = 0; i < n; i++) {
    if (i == 0 || by_text(&sorted[i], &sorted[i - 1]) != 0) counts[n_distinct++] = (label_count){sorted[i], 0};
    counts[n_distinct - 1].n++;
  }
  qsort(counts, (size_t)n_distinct, sizeof *counts, by_count);
  for (int64_t i = 0; i < n_distinct; i++) {
    json_array_append_new(
        list, json_pack("{s:o, s:I}", "name", cli_json_text(counts[i].label.data, counts[i].label.size), "count", (json_int_t)counts[i].n));
  }
  free(counts);
  free(sorted);
  return list;
}

static json_t *count_lengths(const rn_sequences *s) {
  metric_bin bins[METRIC_BINS];
  json_t *list = json_array();
  int n = metric_picture_bins(&s->seqs, bins);
  for (int b = 0; b < n; b++)
    json_array_append_new(list, json_pack("{s:s, s:I}", "name", bins[b].name, "count", (json_int_t)bins[b].count));
  return list;
}

static char *path_in(const char *folder) { return cli_format("%s/evaluation.json", folder); }

void evaluation_remove(const char *folder) {
  char *path = path_in(folder);
  remove(path);
  free(path);
}

bool evaluation_write(rn_context *ctx, const char *folder, const rn_model *model, const rn_sequences *train, const rn_sequences *data,
                      const evaluation *valid, const evaluation *test) {
  char *path = path_in(folder);
  json_t *object = json_pack("{s:o, s:o}", "labels", count_labels(train), "lengths", count_lengths(train));
  if (evaluation_any(valid)) json_object_set_new(object, "valid", evaluation_json(valid));
  if (evaluation_any(test)) json_object_set_new(object, "test", evaluation_json(test));
  if (data) json_object_set_new(object, "samples", evaluation_samples(ctx, model, data));
  rn_context_clear(ctx); /* samples are no loss */
  bool good = json_dump_file(object, path, JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0;
  if (!good) cli_fail(EXIT_RUN, "cannot write '%s': %s", path, strerror(errno));
  json_decref(object);
  free(path);
  return good;
}
