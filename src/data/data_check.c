/* data_check.c: see data_check.h. Equal sequences are found by a hash of their rows, and then compared. */
#include "base/arena.h"
#include "base/file.h"
#include "base/map.h"
#include "base/utf8.h"
#include "text/label_set.h"
#include "text/lexicon.h"
#include <math.h>
#include <rondo/data_check.h>
#include <string.h>

/* What is known of a data set, for the other parts to be compared with. */
typedef struct known {
  const rn_sequences *s;
  rn_arena *arena;
  rn_map *index; /* hash of a sequence's rows -> the first one with it */
  rn_label_set *labels;
  rn_vocab *vocab;
  rn_lexicon *lexicon;
} known;

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the check of the data"); }

static void known_free(known *k) {
  if (!k) return;
  rn_map_free(k->index);
  rn_label_set_free(k->labels);
  rn_lexicon_free(k->lexicon);
  rn_vocab_free(k->vocab);
  rn_arena_free(k->arena);
}

/* ---- equal sequences ---- */

static bool same_string(rn_string a, rn_string b) { return a.size == b.size && memcmp(a.data, b.data, a.size) == 0; }

static bool same_strings(const rn_string *a, const rn_string *b, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (!same_string(a[i], b[i])) return false;
  return true;
}

/* Where a value is missing it is 0, so that a missing one and a zero look alike here. */
static bool same_rows(const rn_sequences *a, int64_t i, const rn_sequences *b, int64_t j) {
  int64_t n = rn_ragged_length(&a->seqs, i), from = a->seqs.offset[i], to = b->seqs.offset[j];
  if (n != rn_ragged_length(&b->seqs, j)) return false;
  if (a->words) return same_strings(a->words + from, b->words + to, n);
  return memcmp(a->values + from * a->n_vars, b->values + to * b->n_vars, (size_t)(n * a->n_vars) * sizeof *a->values) == 0;
}

static uint64_t hash_rows(const rn_sequences *s, int64_t i) {
  int64_t n = rn_ragged_length(&s->seqs, i), first = s->seqs.offset[i];
  if (!s->words) return rn_hash(s->values + first * s->n_vars, (size_t)(n * s->n_vars) * sizeof *s->values);
  uint64_t hash = 0;
  for (int64_t t = first; t < first + n; t++)
    hash = rn_hash((uint64_t[]){hash, rn_hash(s->words[t].data, s->words[t].size)}, 2 * sizeof hash);
  return hash;
}

static bool same_labels(const rn_sequences *s, int64_t i, int64_t j) {
  const rn_ragged *of = s->per_row ? &s->seqs : &s->label_of;
  int64_t n = rn_ragged_length(of, i);
  return n == rn_ragged_length(of, j) && same_strings(s->labels + of->offset[i], s->labels + of->offset[j], n);
}

static bool find_duplicates(known *k, rn_data_check *check) {
  const rn_sequences *s = k->s;
  if (!(k->index = rn_map_new())) return false;
  for (int64_t i = 0; i < s->seqs.n_seqs; i++) {
    uint64_t hash = hash_rows(s, i);
    bool fresh;
    const int64_t *first = rn_map_insert(k->index, &hash, sizeof hash, i, &fresh);
    if (!first) return false;
    if (fresh || !same_rows(s, i, s, *first)) continue;
    rn_duplicate found = {i, *first};
    if (check->n_duplicates < RN_MAX_FINDINGS) check->duplicates[check->n_duplicates] = found;
    check->n_duplicates++;
    if (!s->labels || same_labels(s, i, *first)) continue;
    if (check->n_contradictions < RN_MAX_FINDINGS) check->contradictions[check->n_contradictions] = found;
    check->n_contradictions++;
  }
  return true;
}

/* ---- labels ---- */

static int64_t n_labels(const rn_sequences *s) {
  return !s->labels ? 0 : s->per_row ? rn_ragged_rows(&s->seqs) : rn_ragged_rows(&s->label_of);
}

/* The labels of a set, and how often each stands among those of s. */
static rn_label_count *count_labels(rn_arena *arena, const rn_label_set *set, const rn_sequences *s) {
  int64_t n = rn_label_set_size(set);
  rn_label_count *labels = rn_arena_alloc(arena, (size_t)n * sizeof *labels);
  for (int64_t i = 0; labels && i < n; i++) labels[i] = (rn_label_count){rn_label_set_name(set, i), 0};
  for (int64_t i = 0; labels && i < n_labels(s); i++) labels[rn_label_set_find(set, s->labels[i])].count++;
  return labels;
}

static rn_status check_labels(rn_context *ctx, known *k, rn_data_check *check) {
  if (n_labels(k->s) == 0) return RN_OK;
  rn_status status = rn_label_set_new(ctx, k->s->labels, n_labels(k->s), &k->labels);
  if (status != RN_OK) return status;
  check->n_labels = rn_label_set_size(k->labels);
  if (!(check->labels = count_labels(k->arena, k->labels, k->s))) return no_memory(ctx);
  for (int64_t i = 0; !k->s->per_row && i < k->s->seqs.n_seqs; i++) check->n_several += rn_ragged_length(&k->s->label_of, i) > 1;
  return RN_OK;
}

/* The scheme of the tags, and then where they break it. */
static rn_status check_tags(rn_context *ctx, const known *k, rn_data_check *check) {
  const rn_sequences *s = k->s;
  check->chunks = s->per_row && k->labels && rn_label_set_are_chunks(k->labels);
  if (!check->chunks) return RN_OK;
  size_t n = (size_t)rn_ragged_rows(&s->seqs);
  rn_tag *tags = rn_arena_alloc(k->arena, n * sizeof *tags);
  int64_t *places = rn_arena_alloc(k->arena, (n + 1) * sizeof *places);
  if (!tags || !places) return no_memory(ctx);
  rn_tag_evidence evidence = {0};
  for (size_t t = 0; t < n; t++) tags[t] = rn_tag_parse(rn_label_set_name(k->labels, rn_label_set_find(k->labels, s->labels[t])));
  for (int64_t i = 0; i < s->seqs.n_seqs; i++) rn_tags_count(&evidence, tags + s->seqs.offset[i], rn_ragged_length(&s->seqs, i));
  check->scheme = rn_tags_detect(&evidence);
  for (int64_t i = 0; i < s->seqs.n_seqs; i++) {
    int64_t found = rn_tags_invalid(check->scheme, tags + s->seqs.offset[i], rn_ragged_length(&s->seqs, i), places);
    for (int64_t f = 0; f < found; f++, check->n_faults++)
      if (check->n_faults < RN_MAX_FINDINGS) check->faults[check->n_faults] = (rn_tag_fault){i, places[f]};
  }
  return RN_OK;
}

/* ---- rows ---- */

static rn_status check_words(rn_context *ctx, known *k, rn_data_check *check) {
  const rn_sequences *s = k->s;
  rn_vocab_words from = {.words = s->words, .n = rn_ragged_rows(&s->seqs)};
  rn_status status = rn_vocab_of_words(ctx, &from, &k->vocab);
  if (status == RN_OK) status = rn_lexicon_new(ctx, k->vocab, NULL, false, &k->lexicon);
  if (status != RN_OK) return status;
  check->n_words = rn_vocab_size(k->vocab) - 1; /* but for <unk> */
  for (int64_t i = 1; i <= check->n_words; i++) check->n_once += rn_vocab_count(k->vocab, (int32_t)i) == 1;
  for (int64_t t = 0; t < from.n; t++)
    if (rn_utf8_count_bad(s->words[t].data, s->words[t].size, NULL) && check->n_malformed++ == 0) check->first_malformed = t;
  return RN_OK;
}

static rn_variable_range range_of(const rn_sequences *s, int64_t v) {
  int64_t n_rows = rn_ragged_rows(&s->seqs), n = 0;
  rn_variable_range range = {.low = NAN, .high = NAN};
  double mean = 0, squares = 0; /* Welford 1962 */
  for (int64_t at = v; at < n_rows * s->n_vars; at += s->n_vars) {
    double x = s->values[at], before = x - mean;
    if (s->missing && s->missing[at]) continue;
    mean += before / (double)++n;
    squares += before * (x - mean);
    range.low = fmin(range.low, x); /* of NaN and a number, the number */
    range.high = fmax(range.high, x);
  }
  range.n_missing = n_rows - n;
  range.mean = n ? mean : NAN;
  range.deviation = n ? sqrt(squares / (double)n) : NAN;
  return range;
}

static rn_status check_numbers(rn_context *ctx, known *k, rn_data_check *check) {
  const rn_sequences *s = k->s;
  rn_variable_range *variables = rn_arena_alloc(k->arena, (size_t)s->n_vars * sizeof *variables);
  if (!variables) return no_memory(ctx);
  for (int64_t v = 0; v < s->n_vars; v++) {
    variables[v] = range_of(s, v);
    check->n_missing += variables[v].n_missing;
  }
  check->variables = variables;
  for (int64_t t = 0; s->input == RN_INPUT_DNA && t < rn_ragged_rows(&s->seqs); t++) {
    const float *p = s->values + 4 * t;
    check->n_ambiguous += fmaxf(fmaxf(p[0], p[1]), fmaxf(p[2], p[3])) < 1;
  }
  return RN_OK;
}

/* ---- the whole ---- */

rn_status rn_data_check_new(rn_context *ctx, const rn_sequences *sequences, rn_data_check **out) {
  *out = NULL;
  rn_arena *arena = rn_arena_new();
  known *k = arena ? rn_arena_alloc_zero(arena, sizeof *k) : NULL;
  rn_data_check *check = k ? rn_arena_alloc_zero(arena, sizeof *check) : NULL;
  if (!check) {
    rn_arena_free(arena);
    return no_memory(ctx);
  }
  *k = (known){.s = sequences, .arena = arena};
  check->owner = k;
  rn_status status = check_labels(ctx, k, check);
  if (status == RN_OK) status = check_tags(ctx, k, check);
  if (status == RN_OK) status = sequences->words ? check_words(ctx, k, check) : check_numbers(ctx, k, check);
  if (status == RN_OK && !find_duplicates(k, check)) status = no_memory(ctx);
  if (status == RN_OK) *out = check;
  else rn_data_check_free(check);
  return status;
}

void rn_data_check_free(rn_data_check *check) {
  if (check) known_free(check->owner);
}

/* ---- another part ---- */

static void find_shared(const known *k, const rn_sequences *other, rn_data_overlap *overlap) {
  for (int64_t i = 0; i < other->seqs.n_seqs; i++) {
    uint64_t hash = hash_rows(other, i);
    const int64_t *first = rn_map_find(k->index, &hash, sizeof hash);
    if (!first || !same_rows(other, i, k->s, *first)) continue;
    if (overlap->n_shared < RN_MAX_FINDINGS) overlap->shared[overlap->n_shared] = (rn_duplicate){i, *first};
    overlap->n_shared++;
  }
}

static rn_status find_new_labels(rn_context *ctx, const known *k, const rn_sequences *other, known *own, rn_data_overlap *overlap) {
  if (n_labels(other) == 0) return RN_OK;
  rn_status status = rn_label_set_new(ctx, other->labels, n_labels(other), &own->labels);
  if (status != RN_OK) return status;
  rn_label_count *labels = count_labels(own->arena, own->labels, other);
  if (!labels) return no_memory(ctx);
  for (int64_t i = 0; i < rn_label_set_size(own->labels); i++) {
    rn_string name = {labels[i].label, strlen(labels[i].label)};
    if (!k->labels || rn_label_set_find(k->labels, name) < 0) labels[overlap->n_new++] = labels[i];
  }
  overlap->new_labels = labels;
  return RN_OK;
}

rn_status rn_data_overlap_new(rn_context *ctx, const rn_data_check *training, const rn_sequences *other, rn_data_overlap **out) {
  const known *k = training->owner;
  *out = NULL;
  if (other->n_vars != k->s->n_vars)
    return rn_context_fail(ctx, RN_ERROR_DATA, "%lld variables; training has %lld", (long long)other->n_vars, (long long)k->s->n_vars);
  rn_arena *arena = rn_arena_new();
  known *own = arena ? rn_arena_alloc_zero(arena, sizeof *own) : NULL;
  rn_data_overlap *overlap = own ? rn_arena_alloc_zero(arena, sizeof *overlap) : NULL;
  if (!overlap) {
    rn_arena_free(arena);
    return no_memory(ctx);
  }
  own->arena = arena;
  overlap->owner = own;
  rn_status status = find_new_labels(ctx, k, other, own, overlap);
  if (status != RN_OK) {
    rn_data_overlap_free(overlap);
    return status;
  }
  find_shared(k, other, overlap);
  int32_t unknown = k->lexicon ? rn_vocab_unk(k->vocab) : -1;
  for (int64_t t = 0; k->lexicon && t < rn_ragged_rows(&other->seqs); t++)
    overlap->n_unknown += rn_lexicon_word(k->lexicon, other->words[t].data, other->words[t].size) == unknown;
  *out = overlap;
  return RN_OK;
}

void rn_data_overlap_free(rn_data_overlap *overlap) {
  if (overlap) known_free(overlap->owner);
}
