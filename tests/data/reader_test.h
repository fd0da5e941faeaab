/* reader_test.h: what the tests of readers share: a file of given bytes, and the check of what a reader says about it. Files of the field
 * are read when RN_TEST_DATA names the folder that has them. */
#ifndef RN_TESTS_READER_TEST_H
#define RN_TESTS_READER_TEST_H

#include "base/alloc.h"
#include <rondo/data.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static rn_context *ctx;
static int n_warnings;
static char path[64];

static void count_warning(void *user, rn_log_level level, const char *line) { n_warnings += level == RN_LOG_WARNING; }
static int setup(void **state) {
  snprintf(path, sizeof path, "/tmp/rondo-reader-%d", (int)getpid());
  return rn_context_new(&(rn_context_options){.n_threads = 1, .log = count_warning}, &ctx, NULL, 0);
}
static int teardown(void **state) {
  rn_context_free(ctx);
  return unlink(path);
}

/* Writes the file that is read next. */
static void put_bytes(const void *bytes, size_t size) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, size, f), size);
  fclose(f);
  n_warnings = 0;
  rn_context_clear(ctx);
}
static inline void put(const char *text) { put_bytes(text, strlen(text)); }

/* The context's words are the file's name and then these. */
static inline void assert_words(const char *words) {
  const char *error = rn_context_error(ctx);
  assert_memory_equal(error, path, strlen(path));
  assert_string_equal(error + strlen(path), words);
}

static inline void assert_string(rn_string s, const char *expected) {
  assert_int_equal(s.size, strlen(expected));
  assert_memory_equal(s.data, expected, s.size);
}

/* A file of the data folder; the test is skipped where there is none. */
static inline const char *data_file(const char *name) {
  static char file[512];
  const char *folder = getenv("RN_TEST_DATA");
  if (!folder) skip();
  snprintf(file, sizeof file, "%s/%s", folder, name);
  n_warnings = 0;
  rn_context_clear(ctx);
  return file;
}

/* Fails each allocation of read_once in turn, until it succeeds; any other failure than of memory is wrong. */
static inline void fail_each_allocation(rn_status (*read_once)(void)) {
  for (uint64_t n = 1;; n++) {
    rn_context_clear(ctx);
    rn_alloc_fail_after(n);
    rn_status status = read_once();
    rn_alloc_fail_after(0);
    if (status == RN_OK) break;
    assert_int_equal(status, RN_ERROR_MEMORY);
  }
  rn_context_clear(ctx);
}

#endif
