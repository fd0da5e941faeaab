/* test_bag_ids.c: what a bag holds: words, and runs of words and letters in the rows where fastText's hashes put them (computed apart from
 * its definition). */
#include "base/check.h"
#include "models/bag_ids.h"

enum { BUCKETS = 1 << 30 };

static rn_context *ctx;
static rn_vocab *vocab;
static rn_lexicon *lexicon;

static const rn_string words[] = {{"a", 1},
                                  {"good", 4},
                                  {"soup", 4},
                                  {"good", 4},
                                  {"new", 3},
                                  {"\xc3\xa9"
                                   "a",
                                   3}};

static int setup(void **state) {
  rn_vocab_words known = {.words = words, .n = 4}; /* <unk>, good, a, soup */
  return rn_context_new(NULL, &ctx, NULL, 0) || rn_vocab_of_words(ctx, &known, &vocab) || rn_lexicon_new(ctx, vocab, NULL, false, &lexicon);
}

static int teardown(void **state) {
  rn_lexicon_free(lexicon);
  rn_vocab_free(vocab);
  rn_context_free(ctx);
  return 0;
}

/* The ids of words first .. end - 1 as one sequence; a hashed one is < 0: -1 - its bucket. */
static void assert_ids(rn_bag_options o, int first, int end, int n, const int64_t *expected) {
  rn_bag_ids bag;
  rn_ragged seqs = {1, (int64_t[]){0, end - first}};
  int64_t n_words = rn_vocab_size(vocab);
  assert_int_equal(rn_bag_ids_init(ctx, &o, lexicon, vocab, &seqs, words + first, &bag), RN_OK);
  assert_int_equal(bag.seqs.n_seqs, 1);
  assert_int_equal(bag.seqs.offset[1], n);
  for (int i = 0; i < n; i++) assert_int_equal(bag.ids[i], expected[i] >= 0 ? expected[i] : n_words - 1 - expected[i]);
  rn_bag_ids_free(&bag);
  assert_null(bag.ids);
}

static void words_alone(void **state) {
  assert_ids((rn_bag_options){.word_ngrams = 1}, 0, 4, 4, (int64_t[]){2, 1, 3, 1});
  assert_ids((rn_bag_options){.word_ngrams = 1}, 3, 6, 1, (int64_t[]){1}); /* what the vocabulary has not has no row */
}

static void runs_of_words(void **state) {
  rn_bag_options o = {.word_ngrams = 3, .buckets = BUCKETS};
  assert_ids(o, 0, 3, 6, (int64_t[]){2, 1, 3, -1 - 380520060, -1 - 248557334, -1 - 205181642});
  o.word_ngrams = 2;
  assert_ids(o, 0, 2, 3, (int64_t[]){2, 1, -1 - 380520060});
  assert_ids(o, 0, 1, 1, (int64_t[]){2});
}

static void runs_of_letters(void **state) {
  rn_bag_options o = {.word_ngrams = 1, .min_subword = 1, .max_subword = 1, .buckets = BUCKETS};
  assert_ids(o, 0, 1, 2, (int64_t[]){2, -1 - 604776748}); /* but not < and > */
  o.min_subword = 2;
  o.max_subword = 3; /* <é <éa éa éa> a> */
  assert_ids(o, 5, 6, 5, (int64_t[]){-1 - 672036627, -1 - 12978294, -1 - 506639328, -1 - 668018298, -1 - 287614806});
}

static void sequences_of_any_length(void **state) {
  rn_bag_options o = {.word_ngrams = 2, .min_subword = 3, .max_subword = 6, .buckets = 10};
  static char letters[3000];
  memset(letters, 'x', sizeof letters);
  const rn_string some[] = {{letters, sizeof letters}, {"", 0}, {"good", 4}};
  rn_bag_ids bag;
  rn_ragged seqs = {4, (int64_t[]){0, 0, 2, 3, 3}};
  assert_int_equal(rn_bag_ids_init(ctx, &o, lexicon, vocab, &seqs, some, &bag), RN_OK);
  assert_int_equal(bag.seqs.offset[1], 0);
  assert_int_equal(bag.seqs.offset[4], bag.seqs.offset[3]);
  for (int64_t i = 0; i < bag.seqs.offset[4]; i++) assert_in_range(bag.ids[i], 1, rn_vocab_size(vocab) + 9);
  rn_bag_ids_free(&bag);
}

static void fails_every_allocation(void **state) {
  rn_bag_options o = {.word_ngrams = 2, .buckets = 10};
  rn_ragged seqs = {1, (int64_t[]){0, 6}};
  for (uint64_t n = 1;; n++) {
    rn_bag_ids bag;
    rn_alloc_fail_after(n);
    rn_status status = rn_bag_ids_init(ctx, &o, lexicon, vocab, &seqs, words, &bag);
    rn_alloc_fail_after(0);
    rn_context_clear(ctx);
    rn_bag_ids_free(&bag);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(words_alone), cmocka_unit_test(runs_of_words), cmocka_unit_test(runs_of_letters),
                                     cmocka_unit_test(sequences_of_any_length), cmocka_unit_test(fails_every_allocation)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
