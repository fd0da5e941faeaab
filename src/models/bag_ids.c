/* bag_ids.c: what a bag of words holds. */
#include "models/bag_ids.h"
#include "base/alloc.h"
#include "base/utf8.h"
#include <string.h>

typedef struct builder {
  const rn_bag_options *options;
  const rn_lexicon *lexicon;
  int32_t n_words, unk; /* of the vocabulary */
  int32_t *ids;
  int64_t n, capacity;
  bool failed;
} builder;

static void add(builder *b, int32_t id) {
  if (b->n == b->capacity) {
    int64_t capacity = 2 * b->capacity;
    int32_t *ids = rn_realloc(b->ids, (size_t)capacity * sizeof *ids);
    if (!ids) {
      b->failed = true;
      return;
    }
    b->ids = ids;
    b->capacity = capacity;
  }
  b->ids[b->n++] = id;
}

static void add_hashed(builder *b, uint64_t hash) { add(b, b->n_words + (int32_t)(hash % (uint64_t)b->options->buckets)); }

/* FNV-1a of 32 bits, bytes taken as signed: fastText's. */
static uint32_t hash_bytes(const char *bytes, size_t size) {
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < size; i++) h = (h ^ (uint32_t)(int8_t)bytes[i]) * 16777619u;
  return h;
}

/* Runs of min_subword to max_subword letters of "<word>", but not < or > alone. */
static void add_subwords(builder *b, const char *form, size_t form_size) {
  const rn_bag_options *o = b->options;
  char word[RN_MAX_FORM + 2];
  size_t size = form_size + 2, used;
  word[0] = '<';
  memcpy(word + 1, form, form_size);
  word[size - 1] = '>';
  for (size_t first = 0; first < size; first += used) {
    rn_utf8_decode(word + first, size - first, &used, NULL);
    size_t end = first, letter;
    for (int64_t n = 1; end < size && n <= o->max_subword; n++) {
      rn_utf8_decode(word + end, size - end, &letter, NULL);
      end += letter;
      if (n >= o->min_subword && !(n == 1 && (first == 0 || end == size))) add_hashed(b, hash_bytes(word + first, end - first));
    }
  }
}

/* Runs of 2 to word_ngrams words, which begin with word i; hashes are sign-extended as fastText does. */
static void add_runs(builder *b, const uint32_t *hash, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    uint64_t h = (uint64_t)(int32_t)hash[i];
    for (int64_t j = i + 1; j < n && j < i + b->options->word_ngrams; j++) {
      h = h * 116049371u + (uint64_t)(int32_t)hash[j];
      add_hashed(b, h);
    }
  }
}

/* The form of a word too long for one is its first bytes: it is in no vocabulary, but has n-grams. */
static uint32_t add_word(builder *b, rn_string word) {
  char form[RN_MAX_FORM];
  int64_t size = rn_form(word.data, word.size, b->options->fold, form, sizeof form);
  if (size < 0) {
    size = sizeof form;
    memcpy(form, word.data, sizeof form);
  }
  int32_t id = rn_lexicon_word(b->lexicon, word.data, word.size);
  if (id != b->unk) add(b, id);
  if (b->options->max_subword > 0) add_subwords(b, form, (size_t)size);
  return hash_bytes(form, (size_t)size);
}

static int64_t longest(const rn_ragged *seqs) {
  int64_t most = 0;
  for (int64_t s = 0; s < seqs->n_seqs; s++)
    if (rn_ragged_length(seqs, s) > most) most = rn_ragged_length(seqs, s);
  return most;
}

rn_status rn_bag_ids_init(rn_context *ctx, const rn_bag_options *options, const rn_lexicon *lexicon, const rn_vocab *vocab,
                          const rn_ragged *seqs, const rn_string *words, rn_bag_ids *out) {
  builder b = {.options = options, .lexicon = lexicon, .n_words = (int32_t)rn_vocab_size(vocab), .unk = rn_vocab_unk(vocab)};
  b.capacity = rn_ragged_rows(seqs) + 16;
  b.ids = rn_alloc((size_t)b.capacity * sizeof *b.ids);
  int64_t *offset = rn_alloc_zero((size_t)seqs->n_seqs + 1, sizeof *offset);
  uint32_t *hash = rn_alloc_zero((size_t)longest(seqs) + 1, sizeof *hash);
  bool ready = b.ids && offset && hash;
  for (int64_t s = 0; ready && !b.failed && s < seqs->n_seqs; s++) {
    int64_t first = seqs->offset[s], n = rn_ragged_length(seqs, s);
    for (int64_t i = 0; i < n; i++) hash[i] = add_word(&b, words[first + i]);
    if (options->word_ngrams > 1) add_runs(&b, hash, n);
    offset[s + 1] = b.n;
  }
  rn_free(hash);
  *out = (rn_bag_ids){.seqs = {seqs->n_seqs, offset}, .ids = b.ids};
  if (ready && !b.failed) return RN_OK;
  rn_bag_ids_free(out);
  return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the n-grams of %lld sequences", (long long)seqs->n_seqs);
}

void rn_bag_ids_free(rn_bag_ids *bag) {
  rn_free(bag->ids);
  rn_free((int64_t *)bag->seqs.offset);
  *bag = (rn_bag_ids){0};
}
