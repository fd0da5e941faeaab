/* eval_classifier.c: the scores of a classifier. */
#include "evaluation.h"
#include "metric_picture.h"
#include "metric_text.h"
#include "terminal.h"

#include <math.h>

/* Of two labels the error is what the accuracy says. */
static bool is_scale(const rn_classifier_scores *s) { return s->n_labels > 2 && isfinite(s->ordinal.mean_absolute_error); }

void eval_classifier_put(FILE *out, const rn_classifier_scores *s) {
  char interval[96], n[32];
  metric_text_labels(out, s->n_labels, s->names, s->labels);
  fputc('\n', out);
  if (s->confusion) {
    metric_picture_confusion(out, s->n_labels, s->names, s->confusion, terminal_color(out), terminal_width(out));
    fputc('\n', out);
  }
  fprintf(out, "%-10s%s\n", s->confusion ? "accuracy" : "F1", metric_text_interval(interval, sizeof interval, &s->interval));
  if (!s->confusion) fprintf(out, "%-10s%.2f%% have all their labels and no other\n", "exact", 100 * s->accuracy);
  if (isfinite(s->roc_auc)) fprintf(out, "%-10s%.4f\n", "ROC AUC", s->roc_auc);
  if (is_scale(s)) {
    fprintf(out, "%-10s%.4f mean absolute error, %.2f%% within one\n", "scale", s->ordinal.mean_absolute_error,
            100 * s->ordinal.within_one);
  }
  fprintf(out, "%-10s%.4f nats\n%-10s%s\n", "loss", s->nats, "sequences", text_count(n, sizeof n, s->n));
}

json_t *eval_classifier_json(const rn_classifier_scores *s) {
  json_t *object = json_pack("{s:o, s:I, s:o, s:o, s:o}", "accuracy", cli_json_real(s->accuracy), "sequences", (json_int_t)s->n, "nats",
                             cli_json_real(s->nats), "roc_auc", cli_json_real(s->roc_auc), "labels",
                             evaluation_labels_json(s->n_labels, s->names, s->labels));
  rn_f1_score micro = rn_f1_average(RN_AVERAGE_MICRO, s->n_labels, s->labels);
  rn_f1_score macro = rn_f1_average(RN_AVERAGE_MACRO, s->n_labels, s->labels);
  json_object_set_new(object, "f1_micro", cli_json_real(micro.f1));
  json_object_set_new(object, "f1_macro", cli_json_real(macro.f1));
  if (s->confusion) json_object_set_new(object, "confusion", evaluation_matrix_json(s->n_labels, s->confusion));
  if (is_scale(s)) {
    json_object_set_new(object, "mean_absolute_error", cli_json_real(s->ordinal.mean_absolute_error));
    json_object_set_new(object, "within_one", cli_json_real(s->ordinal.within_one));
  }
  return object;
}
