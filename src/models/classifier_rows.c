/* classifier_rows.c: sequences as a classifier reads them. A sequence of L rows where at most M are read:
 *
 *     head      rows 0 .. M - 1
 *     ends      rows 0 .. M - M/2 - 1 and L - M/2 .. L - 1
 *     windows   P = ceil(L / M) parts, part p the rows floor(L p / P) .. floor(L (p + 1) / P) - 1
 *
 * An empty sequence is one empty part. */
#include "base/alloc.h"
#include "models/model_classifier.h"
#include <string.h>

static int64_t n_parts_of(const rn_classifier_config *c, int64_t length) {
  bool windows = c->max_length > 0 && c->long_how == RN_LONG_WINDOWS && length > 0;
  return windows ? (length + c->max_length - 1) / c->max_length : 1;
}

/* Where each part begins in the rows read; and which rows those are, where some are left out. */
static bool cut(const rn_classifier_config *c, const rn_ragged *seqs, rn_classifier_rows *r) {
  int64_t n = seqs->n_seqs, n_parts = 0, at = 0, part = 0;
  bool leaves_out = c->max_length > 0 && c->long_how != RN_LONG_WINDOWS;
  for (int64_t s = 0; s < n; s++) n_parts += n_parts_of(c, rn_ragged_length(seqs, s));
  int64_t *of = rn_alloc_zero((size_t)n + 1, sizeof *of), *offset = rn_alloc_zero((size_t)n_parts + 1, sizeof *offset);
  r->parts_of = (rn_ragged){n, of};
  r->parts = (rn_ragged){n_parts, offset};
  if (leaves_out) r->row = rn_alloc((size_t)rn_ragged_rows(seqs) * sizeof *r->row);
  if (!of || !offset || (leaves_out && !r->row)) return false;
  for (int64_t s = 0; s < n; s++) {
    int64_t first = seqs->offset[s], length = rn_ragged_length(seqs, s), count = n_parts_of(c, length), read = length;
    if (leaves_out) {
      if (length > c->max_length) read = c->max_length;
      int64_t tail = c->long_how == RN_LONG_ENDS ? read / 2 : 0;
      for (int64_t i = 0; i < read; i++) r->row[at + i] = i < read - tail ? first + i : first + length - read + i;
    }
    for (int64_t p = 1; p <= count; p++) offset[part + p] = at + read * p / count;
    at += read;
    of[s + 1] = part += count;
  }
  return true;
}

/* The rows r->row of an array whose rows have `size` bytes. NULL for none, or when out of memory. */
static void *gather(const rn_classifier_rows *r, const void *from, size_t size) {
  int64_t n = rn_ragged_rows(&r->parts);
  char *rows = from ? rn_alloc((size_t)n * size) : NULL;
  for (int64_t i = 0; rows && i < n; i++) memcpy(rows + (size_t)i * size, (const char *)from + (size_t)r->row[i] * size, size);
  return rows;
}

static rn_status encode(rn_context *ctx, const rn_classifier_net *net, const rn_model *model, const rn_sequences *parts,
                        rn_classifier_rows *r) {
  const rn_classifier_config *c = &net->config;
  if (c->kind != RN_CLASSIFIER_BAG) return rn_encoded_new(ctx, &net->input, parts, &r->encoded);
  rn_bag_options options = {c->input.fold, c->word_ngrams, c->min_subword, c->max_subword, c->buckets};
  return rn_bag_ids_init(ctx, &options, net->input.lexicon, model->vocab, &parts->seqs, parts->words, &r->bag);
}

/* The parts as sequences of their own. */
static rn_status encode_parts(rn_context *ctx, const rn_classifier_net *net, const rn_model *model, const rn_sequences *all,
                              rn_classifier_rows *r) {
  rn_sequences parts = {.input = all->input, .seqs = r->parts, .n_vars = all->n_vars, .hash = all->hash};
  if (!r->row) {
    parts.words = all->words;
    parts.values = all->values;
    parts.missing = all->missing;
    return encode(ctx, net, model, &parts, r);
  }
  size_t vars = (size_t)all->n_vars;
  rn_string *words = gather(r, all->words, sizeof *words);
  float *values = gather(r, all->values, vars * sizeof *values);
  uint8_t *missing = gather(r, all->missing, vars);
  parts.words = words;
  parts.values = values;
  parts.missing = missing;
  bool ok = (words || !all->words) && (values || !all->values) && (missing || !all->missing);
  rn_status status = ok ? encode(ctx, net, model, &parts, r) : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for what is read");
  rn_free(words);
  rn_free(values);
  rn_free(missing);
  return status;
}

rn_status rn_classifier_rows_new(rn_context *ctx, const rn_classifier_net *net, const rn_model *model, const rn_sequences *sequences,
                                 rn_classifier_rows **out) {
  *out = NULL;
  if (sequences->input != net->config.input.kind)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the model reads %s, the data is %s", rn_input_kind_name(net->config.input.kind),
                           rn_input_kind_name(sequences->input));
  rn_classifier_rows *r = rn_alloc_zero(1, sizeof *r);
  rn_status status =
      r && cut(&net->config, &sequences->seqs, r) ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for what is read");
  if (status == RN_OK) status = encode_parts(ctx, net, model, sequences, r);
  if (status == RN_OK) *out = r;
  else rn_classifier_rows_free(r);
  return status;
}

void rn_classifier_rows_free(rn_classifier_rows *r) {
  if (!r) return;
  rn_free((int64_t *)r->parts_of.offset);
  rn_free((int64_t *)r->parts.offset);
  rn_free(r->row);
  rn_encoded_free(r->encoded);
  rn_bag_ids_free(&r->bag);
  rn_free(r);
}
