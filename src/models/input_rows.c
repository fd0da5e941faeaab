/* input_rows.c: sequences as a model reads them, and their rows on a pass. See input.h. */
#include "base/alloc.h"
#include "base/map.h"
#include "models/input_pieces.h"
#include "models/pick.h"
#include "nn/shares.h"
#include "ops/op.h"
#include <math.h>
#include <string.h>

/* ---- once for each data set ---- */

void rn_encoded_free(rn_encoded *e) {
  if (!e) return;
  rn_free((int64_t *)e->seqs.offset);
  rn_free(e->word);
  rn_free(e->casing);
  rn_free(e->form);
  rn_free(e->once);
  rn_free((int64_t *)e->letters_of.offset);
  rn_free(e->letters);
  rn_free((int64_t *)e->pieces_of.offset);
  rn_free(e->pieces);
  rn_context_pieces_free(&e->context);
  rn_free(e->values);
  rn_free(e);
}

/* The number of the form of each row, in order of first occurrence; NULL when out of memory. */
static rn_map *number_forms(const rn_sequences *s, int32_t *form) {
  rn_map *forms = rn_map_new();
  int64_t n_rows = rn_ragged_rows(&s->seqs);
  for (int64_t r = 0; forms && r < n_rows; r++) {
    const int64_t *number = rn_map_insert(forms, s->words[r].data, s->words[r].size, rn_map_size(forms), NULL);
    if (number) {
      form[r] = (int32_t)*number;
    } else {
      rn_map_free(forms);
      return NULL;
    }
  }
  return forms;
}

static bool encode_letters(const rn_input *in, const rn_map *forms, rn_encoded *e) {
  int64_t n = rn_map_size(forms), most = 0;
  size_t size;
  for (int64_t f = 0; f < n; f++) { /* a letter is a byte or more */
    rn_map_key(forms, f, &size, NULL);
    most += size < RN_MAX_LETTERS ? (int64_t)size : RN_MAX_LETTERS;
  }
  int64_t *offset = rn_alloc_zero((size_t)n + 1, sizeof *offset);
  e->letters = rn_alloc_zero((size_t)most, sizeof *e->letters);
  e->letters_of = (rn_ragged){n, offset};
  for (int64_t f = 0; offset && e->letters && f < n; f++) {
    const char *word = rn_map_key(forms, f, &size, NULL);
    offset[f + 1] = offset[f] + rn_lexicon_letters(in->lexicon, word, size, e->letters + offset[f], RN_MAX_LETTERS);
  }
  return offset && e->letters;
}

static rn_status no_memory(rn_context *ctx, size_t n) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %zu words", n); }

static rn_status encode_pieces(rn_context *ctx, const rn_input *in, const rn_map *forms, size_t n, rn_encoded *e) {
  uint8_t *unknown = rn_alloc_zero((size_t)rn_map_size(forms), 1);
  if (!unknown) return no_memory(ctx, n);
  rn_status status = rn_input_pieces_encode(ctx, &in->pieces, forms, e, unknown);
  for (size_t r = 0; r < n && status == RN_OK; r++) e->n_unknown += unknown[e->form[r]];
  rn_free(unknown);
  return status;
}

/* What is read of each distinct form once. */
static rn_status encode_forms(rn_context *ctx, const rn_input *in, const rn_sequences *s, size_t n, rn_encoded *e) {
  e->form = rn_alloc_zero(n, sizeof *e->form);
  rn_map *forms = e->form ? number_forms(s, e->form) : NULL;
  if (!forms) return no_memory(ctx, n);
  bool letters = in->config.characters != RN_CHARACTERS_NONE;
  rn_status status = letters && !encode_letters(in, forms, e) ? no_memory(ctx, n) : RN_OK;
  if (status == RN_OK && in->pieces.tokenizer) status = encode_pieces(ctx, in, forms, n, e);
  rn_map_free(forms);
  return status;
}

static rn_status encode_ids(rn_context *ctx, const rn_input *in, const rn_sequences *s, size_t n, rn_encoded *e) {
  int32_t unk = rn_vocab_unk(in->vocab);
  e->word = rn_alloc_zero(n, sizeof *e->word);
  e->once = rn_alloc_zero(n, 1);
  if (!e->word || !e->once) return no_memory(ctx, n);
  for (size_t r = 0; r < n; r++) {
    rn_string w = s->words[r];
    e->word[r] = rn_lexicon_word(in->lexicon, w.data, w.size);
    if (e->word[r] < 0)
      return rn_context_fail(ctx, RN_ERROR_DATA, "row %zu: \"%.*s\" is no token of the model's tokenizer, by which its texts are cut",
                             r + 1, (int)(w.size < 100 ? w.size : 100), w.data);
    e->once[r] = e->word[r] != unk && rn_vocab_count(in->vocab, e->word[r]) == 1;
    e->n_unknown += e->word[r] == unk;
  }
  return RN_OK;
}

static rn_status encode_words(rn_context *ctx, const rn_input *in, const rn_sequences *s, rn_encoded *e) {
  size_t n = (size_t)rn_ragged_rows(&s->seqs);
  bool by_pieces = in->pieces.tokenizer, has_forms = by_pieces || in->config.characters != RN_CHARACTERS_NONE;
  rn_status status = by_pieces ? RN_OK : encode_ids(ctx, in, s, n, e);
  if (status == RN_OK && has_forms) status = encode_forms(ctx, in, s, n, e);
  if (status != RN_OK || in->config.casing == 0) return status;
  if (!(e->casing = rn_alloc_zero(n, sizeof *e->casing))) return no_memory(ctx, n);
  for (size_t r = 0; r < n; r++) e->casing[r] = (int32_t)rn_lexicon_casing(s->words[r].data, s->words[r].size);
  return RN_OK;
}

/* (v - mean) / deviation; NaN for what cannot be read. */
static float standard(const rn_input *in, int64_t var, float v) {
  float x = in->mean ? (float)(((double)v - in->mean[var]) / in->deviation[var]) : v;
  return isfinite(x) ? x : NAN;
}

static rn_status encode_numbers(rn_context *ctx, const rn_input *in, const rn_sequences *s, rn_encoded *e) {
  int64_t n_rows = rn_ragged_rows(&s->seqs), n_vars = in->n_vars;
  if (s->n_vars != n_vars)
    return rn_context_fail(ctx, RN_ERROR_DATA, "rows of %lld numbers for a model that reads %lld", (long long)s->n_vars, (long long)n_vars);
  int64_t width = in->width - in->config.positions;
  float *x = e->values = rn_alloc_zero((size_t)n_rows, (size_t)width * sizeof *x);
  if (!x) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld rows of %lld", (long long)n_rows, (long long)width);
  for (int64_t i = 0; i < n_rows * n_vars; i += n_vars) {
    for (int64_t v = 0; v < n_vars; v++, x++) {
      *x = s->missing && s->missing[i + v] ? 0 : standard(in, v, s->values[i + v]);
      if (isnan(*x))
        return rn_context_fail(ctx, RN_ERROR_DATA, "row %lld, variable %lld: %g cannot be read", (long long)(i / n_vars) + 1,
                               (long long)v + 1, (double)s->values[i + v]);
    }
    for (int64_t v = 0; v < n_vars; v++)
      if (in->flagged[v]) *x++ = s->missing && s->missing[i + v];
  }
  return RN_OK;
}

rn_status rn_encoded_new(rn_context *ctx, const rn_input *in, const rn_sequences *s, rn_encoded **out) {
  *out = NULL;
  if (s->input != in->config.kind)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a model of %s cannot read %s", rn_input_kind_name(in->config.kind),
                           rn_input_kind_name(s->input));
  rn_encoded *e = rn_alloc_zero(1, sizeof *e);
  int64_t *offset = rn_alloc((size_t)(s->seqs.n_seqs + 1) * sizeof *offset);
  if (!e || !offset) {
    rn_free(e);
    rn_free(offset);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld sequences", (long long)s->seqs.n_seqs);
  }
  memcpy(offset, s->seqs.offset, (size_t)(s->seqs.n_seqs + 1) * sizeof *offset);
  e->seqs = (rn_ragged){s->seqs.n_seqs, offset};
  rn_status status = s->input == RN_INPUT_WORDS ? encode_words(ctx, in, s, e) : encode_numbers(ctx, in, s, e);
  if (status == RN_OK && in->context) status = rn_context_pieces_init(ctx, in->context, s, &e->context);
  if (status == RN_OK) *out = e;
  else rn_encoded_free(e);
  return status;
}

/* A base is the row of probabilities A C G T; its complement, T for A and G for C, is that row backwards. So the other strand in its own
 * direction is all the numbers of a sequence backwards. */
rn_status rn_encoded_add_other_strand(rn_context *ctx, rn_encoded *e) {
  int64_t n = e->seqs.n_seqs, n_rows = rn_ragged_rows(&e->seqs), size = 4 * n_rows;
  float *values = rn_alloc_zero((size_t)size, 2 * sizeof *values);
  int64_t *offset = rn_alloc_zero((size_t)(2 * n + 1), sizeof *offset);
  if (!values || !offset) {
    rn_free(values);
    rn_free(offset);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the other strand of %lld bases", (long long)n_rows);
  }
  memcpy(values, e->values, (size_t)size * sizeof *values);
  for (int64_t s = 0; s < n; s++) {
    int64_t first = e->seqs.offset[s], end = e->seqs.offset[s + 1];
    offset[s + 1] = end;
    offset[n + s + 1] = n_rows + end;
    for (int64_t k = 4 * first; k < 4 * end; k++) values[size + k] = e->values[4 * (first + end) - 1 - k];
  }
  rn_free(e->values);
  rn_free((int64_t *)e->seqs.offset);
  e->values = values;
  e->seqs = (rn_ragged){2 * n, offset};
  return RN_OK;
}

/* ---- on each pass ---- */

/* The picked words, of which some that were seen once are <unk> in training. */
static const int32_t *pick_words(const rn_input *in, rn_graph *g, const rn_encoded *e, const int64_t *pick, const rn_ragged *seqs,
                                 rn_random random) {
  int32_t *word = rn_pick_rows(g, &e->seqs, pick, seqs, e->word, sizeof *word);
  if (!word || rn_graph_mode(g) != RN_TRAIN || !(in->config.unk_rate > 0)) return word;
  for (int64_t i = 0; i < seqs->n_seqs; i++) {
    const uint8_t *once = e->once + e->seqs.offset[pick[i]];
    for (int64_t t = 0; t < rn_ragged_length(seqs, i); t++)
      if (once[t] && rn_random_uniform(&random) < in->config.unk_rate) word[seqs->offset[i] + t] = rn_vocab_unk(in->vocab);
  }
  return word;
}

/* The letters or the pieces of the forms which[0 .. of->n_seqs). */
static const int32_t *pick_of_forms(rn_graph *g, const rn_ragged *all, const int32_t *ids, const int64_t *which, rn_ragged *of, int64_t n) {
  int64_t *offset = rn_pick_offsets(g, all, which, n);
  if (!offset) return NULL;
  *of = (rn_ragged){n, offset};
  return rn_pick_rows(g, all, which, of, ids, sizeof *ids);
}

/* What is read of the forms there are among the picked rows. */
static void pick_forms(rn_graph *g, const rn_encoded *e, const int64_t *pick, rn_word_rows *rows) {
  const int32_t *form = rn_pick_rows(g, &e->seqs, pick, &rows->seqs, e->form, sizeof *form);
  int64_t n = rn_ragged_rows(&rows->seqs);
  rn_distinct distinct;
  int64_t n_forms = e->letters ? e->letters_of.n_seqs : e->pieces_of.n_seqs;
  if (!form || !rn_distinct_find(g, form, n, n_forms, n, &distinct)) return;
  int64_t *which = rn_graph_alloc(g, (size_t)distinct.n * sizeof *which);
  for (int64_t f = 0; which && f < distinct.n; f++) which[f] = distinct.id[f];
  if (!which) return;
  rows->form = distinct.row;
  if (e->letters) rows->letters = pick_of_forms(g, &e->letters_of, e->letters, which, &rows->letters_of, distinct.n);
  if (e->pieces) rows->pieces = pick_of_forms(g, &e->pieces_of, e->pieces, which, &rows->pieces_of, distinct.n);
}

/* Beside each row its place t in its sequence: sin and cos of 2 pi t / 2^(k + 3), k = 0, 1, ... */
static rn_tensor *add_positions(const rn_input *in, rn_graph *g, rn_tensor *x, const rn_ragged *seqs) {
  int64_t n = rn_ragged_rows(seqs), width = in->config.positions;
  if (width == 0) return x;
  float *place = rn_graph_alloc(g, (size_t)(n * width) * sizeof *place), *p = place;
  for (int64_t s = 0; place && s < seqs->n_seqs; s++)
    for (int64_t t = 0; t < rn_ragged_length(seqs, s); t++)
      for (int64_t k = 0; k < width / 2; k++) {
        double turns = (double)t / (double)((int64_t)8 << k);
        *p++ = (float)sin(2 * M_PI * (turns - floor(turns)));
        *p++ = (float)cos(2 * M_PI * (turns - floor(turns)));
      }
  return rn_concat(g, (rn_tensor *[]){x, rn_constant(g, place, 2, (int64_t[]){n, width}, seqs)}, 2);
}

rn_tensor *rn_input_apply(const rn_input *in, rn_graph *g, const rn_encoded *e, const int64_t *pick, int64_t n, uint64_t seed,
                          uint64_t position) {
  static const int64_t none[] = {0};
  const int64_t *offset = rn_pick_offsets(g, &e->seqs, pick, n);
  rn_word_rows rows = {.seqs = offset ? (rn_ragged){n, offset} : (rn_ragged){0, none}, .letters_of = {0, none}, .pieces_of = {0, none}};
  if (e->values) {
    int64_t width = in->width - in->config.positions;
    const float *x = rn_pick_rows(g, &e->seqs, pick, &rows.seqs, e->values, (size_t)width * sizeof *x);
    return add_positions(in, g, rn_constant(g, x, 2, (int64_t[]){rn_ragged_rows(&rows.seqs), width}, &rows.seqs), &rows.seqs);
  }
  if (e->word) rows.word = pick_words(in, g, e, pick, &rows.seqs, rn_random_init(seed, rn_random_stream("unk") + position));
  if (e->casing) rows.casing = rn_pick_rows(g, &e->seqs, pick, &rows.seqs, e->casing, sizeof *e->casing);
  if (e->form) pick_forms(g, e, pick, &rows);
  rn_tensor *x = rn_layer_words_apply(&in->words, g, &rows);
  if (in->context) x = rn_concat(g, (rn_tensor *[]){x, rn_input_context_apply(in->context, g, &e->context, &e->seqs, pick, &rows.seqs)}, 2);
  return add_positions(in, g, x, &rows.seqs);
}
