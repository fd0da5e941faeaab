/* test_tokenizer_golden.c: ids, offsets and decoded text as Hugging Face's tokenizers and SentencePiece give them, on hostile texts:
 * tests/golden/tokenizer_*.json, made by tools/golden/make_tokenizers.py. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"
#include "text/tokenizer_files.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define FOLDER RN_SOURCE_DIR "/tests/golden/"

static rn_context *ctx;

static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 2}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

static json_t *open_golden(const char *name) {
  char path[512];
  rn_bytes bytes;
  json_t *root;
  snprintf(path, sizeof path, FOLDER "tokenizer_%s.json", name);
  assert_int_equal(rn_bytes_open(path, 0, &bytes, NULL), RN_OK);
  assert_int_equal(rn_json_parse(bytes.data, bytes.size, path, &root, NULL), RN_OK);
  rn_bytes_close(&bytes);
  return root;
}

static size_t unbase64(const char *text, unsigned char *out) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint32_t bits = 0;
  int n_bits = 0;
  size_t n = 0;
  for (; *text && *text != '='; text++) {
    bits = bits << 6 | (uint32_t)(strchr(letters, *text) - letters);
    if ((n_bits += 6) >= 8) out[n++] = (unsigned char)(bits >> (n_bits -= 8));
  }
  return n;
}

static rn_tokenizer *tokenizer_of(const json_t *golden, const char *name) {
  rn_tokenizer *t = NULL;
  rn_status status;
  const char *model = rn_json_string(golden, "model", NULL);
  if (model) {
    unsigned char *bytes = rn_alloc(strlen(model));
    status = rn_tokenizer_read_sentencepiece(ctx, bytes, unbase64(model, bytes), name, &t);
    rn_free(bytes);
  } else {
    char *text = rn_json_text(json_object_get(golden, "tokenizer"));
    status = rn_tokenizer_parse(ctx, text, strlen(text), name, &t);
    rn_free(text);
  }
  if (status != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return t;
}

static bool continues(const char *text, size_t at) { return ((unsigned char)text[at] & 0xC0) == 0x80; }

/* Theirs count characters: a token of some bytes of one stands for all of it. Ours says which bytes. */
static void check_offsets(const rn_tokens *got, const json_t *offsets, const char *text, size_t size) {
  for (int64_t i = 0; i < got->n; i++) {
    const json_t *o = json_array_get(offsets, (size_t)i);
    assert_in_range(got->begin[i], 0, got->end[i]);
    assert_in_range(got->end[i], 0, size);
    if (!json_is_array(o)) continue;
    size_t begin = (size_t)got->begin[i], end = (size_t)got->end[i];
    while (continues(text, begin)) begin--;
    while (continues(text, end)) end++;
    assert_int_equal(begin, json_integer_value(json_array_get(o, 0)));
    assert_int_equal(end, json_integer_value(json_array_get(o, 1)));
  }
}

static void check_case(const rn_tokenizer *t, const char *name, const json_t *golden, const json_t *c) {
  const json_t *text = json_object_get(c, "text"), *ids = json_object_get(c, "ids"), *decoded = json_object_get(c, "decoded");
  rn_tokenize_options options = rn_tokenize_options_default();
  rn_tokens got;
  options.specials = rn_json_bool(golden, "specials", false);
  size_t size = json_string_length(text);
  assert_int_equal(rn_tokenizer_encode(ctx, t, json_string_value(text), size, &options, &got), RN_OK);
  if (got.n != (int64_t)json_array_size(ids))
    fail_msg("%s: \"%s\": %lld ids, not %zu", name, json_string_value(text), (long long)got.n, json_array_size(ids));
  for (int64_t i = 0; i < got.n; i++)
    if (got.ids[i] != json_integer_value(json_array_get(ids, (size_t)i)))
      fail_msg("%s: \"%s\": id %lld", name, json_string_value(text), (long long)i);
  check_offsets(&got, json_object_get(c, "offsets"), json_string_value(text), size);
  if (decoded) {
    char *out;
    size_t out_size;
    assert_int_equal(rn_tokenizer_decode(ctx, t, got.ids, got.n, false, &out, &out_size), RN_OK);
    assert_int_equal(out_size, json_string_length(decoded));
    assert_memory_equal(out, json_string_value(decoded), out_size);
    rn_tokenizer_text_free(out);
  }
  rn_tokens_free(&got);
}

/* The tokenizer, and then the one that its own tokenizer.json makes. */
static void check(const char *name, rn_tokenizer_type type) {
  json_t *golden = open_golden(name);
  const json_t *cases = json_object_get(golden, "cases");
  rn_tokenizer *t = tokenizer_of(golden, name), *again;
  assert_int_equal(rn_tokenizer_type_of(t), type);
  assert_int_equal(rn_tokenizer_parse(ctx, rn_tokenizer_json(t), strlen(rn_tokenizer_json(t)), name, &again), RN_OK);
  assert_true(json_array_size(cases) > 30);
  for (size_t i = 0; i < json_array_size(cases); i++) {
    check_case(t, name, golden, json_array_get(cases, i));
    check_case(again, name, golden, json_array_get(cases, i));
  }
  rn_tokenizer_free(again);
  rn_tokenizer_free(t);
  json_decref(golden);
}

static void test_bpe(void **state) {
  check("gpt2", RN_TOKENIZER_BPE);
  check("llama3", RN_TOKENIZER_BPE);
  check("llama", RN_TOKENIZER_BPE);
  check("sennrich", RN_TOKENIZER_BPE);
}
static void test_wordpiece(void **state) { check("bert", RN_TOKENIZER_WORDPIECE); }
static void test_unigram(void **state) {
  check("unigram", RN_TOKENIZER_UNIGRAM);
  check("xlmr", RN_TOKENIZER_UNIGRAM);
}
static void test_words(void **state) { check("words", RN_TOKENIZER_WORD); }
static void test_sentencepiece(void **state) {
  check("sentencepiece_unigram", RN_TOKENIZER_UNIGRAM);
  check("sentencepiece_unigram_bytes", RN_TOKENIZER_UNIGRAM);
  check("sentencepiece_suffix", RN_TOKENIZER_UNIGRAM);
  check("sentencepiece_bpe", RN_TOKENIZER_BPE);
  check("sentencepiece_bpe_bytes", RN_TOKENIZER_BPE);
}

/* A .model cut short anywhere, or with a byte changed, is refused or read: nothing else. */
static void test_damaged_model(void **state) {
  json_t *golden = open_golden("sentencepiece_bpe_bytes");
  const char *model = rn_json_string(golden, "model", "");
  unsigned char *bytes = rn_alloc(strlen(model));
  size_t size = unbase64(model, bytes);
  rn_tokenizer *t;
  for (size_t n = 0; n < size; n += 1 + n / 16) {
    unsigned char *part = rn_alloc(n);
    memcpy(part, bytes, n);
    rn_context_clear(ctx);
    if (rn_tokenizer_read_sentencepiece(ctx, part, n, "cut", &t) == RN_OK) rn_tokenizer_free(t);
    else assert_true(strncmp(rn_context_error(ctx), "cut: ", 5) == 0);
    rn_free(part);
  }
  for (size_t i = 0; i < size; i += 97) {
    bytes[i] ^= 0x41;
    rn_context_clear(ctx);
    if (rn_tokenizer_read_sentencepiece(ctx, bytes, size, "flipped", &t) == RN_OK) rn_tokenizer_free(t);
    bytes[i] ^= 0x41;
  }
  rn_context_clear(ctx);
  rn_free(bytes);
  json_decref(golden);
}

/* Each allocation of reading, encoding and decoding failed once: an error, and nothing lost. */
static void fail_each(const char *name) {
  json_t *golden = open_golden(name);
  char *text = rn_json_text(json_object_get(golden, "tokenizer"));
  const char *sample = "Naïve cafés \xff don't <mask> work, 12345!\n\n  the end e\xcc\x81";
  bool done = false;
  for (uint64_t n = 1; !done; n += n < 400 ? 1 : n / 40) { /* the many of the vocabulary are alike */
    rn_tokenizer *t = NULL;
    rn_tokens tokens = {0};
    char *back = NULL;
    rn_context_clear(ctx);
    rn_alloc_fail_after(n);
    rn_status status = rn_tokenizer_parse(ctx, text, strlen(text), name, &t);
    if (status == RN_OK) status = rn_tokenizer_encode(ctx, t, sample, strlen(sample), NULL, &tokens);
    if (status == RN_OK) status = rn_tokenizer_decode(ctx, t, tokens.ids, tokens.n, true, &back, NULL);
    rn_alloc_fail_after(0);
    if (status != RN_OK) {
      assert_int_equal(status, RN_ERROR_MEMORY);
      assert_non_null(strstr(rn_context_error(ctx), "out of memory"));
    }
    done = status == RN_OK;
    rn_tokenizer_text_free(back);
    rn_tokens_free(&tokens);
    rn_tokenizer_free(t);
  }
  rn_free(text);
  json_decref(golden);
}

static void test_memory(void **state) {
  fail_each("words");
  fail_each("llama3");
  fail_each("unigram");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bpe),    cmocka_unit_test(test_wordpiece),     cmocka_unit_test(test_unigram),
      cmocka_unit_test(test_words),  cmocka_unit_test(test_sentencepiece), cmocka_unit_test(test_damaged_model),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
