/* dna_read.c: labelled sequences of DNA: what the reader of labelled texts gives, checked letter by letter. */
#include "data/reading.h"
#include "tensor/context.h"
#include <rondo/data_dna.h>

rn_dna_options rn_dna_options_default(void) { return (rn_dna_options){0}; }

/* Example i as a sequence, its rows written, and its label where it has one; false when something is wrong with it, which is told. */
static bool read_sequence(rn_reading *r, const rn_labelled *l, int64_t i, bool per_base, float *rows, rn_string *label) {
  rn_string bases = rn_string_trim(l->texts[i]);
  int64_t n_labels = rn_ragged_length(&l->label_of, i);
  if (label) *label = l->labels[l->label_of.offset[i]];
  r->line_number = l->lines[i]; /* for a string that is not in the text as it is */
  int64_t bad = rn_dna_rows(bases.data, bases.size, rows);
  if (bad >= 0) {
    rn_string rest = {bases.data + bad, bases.size - (size_t)bad};
    rn_reading_bad(r, rest.data, "expected a base, one of ACGTU or of IUPAC's RYSWKMBDHVN, got \"%.*s\"", RN_SHOW(rest));
  } else if (label && n_labels != 1) rn_reading_bad(r, label->data, "expected one label, got %lld", (long long)n_labels);
  else if (label && per_base && label->size != bases.size)
    rn_reading_bad(r, label->data, "expected a letter for each base, %zu of them, got %zu", bases.size, label->size);
  else return true;
  return false;
}

static void read_sequences(rn_reading *r, const rn_labelled *l, bool per_base, rn_dna *out) {
  size_t n = (size_t)l->n, n_bases = 0;
  for (size_t i = 0; i < n; i++) n_bases += l->texts[i].size;
  bool labelled = rn_ragged_rows(&l->label_of) > 0;
  rn_string *bases = rn_reading_array(r, n, sizeof *bases), *labels = labelled ? rn_reading_array(r, n, sizeof *labels) : NULL;
  int64_t *lines = rn_reading_array(r, n, sizeof *lines), *offset = rn_reading_array(r, n + 1, sizeof *offset);
  float *rows = rn_reading_array(r, n_bases, 4 * sizeof *rows);
  if (r->no_memory) return;
  *out = (rn_dna){.bases = bases, .labels = labels, .lines = lines, .rows = rows, .seqs = {0, offset}};
  offset[0] = 0;
  for (int64_t i = 0; i < l->n && (r->skip_bad || r->n_bad < RN_MAX_BAD_LINES); i++) {
    float *to = rows + 4 * offset[out->n];
    if (!read_sequence(r, l, i, per_base, to, labelled ? &labels[out->n] : NULL)) continue;
    bases[out->n] = rn_string_trim(l->texts[i]);
    lines[out->n] = l->lines[i];
    for (size_t t = 0; t < bases[out->n].size; t++) {
      float largest = 0;
      for (int b = 0; b < 4; b++) largest = to[4 * t + (size_t)b] > largest ? to[4 * t + (size_t)b] : largest;
      out->n_ambiguous += largest < 1;
    }
    offset[out->n + 1] = offset[out->n] + (int64_t)bases[out->n].size;
    out->n++;
  }
  out->seqs.n_seqs = out->n;
}

rn_status rn_dna_open(rn_context *ctx, const char *path, const rn_dna_options *options, rn_dna *out) {
  rn_dna_options o = options ? *options : rn_dna_options_default();
  *out = (rn_dna){0};
  rn_labelled l;
  rn_status status = rn_labelled_open(ctx, path, &o.labelled, &l);
  if (status != RN_OK) return status;
  rn_reading *r = l.owner;
  r->n_bad = 0; /* those of the labelled texts have been told */
  read_sequences(r, &l, o.per_base, out);
  status = rn_reading_end(r);
  if (status == RN_OK && out->n == 0) status = rn_context_fail(ctx, RN_ERROR_DATA, "%s: no sequence of bases in it", r->name);
  out->n_bad = l.n_bad + r->n_bad;
  out->hash = l.hash;
  out->format = l.format;
  out->owner = r;
  if (status != RN_OK) rn_dna_free(out);
  return status;
}

void rn_dna_free(rn_dna *dna) {
  rn_reading_free(dna->owner);
  *dna = (rn_dna){0};
}
