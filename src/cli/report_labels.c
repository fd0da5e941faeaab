/* report_labels.c: see report_labels.h. */
#include "report_labels.h"
#include "metric_picture.h"
#include "report_chart.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_BARS = 24 };

static double real(const json_t *object, const char *key) { return json_number_value(json_object_get(object, key)); }

static const char *text(const json_t *object, const char *key) {
  const char *value = json_string_value(json_object_get(object, key));
  return value ? value : "";
}

/* ---- headline ---- */

void report_labels_cards(FILE *out, const report_run *run) {
  static const char *const parts[] = {"valid", "test"}, *const words[] = {"validation", "test"};
  for (int i = 0; i < 2; i++) {
    const json_t *e = json_object_get(run->evaluation, parts[i]);
    if (!e) continue;
    fprintf(out, "<div class=card><b>%.2f</b><span>%s, %s (%.2f to %.2f)</span>", 100 * real(e, "value"), text(e, "metric"), words[i],
            100 * real(e, "low"), 100 * real(e, "high"));
    const json_t *baseline = json_object_get(e, "baseline");
    if (baseline) fprintf(out, "<br><span>%.2f by %s alone</span>", 100 * real(baseline, "value"), text(baseline, "by"));
    fputs("</div>\n", out);
  }
}

/* ---- tables and pictures ---- */

static void put_table(FILE *out, const json_t *rows, const char *what) {
  size_t i;
  const json_t *row;
  fprintf(out, "<div class=scroll><table><tr><th>%s<th>precision<th>recall<th>F1<th>true<th>found</tr>\n", what);
  json_array_foreach(rows, i, row) {
    fputs("<tr><td>", out);
    html_put(out, text(row, "label"));
    fprintf(out, "<td>%.2f<td>%.2f<td>%.2f<td>%.0f<td>%.0f</tr>\n", 100 * real(row, "precision"), 100 * real(row, "recall"),
            100 * real(row, "f1"), real(row, "expected"), real(row, "found"));
  }
  fputs("</table></div>\n", out);
}

static void put_matrix(FILE *out, const json_t *labels, const json_t *confusion) {
  size_t n = json_array_size(labels);
  if (n == 0 || json_array_size(confusion) != n) return;
  const char **names = cli_alloc(n * sizeof *names);
  int64_t *counts = cli_alloc(n * n * sizeof *counts);
  for (size_t e = 0; e < n; e++) {
    names[e] = text(json_array_get(labels, e), "label");
    for (size_t p = 0; p < n; p++) counts[e * n + p] = json_integer_value(json_array_get(json_array_get(confusion, e), p));
  }
  fputs("<h3>What is taken for what</h3><p>A row is what is true, a column what the model said; bright is most of a row.</p>\n", out);
  metric_picture_svg(out, (int64_t)n, names, counts);
  free(counts);
  free(names);
}

/* On the test data where there is some, else on the validation. */
static void put_quality(FILE *out, const report_run *run) {
  const json_t *test = json_object_get(run->evaluation, "test"), *e = test ? test : json_object_get(run->evaluation, "valid");
  if (!e) return;
  const json_t *spans = json_object_get(e, "spans"), *labels = json_object_get(e, "labels");
  fprintf(out, "<section><h2>How good it is</h2><p>On the %s data, in percent.</p>\n", test ? "test" : "validation");
  put_table(out, spans ? spans : labels, spans ? "chunk" : "label");
  put_matrix(out, labels, json_object_get(e, "confusion"));
  fputs("</section>\n", out);
}

/* A bar for each of the first names. */
static void put_bars(FILE *out, const char *title, const json_t *bars) {
  double most = 0, all = 0;
  size_t i, n = json_array_size(bars);
  const json_t *bar;
  json_array_foreach(bars, i, bar) {
    most = real(bar, "count") > most ? real(bar, "count") : most;
    all += real(bar, "count");
  }
  if (n == 0 || most == 0) return;
  fprintf(out, "<div><h3>%s</h3><figure class='chart bars'>\n", title);
  json_array_foreach(bars, i, bar) {
    double count = real(bar, "count");
    if (i == MAX_BARS) break;
    fputs("<span>", out);
    html_put(out, text(bar, "name"));
    fprintf(out, "</span><i style='width:%.1f%%'></i><em>%.0f</em><em>%.1f%%</em>\n", 100 * count / most, count, 100 * count / all);
  }
  fputs("</figure>", out);
  if (n > MAX_BARS) fprintf(out, "<p>and %zu more</p>", n - MAX_BARS);
  fputs("</div>\n", out);
}

static void put_samples(FILE *out, const json_t *samples) {
  size_t i;
  const json_t *sample;
  if (json_array_size(samples) == 0) return;
  fputs("<section><h2>What it says</h2><p>Of sequences that it was not trained on. Point at an answer for its probability.</p>\n"
        "<div class='text tags' style='white-space:normal'>\n",
        out);
  json_array_foreach(samples, i, sample) fprintf(out, "<div class=sample>%s</div>\n", json_string_value(sample));
  fputs("</div></section>\n", out);
}

void report_labels_write(FILE *out, const report_run *run) {
  if (!run->evaluation) return;
  put_quality(out, run);
  put_samples(out, json_object_get(run->evaluation, "samples"));
  fputs("<section><h2>What it was trained on</h2><div class=two>\n", out);
  put_bars(out, "Labels", json_object_get(run->evaluation, "labels"));
  put_bars(out, "Lengths of sequences", json_object_get(run->evaluation, "lengths"));
  fputs("</div></section>\n", out);
}
