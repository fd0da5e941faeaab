/* test_metrics_golden.c: against scikit-learn, as tools/golden/make_metrics.py stored it. Spans: tests/cli/test_metric_text.c. */
#include "base/check.h"
#include "base/json.h"
#include "train/golden_json.h"

#include <math.h>
#include <rondo/metrics.h>

enum { MAX = 2048 };
static rn_context *ctx;
static json_t *golden;

static void close_to(double got, double want) {
  if (!(fabs(got - want) <= 1e-12 * (1 + fabs(want)))) fail_msg("%.17g, not %.17g", got, want);
}

static void same_score(rn_f1_score got, const double *want) {
  close_to(got.precision, want[0]);
  close_to(got.recall, want[1]);
  close_to(got.f1, want[2]);
}

static void same_averages(const json_t *c, int64_t n_labels, const rn_counts *labels) {
  static const char *const names[] = {"micro", "macro", "weighted"}; /* by rn_average */
  for (int how = 0; how < 3; how++) {
    double want[3];
    golden_numbers(c, names[how], want, 3);
    same_score(rn_f1_average((rn_average)how, n_labels, labels), want);
  }
}

static void labels(void **state) {
  size_t i;
  json_t *c;
  json_array_foreach(json_object_get(golden, "labels"), i, c) {
    int32_t expected[MAX], predicted[MAX];
    int64_t n = golden_ids(c, "expected", expected, MAX), n_labels = rn_json_int(c, "n_labels", 0), confusion[49] = {0};
    double want[49];
    rn_counts counts[7];
    assert_int_equal(golden_ids(c, "predicted", predicted, MAX), n);
    assert_int_equal(rn_confusion_add(ctx, n, expected, predicted, n_labels, confusion), RN_OK);
    golden_numbers(c, "confusion", want, 49);
    for (int64_t k = 0; k < n_labels * n_labels; k++) assert_int_equal(confusion[k], (int64_t)want[k]);
    close_to(rn_confusion_accuracy(n_labels, confusion), rn_json_number(c, "accuracy", NAN));
    rn_ordinal_score ordinal = rn_confusion_ordinal(n_labels, (const char *[]){"0", "1", "2", "3", "4", "5", "6"}, confusion);
    close_to(ordinal.mean_absolute_error, rn_json_number(c, "mean_absolute_error", NAN));
    close_to(ordinal.within_one, rn_json_number(c, "within_one", NAN));
    rn_confusion_counts(n_labels, confusion, counts);
    golden_numbers(c, "by_label", want, 49);
    for (int64_t l = 0; l < n_labels; l++) same_score(rn_f1_of(counts[l]), want + 3 * l);
    same_averages(c, n_labels, counts);
  }
}

static void several_labels(void **state) {
  size_t i;
  json_t *c;
  json_array_foreach(json_object_get(golden, "multilabel"), i, c) {
    uint8_t expected[MAX], predicted[MAX];
    int32_t read[MAX];
    int64_t n_labels = rn_json_int(c, "n_labels", 0), n = golden_ids(c, "expected", read, MAX);
    rn_counts counts[16] = {{0}};
    for (int64_t k = 0; k < n; k++) expected[k] = (uint8_t)read[k];
    golden_ids(c, "predicted", read, MAX);
    for (int64_t k = 0; k < n; k++) predicted[k] = (uint8_t)read[k];
    rn_multilabel_add(10, n_labels, expected, predicted, counts); /* in two goes */
    rn_multilabel_add(n / n_labels - 10, n_labels, expected + 10 * n_labels, predicted + 10 * n_labels, counts);
    same_averages(c, n_labels, counts);
  }
}

static void rankings(void **state) {
  size_t i;
  json_t *c;
  rn_ranking got;
  float score[MAX];
  int32_t ids[MAX];
  json_array_foreach(json_object_get(golden, "ranking"), i, c) {
    uint8_t positive[MAX];
    int64_t n = golden_ids(c, "positive", ids, MAX);
    for (int64_t k = 0; k < n; k++) positive[k] = (uint8_t)ids[k];
    golden_floats(c, "score", score, MAX);
    assert_int_equal(rn_ranking_score(ctx, n, score, positive, &got), RN_OK);
    close_to(got.roc_auc, rn_json_number(c, "roc_auc", NAN));
    close_to(got.average_precision, rn_json_number(c, "average_precision", NAN));
  }
  json_array_foreach(json_object_get(golden, "macro"), i, c) {
    int64_t n = golden_ids(c, "expected", ids, MAX), n_labels = rn_json_int(c, "n_labels", 0);
    golden_floats(c, "scores", score, MAX);
    assert_int_equal(rn_ranking_macro(ctx, n, n_labels, score, ids, &got), RN_OK);
    close_to(got.roc_auc, rn_json_number(c, "roc_auc", NAN));
    close_to(got.average_precision, rn_json_number(c, "average_precision", NAN));
  }
}

static int setup(void **state) {
  golden = golden_open("metrics.json");
  return golden && rn_context_new(NULL, &ctx, NULL, 0) == RN_OK ? 0 : -1;
}

static int teardown(void **state) {
  rn_context_free(ctx);
  json_decref(golden);
  return 0;
}

int main(void) {
  const struct CMUnitTest cases[] = {
      cmocka_unit_test(labels),
      cmocka_unit_test(several_labels),
      cmocka_unit_test(rankings),
  };
  return cmocka_run_group_tests(cases, setup, teardown);
}
