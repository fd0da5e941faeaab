/* sequences.c: sequences of words, numbers or bases from the reader of each; some of them, in another order. */
#include "data/sequences.h"
#include "base/names.h"
#include "tensor/context.h"
#include <string.h>

static const char *const names[] = {"words", "series", "dna", "frames"};
const char *rn_input_kind_name(rn_input_kind kind) { return names[kind]; }
bool rn_input_kind_parse(const char *name, rn_input_kind *out) {
  int kind = RN_NAME_INDEX(name, names);
  if (kind >= 0) *out = (rn_input_kind)kind;
  return kind >= 0;
}

static const char *const conll_formats[] = {[RN_CONLL_COLUMNS] = "conll", [RN_CONLL_U] = "conllu"};
static const char *const series_formats[] = {
    [RN_SERIES_TS] = "ts", [RN_SERIES_WIDE] = "wide", [RN_SERIES_LONG] = "long", [RN_SERIES_NPY] = "npy"};
static const char *const labelled_formats[] = {
    [RN_LABELLED_TSV] = "tsv",     [RN_LABELLED_CSV] = "csv",     [RN_LABELLED_JSONL] = "jsonl", [RN_LABELLED_FASTTEXT] = "fasttext",
    [RN_LABELLED_WORDS] = "words", [RN_LABELLED_FASTA] = "fasta", [RN_LABELLED_LINES] = "lines",
};

rn_sequences_options rn_sequences_options_default(rn_input_kind input, bool per_row) {
  return (rn_sequences_options){
      .input = input,
      .per_row = per_row,
      .split = RN_SPLIT_WORDS,
      .conll = rn_conll_options_default(),
      .labelled = rn_labelled_options_default(),
      .series = rn_series_options_default(),
  };
}

/* ---- readers ---- */

static rn_status open_tagged(rn_context *ctx, const char *path, const rn_sequences_options *o, rn_sequences *out) {
  rn_tagged t;
  rn_status status = rn_tagged_open(ctx, path, &o->conll, &t);
  if (status == RN_OK)
    *out = (rn_sequences){.seqs = t.sentences,
                          .words = t.tokens,
                          .labels = t.tags,
                          .lines = t.lines,
                          .format = conll_formats[t.format],
                          .n_bad = t.n_bad,
                          .hash = t.hash,
                          .owner = t.owner};
  return status;
}

/* One label for each of n sequences. */
static rn_ragged one_each(rn_reading *r, int64_t n) {
  int64_t *offset = rn_reading_array(r, (size_t)n + 1, sizeof *offset);
  for (int64_t i = 0; offset && i <= n; i++) offset[i] = i;
  return (rn_ragged){n, offset};
}

/* Strings of a letter for each base. */
static const rn_string *letters_of(rn_reading *r, const rn_dna *dna) {
  rn_string *letters = rn_reading_array(r, (size_t)rn_ragged_rows(&dna->seqs), sizeof *letters);
  for (int64_t s = 0; letters && s < dna->n; s++)
    for (int64_t t = dna->seqs.offset[s]; t < dna->seqs.offset[s + 1]; t++)
      letters[t] = (rn_string){dna->labels[s].data + (t - dna->seqs.offset[s]), 1};
  return letters;
}

static rn_status open_dna(rn_context *ctx, const char *path, const rn_sequences_options *o, rn_sequences *out) {
  rn_dna_options options = {.labelled = o->labelled, .per_base = o->per_row};
  options.labelled.unlabelled = o->unlabelled;
  rn_dna dna;
  rn_status status = rn_dna_open(ctx, path, &options, &dna);
  if (status != RN_OK) return status;
  rn_reading *r = dna.owner;
  *out = (rn_sequences){.seqs = dna.seqs,
                        .n_vars = 4,
                        .values = dna.rows,
                        .texts = dna.bases,
                        .lines = dna.lines,
                        .format = labelled_formats[dna.format],
                        .n_bad = dna.n_bad,
                        .hash = dna.hash,
                        .owner = r};
  if (dna.labels && o->per_row) out->labels = letters_of(r, &dna);
  else if (dna.labels) out->labels = dna.labels, out->label_of = one_each(r, dna.n);
  return r->no_memory ? rn_reading_end(r) : RN_OK;
}

static rn_status open_series(rn_context *ctx, const char *path, const rn_sequences_options *o, rn_sequences *out) {
  rn_series_options options = o->series;
  options.per_step = o->per_row && !o->unlabelled;
  if (o->unlabelled) options.label = "";
  rn_series s;
  rn_status status = rn_series_open(ctx, path, &options, &s);
  if (status != RN_OK) return status;
  rn_reading *r = s.owner;
  *out = (rn_sequences){.seqs = s.seqs,
                        .n_vars = s.n_vars,
                        .values = s.values,
                        .missing = s.n_missing ? s.missing : NULL,
                        .lines = s.lines,
                        .format = series_formats[s.format],
                        .n_bad = s.n_bad,
                        .hash = s.hash,
                        .owner = r};
  if (!o->unlabelled) out->labels = s.labels; /* .ts has them in any case */
  if (out->labels && !o->per_row) out->label_of = one_each(r, s.seqs.n_seqs);
  return r->no_memory ? rn_reading_end(r) : RN_OK;
}

rn_status rn_sequences_open(rn_context *ctx, const char *path, const rn_sequences_options *o, rn_sequences *out) {
  *out = (rn_sequences){0};
  rn_status status = RN_OK;
  switch (o->input) {
  case RN_INPUT_WORDS: status = (o->per_row && !o->unlabelled ? open_tagged : rn_sequences_words)(ctx, path, o, out); break;
  case RN_INPUT_SERIES: status = open_series(ctx, path, o, out); break;
  case RN_INPUT_DNA: status = open_dna(ctx, path, o, out); break;
  case RN_INPUT_FRAMES: status = rn_sequences_frames(ctx, path, o, out); break;
  }
  if (status != RN_OK) rn_sequences_free(out);
  else out->input = o->input, out->per_row = o->per_row;
  return status;
}

void rn_sequences_free(rn_sequences *sequences) {
  rn_reading_free(sequences->owner);
  *sequences = (rn_sequences){0};
}

void rn_sequences_of_labelled(const rn_labelled *l, rn_sequences *out) {
  *out = (rn_sequences){
      .texts = l->texts, .lines = l->lines, .format = labelled_formats[l->format], .n_bad = l->n_bad, .hash = l->hash, .owner = l->owner};
  if (rn_ragged_rows(&l->label_of) > 0) out->labels = l->labels, out->label_of = l->label_of;
}

/* ---- some of them ---- */

/* The items of the parts pick[0 .. n), one after the other; NULL stays so. */
static const void *gather(rn_reading *r, const void *items, size_t size, const rn_ragged *parts, const int64_t *pick, int64_t n) {
  size_t count = 0, at = 0;
  if (!items) return NULL;
  for (int64_t i = 0; i < n; i++) count += (size_t)rn_ragged_length(parts, pick[i]);
  char *to = rn_reading_array(r, count, size);
  for (int64_t i = 0; to && i < n; i++) {
    size_t part = (size_t)rn_ragged_length(parts, pick[i]) * size;
    if (part) memcpy(to + at, (const char *)items + (size_t)parts->offset[pick[i]] * size, part);
    at += part;
  }
  return to;
}

static rn_ragged gather_lengths(rn_reading *r, const rn_ragged *parts, const int64_t *pick, int64_t n) {
  int64_t *offset = rn_reading_array(r, (size_t)n + 1, sizeof *offset);
  if (offset) offset[0] = 0;
  for (int64_t i = 0; offset && i < n; i++) offset[i + 1] = offset[i] + rn_ragged_length(parts, pick[i]);
  return (rn_ragged){n, offset};
}

void rn_sequences_gather(rn_reading *r, const rn_sequences *all, const int64_t *pick, int64_t n, rn_sequences *out) {
  rn_ragged rows = all->seqs, labels = all->per_row ? rows : all->label_of, seqs = one_each(r, all->seqs.n_seqs);
  size_t cells = (size_t)all->n_vars;
  rn_sequences picked = *all;
  picked.owner = r;
  picked.seqs = gather_lengths(r, &rows, pick, n);
  if (all->label_of.offset) picked.label_of = gather_lengths(r, &all->label_of, pick, n);
  if (r->no_memory) return;
  picked.words = gather(r, all->words, sizeof *all->words, &rows, pick, n);
  picked.values = gather(r, all->values, cells * sizeof *all->values, &rows, pick, n);
  picked.missing = gather(r, all->missing, cells, &rows, pick, n);
  picked.labels = gather(r, all->labels, sizeof *all->labels, &labels, pick, n);
  picked.texts = gather(r, all->texts, sizeof *all->texts, &seqs, pick, n);
  picked.lines = gather(r, all->lines, sizeof *all->lines, all->words && all->per_row ? &rows : &seqs, pick, n);
  *out = picked;
}

rn_status rn_sequences_pick(rn_context *ctx, const rn_sequences *all, const int64_t *pick, int64_t n, rn_sequences *out) {
  *out = (rn_sequences){0};
  rn_reading *r = rn_reading_new(ctx, "sequences", false);
  if (!r) return rn_context_status(ctx);
  rn_sequences_gather(r, all, pick, n, out);
  rn_status status = rn_reading_end(r);
  out->owner = r;
  out->n_bad = 0;
  if (status != RN_OK) rn_sequences_free(out);
  return status;
}

rn_status rn_sequences_end(rn_reading *r, rn_sequences *out) {
  int64_t n = 0, *pick = rn_reading_array(r, (size_t)out->seqs.n_seqs, sizeof *pick);
  for (int64_t s = 0; pick && s < out->seqs.n_seqs; s++)
    if (rn_ragged_length(&out->seqs, s) > 0) pick[n++] = s;
  rn_status status = rn_reading_end(r);
  if (status != RN_OK || n == out->seqs.n_seqs) return status;
  if (n == 0) return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: no sequence in it without a bad line", r->name);
  rn_sequences all = *out;
  rn_sequences_gather(r, &all, pick, n, out);
  return r->no_memory ? rn_reading_end(r) : RN_OK;
}
