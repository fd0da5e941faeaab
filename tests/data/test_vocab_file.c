/* Vocabularies in files: back as they were, in tables or as JSON; tables that make none; memory that ends anywhere. */
#include "base/alloc.h"
#include "data/vocab_file.h"
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
  snprintf(path, sizeof path, "/tmp/rondo-vocab-%d.safetensors", (int)getpid());
  return rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0);
}
static int teardown(void **state) {
  unlink(path);
  rn_context_free(ctx);
  return 0;
}

static rn_vocab *build(const char *text, rn_level level) {
  rn_vocab *v;
  rn_vocab_options o = {.level = level, .min_count = 1, .unk = true};
  assert_int_equal(rn_vocab_build(ctx, text, strlen(text), &o, &v), RN_OK);
  return v;
}

static rn_status save(const rn_vocab *v) {
  json_t *metadata = json_object();
  rn_vocab_tables tables = {0};
  rn_error err = {0};
  if (!metadata || !rn_vocab_store(v, metadata, &tables)) rn_error_set(&err, RN_ERROR_MEMORY, "out of memory");
  else rn_safetensors_write(path, metadata, tables.entries, tables.n, NULL, NULL, &err);
  rn_vocab_tables_free(&tables);
  json_decref(metadata);
  return err.status;
}

static rn_status load(rn_vocab **out, rn_error *err) {
  rn_safetensors *file;
  *err = (rn_error){0};
  *out = NULL;
  rn_status status = rn_safetensors_open(path, &file, err);
  if (status == RN_OK) status = rn_vocab_load(file, path, out, err);
  rn_safetensors_close(file);
  return status;
}

static void check_back(const char *text, rn_level level, bool tables) {
  rn_vocab *v = build(text, level), *back;
  rn_safetensors *file;
  rn_error err;
  assert_int_equal(save(v), RN_OK);
  assert_int_equal(load(&back, &err), RN_OK);
  assert_true(rn_vocab_equal(v, back));
  assert_int_equal(rn_vocab_eos(v), rn_vocab_eos(back));
  for (int32_t i = 0; i < rn_vocab_size(v); i++) assert_int_equal(rn_vocab_count(v, i), rn_vocab_count(back, i));
  assert_int_equal(rn_safetensors_open(path, &file, NULL), RN_OK);
  assert_int_equal(rn_safetensors_find(file, "vocab.symbols") != NULL, tables);
  rn_safetensors_close(file);
  rn_vocab_free(back);
  rn_vocab_free(v);
}

static void test_back(void **state) {
  check_back("one two\nthr\xc3\xa9\xc3\xa9 two\n", RN_LEVEL_WORD, true);
  check_back("a\n\"b\" c", RN_LEVEL_CHAR, false);
}

static void test_none(void **state) {
  rn_vocab *back;
  rn_error err;
  assert_int_equal(rn_safetensors_write(path, NULL, NULL, 0, NULL, NULL, &err), RN_OK);
  assert_int_equal(load(&back, &err), RN_OK);
  assert_null(back);
}

static void expect(const char *symbols, const int64_t *counts, int64_t n, int unk, const char *words) {
  json_t *metadata = json_pack("{s:o}", "rondo.vocab", json_sprintf("{\"level\":\"word\",\"unk\":%d}", unk));
  rn_entry e[] = {{"vocab.counts", RN_I64, 1, {n}, counts, (size_t)n * sizeof *counts},
                  {"vocab.symbols", RN_U8, 1, {symbols ? (int64_t)strlen(symbols) : 0}, symbols, symbols ? strlen(symbols) : 0}};
  rn_vocab *back;
  rn_error err = {0};
  assert_int_equal(rn_safetensors_write(path, metadata, e, symbols ? 2 : 1, NULL, NULL, &err), RN_OK);
  assert_int_equal(load(&back, &err), RN_ERROR_DATA);
  assert_null(back);
  if (!strstr(err.text, words)) fail_msg("%s", err.text);
  json_decref(metadata);
}

static void test_malformed(void **state) {
  const int64_t counts[] = {1, 2, 3}, negative[] = {1, -2};
  expect(NULL, counts, 2, -1, "vocab.counts and vocab.symbols are not there");
  expect("a\nb", counts, 3, -1, "malformed");
  expect("a\nb\nc", counts, 2, -1, "malformed");
  expect("a\nb", counts, 2, 2, "malformed");
  expect("a\na", counts, 2, -1, "entry 1 is there twice");
  expect("a\n\nb", counts, 3, -1, "entry 1 is not a symbol with a count");
  expect("a\nb", negative, 2, -1, "entry 1 is not a symbol with a count");
  expect("a\n\xff", counts, 2, -1, "malformed");
}

static void test_each_allocation_failed_once(void **state) {
  rn_vocab *v = build("one two three\n", RN_LEVEL_WORD), *back;
  rn_status status = RN_ERROR_MEMORY;
  for (uint64_t i = 1; status != RN_OK; i++) {
    rn_error err;
    rn_alloc_fail_after(i);
    status = save(v);
    if (status == RN_OK) status = load(&back, &err);
    rn_alloc_fail_after(0);
    assert_true(status == RN_OK || status == RN_ERROR_MEMORY);
  }
  rn_vocab_free(back);
  rn_vocab_free(v);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_back),
      cmocka_unit_test(test_none),
      cmocka_unit_test(test_malformed),
      cmocka_unit_test(test_each_allocation_failed_once),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
