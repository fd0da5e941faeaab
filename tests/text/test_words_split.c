/* test_words_split.c: texts to words: a table of cases, and on any bytes that nothing but white space is lost. */
#include "base/random.h"
#include "base/utf8.h"
#include <rondo/text.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void assert_split(rn_split how, const char *text, const char *expected) {
  rn_string words[64];
  char line[512];
  size_t at = 0;
  int64_t n = rn_words_split(how, text, strlen(text), words, 64);
  assert_in_range(n, 0, 64);
  for (int64_t i = 0; i < n; i++) {
    if (i) line[at++] = '|';
    memcpy(line + at, words[i].data, words[i].size);
    at += words[i].size;
  }
  line[at] = 0;
  assert_string_equal(line, expected);
}

static void test_words(void **state) {
  static const char *const table[][2] = {
      {"She can't (yet).", "She|ca|n't|(|yet|)|."},
      {"We'll say it's John's, won't we?", "We|'ll|say|it|'s|John|'s|,|wo|n't|we|?"},
      {"I don\xe2\x80\x99t; they\xe2\x80\x99re", "I|do|n\xe2\x80\x99t|;|they|\xe2\x80\x99re"},
      {"You shouldn't've", "You|should|n't|'ve"},
      {"O'Reilly's rock 'n' roll", "O'Reilly|'s|rock|'|n|'|roll"},
      {"the dogs' well-known -- and long - tails", "the|dogs|'|well-known|--|and|long|-|tails"},
      {"1,000.50 at 10:30, 3/4 or 5%.", "1,000.50|at|10:30|,|3/4|or|5|%|."},
      {"-5 degrees, +3 and .5 of $4.20", "-5|degrees|,|+3|and|.5|of|$|4.20"},
      {"U.N. and e.g. the U.S., at 5 p.m. (Ph.D.)", "U.N.|and|e.g.|the|U.S.|,|at|5|p.m.|(|Ph.D.|)"},
      {"J. Smith and I. He is plan B.", "J.|Smith|and|I|.|He|is|plan|B|."},
      {"Mr. Dr. Who etc. met him.Then they left.", "Mr.|Dr.|Who|etc.|met|him|.|Then|they|left|."},
      {"Well... no!! What?!", "Well|...|no|!!|What|?|!"},
      {"See http://a.org/b?c=(d), www.x.com.", "See|http://a.org/b?c=(d|)|,|www.x.com|."},
      {"Mail a.b-c@d.org or amazon.com.", "Mail|a.b-c@d.org|or|amazon.com|."},
      {"nice:) really :-D ;) =P (2:1) a:b", "nice|:)|really|:-D|;)|=P|(|2:1|)|a|:|b"},
      {"AT&T 1990s 3rd and/or well_known", "AT&T|1990s|3rd|and|/|or|well_known"},
      {"``Quoted'' \"so\" 'and so'", "``|Quoted|''|\"|so|\"|'|and|so|'"},
      {"\xc3\xa9t\xc3\xa9 \xe2\x80\x9c\xd0\x94\xd0\xb0\xe2\x80\x9d", "\xc3\xa9t\xc3\xa9|\xe2\x80\x9c|\xd0\x94\xd0\xb0|\xe2\x80\x9d"},
      {"e\xcc\x81t\xe2\x9d\xa4\xef\xb8\x8f!", "e\xcc\x81t|\xe2\x9d\xa4\xef\xb8\x8f|!"}, /* marks go with what they mark */
      {"a\xff"
       "b \xc3( x",
       "a\xff"
       "b|\xc3|(|x"},
      {"one\xc2\xa0two\xe3\x80\x80three\n\tfour", "one|two|three|four"},
      {"do n't John 's", "do|n't|John|'s"}, /* what was split stays so */
      {"-LRB- the '70s mr. X -rrb- -lrb", "-LRB-|the|'70s|mr.|X|-rrb-|-|lrb"},
      {"==== ** # c#", "====|**|#|c|#"},
      {"  ", ""},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) assert_split(RN_SPLIT_WORDS, table[i][0], table[i][1]);
}

static void test_others(void **state) {
  assert_split(RN_SPLIT_SPACE, " She can't (yet).\n", "She|can't|(yet).");
  assert_split(RN_SPLIT_CHARACTERS, "a\xe4\xb8\xad b\xff\xe4\xb8.", "a|\xe4\xb8\xad|b|\xff|\xe4\xb8|.");
  assert_int_equal(rn_words_split(RN_SPLIT_SPACE, NULL, 0, NULL, 0), 0);
  rn_string one;
  assert_int_equal(rn_words_split(RN_SPLIT_SPACE, "a b c", 5, &one, 1), 3);
  assert_int_equal(one.size, 1);
  for (rn_split s = RN_SPLIT_SPACE, found; s <= RN_SPLIT_CHARACTERS; s++) {
    assert_true(rn_split_parse(rn_split_name(s), &found));
    assert_int_equal(found, s);
  }
  assert_false(rn_split_parse("word", &(rn_split){0}));
}

/* Any bytes: words in order, none empty, and between them white space alone. The text is copied to its size, so that reading past its
 * end is seen. */
static void test_any_bytes(void **state) {
  static const char *const parts[] = {"a",
                                      "B",
                                      "n",
                                      "'",
                                      "t",
                                      ".",
                                      ",",
                                      ":",
                                      "-",
                                      " ",
                                      "7",
                                      "@",
                                      "/",
                                      ")",
                                      "http://",
                                      "\xe2\x80\x99",
                                      "\xff",
                                      "s",
                                      "\n",
                                      "=",
                                      "_",
                                      "\xcc\x81",
                                      "`",
                                      "www.",
                                      "\xe3\x80\x80",
                                      "x\0y"};
  rn_random random = rn_random_init(7, 0);
  for (int round = 0; round < 20000; round++) {
    char text[256];
    size_t size = 0;
    for (int64_t n = (int64_t)rn_random_below(&random, 24); n > 0; n--) {
      const char *part = parts[rn_random_below(&random, sizeof parts / sizeof *parts)];
      for (; *part; part++) text[size++] = *part;
      if (rn_random_below(&random, 40) == 0) text[size++] = (char)rn_random_below(&random, 256);
    }
    char *copy = malloc(size + !size);
    rn_string words[256];
    memcpy(copy, text, size);
    for (rn_split how = RN_SPLIT_SPACE; how <= RN_SPLIT_CHARACTERS; how++) {
      int64_t n = rn_words_split(how, copy, size, words, 256);
      const char *at = copy;
      for (int64_t i = 0; i <= n; i++) {
        const char *stop = i < n ? words[i].data : copy + size;
        assert_true(stop >= at);
        while (at < stop) {
          size_t used;
          assert_int_equal(rn_utf8_class(rn_utf8_decode(at, (size_t)(stop - at), &used, NULL)), RN_CHAR_SPACE);
          at += used;
        }
        if (i < n) assert_true(words[i].size > 0);
        if (i < n) at += words[i].size;
      }
    }
    free(copy);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_others), cmocka_unit_test(test_any_bytes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
