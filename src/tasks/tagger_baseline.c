/* tagger_baseline.c: the label that a row's symbol most often had in training: what a tagger must be better than. See <rondo/tagger.h>.
 *
 * A symbol is a string of bytes: what a word is looked up as, or bases with how many of them stand before and behind. The empty one is in
 * every row. */
#include "tasks/tagger_state.h"
#include <string.h>

enum { MAX_BASES = 31, SIDE = MAX_BASES / 2 + 1 };

typedef struct symbol {
  uint8_t bytes[2 + MAX_BASES];
  size_t size;
} symbol;

typedef struct baseline {
  rn_context *ctx;
  const rn_tagger_model *net;
  const rn_sequences *train;
  int64_t before, behind;  /* bases on either side */
  bool wanted[SIDE][SIDE]; /* so many bases before and behind stand around a base that is asked for */
  rn_map *count;           /* of a symbol and a label: n(x, y) */
  rn_map *best;            /* of a symbol: the largest rank_of */
} baseline;

/* ---- what was seen ---- */

/* Larger for a larger count; of equal ones, for the smaller label. */
static int64_t rank_of(int64_t count, int32_t label) { return (count << 31) + (INT32_MAX - label); }
static int32_t label_of(int64_t rank) { return INT32_MAX - (int32_t)(rank & INT32_MAX); }

static bool count(baseline *b, const symbol *x, int32_t label) {
  uint8_t key[sizeof x->bytes + sizeof label];
  memcpy(key, x->bytes, x->size);
  memcpy(key + x->size, &label, sizeof label);
  int64_t *n = rn_map_insert(b->count, key, x->size + sizeof label, 0, NULL);
  if (!n) return false;
  int64_t rank = rank_of(++*n, label), *best = rn_map_insert(b->best, x->bytes, x->size, rank, NULL);
  if (best && rank > *best) *best = rank;
  return best;
}

static int32_t answer(const baseline *b, const symbol *x) {
  const int64_t *best = rn_map_find(b->best, x->bytes, x->size);
  if (!best) best = rn_map_find(b->best, x->bytes, 0);
  return best ? label_of(*best) : 0;
}

/* ---- symbols ---- */

/* Empty for a word that the model does not know. */
static rn_status word_symbol(const baseline *b, rn_string word, symbol *x) {
  int64_t key;
  rn_status status = rn_input_key(b->ctx, &b->net->input, word, &key);
  x->size = key >= 0 ? sizeof key : 0;
  memcpy(x->bytes, &key, sizeof key);
  return status;
}

/* 0 .. 3 for A C G T, 4 for a set of them. */
static uint8_t base_of(const float *p) {
  for (uint8_t k = 0; k < 4; k++)
    if (p[k] == 1) return k;
  return 4;
}

/* Those around the base whose probabilities stand at `rows`. */
static symbol bases_symbol(const float *rows, int64_t before, int64_t behind) {
  symbol x = {.bytes = {(uint8_t)before, (uint8_t)behind}, .size = 2};
  for (int64_t t = -before; t <= behind; t++) x.bytes[x.size++] = base_of(rows + 4 * t);
  return x;
}

/* How many bases stand before base t of n, and behind it, as far as they are read. */
static int64_t bases_before(const baseline *b, int64_t t) { return t < b->before ? t : b->before; }
static int64_t bases_behind(const baseline *b, int64_t t, int64_t n) { return n - 1 - t < b->behind ? n - 1 - t : b->behind; }

static void find_wanted(baseline *b, const rn_ragged *seqs) {
  for (int64_t q = 0; q < seqs->n_seqs; q++)
    for (int64_t t = 0, n = rn_ragged_length(seqs, q); t < n; t++) b->wanted[bases_before(b, t)][bases_behind(b, t, n)] = true;
}

/* ---- training and answers ---- */

/* Row r, which is row t of the n of its sequence, in all the ways in which it may be asked for. */
static bool count_row(baseline *b, int64_t r, int64_t t, int64_t n, int32_t label) {
  const rn_sequences *s = b->train;
  bool ok = count(b, &(symbol){.size = 0}, label);
  if (s->input == RN_INPUT_WORDS) {
    symbol x;
    return ok && word_symbol(b, s->words[r], &x) == RN_OK && (x.size == 0 || count(b, &x, label));
  }
  if (s->input != RN_INPUT_DNA) return ok;
  for (int64_t before = 0; before <= bases_before(b, t); before++)
    for (int64_t behind = 0; ok && behind <= bases_behind(b, t, n); behind++) {
      if (!b->wanted[before][behind]) continue;
      symbol x = bases_symbol(s->values + 4 * r, before, behind);
      ok = count(b, &x, label);
    }
  return ok;
}

static rn_status learn(baseline *b) {
  const rn_ragged *seqs = &b->train->seqs;
  int64_t n_labels = rn_label_set_size(b->net->labels.labels);
  rn_tagger_truth truth;
  rn_status status = rn_tagger_truth_init(b->ctx, b->net, b->train, &truth);
  if (status != RN_OK) return status;
  bool ok = true;
  for (int64_t q = 0; q < seqs->n_seqs; q++)
    for (int64_t first = seqs->offset[q], n = rn_ragged_length(seqs, q), t = 0; ok && t < n; t++)
      if (truth.expected[first + t] < n_labels) ok = count_row(b, first + t, t, n, truth.expected[first + t]);
  rn_tagger_truth_free(&truth);
  return ok ? RN_OK : rn_context_fail(b->ctx, RN_ERROR_MEMORY, "out of memory for the baseline"); /* or what failed before that */
}

static rn_status predict(void *user, const rn_sequences *s, int32_t *labels, int64_t *n_unknown) {
  const baseline *b = user;
  for (int64_t q = 0; q < s->seqs.n_seqs; q++)
    for (int64_t first = s->seqs.offset[q], n = rn_ragged_length(&s->seqs, q), r = first; r < first + n; r++) {
      symbol x = {.size = 0};
      if (s->input == RN_INPUT_WORDS) {
        rn_status status = word_symbol(b, s->words[r], &x);
        if (status != RN_OK) return status;
        *n_unknown += x.size == 0;
      } else if (s->input == RN_INPUT_DNA) {
        x = bases_symbol(s->values + 4 * r, bases_before(b, r - first), bases_behind(b, r - first, n));
      }
      labels[r] = answer(b, &x);
    }
  return RN_OK;
}

/* Sequences of the kind that the model reads. */
static rn_status check(const baseline *b, const rn_sequences *s) {
  const rn_input *in = &b->net->input;
  if (s->input != in->config.kind)
    return rn_context_fail(b->ctx, RN_ERROR_ARGUMENT, "a model of %s cannot read %s", rn_input_kind_name(in->config.kind),
                           rn_input_kind_name(s->input));
  if (s->input == RN_INPUT_DNA && s->n_vars != 4)
    return rn_context_fail(b->ctx, RN_ERROR_DATA, "a base is 4 numbers, not %lld", (long long)s->n_vars);
  return RN_OK;
}

rn_status rn_tagger_baseline(rn_context *ctx, const rn_model *model, const rn_sequences *train, const rn_sequences *sequences, int64_t k,
                             rn_tagger_scores **out) {
  *out = NULL;
  const rn_tagger_model *net = rn_tagger_of(ctx, model);
  if (!net) return RN_ERROR_ARGUMENT;
  if (k < 0 || k > MAX_BASES)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%lld bases around a base: must be 1 to %d", (long long)k, MAX_BASES);
  if (k == 0) k = RN_TAGGER_BASELINE_BASES;
  baseline b = {.ctx = ctx, .net = net, .train = train, .before = (k - 1) / 2, .behind = k / 2};
  rn_status status = check(&b, train);
  if (status == RN_OK) status = check(&b, sequences);
  if (status != RN_OK) return status;
  b.count = rn_map_new();
  b.best = rn_map_new();
  if (!b.count || !b.best) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the baseline");
  if (status == RN_OK) find_wanted(&b, &sequences->seqs);
  if (status == RN_OK) status = learn(&b);
  if (status == RN_OK) status = rn_tagger_scores_new(ctx, net, sequences, predict, &b, out);
  rn_map_free(b.count);
  rn_map_free(b.best);
  return status;
}
