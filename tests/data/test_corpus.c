/* test_corpus.c: reading a text file: byte order mark, line ends, invalid UTF-8, compression, and what is not a text. */
#include <rondo/data.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

static rn_context *ctx;
static int n_warnings;
static char path[64];

static void count_warning(void *user, rn_log_level level, const char *line) { n_warnings += level == RN_LOG_WARNING; }
static int setup(void **state) {
  snprintf(path, sizeof path, "/tmp/rondo-corpus-%d", (int)getpid());
  return rn_context_new(&(rn_context_options){.n_threads = 1, .log = count_warning}, &ctx, NULL, 0);
}
static int teardown(void **state) {
  rn_context_free(ctx);
  return unlink(path);
}

static rn_status open_bytes(const char *bytes, size_t size, rn_corpus *out) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, size, f), size);
  fclose(f);
  n_warnings = 0;
  rn_context_clear(ctx);
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
