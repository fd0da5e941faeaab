/* test_metric_text.c: conlleval's report to the digit (tools/golden/make_metrics.py), tables and pictures of counts. */
#include "base/check.h"
#include "metric_picture.h"
#include "metric_text.h"
#include "train/golden_json.h"

#include <math.h>

static char *printed; /* what the last `begin` ... `end` wrote */
static size_t printed_size;
static FILE *begin(void) {
  free(printed);
  printed = NULL;
  return open_memstream(&printed, &printed_size);
}

static void shows(const char *want) {
  if (strcmp(printed, want) != 0) fail_msg("printed:\n%s\nwanted:\n%s", printed, want);
}

static void holds(const char *part) {
  if (!strstr(printed, part)) fail_msg("'%s' is not in:\n%s", part, printed);
}

static void spans_as_conlleval_prints_them(void **state) {
  enum { MAX = 2048 };
  json_t *golden = golden_open("metrics.json"), *c;
  rn_context *ctx;
  size_t i;
  assert_non_null(golden);
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  json_array_foreach(json_object_get(golden, "spans"), i, c) {
    const char *names[32];
    int64_t offset[MAX], n_tags = (int64_t)json_array_size(json_object_get(c, "tags"));
    int32_t expected[MAX], predicted[MAX];
    for (int64_t t = 0; t < n_tags; t++) names[t] = json_string_value(json_array_get(json_object_get(c, "tags"), (size_t)t));
    rn_ragged seqs = {golden_offsets(c, "offset", offset, MAX) - 1, offset};
    golden_ids(c, "expected", expected, MAX);
    golden_ids(c, "predicted", predicted, MAX);
    rn_tag_set *tags;
    rn_span_scores *scores;
    assert_int_equal(rn_tag_set_new(ctx, names, n_tags, &tags), RN_OK);
    assert_int_equal(rn_span_scores_new(ctx, tags, &seqs, expected, predicted, &scores), RN_OK);
    FILE *out = begin();
    metric_text_spans(out, tags, scores);
    fclose(out);
    shows(rn_json_string(c, "report", NULL));
    rn_span_scores_free(scores);
    rn_tag_set_free(tags);
  }
  rn_context_free(ctx);
  json_decref(golden);
}

static const char *const names[] = {"N", "supraventricular", "é<V>"};
static const int64_t confusion[] = {90, 9, 1, 5, 5, 0, 0, 0, 0};

static void a_table_of_labels(void **state) {
  rn_counts counts[3];
  rn_confusion_counts(3, confusion, counts);
  FILE *out = begin();
  metric_text_labels(out, 3, names, counts);
  fclose(out);
  shows("                  precision  recall      F1  expected\n"
        "               N      94.74   90.00   92.31       100\n"
        "supraventricular      35.71   50.00   41.67        10\n"
        "            é<V>       0.00    0.00    0.00         0\n"
        "\n"
        "           micro      86.36   86.36   86.36       110\n"
        "           macro      43.48   46.67   44.66       110\n"
        "        weighted      89.37   86.36   87.70       110\n");
  char text[80];
  assert_string_equal(metric_text_interval(text, sizeof text, &(rn_interval){0.84261, 0.8365, 0.8487, 0.0031}),
                      "84.26 ± 0.31 (83.65 .. 84.87)");
}

static void a_confusion_matrix_in_the_terminal(void **state) {
  FILE *out = begin();
  metric_picture_confusion(out, 3, names, confusion, false, 80);
  fclose(out);
  shows("                     N supra  é<V>  predicted\n"
        "               N   90█    9░    1░ \n"
        "supraventricular    5▒    5▒    0  \n"
        "            é<V>    0     0     0  \n");
  out = begin();
  metric_picture_confusion(out, 3, names, confusion, true, 80);
  fclose(out);
  holds("\033[48;5;253m\033[38;5;16m  90\033[0m");
  out = begin();
  metric_picture_confusion(out, 3, names, confusion, false, 20);
  fclose(out);
  shows("               N -> supraventricular       9    9.0%\n"
        "supraventricular -> N                      5   50.0%\n"
        "               N -> é<V>                   1    1.0%\n");
}

static void histograms(void **state) {
  int64_t counts[] = {1000, 250, 0}, offset[] = {0, 3, 3, 28, 30};
  FILE *out = begin();
  metric_picture_histogram(out, 3, names, counts, 56);
  fclose(out);
  shows("               N       1,000   80.0% ████████████████\n"
        "supraventricular         250   20.0% ████\n"
        "            é<V>           0    0.0% \n");
  out = begin();
  metric_picture_lengths(out, &(rn_ragged){4, offset}, 40);
  fclose(out);
  shows("  0 .. 4           3   75.0% ████████\n"
        "  5 .. 9           0    0.0% \n"
        "10 .. 14           0    0.0% \n"
        "15 .. 19           0    0.0% \n"
        "20 .. 24           0    0.0% \n"
        "25 .. 29           1   25.0% ██▋\n");
}

static void a_confusion_matrix_for_the_report(void **state) {
  FILE *out = begin();
  metric_picture_svg(out, 3, names, confusion);
  fclose(out);
  holds("<title>N predicted as supraventricular: 9, 9.0%</title>");
  holds("é&lt;V");
  holds("</svg></figure>");
  int rects = 0;
  for (const char *at = printed; (at = strstr(at, "<rect")); at++) rects++;
  assert_int_equal(rects, 9);
}

static int forget(void **state) {
  free(printed);
  return 0;
}

int main(void) {
  const struct CMUnitTest cases[] = {
      cmocka_unit_test(spans_as_conlleval_prints_them),
      cmocka_unit_test(a_table_of_labels),
      cmocka_unit_test(a_confusion_matrix_in_the_terminal),
      cmocka_unit_test(histograms),
      cmocka_unit_test(a_confusion_matrix_for_the_report),
  };
  return cmocka_run_group_tests(cases, NULL, forget);
}
