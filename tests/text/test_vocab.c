/* test_vocab.c: vocabularies at both levels, encoding with places in errors, decoding, and what texts do wrong. */
#include "base/alloc.h"
#include "base/file.h"
#include "text/vocab.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static rn_context *ctx;

static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

static rn_vocab *build(const char *text, size_t size, rn_vocab_options options) {
  rn_vocab *v = NULL;
  rn_context_clear(ctx);
  assert_int_equal(rn_vocab_build(ctx, text, size, &options, &v), RN_OK);
  return v;
}

static void assert_symbol(const rn_vocab *v, int32_t id, const char *symbol) {
  assert_string_equal(rn_vocab_symbol(v, id, NULL), symbol);
  assert_int_equal(rn_vocab_find(v, symbol, strlen(symbol)), id);
}

/* Ids decoded one after the other. */
static char *decode(const rn_vocab *v, const rn_encoding *e) {
  char *out = calloc(1, 4096);
  size_t at = 0;
  for (int64_t i = 0; i < e->n; i++) at += rn_vocab_decode(v, i > 0 ? e->ids[i - 1] : -1, e->ids[i], out + at, 4096 - at);
  return out;
}

static void test_chars(void **state) {
  const char *text = "abba\nb\xc3\xa9\xf0\x9f\x98\x80 \xe4\xb8\xad\n";
  rn_vocab_options options = rn_vocab_options_default(RN_LEVEL_CHAR);
  options.unk = false;
  rn_vocab *v = build(text, strlen(text), options);
  assert_int_equal(rn_vocab_size(v), 7);
  assert_int_equal(rn_vocab_unk(v), -1);
  assert_symbol(v, 0, "b"); /* three of them */
  assert_symbol(v, 1, "a");
  assert_symbol(v, 2, "\n");
  assert_int_equal(rn_vocab_eos(v), 2);
  assert_int_equal(rn_vocab_count(v, 0), 3);
  rn_encoding e;
  assert_int_equal(rn_vocab_encode(ctx, v, text, strlen(text), &e), RN_OK);
  assert_int_equal(e.n, 11);
  assert_int_equal(e.n_chars, 11);
  assert_int_equal(e.n_bytes, (int64_t)strlen(text));
  char *back = decode(v, &e);
  assert_string_equal(back, text);
  free(back);
  rn_encoding_free(&e);

  assert_int_equal(rn_vocab_encode(ctx, v, "ab\nbz", 5, &e), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "2:2"));
  assert_non_null(strstr(rn_context_error(ctx), "z"));
  rn_context_clear(ctx);
  assert_int_equal(rn_vocab_encode_prompt(ctx, v, "azb", 3, &e), RN_OK);
  assert_int_equal(e.n, 2);
  assert_int_equal(e.n_unknown, 1);
  rn_encoding_free(&e);
  rn_vocab_free(v);
}

static void test_words(void **state) {
  const char *text = "the cat  saw\tthe dog\nthe end"; /* a double blank, a tab, a last line without its end */
  rn_vocab *v = build(text, strlen(text), (rn_vocab_options){.level = RN_LEVEL_WORD, .min_count = 1, .unk = true});
  assert_symbol(v, 0, "<unk>");
  assert_symbol(v, 1, "the");
  assert_symbol(v, 2, "<eos>");
  assert_symbol(v, 3, "cat");
  assert_int_equal(rn_vocab_size(v), 7);
  rn_encoding e;
  assert_int_equal(rn_vocab_encode(ctx, v, text, strlen(text), &e), RN_OK);
  assert_int_equal(e.n, 9);
  assert_int_equal(e.ids[8], 2);
  char *back = decode(v, &e);
  assert_string_equal(back, "the cat saw the dog\nthe end\n");
  free(back);
  rn_encoding_free(&e);

  assert_int_equal(rn_vocab_encode(ctx, v, "the bird", 8, &e), RN_OK);
  assert_int_equal(e.n_unknown, 1);
  assert_int_equal(e.ids[1], 0);
  rn_encoding_free(&e);
  assert_int_equal(rn_vocab_encode_prompt(ctx, v, "the cat", 7, &e), RN_OK);
  assert_int_equal(e.n, 2); /* no <eos>: the line goes on */
  rn_encoding_free(&e);
  rn_vocab_free(v);
}

static void test_rare_words(void **state) {
  const char *text = "a a a b b c\n";
  rn_vocab *v = build(text, strlen(text), rn_vocab_options_default(RN_LEVEL_WORD)); /* twice or more */
  assert_int_equal(rn_vocab_size(v), 4);
  assert_int_equal(rn_vocab_count(v, 0), 1);
  assert_int_equal(rn_vocab_find(v, "c", 1), -1);
  assert_true(rn_vocab_eos(v) > 0); /* kept, though the text has one line */
  rn_vocab_free(v);

  text = "a <unk> b\n";
  v = build(text, strlen(text), rn_vocab_options_default(RN_LEVEL_WORD)); /* somebody cut this vocabulary already */
  assert_int_equal(rn_vocab_size(v), 4);
  assert_int_equal(rn_vocab_unk(v), 0);
  assert_int_equal(rn_vocab_count(v, 0), 1);
  rn_vocab_free(v);

  v = build("aaabbc", 6, (rn_vocab_options){.level = RN_LEVEL_CHAR, .max_size = 2});
  assert_int_equal(rn_vocab_size(v), 2);
  assert_symbol(v, 0, "<unk>");
  assert_symbol(v, 1, "a");
  assert_int_equal(rn_vocab_count(v, 0), 3);
  rn_vocab_free(v);
}

static void test_odd_texts(void **state) {
  rn_vocab *v = NULL;
  rn_vocab_options chars = rn_vocab_options_default(RN_LEVEL_CHAR), words = rn_vocab_options_default(RN_LEVEL_WORD);
  assert_int_equal(rn_vocab_build(ctx, "", 0, &chars, &v), RN_ERROR_DATA);
  assert_null(v);
  rn_context_clear(ctx);
  assert_int_equal(rn_vocab_build(ctx, " \t ", 3, &words, &v), RN_ERROR_DATA);
  rn_context_clear(ctx);

  chars.unk = false;
  v = build("xxxx", 4, chars); /* a vocabulary of one */
  assert_int_equal(rn_vocab_size(v), 1);
  rn_vocab_free(v);

  const char nul[] = "a\0b\0\n";
  v = build(nul, 5, chars);
  assert_int_equal(rn_vocab_find(v, "\0", 1), 0);
  rn_vocab_free(v);

  const char bad[] = "a\xff\xe4\xb8 b"; /* two ill-formed parts: each is U+FFFD */
  v = build(bad, 6, chars);
  rn_encoding e;
  assert_int_equal(rn_vocab_encode(ctx, v, bad, 6, &e), RN_OK);
  assert_int_equal(e.n, 5);
  assert_int_equal(e.n_invalid, 2);
  assert_int_equal(e.ids[1], e.ids[2]);
  assert_int_equal(e.ids[1], rn_vocab_find(v, "\xef\xbf\xbd", 3));
  rn_encoding_free(&e);
  rn_vocab_free(v);

  char *huge = malloc(100000);
  memset(huge, 'x', 100000);
  huge[1] = '\n';
  assert_int_equal(rn_vocab_build(ctx, huge, 100000, &words, &v), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), "2:1"));
  rn_context_clear(ctx);
  free(huge);
}

static void check_json(const char *text, size_t size, rn_level level, bool lines) {
  rn_vocab *v = build(text, size, (rn_vocab_options){.level = level, .min_count = 1, .unk = true}), *back = NULL;
  json_t *json = rn_vocab_to_json(v), *again = NULL;
  char *written = rn_json_text(json);
  rn_error error = {0};
  assert_int_equal(json_is_string(json_object_get(json, "symbols")), lines);
  assert_int_equal(rn_json_parse(written, strlen(written), "test", &again, &error), RN_OK);
  assert_int_equal(rn_vocab_from_json(again, "test", &back, &error), RN_OK);
  assert_true(rn_vocab_equal(v, back));
  assert_int_equal(rn_vocab_eos(v), rn_vocab_eos(back));
  assert_int_equal(rn_vocab_count(v, 1), rn_vocab_count(back, 1));
  rn_vocab_free(back);
  rn_vocab_free(v);
  rn_free(written);
  json_decref(json);
  json_decref(again);
}

static void test_json(void **state) {
  const char text[] = "a\0b\0\n\"\\\xc3\xa9";
  check_json(text, sizeof text - 1, RN_LEVEL_CHAR, false);
  check_json("one two\nthr\xc3\xa9\xc3\xa9 \"two\" \\n\n", 22, RN_LEVEL_WORD, true);

  json_t *again;
  rn_vocab *back;
  rn_error error;
  const char *const malformed[] = {"{}",
                                   "[]",
                                   "{\"level\":\"char\",\"symbols\":[],\"counts\":[],\"unk\":-1}",
                                   "{\"level\":\"char\",\"symbols\":[\"a\"],\"counts\":[],\"unk\":-1}",
                                   "{\"level\":\"char\",\"symbols\":[\"a\",\"a\"],\"counts\":[1,1],\"unk\":-1}",
                                   "{\"level\":\"char\",\"symbols\":[\"a\"],\"counts\":[1],\"unk\":5}",
                                   "{\"level\":\"char\",\"symbols\":[3],\"counts\":[1],\"unk\":0}",
                                   "{\"level\":\"char\",\"symbols\":[\"a\"],\"counts\":[-1],\"unk\":0}",
                                   "{\"level\":\"word\",\"symbols\":\"a\\nb\",\"counts\":\"1\",\"unk\":-1}",
                                   "{\"level\":\"word\",\"symbols\":\"a\\nb\",\"counts\":\"1 \",\"unk\":-1}",
                                   "{\"level\":\"word\",\"symbols\":\"a\\nb\",\"counts\":\"1 2 3\",\"unk\":-1}",
                                   "{\"level\":\"word\",\"symbols\":\"a\\nb\",\"counts\":\"1 -2\",\"unk\":-1}",
                                   "{\"level\":\"word\",\"symbols\":\"a\\na\",\"counts\":\"1 2\",\"unk\":-1}",
                                   "{\"level\":\"word\",\"symbols\":\"a\\nb\",\"counts\":[1,2],\"unk\":-1}"};
  for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
    error = (rn_error){0};
    assert_int_equal(rn_json_parse(malformed[i], strlen(malformed[i]), "test", &again, &error), RN_OK);
    assert_int_equal(rn_vocab_from_json(again, "test", &back, &error), RN_ERROR_DATA);
    assert_null(back);
    json_decref(again);
  }
}

static void test_decode_is_bounded(void **state) {
  rn_vocab *v = build("longword longword\n", 18, (rn_vocab_options){.level = RN_LEVEL_WORD, .min_count = 1});
  char out[6];
  assert_int_equal(rn_vocab_decode(v, 0, 0, out, sizeof out), 5);
  assert_string_equal(out, " long");
  assert_int_equal(rn_vocab_decode(v, 0, 99, out, sizeof out), 0);
  assert_int_equal(rn_vocab_decode(v, 0, 0, out, 0), 0);
  rn_vocab_free(v);
}

static void test_memory_faults(void **state) {
  const char *text = "one two three two\nthree \xff four\n";
  for (uint64_t n = 1;; n++) {
    rn_vocab *v = NULL;
    rn_encoding e = {0};
    rn_vocab_options options = rn_vocab_options_default(RN_LEVEL_WORD);
    rn_context_clear(ctx);
    rn_alloc_fail_after(n);
    rn_status status = rn_vocab_build(ctx, text, strlen(text), &options, &v);
    if (status == RN_OK) status = rn_vocab_encode(ctx, v, text, strlen(text), &e);
    rn_alloc_fail_after(0);
    rn_encoding_free(&e);
    rn_vocab_free(v);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
  }
  rn_context_clear(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_chars),         cmocka_unit_test(test_words), cmocka_unit_test(test_rare_words),
      cmocka_unit_test(test_odd_texts),     cmocka_unit_test(test_json),  cmocka_unit_test(test_decode_is_bounded),
      cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
