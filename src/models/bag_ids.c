/* bag_ids.c: what a bag of words holds. */
#include "models/bag_ids.h"
#include "base/alloc.h"
#include "text/subwords.h"
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

static uint32_t hash_bytes(const char *bytes, size_t size) {
  uint32_t h = RN_SUBWORD_SEED;
  for (size_t i = 0; i < size; i++) h = rn_subword_hash_byte(h, bytes[i]);
  return h;
}

static void add_subword(void *user, uint32_t hash) { add_hashed(user, hash); }

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
  rn_subwords(form, (size_t)size, b->options->min_subword, b->options->max_subword, add_subword, b);
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
