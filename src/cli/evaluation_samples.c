/* evaluation_samples.c: a few answers to look at: coloured sentences, labels beside the truth, where the attention looked. */
#include "attention_text.h"
#include "evaluation.h"
#include "report_chart.h"
#include "tagged_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_SAMPLES = 12, LONGEST_SAMPLE = 60, LONGEST_SERIES = 1000 };

static bool is_series(const rn_sequences *s) { return !s->words && !s->texts; }

/* Every so many of the sequences, those that fit on a few lines. Returns how many. */
static int64_t choose(const rn_sequences *s, int64_t pick[N_SAMPLES]) {
  int64_t n = s->seqs.n_seqs, chosen = 0, longest = is_series(s) ? LONGEST_SERIES : LONGEST_SAMPLE;
  for (int64_t i = 0; i < N_SAMPLES; i++) {
    int64_t at = i * n / N_SAMPLES, end = (i + 1) * n / N_SAMPLES;
    while (at < end && (rn_ragged_length(&s->seqs, at) < 4 || rn_ragged_length(&s->seqs, at) > longest)) at++;
    if (at < end) pick[chosen++] = at;
  }
  return chosen;
}

/* The rows of sequence q as words. */
static void read_words(const rn_sequences *s, int64_t q, rn_string words[LONGEST_SAMPLE]) {
  for (int64_t i = 0; i < rn_ragged_length(&s->seqs, q); i++) {
    int64_t row = s->seqs.offset[q] + i;
    words[i] = s->words ? s->words[row] : (rn_string){s->texts[q].data + i, 1};
  }
}

/* What stands in the memory of a stream, as a JSON string; both are freed. */
static json_t *take(FILE *out, char **text, size_t *size) {
  fclose(out);
  json_t *value = cli_json_text(*text, *size);
  free(*text);
  return value;
}

/* ---- a tagger ---- */

static int32_t find_label(const tag_names *names, const rn_string *label) {
  for (int64_t l = 0; l < names->n_labels; l++) {
    const char *name = rn_tagger_label(names->model, l);
    if (strlen(name) == label->size && memcmp(name, label->data, label->size) == 0) return (int32_t)l;
  }
  return -1;
}

/* The sentence with its tags; below it as it should be, where that is otherwise. */
static json_t *tagger_sample(const tag_names *names, const rn_sequences *s, int64_t q, const int32_t *labels, const float *probability) {
  rn_string words[LONGEST_SAMPLE];
  int32_t truth[LONGEST_SAMPLE];
  int64_t from = s->seqs.offset[q], n = rn_ragged_length(&s->seqs, q);
  bool wrong = false, known = s->labels != NULL;
  read_words(s, q, words);
  for (int64_t i = 0; i < n && known; i++) {
    truth[i] = find_label(names, &s->labels[from + i]);
    known = truth[i] >= 0;
    wrong = wrong || truth[i] != labels[from + i];
  }
  tagged_text t = {.words = words,
                   .n = n,
                   .labels = labels + from,
                   .probability = probability + from * names->n_labels,
                   .letters = s->input == RN_INPUT_DNA};
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return json_null();
  tagged_text_put_html(out, names, &t);
  if (known && wrong) {
    t.labels = truth;
    t.probability = NULL;
    fputs("<div class=truth><span>rather</span>", out);
    tagged_text_put_html(out, names, &t);
    fputs("</div>", out);
  }
  return take(out, &text, &size);
}

static void add_tagged(rn_context *ctx, const rn_model *model, const rn_sequences *s, json_t *list) {
  tag_names names;
  rn_tagger *tagger = NULL;
  int64_t rows = rn_ragged_rows(&s->seqs);
  if (tag_names_init(ctx, model, &names) == RN_OK && rn_tagger_open(ctx, model, &tagger) == RN_OK) {
    int32_t *labels = cli_alloc((size_t)rows * sizeof *labels);
    float *probability = cli_alloc((size_t)(rows * names.n_labels) * sizeof *probability);
    if (rn_tagger_run(tagger, s, labels, probability) == RN_OK) {
      for (int64_t q = 0; q < s->seqs.n_seqs; q++) json_array_append_new(list, tagger_sample(&names, s, q, labels, probability));
    }
    free(probability);
    free(labels);
  }
  rn_tagger_free(tagger);
  tag_names_free(&names);
}

/* ---- a classifier ---- */

static bool has_label(const rn_sequences *s, int64_t q, const char *label) {
  for (int64_t i = s->label_of.offset[q]; i < s->label_of.offset[q + 1]; i++) {
    if (s->labels[i].size == strlen(label) && memcmp(s->labels[i].data, label, s->labels[i].size) == 0) return true;
  }
  return false;
}

/* The first variables as lines, each from its least to its largest value; behind them where the attention looked. */
static void put_series(FILE *out, const rn_sequences *s, int64_t q, const float *attention) {
  enum { WIDTH = 360, HEIGHT = 44, LINES = 3 };
  int64_t from = s->seqs.offset[q], n = rn_ragged_length(&s->seqs, q);
  double step = (double)WIDTH / (double)(n - 1), most = 0;
  fprintf(out, "<svg class=series viewBox='-2 -2 %d %d'>", WIDTH + 4, HEIGHT + 4);
  for (int64_t i = 0; attention && i < n; i++) most = fmax(most, attention[i]);
  for (int64_t i = 0; most > 0 && i < n; i++)
    fprintf(out, "<rect x=%.1f y=0 width=%.1f height=%d opacity=%.2f />", ((double)i - 0.5) * step, step, HEIGHT, attention[i] / most);
  for (int64_t v = 0; v < s->n_vars && v < LINES; v++) {
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
      double value = s->values[(from + i) * s->n_vars + v];
      low = fmin(low, value), high = fmax(high, value);
    }
    fprintf(out, "<polyline class='curve c%d' points='", (int)v);
    for (int64_t i = 0; i < n; i++) {
      double value = s->values[(from + i) * s->n_vars + v];
      fprintf(out, "%.1f,%.1f ", (double)i * step, high > low ? HEIGHT * (high - value) / (high - low) : HEIGHT / 2.0);
    }
    fputs("'/>", out);
  }
  fputs("</svg>", out);
}

/* The answer, the truth where it is another, and the words, coloured where the model says where it looked. */
static json_t *classifier_sample(const rn_model *model, const rn_sequences *s, int64_t q, const float *p, const float *attention) {
  rn_string words[LONGEST_SAMPLE];
  int64_t n = rn_ragged_length(&s->seqs, q), best = rn_classifier_answer(model, p);
  const char *answer = rn_classifier_label(model, best);
  bool right = has_label(s, q, answer);
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return json_null();
  fprintf(out, "<p><span class='answer%s'>", right ? "" : " wrong");
  html_put(out, answer);
  fprintf(out, " %.2f", p[best]);
  for (int64_t i = s->label_of.offset[q]; i < s->label_of.offset[q + 1] && !right; i++) {
    fputs(i == s->label_of.offset[q] ? ", rather " : ", ", out);
    html_put_part(out, s->labels[i].data, s->labels[i].size);
  }
  fputs("</span>", out);
  if (is_series(s)) put_series(out, s, q, attention ? attention + s->seqs.offset[q] : NULL);
  else read_words(s, q, words);
  if (attention && !is_series(s)) attention_text_put_html(out, words, n, attention + s->seqs.offset[q]);
  else if (s->texts) html_put_part(out, s->texts[q].data, s->texts[q].size);
  fputs("</p>", out);
  return take(out, &text, &size);
}

static void add_classified(rn_context *ctx, const rn_model *model, const rn_sequences *s, json_t *list) {
  rn_classifier_config config;
  rn_classifier *classifier = NULL;
  int64_t n_labels = rn_classifier_n_labels(model);
  if (rn_classifier_config_of(ctx, model, &config) != RN_OK || rn_classifier_open(ctx, model, &classifier) != RN_OK) return;
  float *p = cli_alloc((size_t)(s->seqs.n_seqs * n_labels) * sizeof *p);
  float *attention = config.kind == RN_CLASSIFIER_ATTENTION ? cli_alloc((size_t)rn_ragged_rows(&s->seqs) * sizeof *attention) : NULL;
  if (rn_classifier_run(classifier, s, p, attention) == RN_OK) {
    for (int64_t q = 0; q < s->seqs.n_seqs; q++) json_array_append_new(list, classifier_sample(model, s, q, p + q * n_labels, attention));
  }
  free(attention);
  free(p);
  rn_classifier_free(classifier);
}

json_t *evaluation_samples(rn_context *ctx, const rn_model *model, const rn_sequences *data) {
  int64_t pick[N_SAMPLES], n = choose(data, pick);
  json_t *list = json_array();
  rn_sequences few;
  bool tags = strcmp(rn_model_kind(model), "tagger") == 0;
  if (n == 0 || (tags && is_series(data)) || rn_sequences_pick(ctx, data, pick, n, &few) != RN_OK) return list;
  if (tags) add_tagged(ctx, model, &few, list);
  else add_classified(ctx, model, &few, list);
  rn_sequences_free(&few);
  return list;
}
