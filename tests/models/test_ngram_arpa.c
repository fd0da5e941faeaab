/* ARPA files: what a small one means, ends that are missing, and each thing that can be wrong with its line and column. */
#include "base/alloc.h"
#include "base/file.h"
#include "models/ngram.h"
#include <math.h>
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
  snprintf(path, sizeof path, "/tmp/rondo-arpa-%d.arpa", (int)getpid());
  return rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0);
}
static int teardown(void **state) {
  unlink(path);
  rn_context_free(ctx);
  return 0;
}

static rn_status read_text(const char *text, rn_model **out) {
  assert_int_equal(rn_file_write(path, text, strlen(text), NULL), RN_OK);
  return rn_ngram_read_arpa(ctx, path, out);
}

#define HEAD "\\data\\\nngram 1=5\nngram 2=3\n\n"
#define UNIGRAMS "\\1-grams:\n-1\t<unk>\n-99\t<s>\t-0.5\n-0.9\t</s>\n-0.6\ta\t-0.3\n-0.7\tb\n\n"
#define BIGRAMS "\\2-grams:\n-0.2\t<s> a\n-0.4\ta b\n-0.1\tb </s>\n\n"
#define TAIL "\\end\\\n"
static const char whole[] = HEAD UNIGRAMS BIGRAMS TAIL;

static double log_10(const rn_ngram *g, rn_ngram_state *s, const rn_model *model, const char *word) {
  int32_t id = rn_vocab_find(rn_model_vocab(model), word, strlen(word));
  assert_true(id >= 0);
  return rn_ngram_next(g, s, id) / M_LN10;
}

static void check_small(const char *text) {
  rn_model *model;
  if (read_text(text, &model) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  const rn_ngram *g = rn_ngram_of(ctx, model);
  assert_true(g->config.lines);
  assert_int_equal(g->config.count[0], 4); /* <s> and </s> are one */
  rn_ngram_state s = rn_ngram_start(g);
  assert_true(fabs(log_10(g, &s, model, "a") + 0.2) < 1e-6);
  assert_true(fabs(log_10(g, &s, model, "a") + 0.6 + 0.3) < 1e-6); /* backs off */
  assert_true(fabs(log_10(g, &s, model, "b") + 0.4) < 1e-6);
  assert_true(fabs(log_10(g, &s, model, "<eos>") + 0.1) < 1e-6);
  s = rn_ngram_start(g);
  assert_true(fabs(log_10(g, &s, model, "<unk>") + 1 + 0.5) < 1e-6);
  rn_model_free(model);
}

static void test_meaning(void **state) {
  check_small(whole);
  check_small("words before are passed over\n" HEAD UNIGRAMS "\\2-grams:\n-0.1 b </s>\n-0.4 a b\n-0.2 <s> a\n" TAIL
              "and behind\n"); /* any order, blanks */
  check_small(
      "\\data\\\r\nngram  1=5\r\nngram 2= 3\r\n\r\n\\1-grams:\r\n-0.9\t</s>\r\n-1\t<unk>\r\n-99\t<s>\t-0.5\r\n-0.6\ta\t-0.3\r\n-0.7\tb\r\n"
      "\\2-grams:\r\n-0.2\t<s> a\r\n-0.4\ta b\r\n-0.1\tb </s>\r\n\\end\\\r\n");
}

/* "a b c" is there without "b c": behind b alone, c comes as backing off says. */
static void test_missing_ends(void **state) {
  rn_model *model;
  assert_int_equal(read_text("\\data\\\nngram 1=4\nngram 2=1\nngram 3=1\n\\1-grams:\n-0.5 a -0.1\n-0.6 b -0.2\n-0.7 c -0.3\n-2 "
                             "<unk>\n\\2-grams:\n-0.3 a b -0.4\n"
                             "\\3-grams:\n-0.05 a b c\n\\end\\\n",
                             &model),
                   RN_OK);
  const rn_ngram *g = rn_ngram_of(ctx, model);
  assert_false(g->config.lines);
  assert_int_equal(g->config.count[1], 2);
  rn_ngram_state s = {0};
  log_10(g, &s, model, "a");
  log_10(g, &s, model, "b");
  assert_true(fabs(log_10(g, &s, model, "c") + 0.05) < 1e-6);
  s = (rn_ngram_state){0};
  log_10(g, &s, model, "b");
  assert_true(fabs(log_10(g, &s, model, "c") + 0.2 + 0.7) < 1e-6);
  rn_model_free(model);
}

static void test_unknown_is_added(void **state) {
  rn_model *model;
  assert_int_equal(read_text("\\data\\\nngram 1=1\n\\1-grams:\n-0.5 a\n\\end\\\n", &model), RN_OK);
  assert_true(rn_vocab_unk(rn_model_vocab(model)) >= 0);
  rn_model_free(model);
}

static void test_errors(void **state) {
  static const struct {
    const char *text, *words;
  } cases[] = {
      {"", "no ARPA file: it has no line \\data\\"},
      {"hello\n", "no ARPA file"},
      {"\\data\\\n", "it ends before \\end\\: cut short"},
      {HEAD UNIGRAMS BIGRAMS, "cut short"},
      {"\\data\\\n\\1-grams:\n", ":2:1: \\data\\ says no count"},
      {"\\data\\\nngram 2=1\n", ":2:7: the count of order 1 is expected here"},
      {"\\data\\\nngram 1=x\n", ":2:7: expected ngram ORDER=COUNT"},
      {"\\data\\\nngram 1=-4\n", "expected ngram ORDER=COUNT"},
      {"\\data\\\nngrams\n", ":2:1: expected ngram ORDER=COUNT"},
      {"\\data\\\nngram 1=1\nngram 2=1\nngram 3=1\nngram 4=1\nngram 5=1\nngram 6=1\nngram 7=1\nngram 8=1\nngram 9=1\n",
       ":10:7: n-grams of more than 8 words"},
      {HEAD BIGRAMS TAIL, ":5:1: expected \\1-grams: here"},
      {HEAD UNIGRAMS TAIL, ":12:1: expected \\2-grams: here"},
      {HEAD UNIGRAMS BIGRAMS "\\3-grams:\n", "expected \\end\\ here"},
      {"\\data\\\nngram 1=6\nngram 2=3\n" UNIGRAMS BIGRAMS TAIL, ":11:1: 5 1-grams are above; \\data\\ says 6"},
      {"\\data\\\nngram 1=5\nngram 2=99\n" UNIGRAMS BIGRAMS TAIL, "3 2-grams are above; \\data\\ says 99"},
      {"\\data\\\nngram 1=1\n\\1-grams:\nnan\ta\n", ":4:1: the log probability is not a number: nan"},
      {"\\data\\\nngram 1=1\n\\1-grams:\n0.5\ta\n", ":4:1: a log probability of 0.5: a probability above 1"},
      {"\\data\\\nngram 1=1\n\\1-grams:\nx\ta\n", "not a number: x"},
      {"\\data\\\nngram 1=1\n\\1-grams:\n-1\ta\tinf\n", ":4:6: the backoff is not a number: inf"},
      {"\\data\\\nngram 1=1\n\\1-grams:\n-1\n", ":4:3: 0 words are here; a 1-gram has 1"},
      {"\\data\\\nngram 1=1\n\\1-grams:\n-1\ta\t-1\t-1\n", ":4:9: more than a log probability, 1 word and a backoff"},
      {"\\data\\\nngram 1=2\n\\1-grams:\n-1\ta\n-1\ta\n", ":5:4: the word a is there already"},
      {"\\data\\\nngram 1=2\n\\1-grams:\n-1\t</s>\n-1\t</s>\n", "the word </s> is there already"},
      {"\\data\\\nngram 1=1\n\\1-grams:\n-1\t\xff\n", ":4:4: this word is not UTF-8"},
      {HEAD UNIGRAMS "\\2-grams:\n-1\ta c\n", ":13:6: the word c is not among the unigrams"},
      {HEAD UNIGRAMS "\\2-grams:\n-1\ta <s>\n", ":13:6: <s> stands behind a word"},
      {HEAD UNIGRAMS "\\2-grams:\n-1\t</s> a\n", ":13:4: </s> stands before a word"},
      {HEAD UNIGRAMS "\\2-grams:\n-1\ta b\n-1\ta a\n-1\ta b\n\\end\\\n", ":15:1: this 2-gram is in line 13 already"},
      {"\\data\\\nngram 1=3\nngram 2=1\nngram 3=1\n\\1-grams:\n-1 a\n-1 b\n-1 c\n\\2-grams:\n-1 a b\n\\3-grams:\n-1 b a c\n\\end\\\n",
       ":12:1: the first 2 words of this 3-gram are not among the 2-grams"},
      {"\\data\\\nngram 1=0\n\\1-grams:\n\\end\\\n", "no unigram is in it"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rn_model *model;
    assert_int_equal(read_text(cases[i].text, &model), RN_ERROR_DATA);
    assert_null(model);
    if (!strstr(rn_context_error(ctx), cases[i].words)) fail_msg("case %zu: %s", i, rn_context_error(ctx));
    rn_context_clear(ctx);
  }
  rn_model *model;
  assert_int_equal(rn_ngram_read_arpa(ctx, "/no/such.arpa", &model), RN_ERROR_IO);
  rn_context_clear(ctx);
}

/* Every pair and every three of n words, more than a part has room for at first; blank lines among them. Line `wrong` (0: none) has a
 * word that is not known. */
static char *many_ngrams(int n, int wrong) {
  char *text = malloc((size_t)(n * n * n + n * n + n) * 32 + 256), *at = text;
  int line = 8 + n;
  at += sprintf(at, "\\data\\\nngram 1=%d\nngram 2=%d\nngram 3=%d\n\n\\1-grams:\n", n, n * n, n * n * n);
  for (int i = 0; i < n; i++) at += sprintf(at, "-2\tw%d\t-0.5\n", i);
  at += sprintf(at, "\n\\2-grams:\n");
  for (int i = 0; i < n * n; i++, line++)
    at += sprintf(at, "-%d.%d\tw%d w%d\t-0.%d\n", 1 + i % 3, i % 10, i * 31 % n, i * 31 % (n * n) / n, i % 9);
  at += sprintf(at, "\\3-grams:\n"), line++;
  for (int i = 0; i < n * n * n; i++) {
    if (i % 7 == 0) at += sprintf(at, "\n"), line++;
    int k = i * 31 % (n * n * n);
    at += sprintf(at, "-%d.%d\t%c%d w%d w%d\n", 1 + i % 3, i % 10, ++line == wrong ? 'x' : 'w', k % n, k / n % n, k / n / n);
  }
  sprintf(at, "\\end\\\n");
  return text;
}

/* The same by any number of threads, and the line of what is wrong. */
static void test_parts(void **state) {
  enum { N = 41, WRONG = 30000 };
  char *good = many_ngrams(N, 0), *bad = many_ngrams(N, WRONG), words[64];
  rn_model *model[2], *none;
  rn_context *threads;
  assert_int_equal(rn_context_new(&(rn_context_options){.n_threads = 3}, &threads, NULL, 0), RN_OK);
  assert_int_equal(read_text(good, &model[0]), RN_OK);
  assert_int_equal(rn_ngram_read_arpa(threads, path, &model[1]), RN_OK);
  const rn_ngram_level *a = rn_ngram_of(ctx, model[0])->level, *b = rn_ngram_of(ctx, model[1])->level;
  assert_int_equal(a[1].n, N * N);
  assert_int_equal(a[2].n, N * N * N);
  assert_memory_equal(a[1].values, b[1].values, N * N * sizeof *a[1].values);
  assert_memory_equal(a[2].words, b[2].words, N * N * N * sizeof *a[2].words);
  assert_memory_equal(a[2].log_p, b[2].log_p, N * N * N * sizeof *a[2].log_p);
  for (int i = 0; i < 2; i++) rn_model_free(model[i]);
  assert_int_equal(rn_file_write(path, bad, strlen(bad), NULL), RN_OK);
  assert_int_equal(rn_ngram_read_arpa(threads, path, &none), RN_ERROR_DATA);
  snprintf(words, sizeof words, ":%d:6: the word x", WRONG);
  if (!strstr(rn_context_error(threads), words)) fail_msg("%s", rn_context_error(threads));
  rn_context_free(threads);
  free(good);
  free(bad);
}

static void test_each_allocation_failed_once(void **state) {
  assert_int_equal(rn_file_write(path, whole, strlen(whole), NULL), RN_OK);
  rn_status status = RN_ERROR_MEMORY;
  for (uint64_t i = 1; status != RN_OK; i++) {
    rn_model *model;
    char out[80];
    snprintf(out, sizeof out, "%s.out", path);
    rn_alloc_fail_after(i);
    status = rn_ngram_read_arpa(ctx, path, &model);
    if (status == RN_OK) status = rn_ngram_write_arpa(ctx, model, out);
    rn_alloc_fail_after(0);
    if (status != RN_OK && status != RN_ERROR_MEMORY) fail_msg("%s", rn_context_error(ctx));
    rn_context_clear(ctx);
    rn_model_free(model);
    unlink(out);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_meaning),
      cmocka_unit_test(test_missing_ends),
      cmocka_unit_test(test_unknown_is_added),
      cmocka_unit_test(test_errors),
      cmocka_unit_test(test_parts),
      cmocka_unit_test(test_each_allocation_failed_once),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
