/* sequences_words.c: texts to words. */
#include "data/sequences.h"

/* The words of text i, whose line errors are to name. */
static rn_status split_text(const rn_reading *r, const rn_sequences_options *o, const rn_sequences *s, int64_t i, rn_string *words,
                            int64_t max, int64_t *n) {
  rn_tokenize_options how = rn_tokenize_options_default();
  how.name = r->name;
  how.lines_before = s->lines[i] - 1;
  return rn_text_split(r->ctx, o->split, o->tokenizer, s->texts[i].data, s->texts[i].size, &how, words, max, n);
}

/* The words of every text, one after the other. */
static rn_status split_texts(rn_reading *r, const rn_sequences_options *o, int64_t n, rn_sequences *out) {
  int64_t *offset = rn_reading_array(r, (size_t)n + 1, sizeof *offset), n_words;
  if (!offset) return rn_reading_end(r);
  rn_status status = RN_OK;
  offset[0] = 0;
  for (int64_t i = 0; i < n; i++) {
    if ((status = split_text(r, o, out, i, NULL, 0, &n_words)) != RN_OK) return status;
    offset[i + 1] = offset[i] + n_words;
    r->line_number = out->lines[i]; /* for a text that does not stand in the file as it is */
    if (n_words == 0) rn_reading_bad(r, out->texts[i].data, "no word in the text");
  }
  rn_string *words = rn_reading_array(r, (size_t)offset[n], sizeof *words);
  for (int64_t i = 0; words && i < n && status == RN_OK; i++)
    status = split_text(r, o, out, i, words + offset[i], offset[i + 1] - offset[i], &n_words);
  out->words = words;
  out->seqs = (rn_ragged){n, offset};
  return status == RN_OK && r->no_memory ? rn_reading_end(r) : status;
}

/* The line of each word. */
static const int64_t *lines_of_words(rn_reading *r, const rn_sequences *s) {
  int64_t *lines = rn_reading_array(r, (size_t)rn_ragged_rows(&s->seqs), sizeof *lines);
  for (int64_t i = 0; lines && i < s->seqs.n_seqs; i++)
    for (int64_t t = s->seqs.offset[i]; t < s->seqs.offset[i + 1]; t++) lines[t] = s->lines[i];
  return lines;
}

rn_status rn_sequences_words(rn_context *ctx, const char *path, const rn_sequences_options *o, rn_sequences *out) {
  rn_labelled_options options = o->labelled;
  if (o->unlabelled) options.format = RN_LABELLED_LINES;
  rn_labelled l;
  rn_status status = rn_labelled_open(ctx, path, &options, &l);
  if (status != RN_OK) return status;
  rn_reading *r = l.owner;
  rn_sequences_of_labelled(&l, out);
  r->n_bad = 0; /* those of the labelled texts have been told */
  status = split_texts(r, o, l.n, out);
  if (status == RN_OK) status = rn_sequences_end(r, out);
  out->n_bad += r->n_bad;
  if (status == RN_OK && o->per_row && !(out->lines = lines_of_words(r, out))) status = rn_reading_end(r);
  return status;
}
