/* test_lexicon.c: words as models read them: vocabularies of word lists, forms, casing and letters. */
#include "base/alloc.h"
#include "text/lexicon.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static rn_context *ctx;

static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

/* The words of a line between blanks. */
static int64_t cut(const char *line, rn_string *words) { return rn_words_split(RN_SPLIT_SPACE, line, strlen(line), words, 32); }

static rn_vocab *build(const char *line, rn_vocab_words how) {
  rn_string words[32];
  rn_vocab *v = NULL;
  how.n = cut(line, words);
  how.words = words;
  rn_context_clear(ctx);
  assert_int_equal(rn_vocab_of_words(ctx, &how, &v), RN_OK);
  return v;
}

static void assert_symbols(const rn_vocab *v, const char *line) {
  rn_string words[32];
  int64_t n = cut(line, words);
  assert_int_equal(rn_vocab_size(v), n);
  for (int32_t i = 0; i < n; i++) {
    size_t size;
    const char *symbol = rn_vocab_symbol(v, i, &size);
    assert_int_equal(size, words[i].size);
    assert_memory_equal(symbol, words[i].data, size);
    assert_int_equal(rn_vocab_find(v, symbol, size), i);
  }
}

static void test_vocab(void **state) {
  rn_vocab *v = build("the cat saw The cat in 1999 in", (rn_vocab_words){0});
  assert_symbols(v, "<unk> cat in the saw The 1999");
  assert_int_equal(rn_vocab_unk(v), 0);
  assert_int_equal(rn_vocab_count(v, 1), 2);
  assert_int_equal(rn_vocab_count(v, 3), 1);
  rn_vocab_free(v);

  v = build("the cat saw The cat in 1999 in", (rn_vocab_words){.fold = true});
  assert_symbols(v, "<unk> the cat in saw 0000");
  rn_vocab_free(v);

  v = build("the cat saw The cat in 1999 in", (rn_vocab_words){.min_count = 2});
  assert_symbols(v, "<unk> cat in");
  assert_int_equal(rn_vocab_count(v, 0), 4); /* the, saw, The, 1999 */
  rn_vocab_free(v);

  v = build("b a b c c b <unk>", (rn_vocab_words){.max_size = 2});
  assert_symbols(v, "<unk> b");
  assert_int_equal(rn_vocab_count(v, 0), 4);
  rn_vocab_free(v);

  rn_string extra[4];
  int64_t n_extra = cut("dog saw Dog cat", extra);
  v = build("the cat saw The cat in in", (rn_vocab_words){.min_count = 2, .extra = extra, .n_extra = n_extra});
  assert_symbols(v, "<unk> cat in saw dog Dog");
  assert_int_equal(rn_vocab_count(v, 3), 1);
  assert_int_equal(rn_vocab_count(v, 4), 0);
  rn_vocab_free(v);
}

/* Whatever the words are, the vocabulary is one that a model file can hold, counts included. */
static void test_odd_words(void **state) {
  static char longest[RN_MAX_FORM], longer[RN_MAX_FORM + 1];
  memset(longest, 'x', sizeof longest);
  memset(longer, 'x', sizeof longer);
  rn_string words[] = {{"caf\xe9", 4}, {"a\0b", 3}, {longest, sizeof longest}, {longer, sizeof longer}, {"", 0}, {"a\0b", 3}};
  rn_vocab_words from = {.words = words, .n = 6};
  rn_vocab *v, *back;
  assert_int_equal(rn_vocab_of_words(ctx, &from, &v), RN_OK);
  assert_int_equal(rn_vocab_size(v), 4);
  assert_string_equal(rn_vocab_symbol(v, 1, NULL), "a\xef\xbf\xbd"
                                                   "b");
  json_t *json = rn_vocab_to_json(v);
  char *text = rn_json_text(json);
  json_decref(json);
  assert_int_equal(rn_json_parse(text, strlen(text), "text", &json, NULL), RN_OK);
  assert_int_equal(rn_vocab_from_json(json, "file", &back, NULL), RN_OK);
  assert_true(rn_vocab_equal(v, back));
  assert_int_equal(rn_vocab_count(back, 1), 2);
  rn_lexicon *lexicon;
  assert_int_equal(rn_lexicon_new(ctx, v, NULL, false, &lexicon), RN_OK);
  const int32_t ids[] = {2, 1, 3, 0, 0, 1};
  for (int i = 0; i < 6; i++) assert_int_equal(rn_lexicon_word(lexicon, words[i].data, words[i].size), ids[i]);
  rn_lexicon_free(lexicon);
  rn_free(text);
  json_decref(json);
  rn_vocab_free(back);
  rn_vocab_free(v);

  from = (rn_vocab_words){.words = words + 3, .n = 2};
  assert_int_equal(rn_vocab_of_words(ctx, &from, &v), RN_ERROR_DATA);
  assert_null(v);
  rn_context_clear(ctx);
}

static int32_t id_of(const rn_vocab *v, bool fold, const char *word) {
  rn_lexicon *lexicon;
  assert_int_equal(rn_lexicon_new(ctx, v, NULL, fold, &lexicon), RN_OK);
  int32_t id = rn_lexicon_word(lexicon, word, strlen(word));
  rn_lexicon_free(lexicon);
  return id;
}

static void test_word(void **state) {
  rn_vocab *v = build("The the 0 0.0 \xc3\x89tat \xc3\xa9tat", (rn_vocab_words){0});
  assert_symbols(v, "<unk> The the 0 0.0 \xc3\x89tat \xc3\xa9tat");
  assert_int_equal(id_of(v, false, "The"), 1);
  assert_int_equal(id_of(v, false, "THE"), 2);
  assert_int_equal(id_of(v, false, "7.5"), 4);
  assert_int_equal(id_of(v, false, "\xc3\x89TAT"), 6);
  assert_int_equal(id_of(v, false, "cat"), 0);
  assert_int_equal(id_of(v, true, "The"), 2);      /* only the folded form is looked up */
  assert_int_equal(id_of(v, true, "\xd9\xa7"), 3); /* an Arabic seven */
  rn_vocab_free(v);
}

static void test_casing(void **state) {
  static const struct {
    const char *word;
    rn_casing casing;
  } table[] = {
      {"word", RN_CASING_LOWER},
      {"n't", RN_CASING_LOWER},
      {"\xc3\xa9tat", RN_CASING_LOWER},
      {"word-list", RN_CASING_LOWER},
      {"Word", RN_CASING_TITLE},
      {"I", RN_CASING_TITLE},
      {"\xc3\x89tat", RN_CASING_TITLE},
      {"'Tis", RN_CASING_TITLE},
      {"EU", RN_CASING_UPPER},
      {"U.N.", RN_CASING_UPPER},
      {"McGee", RN_CASING_MIXED},
      {"iPod", RN_CASING_MIXED},
      {"12", RN_CASING_NUMBER},
      {"1,000.5", RN_CASING_NUMBER},
      {"3rd", RN_CASING_HAS_DIGIT},
      {"A4", RN_CASING_HAS_DIGIT},
      {"...", RN_CASING_PUNCTUATION},
      {"$", RN_CASING_PUNCTUATION},
      {"\xe2\x80\x94", RN_CASING_PUNCTUATION},
      {"\xe4\xb8\xad", RN_CASING_OTHER},
      {"", RN_CASING_OTHER},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    assert_int_equal(rn_lexicon_casing(table[i].word, strlen(table[i].word)), table[i].casing);
}

static void test_letters(void **state) {
  rn_string words[4];
  int64_t n = cut("abba caf\xc3\xa9 \xff", words);
  char *letters = rn_letters_of_words(words, n);
  assert_string_equal(letters, "abcf\xc3\xa9\xef\xbf\xbd");
  rn_vocab *v = build("a", (rn_vocab_words){0});
  rn_lexicon *lexicon;
  assert_int_equal(rn_lexicon_new(ctx, v, letters, false, &lexicon), RN_OK);
  rn_free(letters);
  assert_int_equal(rn_lexicon_n_letters(lexicon), 7);
  int32_t out[9] = {0};
  assert_int_equal(rn_lexicon_letters(lexicon, "fa\xc3\xa9z\xfe", 6, out, 8), 5);
  assert_memory_equal(out, ((int32_t[]){4, 1, 5, 0, 6}), 5 * sizeof *out);
  assert_int_equal(rn_lexicon_letters(lexicon, "", 0, out, 8), 0);
  out[5] = -1;
  assert_int_equal(rn_lexicon_letters(lexicon, "abc", 3, out, 3), 3);
  assert_memory_equal(out, ((int32_t[]){1, 2, 3}), 3 * sizeof *out);
  static char longest[10000];
  memset(longest, 'z', sizeof longest);
  memcpy(longest, "abc", 3);
  memcpy(longest + sizeof longest - 3, "cfa", 3);
  assert_int_equal(rn_lexicon_letters(lexicon, longest, sizeof longest, out, 5), 5);
  assert_memory_equal(out, ((int32_t[]){1, 2, 3, 4, 1, -1}), 6 * sizeof *out);
  rn_lexicon_free(lexicon);
  assert_int_equal(rn_lexicon_new(ctx, v, NULL, false, &lexicon), RN_OK);
  assert_int_equal(rn_lexicon_n_letters(lexicon), 0);
  rn_lexicon_free(lexicon);
  assert_int_equal(rn_lexicon_new(ctx, v, "", false, &lexicon), RN_ERROR_DATA);
  assert_null(lexicon);
  rn_context_clear(ctx);
  rn_vocab_free(v);
}

static void test_out_of_memory(void **state) {
  rn_string words[2] = {{"one", 3}, {"two", 3}};
  rn_vocab_words from = {.words = words, .n = 2};
  for (uint64_t k = 1;; k++) {
    rn_vocab *v = NULL;
    rn_lexicon *lexicon = NULL;
    rn_alloc_fail_after(k);
    char *letters = rn_letters_of_words(words, 2);
    rn_status status = letters ? rn_vocab_of_words(ctx, &from, &v) : RN_ERROR_MEMORY;
    if (status == RN_OK) status = rn_lexicon_new(ctx, v, letters, false, &lexicon);
    rn_alloc_fail_after(0);
    assert_true(status == RN_OK || status == RN_ERROR_MEMORY);
    rn_context_clear(ctx);
    rn_lexicon_free(lexicon);
    rn_vocab_free(v);
    rn_free(letters);
    if (status == RN_OK) break;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_vocab),  cmocka_unit_test(test_odd_words), cmocka_unit_test(test_word),
      cmocka_unit_test(test_casing), cmocka_unit_test(test_letters),   cmocka_unit_test(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
