/* report.c: the page: headline numbers, curves, gradients through time, samples, surprises, configuration. */
#include "output_file.h"
#include "report.h"
#include "report_chart.h"
#include "report_labels.h"
#include "report_run.h"
#include "report_style.h"
#include "report_text.h"
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_POINTS 500
#define N_COLORS 6

/* The last point of a curve, or NaN. */
static double last(const curve *c) { return c->n ? c->y[c->n - 1] : NAN; }

static bool is_lm(const report_run *run) { return !run->has_options || (run->options.verb & (VERB_TRAIN_LM | VERB_TRAIN_BILM)); }

static bool is_adding(const report_run *run) { return run->has_options && run->options.verb == VERB_TRAIN_ADDING; }

/* What is counted by the second: taggers and language models count tokens. */
static const char *speed_words(const report_run *run) {
  return is_lm(run) || (run->options.verb & VERB_TRAIN_TAGGER) ? "tokens per second" : "sequences per second";
}

/* ---- headline ---- */

static void put_card(FILE *out, const char *value, const char *words) {
  fprintf(out, "<div class=card><b>%s</b><span>%s</span></div>\n", value, words);
}

static void put_headline(FILE *out, const report_run *run, const rn_model *model) {
  char number[64], words[128], took[32];
  double speed = last(&run->speed);
  fputs("<div class=cards>\n", out);
  if (run->evaluation) {
    report_labels_cards(out, run);
  } else if (run->metric) {
    snprintf(number, sizeof number, "%.4g", run->best_score);
    snprintf(words, sizeof words, "%s, validation", run->metric);
    put_card(out, number, words);
  } else if (isfinite(run->best)) {
    snprintf(number, sizeof number, "%.4g", is_lm(run) ? exp(run->best) : run->best);
    snprintf(words, sizeof words, is_lm(run) ? "validation perplexity (%.4f nats)" : "validation loss", run->best);
    put_card(out, number, words);
  } else if (isfinite(last(&run->train))) {
    snprintf(number, sizeof number, "%.4g", last(&run->train));
    put_card(out, number, "training loss");
  }
  snprintf(words, sizeof words, "training steps, %lld epoch%s", (long long)run->epochs, run->epochs == 1 ? "" : "s");
  put_card(out, text_count(number, sizeof number, run->steps), words);
  put_card(out, text_time(took, sizeof took, run->seconds), "of training");
  if (isfinite(speed)) put_card(out, text_short(number, sizeof number, speed), speed_words(run));
  if (model) put_card(out, text_short(number, sizeof number, (double)rn_params_elements(rn_model_params(model))), "learned weights");
  fputs("</div>\n", out);
}

static void put_comparison(FILE *out, const report_run *runs, int n) {
  char number[64];
  const char *metric = runs[0].metric;
  fprintf(out, "<div class=scroll><table><tr><th>run<th>best validation%s%s%s<th>at step<th>steps<th>time<th>per second</tr>\n",
          metric ? ", " : "", metric ? metric : "", is_lm(&runs[0]) ? "<th>perplexity" : "");
  for (int i = 0; i < n; i++) {
    const report_run *run = &runs[i];
    fprintf(out, "<tr><td><i class='dot c%d'></i>", i % N_COLORS);
    html_put(out, run->name);
    fprintf(out, "<td>%.4f", metric ? run->best_score : run->best);
    if (is_lm(&runs[0])) fprintf(out, "<td>%.4g", exp(run->best));
    fprintf(out, "<td>%s", text_count(number, sizeof number, run->best_step));
    fprintf(out, "<td>%s", text_count(number, sizeof number, run->steps));
    fprintf(out, "<td>%s", text_time(number, sizeof number, run->seconds));
    fprintf(out, "<td>%s</tr>\n", isfinite(last(&run->speed)) ? text_short(number, sizeof number, last(&run->speed)) : "");
  }
  fputs("</table></div>\n", out);
}

/* ---- curves ---- */

static void put_learning(FILE *out, const report_run *runs, int n) {
  chart c = {.x_label = "step", .y_label = "loss", .width = 980, .height = 380, .both_scales = true, .settle = 0.03};
  curve thin[CHART_MAX_SERIES] = {0};
  char names[CHART_MAX_SERIES][128];
  for (int i = 0; i < n && c.n_series + 2 <= CHART_MAX_SERIES; i++) {
    const curve *curves[] = {&runs[i].train, &runs[i].valid};
    for (int k = 0; k < 2; k++) {
      if (curves[k]->n == 0) continue;
      int s = c.n_series++;
      thin[s] = curve_thin(curves[k], MAX_POINTS);
      snprintf(names[s], sizeof names[s], "%s%s%s", n > 1 ? runs[i].name : "", n > 1 ? ", " : "", k ? "validation" : "training");
      /* One run: two colours. Several: a colour each, training pale. */
      c.series[s] = (chart_series){names[s], n > 1 ? i % N_COLORS : k, k == 0, k == 1 && thin[s].n <= 60, thin[s].x, thin[s].y, thin[s].n};
    }
  }
  if (c.n_series > 0) {
    fprintf(out, "<section><h2>Learning</h2><p>%s, by step.</p><label class=switch><input type=checkbox class=scale> logarithmic</label>\n",
            is_lm(&runs[0]) ? "Loss in nats per token" : "Loss");
    chart_write(out, &c);
    fputs("</section>\n", out);
  }
  for (int s = 0; s < c.n_series; s++) curve_free(&thin[s]);
}

static void put_small(FILE *out, const report_run *runs, int n, size_t which, const char *title, const char *label, bool log) {
  chart c = {.x_label = "step", .y_label = label, .width = 400, .height = 230, .log = log};
  curve thin[CHART_MAX_SERIES] = {0};
  for (int i = 0; i < n && c.n_series < CHART_MAX_SERIES; i++) {
    const curve *all = (const curve *)((const char *)&runs[i] + which);
    if (all->n == 0) continue;
    int s = c.n_series++;
    thin[s] = curve_thin(all, 200);
    c.series[s] = (chart_series){n > 1 ? runs[i].name : label, i % N_COLORS, false, false, thin[s].x, thin[s].y, thin[s].n};
  }
  if (c.n_series > 0) {
    fprintf(out, "<div><h3>%s</h3>", title);
    chart_write(out, &c);
    fputs("</div>\n", out);
  }
  for (int s = 0; s < c.n_series; s++) curve_free(&thin[s]);
}

/* What decides, by step: F1, accuracy, an error. */
static void put_scores(FILE *out, const report_run *runs, int n) {
  if (!runs[0].metric) return;
  chart c = {.x_label = "step", .y_label = runs[0].metric, .width = 980, .height = 260};
  for (int i = 0; i < n && c.n_series < CHART_MAX_SERIES; i++) {
    const curve *s = &runs[i].score;
    if (s->n > 0)
      c.series[c.n_series++] =
          (chart_series){n > 1 ? runs[i].name : runs[i].metric, n > 1 ? i % N_COLORS : 2, false, s->n <= 60, s->x, s->y, s->n};
  }
  if (c.n_series == 0) return;
  fputs("<section><h2>Validation</h2><p>", out);
  html_put(out, runs[0].metric);
  fputs(", by step.</p>\n", out);
  chart_write(out, &c);
  fputs("</section>\n", out);
}

/* ---- the gradient through time ---- */

static const trace *last_trace(const report_run *run, int layer) {
  const trace *found = NULL;
  for (int i = 0; i < run->n_traces; i++) {
    /* A batch at the end of the text may be short: the longest of the latest tells more. */
    const trace *t = &run->traces[i];
    if (t->layer == layer && !t->reverse && (!found || t->n >= found->n)) found = t;
  }
  return found;
}

static int n_layers(const report_run *run) {
  int n = 0;
  for (int i = 0; i < run->n_traces; i++) {
    if (run->traces[i].layer >= n) n = run->traces[i].layer + 1;
  }
  return n;
}

/* How much the gradient shrinks from the last step of the sequences to the first. */
static void put_shrinkage(FILE *out, const report_run *run) {
  const trace *t = last_trace(run, 0);
  if (!t || t->n < 2 || !(t->norm[0] > 0) || !(t->norm[t->n - 1] > 0)) return;
  double ratio = t->norm[t->n - 1] / t->norm[0];
  fprintf(out, "<p>In the first layer of ");
  html_put(out, run->name);
  fprintf(out, " the gradient at the first step is %.3g times that at the last.</p>\n", 1 / ratio);
}

static void put_trace_lines(FILE *out, const report_run *runs, int n) {
  chart c = {.x_label = "time step", .y_label = "gradient norm", .width = 980, .height = 320, .log = true};
  static double steps[CHART_MAX_SERIES][256];
  char names[CHART_MAX_SERIES][128];
  for (int i = 0; i < n; i++) {
    for (int layer = 0; layer < n_layers(&runs[i]) && c.n_series < CHART_MAX_SERIES; layer++) {
      const trace *t = last_trace(&runs[i], layer);
      if (!t) continue;
      int s = c.n_series++, points = t->n < 256 ? t->n : 256;
      for (int k = 0; k < points; k++) steps[s][k] = k + 1;
      snprintf(names[s], sizeof names[s], "%s%slayer %d, training step %lld", n > 1 ? runs[i].name : "", n > 1 ? ", " : "", layer,
               (long long)t->step);
      c.series[s] = (chart_series){names[s], n > 1 ? i % N_COLORS : layer % N_COLORS, n > 1 && layer > 0, false, steps[s], t->norm, points};
    }
  }
  if (c.n_series > 0) chart_write(out, &c);
}

/* One layer over training: a row for each traced step. */
static void put_trace_map(FILE *out, const report_run *run, int layer) {
  enum { MAX_ROWS = 32, COLUMNS = 64 };
  const trace *rows[MAX_ROWS];
  int n = 0, have = 0;
  for (int i = 0; i < run->n_traces; i++) have += run->traces[i].layer == layer && !run->traces[i].reverse;
  for (int i = 0, seen = 0; i < run->n_traces && n < MAX_ROWS; i++) {
    if (run->traces[i].layer != layer || run->traces[i].reverse) continue;
    if (have <= MAX_ROWS || (int64_t)seen * MAX_ROWS / have >= n) rows[n++] = &run->traces[i];
    seen++;
  }
  if (n < 2) return;
  double values[MAX_ROWS * COLUMNS], low = INFINITY, high = 0;
  int64_t steps[MAX_ROWS];
  int longest = 0;
  for (int r = 0; r < n; r++) longest = rows[r]->n > longest ? rows[r]->n : longest;
  int columns = longest < COLUMNS ? longest : COLUMNS;
  for (int r = 0; r < n; r++) {
    steps[r] = rows[r]->step;
    for (int k = 0; k < columns; k++) {
      int at = (int)((int64_t)k * longest / columns);
      double value = at < rows[r]->n ? rows[r]->norm[at] : NAN;
      values[r * columns + k] = value;
      if (value > 0) low = fmin(low, value), high = fmax(high, value);
    }
  }
  if (!(low < high)) return;
  low = fmax(low, high * 1e-8); /* below that it is gone in any case */
  heat_map m = {"time step", "training step", 980, 60 + 9 * n, n, columns, values, steps, low, high, 1, longest};
  fprintf(out, "<h3>Layer %d of ", layer);
  html_put(out, run->name);
  fputs(", over training (from top to bottom)</h3>", out);
  heat_map_write(out, &m);
}

static void put_traces(FILE *out, const report_run *runs, int n) {
  int traced = 0;
  for (int i = 0; i < n; i++) traced += runs[i].n_traces;
  if (traced == 0) return;
  fputs("<section><h2>The gradient through time</h2><p>&#8214;&part;L/&part;h<sub>t</sub>&#8214;: how much the loss of a sequence still "
        "depends on the hidden state at "
        "each of its steps. Where the line falls towards the left, the gradient vanishes and what happened there cannot be learned "
        "from.</p>\n",
        out);
  put_trace_lines(out, runs, n);
  if (is_lm(&runs[0])) {
    fputs("<p>Every step of a language model has a loss of its own, which keeps its line level. Where only the end of a sequence counts, "
          "as in "
          "<code>rondo train adding</code>, the line shows how far back a network can learn.</p>\n",
          out);
  }
  for (int i = 0; i < n; i++) {
    if (is_adding(&runs[i])) put_shrinkage(out, &runs[i]);
  }
  for (int i = 0; i < n; i++) {
    for (int layer = 0; layer < n_layers(&runs[i]) && layer < 4; layer++) put_trace_map(out, &runs[i], layer);
  }
  fputs("</section>\n", out);
}

/* ---- samples and configuration ---- */

static void put_sample(FILE *out, const sample *s) {
  char step[32];
  fprintf(out, "<h3>After step %s</h3><div class=text>", text_count(step, sizeof step, s->step));
  html_put(out, s->text);
  fputs("</div>\n", out);
}

static void put_samples(FILE *out, const report_run *run) {
  if (run->n_samples == 0) return;
  fputs("<section><h2>What it wrote</h2>\n", out);
  put_sample(out, &run->samples[run->n_samples - 1]);
  if (run->n_samples > 1) {
    /* The first samples show where it came from; of many, eight are enough. */
    int shown = run->n_samples - 1 < 8 ? run->n_samples - 1 : 8;
    fprintf(out, "<details><summary>earlier</summary>\n");
    for (int i = shown - 1; i >= 0; i--) put_sample(out, &run->samples[(int64_t)i * (run->n_samples - 1) / shown]);
    fputs("</details>\n", out);
  }
  fputs("</section>\n", out);
}

static void put_configuration(FILE *out, const report_run *runs, int n) {
  if (!runs[0].has_options) return;
  fputs("<section><h2>Configuration</h2><p>What differs from the defaults is bold.</p><div class=scroll><table><tr><th>option", out);
  for (int i = 0; i < n; i++) {
    fputs("<th>", out);
    html_put(out, runs[i].name);
  }
  fputs("</tr>\n", out);
  for (int k = 0; k < cli_option_count; k++) {
    const cli_option *option = &cli_option_table[k];
    if (!(option->verbs & runs[0].options.verb) || option->transient) continue;
    fprintf(out, "<tr><td>%s", option->name);
    for (int i = 0; i < n; i++) {
      const char *text = runs[i].options.value[k].text, *initial = option->initial ? option->initial : "";
      fputs(text && strcmp(text, initial) != 0 ? "<td class=differs>" : "<td>", out);
      html_put(out, text ? text : "");
    }
    fputs("</tr>\n", out);
  }
  fputs("</table></div>\n", out);
  for (int i = 0; i < n; i++) {
    if (!runs[i].command) continue;
    fputs(i ? "<pre>" : "<h2>To reproduce</h2><pre>", out);
    html_put(out, runs[i].command);
    fputs("</pre>\n", out);
  }
  fputs("</section>\n", out);
}

/* ---- the page ---- */

/* "tagger: lstm, 1 layer of 100 hidden units" */
static void put_architecture(FILE *out, const cli_options *o) {
  if (o->verb == VERB_TRAIN_TAGGER) fputs("tagger: ", out);
  if (o->verb == VERB_TRAIN_CLASSIFIER) {
    fprintf(out, "classifier, %s", opt_text(o, "model"));
    if (strcmp(opt_text(o, "model"), "bag") == 0 || strcmp(opt_text(o, "model"), "cnn") == 0) return;
    fputs(": ", out);
  }
  fprintf(out, "%s, %s layer%s of %s hidden units", opt_text(o, "cell"), opt_text(o, "layers"), opt_int(o, "layers") == 1 ? "" : "s",
          opt_text(o, "hidden"));
}

static void put_title(FILE *out, const report_run *runs, int n, const rn_model *model) {
  fputs("<header><h1>", out);
  for (int i = 0; i < n; i++) {
    if (i) fputs(i == n - 1 ? " and " : ", ", out);
    html_put(out, runs[i].name);
  }
  fputs("</h1><p>", out);
  if (n == 1 && runs[0].has_options) {
    const cli_options *o = &runs[0].options;
    char size[32];
    put_architecture(out, o);
    if (opt_text(o, "data")) {
      fputs(", trained on ", out);
      if (is_lm(&runs[0])) fprintf(out, "the %ss of ", strcmp(opt_text(o, "level"), "char") == 0 ? "character" : "word");
      html_put(out, opt_text(o, "data"));
    }
    if (model && rn_model_vocab(model))
      fprintf(out, "; %s %s", text_count(size, sizeof size, rn_vocab_size(rn_model_vocab(model))), is_lm(&runs[0]) ? "symbols" : "words");
    if (is_adding(&runs[0])) fprintf(out, ", on the adding problem of %s steps", opt_text(o, "length"));
  } else if (n > 1) {
    fprintf(out, "%d runs side by side", n);
  }
  fputs("</p></header>\n", out);
}

static void put_page(FILE *out, rn_context *ctx, const report_run *runs, int n, const rn_model *model) {
  report_page_begin(out, runs[0].name);
  put_title(out, runs, n, model);
  if (n == 1) put_headline(out, &runs[0], model);
  else put_comparison(out, runs, n);
  if (n == 1) report_labels_write(out, &runs[0]);
  put_scores(out, runs, n);
  put_learning(out, runs, n);
  fputs("<div class=three>\n", out);
  put_small(out, runs, n, offsetof(report_run, norm), "Gradient norm", "gradient norm", true);
  put_small(out, runs, n, offsetof(report_run, rate), "Learning rate", "learning rate", false);
  put_small(out, runs, n, offsetof(report_run, speed), "Speed", speed_words(&runs[0]), false);
  fputs("</div>\n", out);
  put_traces(out, runs, n);
  if (n == 1) put_samples(out, &runs[0]);
  if (n == 1 && model && rn_model_vocab(model) && is_lm(&runs[0])) report_text_write(out, ctx, &runs[0], model);
  put_configuration(out, runs, n);
  fprintf(out, "<footer>Made by rondo %s.</footer>\n</main>\n<script>\n%s</script></body></html>\n", rn_version(), report_script);
}

static int write_page(cli *c, const report_run *runs, int n, const char *path) {
  rn_model *model = NULL;
  char *file = cli_format("%s/model.safetensors", runs[0].path);
  if (rn_model_open(c->ctx, file, &model) != RN_OK) rn_context_clear(c->ctx); /* a run stopped before its first validation has none */
  free(file);
  output_file page;
  int code = output_file_open(&page, path);
  if (!code) {
    put_page(page.out, c->ctx, runs, n, model);
    rn_context_clear(c->ctx);
    code = output_file_close(&page);
  }
  rn_model_free(model);
  return code;
}

int report_write(cli *c, const char *const *paths, int n_runs, const char *output) {
  report_run *runs = cli_alloc((size_t)n_runs * sizeof *runs);
  int n = 0, code = EXIT_DONE;
  bool muted = c->muted;
  c->muted = true; /* of the texts the training has said it, and a page has no use for it */
  while (n < n_runs && !code) {
    if (!report_run_open(&runs[n], paths[n])) code = EXIT_RUN;
    n++;
  }
  if (!code) {
    char *path = output ? cli_copy(output) : cli_format("%s/report.html", runs[0].path);
    code = write_page(c, runs, n, path);
    if (!code && strcmp(path, "-") != 0 && c->options.verb == VERB_REPORT) puts(path);
    free(path);
  }
  for (int i = 0; i < n; i++) report_run_close(&runs[i]);
  free(runs);
  c->muted = muted;
  return code;
}
