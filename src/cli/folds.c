/* folds.c: see folds.h. */
#include "folds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- labels ---- */

/* The number that a whole text is, or NaN. */
static double number_of(const char *text) {
  char *end;
  double x = strtod(text, &end);
  return end != text && !*end ? x : NAN;
}

static int compare_names(const void *a, const void *b) {
  const char *x = *(const char *const *)a, *y = *(const char *const *)b;
  double p = number_of(x), q = number_of(y);
  if (isfinite(p) && isfinite(q) && p != q) return p < q ? -1 : 1;
  return strcmp(x, y);
}

static int32_t find(const folds *f, const char *name, size_t size) {
  for (int64_t l = 0; l < f->n_labels; l++) {
    if (strlen(f->names[l]) == size && memcmp(f->names[l], name, size) == 0) return (int32_t)l;
  }
  return -1;
}

bool folds_init(folds *f, const rn_sequences *data) {
  int64_t n = data->seqs.n_seqs;
  *f = (folds){.data = data};
  for (int64_t s = 0; s < n; s++) {
    if (!data->labels || rn_ragged_length(&data->label_of, s) != 1) return false;
  }
  f->names = cli_alloc((size_t)n * sizeof *f->names);
  f->expected = cli_alloc((size_t)n * sizeof *f->expected);
  f->predicted = cli_alloc((size_t)n * sizeof *f->predicted);
  f->nats = cli_alloc((size_t)n * sizeof *f->nats);
  f->score = cli_alloc((size_t)n * sizeof *f->score);
  for (int64_t s = 0; s < n; s++) {
    const rn_string *label = &data->labels[data->label_of.offset[s]];
    f->predicted[s] = -1;
    if (find(f, label->data, label->size) < 0) f->names[f->n_labels++] = cli_format("%.*s", (int)label->size, label->data);
  }
  qsort(f->names, (size_t)f->n_labels, sizeof *f->names, compare_names);
  for (int64_t s = 0; s < n; s++) {
    const rn_string *label = &data->labels[data->label_of.offset[s]];
    f->expected[s] = find(f, label->data, label->size);
  }
  return true;
}

/* ---- answers ---- */

rn_status folds_answer(folds *f, rn_context *ctx, const rn_model *model, const int64_t *pick, int64_t n) {
  int64_t n_model = rn_classifier_n_labels(model);
  rn_sequences test = {0};
  rn_classifier *classifier = NULL;
  float *probability = cli_alloc((size_t)(n * n_model) * sizeof *probability);
  if (rn_sequences_pick(ctx, f->data, pick, n, &test) == RN_OK) {
    if (rn_classifier_open(ctx, model, &classifier) == RN_OK && rn_classifier_run(classifier, &test, probability, NULL) == RN_OK) {
      for (int64_t i = 0; i < n; i++) {
        int64_t s = pick[i];
        const float *p = probability + i * n_model;
        const char *answer = rn_classifier_label(model, rn_classifier_answer(model, p));
        f->predicted[s] = find(f, answer, strlen(answer));
        f->nats[s] = NAN; /* a label that no other fold has */
        f->score[s] = 0;
        for (int64_t l = 0; l < n_model; l++) {
          const char *name = rn_classifier_label(model, l);
          int32_t at = find(f, name, strlen(name));
          if (at == f->expected[s]) f->nats[s] = -log(fmax(p[l], 1e-38)); /* one rounded to 0 counts as the smallest there is */
          if (at == 1) f->score[s] = p[l];
        }
      }
    }
    rn_sequences_free(&test);
  }
  rn_classifier_free(classifier);
  free(probability);
  return rn_context_status(ctx);
}

double folds_accuracy(const folds *f) {
  int64_t n = 0, right = 0;
  for (int64_t s = 0; s < f->data->seqs.n_seqs; s++) {
    n += f->predicted[s] >= 0;
    right += f->predicted[s] == f->expected[s];
  }
  return n ? (double)right / (double)n : 0;
}

/* ---- scores ---- */

/* Of two labels: how well the second one's probability tells them apart. */
static double roc_auc(const folds *f, rn_context *ctx) {
  int64_t n = f->data->seqs.n_seqs;
  rn_ranking ranking = {.roc_auc = NAN};
  if (f->n_labels != 2) return NAN;
  uint8_t *positive = cli_alloc((size_t)n);
  for (int64_t s = 0; s < n; s++) positive[s] = f->expected[s] == 1;
  rn_ranking_score(ctx, n, f->score, positive, &ranking);
  free(positive);
  return ranking.roc_auc;
}

rn_status folds_scores(const folds *f, rn_context *ctx, rn_classifier_scores **out) {
  int64_t n = f->data->seqs.n_seqs, known = 0;
  rn_classifier_scores *s = cli_alloc(sizeof *s);
  *s = (rn_classifier_scores){.n_labels = f->n_labels, .names = f->names, .n_model_labels = f->n_labels, .n = n};
  s->confusion = cli_alloc((size_t)(f->n_labels * f->n_labels) * sizeof *s->confusion);
  memset(s->confusion, 0, (size_t)(f->n_labels * f->n_labels) * sizeof *s->confusion);
  s->labels = cli_alloc((size_t)f->n_labels * sizeof *s->labels);
  *out = s;
  if (rn_confusion_add(ctx, n, f->expected, f->predicted, f->n_labels, s->confusion) != RN_OK) return rn_context_status(ctx);
  rn_confusion_counts(f->n_labels, s->confusion, s->labels);
  s->accuracy = rn_confusion_accuracy(f->n_labels, s->confusion);
  s->ordinal = rn_confusion_ordinal(f->n_labels, f->names, s->confusion);
  s->roc_auc = roc_auc(f, ctx);
  double *right = cli_alloc((size_t)n * sizeof *right);
  for (int64_t i = 0; i < n; i++) {
    right[i] = f->predicted[i] == f->expected[i];
    if (isfinite(f->nats[i])) s->nats += f->nats[i], known++;
  }
  s->nats = known ? s->nats / (double)known : NAN;
  rn_bootstrap(ctx, n, rn_statistic_mean, right, NULL, &s->interval);
  free(right);
  return rn_context_status(ctx);
}

void folds_free(folds *f, rn_classifier_scores *scores) {
  if (scores) {
    free(scores->confusion);
    free(scores->labels);
    free(scores);
  }
  for (int64_t l = 0; l < f->n_labels; l++) free((char *)f->names[l]);
  free(f->names);
  free(f->expected);
  free(f->predicted);
  free(f->nats);
  free(f->score);
}
