/* metric_text.c: see metric_text.h. */
#include "metric_text.h"
#include "terminal.h"

/* ---- conlleval ---- */

/* In the order of the script's arithmetic, whose last digit this must have. */
typedef struct percent {
  double precision, recall, f1;
} percent;

static percent percent_of(rn_counts c) {
  percent p = {0};
  if (c.found > 0) p.precision = 100 * (double)c.correct / (double)c.found;
  if (c.expected > 0) p.recall = 100 * (double)c.correct / (double)c.expected;
  if (p.precision + p.recall > 0) p.f1 = 2 * p.precision * p.recall / (p.precision + p.recall);
  return p;
}

void metric_text_spans(FILE *out, const rn_tag_set *tags, const rn_span_scores *s) {
  percent p = percent_of(s->all);
  fprintf(out, "processed %lld tokens with %lld phrases; found: %lld phrases; correct: %lld.\n", (long long)s->n_tokens,
          (long long)s->all.expected, (long long)s->all.found, (long long)s->all.correct);
  if (s->n_tokens > 0)
    fprintf(out, "accuracy: %6.2f%%; precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f\n",
            100 * (double)s->n_right / (double)s->n_tokens, p.precision, p.recall, p.f1);
  for (int32_t t = 0; t < s->n_types; t++) {
    rn_counts c = s->by_type[t];
    if (c.found == 0 && c.expected == 0) continue;
    p = percent_of(c);
    fprintf(out, "%17s: precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f  %lld\n", rn_tag_set_type(tags, t), p.precision, p.recall, p.f1,
            (long long)c.found);
  }
}

/* ---- labels ---- */

static void put_row(FILE *out, int width, const char *name, rn_f1_score s, int64_t n) {
  fprintf(out, "%*s%s  %9.2f  %6.2f  %6.2f  %8lld\n", width - text_columns(name), "", name, 100 * s.precision, 100 * s.recall, 100 * s.f1,
          (long long)n);
}

void metric_text_labels(FILE *out, int64_t n_labels, const char *const *names, const rn_counts *labels) {
  static const char *const averages[] = {"micro", "macro", "weighted"}; /* by rn_average */
  int width = text_columns("weighted");
  int64_t n = 0;
  for (int64_t l = 0; l < n_labels; l++) {
    width = text_columns(names[l]) > width ? text_columns(names[l]) : width;
    n += labels[l].expected;
  }
  fprintf(out, "%*s  precision  recall      F1  expected\n", width, "");
  for (int64_t l = 0; l < n_labels; l++) put_row(out, width, names[l], rn_f1_of(labels[l]), labels[l].expected);
  fputc('\n', out);
  for (int how = 0; how < 3; how++) put_row(out, width, averages[how], rn_f1_average((rn_average)how, n_labels, labels), n);
}

char *metric_text_interval(char *out, size_t size, const rn_interval *i) {
  snprintf(out, size, "%.2f ± %.2f (%.2f .. %.2f)", 100 * i->value, 100 * i->deviation, 100 * i->low, 100 * i->high);
  return out;
}
