/* test_corpus.c: reading a text file: byte order mark, line ends, invalid UTF-8, compression, and what is not a text. */
#include "reader_test.h"
#include <zlib.h>

static rn_status open_bytes(const char *bytes, size_t size, rn_corpus *out) {
  put_bytes(bytes, size);
  return rn_corpus_open(ctx, path, out);
}

static void assert_text(const char *bytes, size_t size, const char *text, int warnings) {
  rn_corpus c;
  assert_int_equal(open_bytes(bytes, size, &c), RN_OK);
  assert_int_equal(c.size, strlen(text));
  assert_memory_equal(c.text, text, c.size);
  assert_int_equal(n_warnings, warnings);
  rn_corpus_close(&c);
  rn_corpus_close(&c); /* twice is harmless */
}

static void test_texts(void **state) {
  assert_text("plain\ntext", 10, "plain\ntext", 0);
  assert_text("\xef\xbb\xbfmark", 7, "mark", 1);
  assert_text("a\r\nb\rc\r\n", 8, "a\nb\rc\n", 1);
  assert_text("\xef\xbb\xbf"
              "a\r\n\xff",
              7, "a\n\xff", 3);
  assert_text("x", 1, "x", 0);
}

static void test_gzip(void **state) {
  gzFile f = gzopen(path, "wb");
  gzputs(f, "unpacked\n");
  gzclose(f);
  rn_corpus packed, plain;
  assert_int_equal(rn_corpus_open(ctx, path, &packed), RN_OK);
  assert_int_equal(packed.size, 9);
  assert_int_equal(open_bytes("unpacked\n", 9, &plain), RN_OK);
  assert_true(packed.hash == plain.hash);
  rn_corpus_close(&packed);
  rn_corpus_close(&plain);
}

static void test_not_a_text(void **state) {
  rn_corpus c;
  assert_int_equal(open_bytes("", 0, &c), RN_ERROR_DATA);
  assert_non_null(strstr(rn_context_error(ctx), path));
  assert_int_equal(open_bytes("\xef\xbb\xbf", 3, &c), RN_ERROR_DATA);
  rn_context_clear(ctx);
  assert_int_equal(rn_corpus_open(ctx, "/tmp", &c), RN_ERROR_IO);
  rn_context_clear(ctx);
  assert_int_equal(rn_corpus_open(ctx, "/nonexistent/file", &c), RN_ERROR_IO);
  rn_context_clear(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts), cmocka_unit_test(test_gzip), cmocka_unit_test(test_not_a_text)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
