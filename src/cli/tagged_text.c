/* tagged_text.c: see tagged_text.h. */
#include "tagged_text.h"
#include "report_chart.h"
#include "report_style.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_COLORS = 6 }; /* of the page, and of a terminal */
/* Pale backgrounds of the 256-colour palette, for black ink. */
static const int pale[N_COLORS] = {153, 216, 157, 183, 218, 158};

rn_status tag_names_init(rn_context *ctx, const rn_model *model, tag_names *out) {
  *out = (tag_names){.model = model, .n_labels = rn_tagger_n_labels(model)};
  if (!rn_tagger_has_spans(model)) return RN_OK;
  const char **labels = cli_alloc((size_t)out->n_labels * sizeof *labels);
  for (int64_t l = 0; l < out->n_labels; l++) labels[l] = rn_tagger_label(model, l);
  rn_status status = rn_tag_set_new(ctx, labels, out->n_labels, &out->tags);
  free(labels);
  return status;
}

void tag_names_free(tag_names *names) { rn_tag_set_free(names->tags); }

/* ---- parts ---- */

static const char *label_of(const tag_names *names, const tagged_text *t, int64_t i) { return rn_tagger_label(names->model, t->labels[i]); }

static double probability_of(const tag_names *names, const tagged_text *t, int64_t i) {
  return t->probability[i * names->n_labels + t->labels[i]];
}

/* A chunk is as sure as the least sure of its tags. */
static double span_probability(const tag_names *names, const tagged_text *t, const rn_span *span) {
  double least = 1;
  for (int64_t i = span->begin; i < span->end; i++) least = fmin(least, probability_of(names, t, i));
  return least;
}

/* What stands before word i. */
static rn_string gap_before(const tagged_text *t, int64_t i) {
  static const rn_string nothing = {"", 0}, blank = {" ", 1};
  if (!t->text.data) return i > 0 && !t->letters ? blank : nothing;
  const char *from = i > 0 ? t->words[i - 1].data + t->words[i - 1].size : t->text.data;
  return (rn_string){from, (size_t)(t->words[i].data - from)};
}

/* The chunks, and one behind the last that never begins. Owned by the caller. */
static rn_span *read_spans(const tag_names *names, const tagged_text *t) {
  rn_span *spans = cli_alloc((size_t)(t->n + 1) * sizeof *spans);
  int64_t n = rn_spans_read(names->tags, t->labels, t->n, spans);
  spans[n] = (rn_span){t->n, t->n, 0};
  return spans;
}

static void put(FILE *out, rn_string s) { fwrite(s.data, 1, s.size, out); }

/* ---- text ---- */

static void put_chunks(FILE *out, const tag_names *names, const tagged_text *t, bool color) {
  rn_span *spans = read_spans(names, t), *span = spans;
  for (int64_t i = 0; i < t->n; i++) {
    const char *type = rn_tag_set_type(names->tags, span->type);
    put(out, gap_before(t, i));
    if (i == span->begin && color) fprintf(out, "\033[48;5;%dm\033[38;5;16m ", pale[span->type % N_COLORS]);
    else if (i == span->begin) fprintf(out, "[%s ", type);
    put(out, t->words[i]);
    if (i + 1 != span->end || i < span->begin) continue;
    if (color) fprintf(out, " \033[1m%s", type);
    if (t->probability) fprintf(out, " %.2f", span_probability(names, t, span));
    fputs(color ? " \033[0m" : "]", out);
    span++;
  }
  free(spans);
}

static void put_words(FILE *out, const tag_names *names, const tagged_text *t, bool color) {
  for (int64_t i = 0; i < t->n; i++) {
    rn_string gap = gap_before(t, i);
    if (i > 0 && gap.size == 0) fputc(' ', out); /* the word before ends in its tag */
    put(out, gap);
    put(out, t->words[i]);
    fprintf(out, "%s/%s", color ? "\033[2m" : "", label_of(names, t, i));
    if (t->probability) fprintf(out, ":%.2f", probability_of(names, t, i));
    if (color) fputs("\033[0m", out);
  }
}

static void put_letters(FILE *out, const tag_names *names, const tagged_text *t, bool color) {
  for (int64_t i = 0; i < t->n; i++) {
    if (color) {
      fprintf(out, "\033[48;5;%dm\033[38;5;16m", pale[t->labels[i] % N_COLORS]);
      put(out, t->words[i]);
    } else {
      const char *label = label_of(names, t, i);
      fprintf(out, "%s%s", i > 0 && label[0] && label[1] ? " " : "", label);
    }
  }
  if (color) fputs("\033[0m", out);
}

void tagged_text_put(FILE *out, const tag_names *names, const tagged_text *t, bool color) {
  if (names->tags) put_chunks(out, names, t, color);
  else if (t->letters) put_letters(out, names, t, color);
  else put_words(out, names, t, color);
  fputc('\n', out);
}

void tagged_text_put_conll(FILE *out, const tag_names *names, const tagged_text *t) {
  for (int64_t i = 0; i < t->n; i++) {
    put(out, t->words[i]);
    fprintf(out, "\t%s", label_of(names, t, i));
    if (t->probability) fprintf(out, "\t%.4f", probability_of(names, t, i));
    fputc('\n', out);
  }
  fputc('\n', out);
}

/* ---- JSON ---- */

static json_t *spans_json(const tag_names *names, const tagged_text *t) {
  rn_span *spans = read_spans(names, t);
  json_t *list = json_array();
  for (const rn_span *span = spans; span->begin < span->end; span++) {
    const char *type = rn_tag_set_type(names->tags, span->type);
    const rn_string *first = &t->words[span->begin], *last = &t->words[span->end - 1];
    json_t *object = json_pack("{s:o, s:I, s:I}", "type", cli_json_text(type, strlen(type)), "begin", (json_int_t)span->begin, "end",
                               (json_int_t)span->end);
    if (t->text.data) json_object_set_new(object, "text", cli_json_text(first->data, (size_t)(last->data + last->size - first->data)));
    if (t->probability) json_object_set_new(object, "probability", cli_json_real(span_probability(names, t, span)));
    json_array_append_new(list, object);
  }
  free(spans);
  return list;
}

json_t *tagged_text_json(const tag_names *names, const tagged_text *t) {
  json_t *object = json_object(), *tokens = json_array(), *tags = json_array(), *probabilities = json_array();
  for (int64_t i = 0; i < t->n; i++) {
    const char *label = label_of(names, t, i);
    json_array_append_new(tokens, cli_json_text(t->words[i].data, t->words[i].size));
    json_array_append_new(tags, cli_json_text(label, strlen(label)));
    if (t->probability) json_array_append_new(probabilities, cli_json_real(probability_of(names, t, i)));
  }
  if (t->text.data) json_object_set_new(object, "text", cli_json_text(t->text.data, t->text.size));
  json_object_set_new(object, "tokens", tokens);
  json_object_set_new(object, "tags", tags);
  if (names->tags) json_object_set_new(object, "spans", spans_json(names, t));
  if (t->probability) json_object_set(object, "probabilities", probabilities);
  json_decref(probabilities);
  return object;
}

/* ---- HTML ---- */

static void put_html_chunks(FILE *out, const tag_names *names, const tagged_text *t) {
  rn_span *spans = read_spans(names, t), *span = spans;
  for (int64_t i = 0; i < t->n; i++) {
    rn_string gap = gap_before(t, i);
    html_put_part(out, gap.data, gap.size);
    if (i == span->begin) {
      fprintf(out, "<mark class=t%d", span->type % N_COLORS);
      if (t->probability) fprintf(out, " title='p = %.3f'", span_probability(names, t, span));
      fputc('>', out);
    }
    html_put_part(out, t->words[i].data, t->words[i].size);
    if (i + 1 != span->end || i < span->begin) continue;
    fputs("<b>", out);
    html_put(out, rn_tag_set_type(names->tags, span->type));
    fputs("</b></mark>", out);
    span++;
  }
  free(spans);
}

static void put_html_words(FILE *out, const tag_names *names, const tagged_text *t) {
  for (int64_t i = 0; i < t->n; i++) {
    fprintf(out, "<span class='word t%d'", t->labels[i] % N_COLORS);
    if (t->probability) fprintf(out, " title='p = %.3f'", probability_of(names, t, i));
    fputc('>', out);
    html_put_part(out, t->words[i].data, t->words[i].size);
    fputs("<b>", out);
    html_put(out, label_of(names, t, i));
    fputs("</b></span> ", out);
  }
}

/* A run of one label is one piece. */
static void put_html_letters(FILE *out, const tagged_text *t) {
  for (int64_t i = 0; i < t->n; i++) {
    bool first = i == 0 || t->labels[i] != t->labels[i - 1];
    if (first) fprintf(out, "%s<mark class=t%d style='padding:2px 0;border-radius:0'>", i > 0 ? "</mark>" : "", t->labels[i] % N_COLORS);
    html_put_part(out, t->words[i].data, t->words[i].size);
  }
  if (t->n > 0) fputs("</mark>", out);
}

void tagged_text_put_html(FILE *out, const tag_names *names, const tagged_text *t) {
  fputs(t->letters ? "<p style='overflow-wrap:anywhere;font-family:ui-monospace,monospace'>" : "<p>", out);
  if (names->tags) put_html_chunks(out, names, t);
  else if (t->letters) put_html_letters(out, t);
  else put_html_words(out, names, t);
  fputs("</p>\n", out);
}

void tagged_text_put_key(FILE *out, const tag_names *names) {
  int64_t n = names->tags ? rn_tag_set_n_types(names->tags) : names->n_labels;
  fputs("<div class=key>", out);
  for (int64_t i = 0; i < n; i++) {
    fprintf(out, "<mark class=t%d>", (int)(i % N_COLORS));
    html_put(out, names->tags ? rn_tag_set_type(names->tags, (int32_t)i) : rn_tagger_label(names->model, i));
    fputs("</mark>", out);
  }
  fputs("</div>\n", out);
}

void tagged_text_begin_page(FILE *out, const tag_names *names, const char *title) {
  report_page_begin(out, title);
  fputs("<header><h1>", out);
  html_put(out, title);
  fputs("</h1></header>\n", out);
  tagged_text_put_key(out, names);
  fputs("<section class='text tags' style='white-space:normal'>\n", out);
}

void tagged_text_end_page(FILE *out) {
  fprintf(out, "</section>\n<footer>Made by rondo %s.</footer>\n</main></body></html>\n", rn_version());
}
