/* labelled.c: texts with labels: which format it is, and those that need no more than a line: fastText, words, FASTA,
 * texts alone. */
#include "data/labelled.h"
#include "tensor/context.h"
#include <ctype.h>
#include <string.h>

#define GUESS_LINES 20
static const char prefix[] = "__label__";

rn_labelled_options rn_labelled_options_default(void) { return (rn_labelled_options){0}; }

void rn_examples_label(rn_examples *e, rn_string label) {
  if (!e->unlabelled) rn_strings_push(e->r, &e->labels, rn_string_trim(label));
}
void rn_examples_drop(rn_examples *e) { e->labels.n = e->offset[e->n]; }

void rn_examples_text(rn_examples *e, rn_string text, int64_t line, const char *where) {
  int64_t first = e->offset[e->n];
  if (e->r->no_memory) return;
  const char *wrong = e->labels.n == first && !e->unlabelled ? "there is no label" : NULL;
  for (int64_t i = first; i < e->labels.n; i++)
    if (!e->labels.at[i].size) wrong = "the label is empty";
  if (!wrong && !rn_string_trim(text).size) wrong = "the text is empty";
  if (wrong) {
    rn_reading_bad(e->r, where, "%s", wrong);
    rn_examples_drop(e);
    return;
  }
  e->texts[e->n] = text;
  e->lines[e->n++] = line;
  e->offset[e->n] = e->labels.n;
}

static bool begins(rn_string s, const char *with) { return s.size >= strlen(with) && memcmp(s.data, with, strlen(with)) == 0; }

/* The first word of a text, which is cut to what follows it. */
static rn_string take_word(rn_string *text) {
  *text = rn_string_trim(*text);
  rn_string word = {text->data, 0};
  while (word.size < text->size && text->data[word.size] != ' ' && text->data[word.size] != '\t') word.size++;
  *text = rn_string_trim((rn_string){text->data + word.size, text->size - word.size});
  return word;
}

static void read_words(rn_examples *e) {
  while (rn_reading_next(e->r)) {
    rn_string text = rn_string_trim(e->r->line);
    if (!text.size) continue;
    rn_examples_label(e, take_word(&text));
    rn_examples_text(e, text, e->r->line_number, text.data);
  }
}

static void read_fasttext(rn_examples *e) {
  while (rn_reading_next(e->r)) {
    rn_string text = rn_string_trim(e->r->line);
    if (!text.size) continue;
    if (!begins(text, prefix)) {
      rn_reading_bad(e->r, text.data, "expected %sNAME before the text, got \"%.*s\"", prefix, RN_SHOW(text));
      continue;
    }
    while (begins(text, prefix)) {
      rn_string word = take_word(&text);
      rn_examples_label(e, (rn_string){word.data + strlen(prefix), word.size - strlen(prefix)});
    }
    rn_examples_text(e, text, e->r->line_number, text.data);
  }
}

/* The lines of a sequence as one string: where it is more than one line, in a copy. */
static rn_string join_lines(rn_reading *r, const char *begin, const char *end) {
  rn_string s = rn_string_trim((rn_string){begin, (size_t)(end - begin)});
  while (s.size && isspace((unsigned char)s.data[s.size - 1])) s.size--;
  if (!memchr(s.data, '\n', s.size)) return s;
  s = rn_reading_keep(r, s.data, s.size);
  char *to = (char *)s.data; /* the copy is ours */
  for (size_t i = 0; i < s.size; i++)
    if (!isspace((unsigned char)s.data[i])) *to++ = s.data[i];
  s.size = (size_t)(to - s.data);
  return s;
}

static void read_fasta(rn_examples *e) {
  rn_reading *r = e->r;
  const char *end = r->corpus.text + r->corpus.size;
  while (rn_reading_next(r)) {
    if (!begins(r->line, ">")) {
      if (rn_string_trim(r->line).size) rn_reading_bad(r, r->line.data, "expected '>' and a label before the first sequence");
      continue;
    }
    rn_string header = {r->line.data + 1, r->line.size - 1};
    int64_t line = r->line_number;
    const char *begin = r->next;
    while (r->next < end && *r->next != '>' && rn_reading_next(r)) continue;
    rn_examples_label(e, take_word(&header));
    rn_examples_text(e, join_lines(r, begin, r->next), line, begin - 1);
  }
}

static void read_lines(rn_examples *e) {
  while (rn_reading_next(e->r))
    if (rn_string_trim(e->r->line).size) rn_examples_text(e, e->r->line, e->r->line_number, e->r->line.data);
}

static rn_labelled_format format_of_path(const char *path) {
  static const struct {
    const char *end;
    rn_labelled_format format;
  } ends[] = {{".tsv", RN_LABELLED_TSV},    {".csv", RN_LABELLED_CSV},  {".jsonl", RN_LABELLED_JSONL}, {".ndjson", RN_LABELLED_JSONL},
              {".json", RN_LABELLED_JSONL}, {".fa", RN_LABELLED_FASTA}, {".fasta", RN_LABELLED_FASTA}, {".fna", RN_LABELLED_FASTA}};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (rn_path_ends(path, ends[i].end)) return ends[i].format;
  return RN_LABELLED_GUESS;
}

/* A whole number and a blank. */
static bool begins_with_number(rn_string line) {
  rn_string word = take_word(&line);
  size_t i = word.size && (word.data[0] == '-' || word.data[0] == '+');
  bool any = i < word.size && line.size;
  for (; i < word.size; i++) any &= isdigit((unsigned char)word.data[i]) != 0;
  return any;
}

/* Texts without labels. */
static rn_labelled_format format_of_texts(const rn_reading *r) {
  rn_reading ahead = *r;
  while (rn_reading_next(&ahead))
    if (rn_string_trim(ahead.line).size) break;
  return begins(ahead.line, ">") ? RN_LABELLED_FASTA : RN_LABELLED_LINES;
}

static rn_labelled_format format_of_lines(const rn_reading *r) {
  rn_reading ahead = *r;
  bool json = true, label = true, tab = true, number = true, fasta = false;
  for (int n = 0; n < GUESS_LINES && rn_reading_next(&ahead);) {
    rn_string line = rn_string_trim(ahead.line);
    if (!line.size) continue;
    if (n++ == 0) fasta = line.data[0] == '>';
    json &= line.data[0] == '{';
    label &= begins(line, prefix);
    tab &= memchr(ahead.line.data, '\t', ahead.line.size) != NULL;
    number &= begins_with_number(line);
  }
  if (json) return RN_LABELLED_JSONL;
  if (label) return RN_LABELLED_FASTTEXT;
  if (fasta) return RN_LABELLED_FASTA;
  return tab ? RN_LABELLED_TSV : number ? RN_LABELLED_WORDS : RN_LABELLED_GUESS;
}

static rn_status read_examples(rn_examples *e, const rn_labelled_options *o, rn_labelled_format format) {
  size_t most = rn_reading_count(e->r, "");
  e->texts = rn_reading_array(e->r, most, sizeof *e->texts);
  e->lines = rn_reading_array(e->r, most, sizeof *e->lines);
  e->offset = rn_reading_array(e->r, most + 1, sizeof *e->offset);
  if (e->r->no_memory) return RN_OK; /* rn_reading_end says so */
  e->offset[0] = 0;
  switch (format) {
  case RN_LABELLED_TSV: return rn_labelled_rows(e, o, '\t');
  case RN_LABELLED_CSV: return rn_labelled_rows(e, o, ',');
  case RN_LABELLED_JSONL: return rn_labelled_jsonl(e, o);
  case RN_LABELLED_FASTTEXT: return (read_fasttext(e), RN_OK);
  case RN_LABELLED_WORDS: return (read_words(e), RN_OK);
  case RN_LABELLED_FASTA: return (read_fasta(e), RN_OK);
  case RN_LABELLED_LINES: return (read_lines(e), RN_OK);
  case RN_LABELLED_GUESS: break;
  }
  return rn_context_fail(e->r->ctx, RN_ERROR_DATA,
                         "%s: cannot tell what its lines are; expected label<TAB>text, __label__NAME text, JSON objects, a number and "
                         "text, FASTA, or a name that ends in .tsv, .csv or .jsonl",
                         e->r->name);
}

rn_status rn_labelled_open(rn_context *ctx, const char *path, const rn_labelled_options *options, rn_labelled *out) {
  rn_labelled_options o = options ? *options : rn_labelled_options_default();
  *out = (rn_labelled){0};
  rn_reading *r = rn_reading_open(ctx, path, o.skip_bad);
  if (!r) return rn_context_status(ctx);
  rn_labelled_format format = o.format ? o.format : o.unlabelled && !o.text ? format_of_texts(r) : format_of_path(path);
  rn_examples e = {.r = r, .unlabelled = o.unlabelled || format == RN_LABELLED_LINES};
  if (!format) format = format_of_lines(r);
  rn_status status = read_examples(&e, &o, format);
  if (status == RN_OK) status = rn_reading_end(r);
  if (status == RN_OK && e.n == 0)
    status = rn_context_fail(ctx, RN_ERROR_DATA, "%s: no text%s in it", r->name, e.unlabelled ? "" : " with a label");
  *out = (rn_labelled){e.n, e.texts, e.labels.at, {e.n, e.offset}, e.lines, format, r->n_bad, r->corpus.hash, r};
  if (status != RN_OK) rn_labelled_free(out);
  return status;
}

void rn_labelled_free(rn_labelled *labelled) {
  rn_reading_free(labelled->owner);
  *labelled = (rn_labelled){0};
}
