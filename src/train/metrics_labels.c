/* metrics_labels.c: precision, recall and F1 from counts; confusion matrices. See metrics.h. */
#include <rondo/metrics.h>

#include "base/number.h"
#include "tensor/context.h"
#include <math.h>
#include <string.h>

static double ratio(double a, double b) { return b > 0 ? a / b : 0; }

static double harmonic(double a, double b) { return ratio(2 * a * b, a + b); }

rn_f1_score rn_f1_of(rn_counts c) {
  double precision = ratio((double)c.correct, (double)c.found), recall = ratio((double)c.correct, (double)c.expected);
  return (rn_f1_score){precision, recall, harmonic(precision, recall)};
}

rn_f1_score rn_f1_average(rn_average how, int64_t n_labels, const rn_counts *labels) {
  rn_counts all = {0};
  rn_f1_score sum = {0};
  double weights = 0;
  for (int64_t l = 0; l < n_labels; l++) {
    rn_counts c = labels[l];
    rn_f1_score score = rn_f1_of(c);
    double weight = how == RN_AVERAGE_WEIGHTED ? (double)c.expected : c.found > 0 || c.expected > 0;
    all = (rn_counts){all.correct + c.correct, all.found + c.found, all.expected + c.expected};
    sum.precision += weight * score.precision;
    sum.recall += weight * score.recall;
    sum.f1 += weight * score.f1;
    weights += weight;
  }
  if (how == RN_AVERAGE_MICRO) return rn_f1_of(all);
  return (rn_f1_score){ratio(sum.precision, weights), ratio(sum.recall, weights), ratio(sum.f1, weights)};
}

rn_status rn_confusion_add(rn_context *ctx, int64_t n, const int32_t *expected, const int32_t *predicted, int64_t n_labels,
                           int64_t *confusion) {
  for (int64_t i = 0; i < n; i++) {
    if (expected[i] < n_labels && (expected[i] < 0 || (predicted[i] >= 0 && predicted[i] < n_labels))) continue;
    return rn_context_fail(ctx, RN_ERROR_DATA, "confusion: row %lld has label %d, predicted as %d, but there are %lld labels", (long long)i,
                           (int)expected[i], (int)predicted[i], (long long)n_labels);
  }
  for (int64_t i = 0; i < n; i++)
    if (expected[i] >= 0) confusion[expected[i] * n_labels + predicted[i]]++;
  return RN_OK;
}

void rn_confusion_counts(int64_t n_labels, const int64_t *confusion, rn_counts *labels) {
  for (int64_t l = 0; l < n_labels; l++) {
    labels[l] = (rn_counts){.correct = confusion[l * n_labels + l]};
    for (int64_t k = 0; k < n_labels; k++) {
      labels[l].expected += confusion[l * n_labels + k];
      labels[l].found += confusion[k * n_labels + l];
    }
  }
}

double rn_confusion_accuracy(int64_t n_labels, const int64_t *confusion) {
  int64_t right = 0, all = 0;
  for (int64_t i = 0; i < n_labels * n_labels; i++) {
    all += confusion[i];
    if (i % (n_labels + 1) == 0) right += confusion[i]; /* the diagonal */
  }
  return ratio((double)right, (double)all);
}

/* NaN where it is none. */
static double number_of(const char *name) {
  double x;
  return rn_number_read(name, strlen(name), &x) && isfinite(x) ? x : NAN;
}

rn_ordinal_score rn_confusion_ordinal(int64_t n_labels, const char *const *names, const int64_t *confusion) {
  double error = 0, near = 0, all = 0;
  for (int64_t e = 0; e < n_labels; e++) {
    double expected = number_of(names[e]);
    for (int64_t p = 0; p < n_labels; p++) {
      double distance = fabs(number_of(names[p]) - expected), n = (double)confusion[e * n_labels + p];
      if (isnan(distance)) return (rn_ordinal_score){NAN, NAN};
      error += n * distance;
      near += distance <= 1 ? n : 0;
      all += n;
    }
  }
  return (rn_ordinal_score){ratio(error, all), ratio(near, all)};
}

void rn_multilabel_add(int64_t n, int64_t n_labels, const uint8_t *expected, const uint8_t *predicted, rn_counts *labels) {
  for (int64_t i = 0; i < n; i++) {
    for (int64_t l = 0; l < n_labels; l++) {
      bool e = expected[i * n_labels + l], p = predicted[i * n_labels + l];
      labels[l].correct += e && p;
      labels[l].found += p;
      labels[l].expected += e;
    }
  }
}
