/* eval_tagger.c: the scores of a tagger. Of chunks first what conlleval says, as scripts expect it. */
#include "evaluation.h"
#include "metric_picture.h"
#include "metric_text.h"
#include "terminal.h"

#include <stdlib.h>

/* Of each label; owned by the caller. */
static rn_counts *label_counts(const rn_tagger_scores *s) {
  rn_counts *counts = cli_alloc((size_t)s->n_labels * sizeof *counts);
  rn_confusion_counts(s->n_labels, s->confusion, counts);
  return counts;
}

double eval_tagger_macro_f1(const rn_tagger_scores *s) {
  rn_counts *counts = label_counts(s);
  double f1 = rn_f1_average(RN_AVERAGE_MACRO, s->n_labels, counts).f1;
  free(counts);
  return f1;
}

void eval_tagger_put(FILE *out, const rn_tagger_scores *s) {
  char interval[96], rows[32], unknown[32];
  if (s->spans) {
    metric_text_spans(out, s->tags, s->spans);
    fputc('\n', out);
  } else {
    rn_counts *counts = label_counts(s);
    metric_text_labels(out, s->n_labels, s->names, counts);
    fputc('\n', out);
    free(counts);
  }
  metric_picture_confusion(out, s->n_labels, s->names, s->confusion, terminal_color(out), terminal_width(out));
  fprintf(out, "\n%-10s%s\n", s->spans ? "F1" : "accuracy", metric_text_interval(interval, sizeof interval, &s->interval));
  if (s->n_unknown == 0) return;
  fprintf(out, "%-10s%s of %s (%.2f%%)\n", "unknown", text_count(unknown, sizeof unknown, s->n_unknown),
          text_count(rows, sizeof rows, s->n_rows), 100 * (double)s->n_unknown / (double)s->n_rows);
}

json_t *eval_tagger_json(const rn_tagger_scores *s) {
  rn_counts *counts = label_counts(s);
  json_t *object = json_pack("{s:o, s:I, s:I, s:o, s:o}", "accuracy", cli_json_real(s->accuracy), "rows", (json_int_t)s->n_rows, "unknown",
                             (json_int_t)s->n_unknown, "labels", evaluation_labels_json(s->n_labels, s->names, counts), "confusion",
                             evaluation_matrix_json(s->n_labels, s->confusion));
  free(counts);
  if (!s->spans) {
    json_object_set_new(object, "f1_macro", cli_json_real(eval_tagger_macro_f1(s)));
    return object;
  }
  int32_t n = s->spans->n_types;
  const char **types = cli_alloc((size_t)n * sizeof *types);
  for (int32_t t = 0; t < n; t++) types[t] = rn_tag_set_type(s->tags, t);
  rn_f1_score all = rn_f1_of(s->spans->all);
  json_object_set_new(object, "precision", cli_json_real(all.precision));
  json_object_set_new(object, "recall", cli_json_real(all.recall));
  json_object_set_new(object, "f1", cli_json_real(all.f1));
  json_object_set_new(object, "spans", evaluation_labels_json(n, types, s->spans->by_type));
  free(types);
  return object;
}
