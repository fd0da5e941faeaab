/* Sorting and counting n-grams: against qsort, in memory and on the disk, by any number of threads. */
#include "base/alloc.h"
#include "base/file.h"
#include "data/ngram_count.h"
#include "data/ngram_sort.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { ORDER = 3, N = 200000, MAX = 70000 };

static rn_context *ctx;
static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 2}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

/* Small numbers are frequent, as words are; some pass 65535. */
static uint32_t draw(uint64_t i) {
  uint64_t x = i * 6364136223846793005u + 1442695040888963407u;
  x ^= x >> 29, x *= 0xbf58476d1ce4e5b9u, x ^= x >> 32;
  return (uint32_t)(x % 4 ? x / 4 % 50 : x / 4 % (MAX + 1));
}

static uint32_t *draw_rows(int64_t n, int width) {
  uint32_t *rows = malloc((size_t)(n * width) * sizeof *rows);
  for (int64_t i = 0; i < n * width; i++) rows[i] = draw((uint64_t)i);
  return rows;
}

static int by_row(const void *a, const void *b) {
  const uint32_t *x = a, *y = b;
  for (int k = 0; k < ORDER; k++)
    if (x[k] != y[k]) return x[k] < y[k] ? -1 : 1;
  return 0;
}

static void test_sorted_as_by_qsort(void **state) {
  for (int64_t n = 0; n <= N; n = n ? 15 * n : 1) {
    uint32_t *rows = draw_rows(n, ORDER), *want = draw_rows(n, ORDER), *scratch = malloc((size_t)(n * ORDER + 1) * sizeof *scratch);
    qsort(want, (size_t)n, ORDER * sizeof *want, by_row);
    assert_true(rn_ngram_sort(ctx->pool, rows, scratch, n, ORDER, ORDER, MAX));
    assert_memory_equal(rows, want, (size_t)(n * ORDER) * sizeof *rows);
    free(rows), free(want), free(scratch);
  }
}

/* What stands behind the keys comes along, and equal keys keep their order. */
static void test_payload_follows(void **state) {
  enum { ROWS = 30000 };
  uint32_t *rows = malloc(2 * ROWS * sizeof *rows), *scratch = malloc(2 * ROWS * sizeof *scratch);
  for (uint32_t i = 0; i < ROWS; i++) rows[2 * i] = i * 7919 % 13, rows[2 * i + 1] = i;
  assert_true(rn_ngram_sort(ctx->pool, rows, scratch, ROWS, 2, 1, 12));
  for (uint32_t i = 1; i < ROWS; i++) {
    assert_int_equal(rows[2 * i], rows[2 * i + 1] * 7919 % 13);
    assert_true(rows[2 * i - 2] < rows[2 * i] || (rows[2 * i - 2] == rows[2 * i] && rows[2 * i - 1] < rows[2 * i + 1]));
  }
  free(rows), free(scratch);
}

typedef struct list {
  uint32_t *rows;
  int64_t n, total;
} list;

static rn_status keep(void *user, const uint32_t *ngram, uint32_t count) {
  list *l = user;
  memcpy(l->rows + l->n * (ORDER + 1), ngram, ORDER * sizeof *ngram);
  l->rows[l->n++ * (ORDER + 1) + ORDER] = count;
  l->total += count;
  return RN_OK;
}

static rn_status count(int64_t memory, list *out, int64_t *runs) {
  uint32_t *rows = draw_rows(N, ORDER);
  rn_ngram_counter *c;
  *out = (list){.rows = malloc((size_t)N * (ORDER + 1) * sizeof *out->rows)};
  rn_status status = rn_ngram_counter_new(ctx, ORDER, MAX, memory, NULL, &c);
  for (int64_t i = 0; i < N && status == RN_OK; i++) status = rn_ngram_counter_add(c, rows + i * ORDER);
  if (status == RN_OK) status = rn_ngram_counter_finish(c, keep, out);
  if (c) *runs = rn_ngram_counter_runs(c);
  rn_ngram_counter_free(c);
  free(rows);
  return status;
}

static void test_the_disk_changes_nothing(void **state) {
  list memory, disk;
  int64_t no_runs, runs;
  assert_int_equal(count((int64_t)1 << 30, &memory, &no_runs), RN_OK);
  assert_int_equal(count(0, &disk, &runs), RN_OK); /* a megabyte */
  assert_int_equal(no_runs, 0);
  assert_true(runs >= 4);
  assert_int_equal(memory.total, N);
  assert_int_equal(memory.n, disk.n);
  assert_memory_equal(memory.rows, disk.rows, (size_t)memory.n * (ORDER + 1) * sizeof *memory.rows);
  for (int64_t i = 1; i < memory.n; i++) assert_true(by_row(memory.rows + (i - 1) * (ORDER + 1), memory.rows + i * (ORDER + 1)) < 0);
  free(memory.rows), free(disk.rows);
}

static void test_nothing_is_counted_as_nothing(void **state) {
  rn_ngram_counter *c;
  assert_int_equal(rn_ngram_counter_new(ctx, ORDER, MAX, 0, NULL, &c), RN_OK);
  assert_int_equal(rn_ngram_counter_finish(c, keep, NULL), RN_OK);
  rn_ngram_counter_free(c);
}

static void test_failures(void **state) {
  list l;
  int64_t runs;
  rn_file_fail_after(100000, ENOSPC);
  rn_status status = count(0, &l, &runs);
  rn_file_fail_after(0, 0);
  assert_int_equal(status, RN_ERROR_IO);
  assert_non_null(strstr(rn_context_error(ctx), "disk full"));
  rn_context_clear(ctx);
  free(l.rows);
  for (uint64_t i = 1; status != RN_OK; i++) {
    rn_alloc_fail_after(i);
    status = count(0, &l, &runs);
    rn_alloc_fail_after(0);
    assert_true(status == RN_OK || status == RN_ERROR_MEMORY);
    rn_context_clear(ctx);
    free(l.rows);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sorted_as_by_qsort),
      cmocka_unit_test(test_payload_follows),
      cmocka_unit_test(test_the_disk_changes_nothing),
      cmocka_unit_test(test_nothing_is_counted_as_nothing),
      cmocka_unit_test(test_failures),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
