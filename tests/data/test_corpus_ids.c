/* A text read as it streams by has the vocabulary and the ids of the same text read whole. */
#include "base/alloc.h"
#include "base/file.h"
#include "data/corpus_ids.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static rn_context *ctx;
static char path[64];

static int setup(void **state) {
  snprintf(path, sizeof path, "/tmp/rondo-ids-%d.txt", (int)getpid());
  return rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0);
}
static int teardown(void **state) {
  unlink(path);
  rn_context_free(ctx);
  return 0;
}

static rn_status open_text(const char *text, size_t size, const rn_vocab_options *o, rn_corpus_ids **out) {
  assert_int_equal(rn_file_write(path, text, size, NULL), RN_OK);
  return rn_corpus_ids_open(ctx, path, o, NULL, "/tmp", out);
}

/* The corpus of a text has a vocabulary and ids as the text read whole. Closes it, and frees the vocabulary. */
static void check_ids(rn_corpus_ids *corpus, rn_vocab *vocab, const char *text, size_t size) {
  rn_encoding want;
  assert_int_equal(rn_vocab_encode(ctx, vocab, text, size, &want), RN_OK);
  assert_true(rn_vocab_equal(vocab, rn_corpus_ids_vocab(corpus)));
  assert_int_equal(rn_corpus_ids_count(corpus), want.n);
  int32_t ids[7];
  int64_t n, at = 0;
  while (rn_corpus_ids_next(corpus, ids, 7, &n) == RN_OK && n > 0) {
    assert_memory_equal(ids, want.ids + at, (size_t)n * sizeof *ids);
    at += n;
  }
  assert_int_equal(at, want.n);
  assert_int_equal(rn_corpus_ids_unknown(corpus), want.n_unknown);
  rn_corpus_ids_close(corpus);
  rn_encoding_free(&want);
  rn_vocab_free(vocab);
}

static void check_same(const char *text, size_t size, rn_level level, int64_t min_count) {
  rn_vocab_options o = rn_vocab_options_default(level);
  o.min_count = min_count;
  rn_vocab *vocab;
  rn_corpus_ids *corpus;
  assert_int_equal(rn_vocab_build(ctx, text, size, &o, &vocab), RN_OK);
  assert_int_equal(open_text(text, size, &o, &corpus), RN_OK);
  check_ids(corpus, vocab, text, size);
}

static void test_as_read_whole(void **state) {
  static const char *const texts[] = {
      "a b a\nb a c\n", "no end of line", "a\n\n\nb\n", "x <unk> y <unk>\nx y\n", "caf\xc3\xa9 \xff\xfe caf\xc3\xa9\n", "\n", "one"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    for (int64_t min_count = 0; min_count <= 2; min_count++) {
      check_same(texts[i], strlen(texts[i]), RN_LEVEL_WORD, min_count);
      check_same(texts[i], strlen(texts[i]), RN_LEVEL_CHAR, min_count);
    }
  check_same("nul \0 here\n", 11, RN_LEVEL_WORD, 1);
}

/* Lines that are longer than a block, and a text of many blocks. */
static void test_across_blocks(void **state) {
  size_t size = (size_t)9 << 20;
  char *text = malloc(size);
  for (size_t i = 0; i < size; i++) text[i] = i % 7 == 6 ? ' ' : (char)('a' + i / 7 % 26);
  check_same(text, size, RN_LEVEL_WORD, 1);
  for (size_t i = 99; i < size; i += 100) text[i] = '\n';
  check_same(text, size, RN_LEVEL_WORD, 1);
  free(text);
}

/* A tokenizer of the text itself. */
static rn_tokenizer *learn_tokenizer(const char *text, size_t size, rn_tokenizer_type type) {
  rn_tokenizer_options o = rn_tokenizer_options_default(type);
  o.vocab_size = 300;
  const char *file = path;
  rn_tokenizer *t;
  assert_int_equal(rn_file_write(path, text, size, NULL), RN_OK);
  assert_int_equal(rn_tokenizer_train(ctx, &file, 1, &o, &t), RN_OK);
  return t;
}

static void check_same_tokens(const char *text, size_t size, rn_tokenizer_type type) {
  rn_tokenizer *t = learn_tokenizer(text, size < 4096 ? size : 4096, type);
  rn_corpus_ids *corpus;
  rn_vocab *vocab;
  assert_int_equal(rn_file_write(path, text, size, NULL), RN_OK);
  assert_int_equal(rn_corpus_ids_open(ctx, path, NULL, t, "/tmp", &corpus), RN_OK);
  assert_int_equal(rn_vocab_from_tokenizer(ctx, t, &vocab), RN_OK);
  int64_t n = 0;
  for (int32_t id = 0; id < rn_vocab_size(vocab); id++) n += rn_vocab_count(rn_corpus_ids_vocab(corpus), id);
  assert_int_equal(n, rn_corpus_ids_count(corpus));
  check_ids(corpus, vocab, text, size);
}

/* Byte pairs, which see white space beyond a line end; WordPiece, whose line ends are an eos or nothing; unigram, which can not be cut. */
static void test_tokens(void **state) {
  static const char *const texts[] = {"a b a\nb a c\n", "no end of line", " a \n\n\n b\n", "caf\xc3\xa9 \xff\xfe caf\xc3\xa9\n",
                                      "\n a\n \n"};
  static const rn_tokenizer_type types[] = {RN_TOKENIZER_BPE, RN_TOKENIZER_WORDPIECE, RN_TOKENIZER_UNIGRAM};
  size_t size = (size_t)9 << 20;
  char *text = malloc(size);
  for (size_t i = 0; i < size; i++) text[i] = i % 7 == 6 ? ' ' : (char)('a' + i / 7 % 26);
  for (size_t i = 99; i < size; i += 100) text[i] = '\n', text[i - i % 3] = '\n';
  for (int k = 0; k < 3; k++) {
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) check_same_tokens(texts[i], strlen(texts[i]), types[k]);
    check_same_tokens(text, types[k] == RN_TOKENIZER_UNIGRAM ? size / 2 : size, types[k]);
  }
  free(text);
}

static void test_errors(void **state) {
  rn_vocab_options o = rn_vocab_options_default(RN_LEVEL_WORD);
  rn_corpus_ids *corpus;
  size_t size = 70000;
  char *text = malloc(size);
  memset(text, 'x', size);
  memcpy(text, "a b\nc ", 6);
  assert_int_equal(open_text(text, size, &o, &corpus), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), ".txt:2:3: a word of 69994 bytes"));
  rn_context_clear(ctx);
  free(text);
  assert_int_equal(open_text("", 0, &o, &corpus), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "empty"));
  rn_context_clear(ctx);
  assert_int_equal(rn_corpus_ids_open(ctx, "/no/such/text", &o, NULL, "/tmp", &corpus), RN_ERROR_IO);
  rn_context_clear(ctx);
}

static void test_each_allocation_failed_once(void **state) {
  rn_vocab_options o = rn_vocab_options_default(RN_LEVEL_WORD);
  rn_corpus_ids *corpus;
  assert_int_equal(rn_file_write(path, "a b c\na b\n", 10, NULL), RN_OK);
  rn_tokenizer *t = learn_tokenizer("a b c\na b\n", 10, RN_TOKENIZER_BPE);
  for (int tokens = 0; tokens < 2; tokens++) {
    rn_status status = RN_ERROR_MEMORY;
    for (uint64_t i = 1; status != RN_OK; i++) {
      rn_alloc_fail_after(i);
      status = rn_corpus_ids_open(ctx, path, &o, tokens ? t : NULL, "/tmp", &corpus);
      rn_alloc_fail_after(0);
      assert_true(status == RN_OK || status == RN_ERROR_MEMORY);
      rn_context_clear(ctx);
    }
    rn_corpus_ids_close(corpus);
  }
  rn_tokenizer_free(t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_as_read_whole),
      cmocka_unit_test(test_across_blocks),
      cmocka_unit_test(test_tokens),
      cmocka_unit_test(test_errors),
      cmocka_unit_test(test_each_allocation_failed_once),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
