/* test_vectors.c: word vectors as text and binary: what is kept, and what is wrong. */
#include "reader_test.h"
#include <math.h>
#include <rondo/data_vectors.h>

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
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_bad_text), cmocka_unit_test(test_binary),
                                     cmocka_unit_test(test_memory_faults), cmocka_unit_test(test_known_files)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
