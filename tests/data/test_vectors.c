/* test_vectors.c: word vectors as text and binary: what is kept, and what is wrong. */
#include "reader_test.h"
#include <math.h>
#include <rondo/data_vectors.h>
#include <rondo/model.h>
#include <rondo/quantize.h>

static rn_vectors read_bytes(const void *bytes, size_t size, rn_vectors_options o) {
  rn_vectors v;
  put_bytes(bytes, size);
  if (rn_vectors_open(ctx, path, &o, &v) != RN_OK) fail_msg("%s", rn_context_error(ctx));
  return v;
}
static rn_vectors read_text(const char *text, rn_vectors_options o) { return read_bytes(text, strlen(text), o); }

static void assert_fails(const void *bytes, size_t size, rn_vectors_options o, const char *words) {
  rn_vectors v;
  put_bytes(bytes, size);
  assert_int_equal(rn_vectors_open(ctx, path, &o, &v), RN_ERROR_DATA);
  assert_words(words);
  assert_null(v.owner);
}
static void assert_text_fails(const char *text, const char *words) { assert_fails(text, strlen(text), (rn_vectors_options){0}, words); }

static bool keep_b(void *user, const char *word, size_t size) { return size == 1 && *word == 'b'; }

static void test_text(void **state) {
  rn_vectors v = read_text("2 3\nthe 1 2 3 \nof -1 0.5 1e-1 \n", (rn_vectors_options){0}); /* blanks at the end, as fastText has them */
  assert_int_equal(v.n, 2);
  assert_int_equal(v.dim, 3);
  assert_int_equal(rn_vectors_find(&v, "of", 2), 1);
  assert_int_equal(rn_vectors_find(&v, "off", 3), -1);
  assert_string(rn_vectors_word(&v, 0), "the");
  assert_true(v.values[3] == -1 && v.values[4] == 0.5f && v.values[5] == 0.1f);
  rn_vectors_free(&v);
  v = read_text(", 1 2\n. . . 3 4\n7 5 6\n", (rn_vectors_options){0}); /* GloVe: words with blanks, and numbers as words */
  assert_int_equal(v.n, 3);
  assert_int_equal(rn_vectors_find(&v, ". . .", 5), 1);
  assert_int_equal(rn_vectors_find(&v, "7", 1), 2);
  rn_vectors_free(&v);
  v = read_text("1 2\na 1 2\n<unk> 3 4\n", (rn_vectors_options){0}); /* its program does not count its last row */
  assert_int_equal(v.n, 2);
  rn_vectors_free(&v);
  v = read_text("a 1 2\nb 3 4\nc 5 x\n", (rn_vectors_options){.keep = keep_b}); /* what is not kept is not looked at */
  assert_int_equal(v.n, 1);
  assert_int_equal(v.n_in_file, 3);
  assert_true(v.values[0] == 3 && v.values[1] == 4);
  rn_vectors_free(&v);
}

static void test_bad_text(void **state) {
  assert_text_fails("a 1 2\nb 3\n", ":2:1: expected a word and 2 numbers, got 1: \"b 3\"");
  assert_text_fails("a 1 2\nb 3", ":2:1: expected a word and 2 numbers, got 1, where the file ends: \"b 3\"");
  assert_text_fails("a 1 2\nb 3 4 5\n", ":2:1: expected a word and 2 numbers, got 3: \"b 3 4 5\"");
  assert_text_fails("a 1 2\nb 3 nan\n", ":2:5: expected a finite number, got \"nan\"");
  assert_text_fails("a 1 2\nb x 3\n", ":2:3: expected a finite number, got \"x\"");
  assert_text_fails("a 1 2\na 3 4\n", ":2:1: the word \"a\" has a vector already, on a line above");
  assert_text_fails("3 2\na 1 2\n", ": cut short: 10 bytes are too few for 3 words of 2 numbers");
  assert_text_fails("9 1000000\na\nb\n", ": cut short: 14 bytes are too few for 9 words of 1000000 numbers");
  assert_text_fails("3 2\na 1.5 2.5\nb 1 2\n", ": its first line says 3 words, and there are 2: the file is cut short");
  assert_text_fails("1 2\na 1 2\nb 1 2\n", ": its first line says 1 words, and there are 2");
  assert_text_fails("some words\n", ":1:1: expected a word and its numbers, or \"WORDS WIDTH\": \"some words\"");
  assert_text_fails("\n\n", ": no vector in it");
  rn_vectors v = read_text("a 1 2\na 3 4\nb nan 1\nc 5 6\nd 1\n", (rn_vectors_options){.skip_bad = true});
  assert_int_equal(v.n, 2);
  assert_int_equal(v.n_bad, 3);
  assert_true(rn_vectors_find(&v, "c", 1) == 1 && v.values[2] == 5);
  rn_vectors_free(&v);
}

static const char binary[] = "2 1\na \x00\x00\x80\x3f\nb \x00\x00\x00\x40\n"; /* 1, 2 */

static void test_binary(void **state) {
  rn_vectors_options o = {.format = RN_VECTORS_BINARY};
  rn_vectors v = read_bytes(binary, sizeof binary - 1, o);
  assert_true(v.n == 2 && v.dim == 1 && v.values[0] == 1 && v.values[1] == 2);
  assert_int_equal(rn_vectors_find(&v, "b", 1), 1);
  rn_vectors_free(&v);
  v = read_bytes("2 1\na \x00\x00\x80\x3f"
                 "b \x00\x00\x00\x40",
                 16, o); /* no newlines after the vectors */
  assert_true(v.n == 2 && v.values[1] == 2);
  rn_vectors_free(&v);
  o.keep = keep_b;
  v = read_bytes(binary, sizeof binary - 1, o);
  assert_true(v.n == 1 && v.n_in_file == 2 && v.values[0] == 2);
  rn_vectors_free(&v);
  o.keep = NULL;
  assert_fails(binary, 12, o, ": cut short: 12 bytes are too few for 2 words of 1 numbers");
  assert_fails(binary, 16, o, ": word 2 of 2, at byte 11: the file ends in the middle of its vector");
  assert_fails("2 1\na \0\0\x80\x3f\n\x80\x80?\nb \n", 19, o, ": word 2 of 2, at byte 11: the file ends in the middle of its vector");
  assert_fails("1 1\nabcdefg", 11, o, ": word 1 of 1, at byte 4: the file ends in the middle of it");
  assert_fails("1 1\na \x00\x00\xc0\x7f", 10, o, ": word 1 of 1, at byte 4: its vector is not finite");
  assert_fails("2 1\na 1234a 1234", 16, o, ": word 2 of 2, at byte 10: it has a vector already");
  assert_fails("1 1\na 1234more", 14, o, ": 4 bytes after its 1 words");
  assert_fails("\xba\x16\x4f\x2f\x0c", 5, o, ": a fastText model, not word2vec's binary vectors; use its .vec file");
  assert_fails("words\n", 6, o, ": not word2vec's binary vectors: expected a first line \"WORDS WIDTH\"");
}

/* A fastText model of the words a, b of width 2, no n-grams (bucket 0) or two buckets of them; `versioned`: with its magic number. */
static size_t fasttext_file(unsigned char *out, bool versioned, int32_t buckets) {
  size_t n = 0;
#define PUT(type, ...)                                                                                                                     \
  do {                                                                                                                                     \
    type values[] = {__VA_ARGS__};                                                                                                         \
    memcpy(out + n, values, sizeof values);                                                                                                \
    n += sizeof values;                                                                                                                    \
  } while (0)
  if (versioned) PUT(int32_t, 793712314, 12);
  PUT(int32_t, 2, 5, 5, 1, 5, 1, 2, 2, buckets, buckets ? 3 : 0, buckets ? 3 : 0, 100);
  PUT(double, 1e-4);
  PUT(int32_t, 2, 2, 0);
  PUT(int64_t, 30);
  if (versioned) PUT(int64_t, -1);
  PUT(char, 'a', 0);
  PUT(int64_t, 20);
  PUT(char, 0, 'b', 0);
  PUT(int64_t, 10);
  PUT(char, 0);
  if (versioned) PUT(char, 0);
  PUT(int64_t, 2 + buckets, 2);
  PUT(float, 1, 2, 3, 4);
  if (buckets) PUT(float, 10, 20, 30, 40);
#undef PUT
  return n;
}

static rn_vectors_options faulty;
static rn_status read_once(void) {
  rn_vectors v;
  rn_status status = rn_vectors_open(ctx, path, &faulty, &v);
  rn_vectors_free(&v);
  return status;
}

static void test_memory_faults(void **state) {
  faulty = (rn_vectors_options){.skip_bad = true};
  put("a 1 2\r\nb 3\r\nc 4 5\r\n");
  fail_each_allocation(read_once);
  faulty.format = RN_VECTORS_BINARY;
  put_bytes(binary, sizeof binary - 1);
  fail_each_allocation(read_once);
  unsigned char bytes[512];
  faulty.format = RN_VECTORS_FASTTEXT;
  put_bytes(bytes, fasttext_file(bytes, true, 2));
  fail_each_allocation(read_once);
}

static void test_fasttext(void **state) {
  unsigned char bytes[512];
  rn_vectors_options o = {.format = RN_VECTORS_FASTTEXT};
  for (int versioned = 0; versioned < 2; versioned++) {
    rn_vectors v = read_bytes(bytes, fasttext_file(bytes, versioned, 0), o);
    assert_true(v.n == 2 && v.dim == 2 && v.values[3] == 4 && !v.subwords && v.counts[0] == 20 && v.counts[1] == 10);
    float out[2];
    assert_false(rn_vectors_get(&v, "zebra", 5, out));
    rn_vectors_free(&v);
    v = read_bytes(bytes, fasttext_file(bytes, versioned, 2), o);
    /* "<a>" is a's only run of three letters: its vector lies half way to that run's row. */
    assert_true(v.subwords && (v.values[0] == 5.5f || v.values[0] == 15.5f));
    assert_true(rn_vectors_get(&v, "zebra", 5, out) && out[0] >= 10 && out[0] <= 30);
    assert_false(rn_vectors_get(&v, "", 0, out)); /* "<>" has no run of three */
    rn_vectors_free(&v);
  }
  size_t size = fasttext_file(bytes, true, 2);
  for (size_t cut = 8; cut < size; cut++) {
    rn_vectors v;
    put_bytes(bytes, cut);
    assert_int_equal(rn_vectors_open(ctx, path, &o, &v), RN_ERROR_DATA);
  }
  float large[2] = {3e38f, 3e38f}; /* finite each, but not their sum: found by fuzzing */
  unsigned char sums[512];
  memcpy(sums, bytes, size);
  memcpy(sums + size - 32, large, sizeof large);
  memcpy(sums + size - 16, large, sizeof large);
  memcpy(sums + size - 8, large, sizeof large);
  rn_vectors v;
  put_bytes(sums, size);
  assert_int_equal(rn_vectors_open(ctx, path, &o, &v), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), ": a word whose vector is not finite"));
  bytes[4] = 13;
  assert_fails(bytes, size, o, ": a fastText model of version 13; expected 11 or 12");
}

/* Saved in every layout, and read again: the same words, the same bits. */
static void test_saving(void **state) {
  static const char *const endings[] = {".txt", ".vec", ".bin", ".npy", ".safetensors"};
  rn_vectors v = read_text("the 0.1 -2e-30 3\nof 4 5.25 1e30\nüber 0 1 2\n", (rn_vectors_options){0});
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    char file[96];
    rn_vectors again;
    snprintf(file, sizeof file, "%s%s", path, endings[i]);
    if (rn_vectors_save(ctx, &v, file, RN_VECTORS_GUESS) != RN_OK || rn_vectors_open(ctx, file, NULL, &again) != RN_OK)
      fail_msg("%s", rn_context_error(ctx));
    assert_true(again.n == 3 && again.dim == 3);
    assert_memory_equal(again.values, v.values, 9 * sizeof *v.values);
    assert_int_equal(rn_vectors_find(&again, "über", 5), 2);
    rn_vectors_free(&again);
    unlink(file);
  }
  char words[96];
  snprintf(words, sizeof words, "%s.words", path);
  unlink(words);
  rn_vectors_free(&v);
  v = read_text("a b 1 2\n, 3 4\n", (rn_vectors_options){0});
  assert_int_equal(rn_vectors_save(ctx, &v, "/nowhere/x.bin", RN_VECTORS_GUESS), RN_ERROR_DATA); /* its words end at a blank */
  rn_context_clear(ctx);
  rn_vectors_free(&v);
}

static void test_few_bits(void **state) {
  rn_vectors v = read_text("a 1 -0.5 0\nb 0 0 0\nc -3 2 1\n", (rn_vectors_options){0}), few, again;
  char file[96];
  snprintf(file, sizeof file, "%s.safetensors", path);
  for (int bits = 1; bits <= 8; bits += 7) {
    assert_int_equal(rn_vectors_quantize(ctx, &v, bits, &few), RN_OK);
    if (bits == 8) assert_true(few.values[0] == 1 && fabsf(few.values[1] + 0.5f) < 0.004f && few.values[3] == 0 && few.values[6] == -3);
    else assert_true(few.values[0] == 0.5f && few.values[1] == -0.5f && few.values[2] == 0.5f && few.values[6] == -2);
    assert_int_equal(rn_vectors_save_quantized(ctx, &v, bits, file), RN_OK);
    for (int saved = 0; saved < 2; saved++) { /* as written, and by way of the model that it is */
      assert_int_equal(rn_vectors_open(ctx, file, NULL, &again), RN_OK);
      assert_memory_equal(again.values, few.values, 9 * sizeof *v.values);
      rn_vectors_free(&again);
      rn_model *model;
      if (rn_model_open(ctx, file, &model) != RN_OK) fail_msg("%s", rn_context_error(ctx));
      assert_int_equal(rn_params_count(rn_model_params(model)), 0);
      assert_int_equal(rn_model_save(ctx, model, file), RN_OK);
      rn_model_free(model);
    }
    rn_vectors_free(&few);
  }
  unlink(file);
  assert_int_equal(rn_vectors_quantize(ctx, &v, 4, &few), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  rn_vectors_free(&v);
}

/* fastText's own .vec lines are the means that its .bin holds, to the five digits that it prints; but for the line end's, which had n-grams
 * when these files were written and has none today. */
static void test_fasttext_files(void **state) {
  static const char *const names[] = {"crime-and-punishment", "lee_fasttext"};
  for (int i = 0; i < 2; i++) {
    char name[96];
    rn_vectors text, bin;
    snprintf(name, sizeof name, "pretrained_small/%s.vec", names[i]);
    if (rn_vectors_open(ctx, data_file(name), NULL, &text) != RN_OK) fail_msg("%s", rn_context_error(ctx));
    snprintf(name, sizeof name, "pretrained_small/%s.bin", names[i]);
    if (rn_vectors_open(ctx, data_file(name), NULL, &bin) != RN_OK) fail_msg("%s", rn_context_error(ctx));
    assert_true(bin.n == text.n && bin.dim == text.dim && bin.subwords);
    for (int64_t w = 0; w < text.n; w++) {
      rn_string word = rn_vectors_word(&text, w);
      int64_t row = rn_vectors_find(&bin, word.data, word.size);
      assert_true(row >= 0);
      if (word.data[0] == '<' && word.data[1] == '/') continue;
      for (int64_t k = 0; k < text.dim; k++) assert_true(fabsf(bin.values[row * bin.dim + k] - text.values[w * text.dim + k]) < 5.1e-5f);
    }
    rn_vectors_free(&text);
    rn_vectors_free(&bin);
  }
}

static void test_known_files(void **state) {
  static const struct {
    const char *file;
    int64_t n, dim;
  } known[] = {{"pretrained_small/crime-and-punishment.vec", 291, 5},
               {"pretrained_small/lee_fasttext.vec", 1762, 10},
               {"pretrained_small/euclidean_vectors.bin", 2747, 10},
               {"pretrained_small/test_glove.txt", 76, 50}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    rn_vectors v;
    if (rn_vectors_open(ctx, data_file(known[i].file), NULL, &v) != RN_OK) fail_msg("%s", rn_context_error(ctx));
    assert_int_equal(v.n, known[i].n);
    assert_int_equal(v.dim, known[i].dim);
    assert_int_equal(v.n_in_file, known[i].n);
    for (int64_t k = 0; k < v.n * v.dim; k++) assert_true(isfinite(v.values[k]));
    rn_vectors_free(&v);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text),          cmocka_unit_test(test_bad_text),       cmocka_unit_test(test_binary),
      cmocka_unit_test(test_memory_faults), cmocka_unit_test(test_fasttext),       cmocka_unit_test(test_saving),
      cmocka_unit_test(test_few_bits),      cmocka_unit_test(test_fasttext_files), cmocka_unit_test(test_known_files)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
