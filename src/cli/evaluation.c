/* evaluation.c: see evaluation.h. */
#include "evaluation.h"
#include "metric_text.h"

#include <stdlib.h>
#include <string.h>

rn_status evaluation_new(rn_context *ctx, const rn_model *model, const rn_sequences *data, evaluation *out) {
  *out = (evaluation){0};
  if (strcmp(rn_model_kind(model), "tagger") == 0) {
    rn_tagger *tagger = NULL;
    if (rn_tagger_open(ctx, model, &tagger) == RN_OK) rn_tagger_eval(tagger, data, &out->tagger);
    rn_tagger_free(tagger);
  } else {
    rn_classifier *classifier = NULL;
    if (rn_classifier_open(ctx, model, &classifier) == RN_OK) rn_classifier_eval(classifier, data, &out->classifier);
    rn_classifier_free(classifier);
  }
  return rn_context_status(ctx);
}

rn_status evaluation_add_baseline(rn_context *ctx, const rn_model *model, const rn_sequences *train, const rn_sequences *data,
                                  evaluation *e) {
  e->input = data->input;
  return e->tagger ? rn_tagger_baseline(ctx, model, train, data, 0, &e->baseline) : RN_OK;
}

void evaluation_free(evaluation *e) {
  rn_tagger_scores_free(e->tagger);
  rn_tagger_scores_free(e->baseline);
  rn_classifier_scores_free(e->classifier);
}

bool evaluation_any(const evaluation *e) { return e->tagger || e->classifier; }

/* Any number of labels: the first figure is F1 over all of them, by which the best model was chosen; to have all of a sequence's labels
 * right is beside it. */
static bool is_multi(const evaluation *e) { return e->classifier && !e->classifier->confusion; }

const char *evaluation_metric(const evaluation *e) { return (e->tagger && e->tagger->spans) || is_multi(e) ? "F1" : "accuracy"; }

const rn_interval *evaluation_interval(const evaluation *e) { return e->tagger ? &e->tagger->interval : &e->classifier->interval; }

/* What an accuracy or F1 hides: ", macro F1 48.58" of bases with rare labels, ", exact 71.20" of several labels; else "". */
static char *more_words(const evaluation *e, const rn_tagger_scores *s, char *out, size_t size) {
  *out = '\0';
  if (e->baseline && e->input == RN_INPUT_DNA && !s->spans) snprintf(out, size, ", macro F1 %.2f", 100 * eval_tagger_macro_f1(s));
  if (is_multi(e)) snprintf(out, size, ", exact %.2f", 100 * e->classifier->accuracy);
  return out;
}

char *evaluation_headline(const evaluation *e, char *out, size_t size) {
  char interval[96], more[32];
  snprintf(out, size, "%s %s%s", evaluation_metric(e), metric_text_interval(interval, sizeof interval, evaluation_interval(e)),
           more_words(e, e->tagger, more, sizeof more));
  return out;
}

/* What the baseline goes by. */
static char *baseline_by(const evaluation *e) {
  if (e->input == RN_INPUT_WORDS) return cli_copy("the word");
  if (e->input == RN_INPUT_DNA) return cli_format("%d bases", RN_TAGGER_BASELINE_BASES);
  return cli_copy("the most frequent label");
}

char *evaluation_baseline_line(const evaluation *e, char *out, size_t size) {
  const rn_tagger_scores *s = e->baseline;
  char more[32], *by = baseline_by(e);
  snprintf(out, size, "%s %.2f%s by %s alone", evaluation_metric(e), 100 * s->interval.value, more_words(e, s, more, sizeof more), by);
  free(by);
  return out;
}

static json_t *baseline_json(const evaluation *e) {
  const rn_tagger_scores *s = e->baseline;
  char *by = baseline_by(e);
  json_t *object = json_pack("{s:o, s:s}", "value", cli_json_real(s->interval.value), "by", by);
  if (!s->spans) json_object_set_new(object, "f1_macro", cli_json_real(eval_tagger_macro_f1(s)));
  free(by);
  return object;
}

/* How often label `l` stands in the data. */
static int64_t expected(const evaluation *e, int64_t l) {
  if (e->classifier) return e->classifier->labels[l].expected;
  int64_t n = 0;
  for (int64_t p = 0; p < e->tagger->n_labels; p++) n += e->tagger->confusion[l * e->tagger->n_labels + p];
  return n;
}

void evaluation_warn(const evaluation *e, const char *path) {
  int64_t known = e->tagger ? e->tagger->n_model_labels : e->classifier->n_model_labels;
  int64_t all = e->tagger ? e->tagger->n_labels : e->classifier->n_labels;
  const char *const *names = e->tagger ? e->tagger->names : e->classifier->names;
  if (all == known) return;
  char *words = cli_copy("");
  for (int64_t l = known; l < all && l < known + 5; l++) {
    char *more = cli_format("%s%s %s (%lld times)", words, *words ? "," : "", names[l], (long long)expected(e, l));
    free(words);
    words = more;
  }
  cli_warn("%s: %lld label%s that the model was never taught count%s as errors:%s%s", path, (long long)(all - known),
           all - known == 1 ? "" : "s", all - known == 1 ? "s" : "", words, all - known > 5 ? ", ..." : "");
  free(words);
}

void evaluation_put(FILE *out, const evaluation *e) {
  if (e->tagger) eval_tagger_put(out, e->tagger);
  else eval_classifier_put(out, e->classifier);
}

json_t *evaluation_json(const evaluation *e) {
  const rn_interval *i = evaluation_interval(e);
  json_t *object = json_pack("{s:s, s:o, s:o, s:o, s:o}", "metric", evaluation_metric(e), "value", cli_json_real(i->value), "deviation",
                             cli_json_real(i->deviation), "low", cli_json_real(i->low), "high", cli_json_real(i->high));
  json_t *more = e->tagger ? eval_tagger_json(e->tagger) : eval_classifier_json(e->classifier);
  json_object_update(object, more);
  json_decref(more);
  if (e->baseline) json_object_set_new(object, "baseline", baseline_json(e));
  return object;
}

json_t *evaluation_labels_json(int64_t n_labels, const char *const *names, const rn_counts *labels) {
  json_t *list = json_array();
  for (int64_t l = 0; l < n_labels; l++) {
    rn_f1_score s = rn_f1_of(labels[l]);
    json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "label", cli_json_text(names[l], strlen(names[l])),
                                          "precision", cli_json_real(s.precision), "recall", cli_json_real(s.recall), "f1",
                                          cli_json_real(s.f1), "expected", (json_int_t)labels[l].expected, "found",
                                          (json_int_t)labels[l].found, "correct", (json_int_t)labels[l].correct));
  }
  return list;
}

json_t *evaluation_matrix_json(int64_t n_labels, const int64_t *confusion) {
  json_t *rows = json_array();
  for (int64_t e = 0; e < n_labels; e++) {
    json_t *row = json_array();
    for (int64_t p = 0; p < n_labels; p++) json_array_append_new(row, json_integer(confusion[e * n_labels + p]));
    json_array_append_new(rows, row);
  }
  return rows;
}
