/* test_lm_batches.c: both layouts of batches, and texts that are too short for what was asked. */
#include "base/alloc.h"
#include <rondo/data.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static rn_context *ctx;
static int n_warnings;

static void count_warning(void *user, rn_log_level level, const char *line) { n_warnings += level == RN_LOG_WARNING; }
static int setup(void **state) { return rn_context_new(&(rn_context_options){.n_threads = 1, .log = count_warning}, &ctx, NULL, 0); }
static int teardown(void **state) {
  rn_context_free(ctx);
  return 0;
}

static rn_lm_batches *make(const int32_t *ids, int64_t n, rn_lm_batches_options options) {
  rn_lm_batches *b = NULL;
  n_warnings = 0;
  assert_int_equal(rn_lm_batches_new(ctx, ids, n, &options, &b), RN_OK);
  return b;
}

/* 3 streams of floor(99 / 3) = 33 predictions in steps of 10: three whole batches and one of 3 steps. */
static void test_streams(void **state) {
  int32_t ids[100];
  for (int i = 0; i < 100; i++) ids[i] = i;
  rn_lm_batches *b = make(ids, 100, (rn_lm_batches_options){.batch = 3, .bptt = 10});
  assert_int_equal(rn_lm_batches_count(b), 4);
  for (int64_t i = 0; i < 4; i++) {
    rn_lm_batch batch = rn_lm_batches_get(b, 0, i);
    int64_t steps = i < 3 ? 10 : 3;
    assert_int_equal(batch.seqs.n_seqs, 3);
    assert_int_equal(batch.fresh, i == 0);
    for (int64_t s = 0; s < 3; s++) {
      assert_int_equal(rn_ragged_length(&batch.seqs, s), steps);
      for (int64_t t = 0; t < steps; t++) {
        assert_int_equal(batch.ids[s * steps + t], s * 33 + i * 10 + t);
        assert_int_equal(batch.targets[s * steps + t], s * 33 + i * 10 + t + 1);
      }
    }
  }
  assert_int_equal(n_warnings, 0);
  rn_lm_batches_free(b);
}

static void test_short_text(void **state) {
  int32_t ids[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  rn_lm_batches *b = make(ids, 12, (rn_lm_batches_options){.batch = 20, .bptt = 5});
  assert_int_equal(rn_lm_batches_get(b, 0, 0).seqs.n_seqs, 2);
  assert_int_equal(n_warnings, 1);
  rn_lm_batches_free(b);
  b = make(ids, 2, (rn_lm_batches_options){.batch = 20, .bptt = 50});
  assert_int_equal(rn_lm_batches_count(b), 1);
  rn_lm_batch batch = rn_lm_batches_get(b, 0, 0);
  assert_int_equal(rn_ragged_rows(&batch.seqs), 1);
  assert_int_equal(batch.targets[0], 1);
  rn_lm_batches_free(b);
  b = make(ids, 12, (rn_lm_batches_options){.batch = 2}); /* whole streams */
  assert_int_equal(rn_lm_batches_count(b), 1);
  assert_int_equal(rn_ragged_rows(&(rn_ragged){2, rn_lm_batches_get(b, 0, 0).seqs.offset}), 10);
  rn_lm_batches_free(b);
  assert_int_equal(rn_lm_batches_new(ctx, ids, 1, &(rn_lm_batches_options){.batch = 1}, &b), RN_ERROR_DATA);
  rn_context_clear(ctx);
  assert_int_equal(rn_lm_batches_new(ctx, ids, 5, &(rn_lm_batches_options){.batch = 0}, &b), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
}

/* Lines "1 9", "2 3 9", "9", "4" (9 ends a line): every target once, inputs shifted, in an order that depends on the epoch. */
static void test_lines(void **state) {
  int32_t ids[] = {1, 9, 2, 3, 9, 9, 4};
  rn_lm_batches *b = make(ids, 7, (rn_lm_batches_options){.batch = 3, .lines = true, .eos = 9, .seed = 5});
  assert_int_equal(rn_lm_batches_count(b), 2);
  bool differs = false;
  int32_t first_epoch[7];
  for (int64_t epoch = 0; epoch < 4; epoch++) {
    int32_t all[7], n_seen[10] = {0};
    int64_t n = 0;
    for (int64_t i = 0; i < 2; i++) {
      rn_lm_batch batch = rn_lm_batches_get(b, epoch, i);
      assert_true(batch.fresh);
      for (int64_t s = 0; s < batch.seqs.n_seqs; s++)
        for (int64_t r = batch.seqs.offset[s]; r < batch.seqs.offset[s + 1]; r++) {
          assert_int_equal(batch.ids[r], r == batch.seqs.offset[s] ? 9 : batch.targets[r - 1]);
          all[n++] = batch.targets[r];
          n_seen[batch.targets[r]]++;
        }
    }
    assert_int_equal(n, 7);
    assert_int_equal(n_seen[9], 3);
    for (int w = 1; w <= 4; w++) assert_int_equal(n_seen[w], 1);
    if (epoch == 0) memcpy(first_epoch, all, sizeof all);
    differs |= memcmp(first_epoch, all, sizeof all) != 0;
  }
  assert_true(differs);
  rn_lm_batch again = rn_lm_batches_get(b, 0, 0); /* going back gives the same */
  assert_memory_equal(again.targets, first_epoch, (size_t)rn_ragged_rows(&again.seqs) * sizeof(int32_t));
  rn_lm_batches_free(b);
  assert_int_equal(rn_lm_batches_new(ctx, ids, 7, &(rn_lm_batches_options){.batch = 3, .lines = true, .eos = -1}, &b), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
}

static void test_memory_faults(void **state) {
  int32_t ids[] = {1, 9, 2, 3, 9, 9, 4};
  for (int lines = 0; lines < 2; lines++)
    for (uint64_t n = 1;; n++) {
      rn_lm_batches *b = NULL;
      rn_context_clear(ctx);
      rn_alloc_fail_after(n);
      rn_status status = rn_lm_batches_new(ctx, ids, 7, &(rn_lm_batches_options){.batch = 2, .bptt = 2, .lines = lines, .eos = 9}, &b);
      rn_alloc_fail_after(0);
      rn_lm_batches_free(b);
      if (status == RN_OK) break;
      assert_int_equal(status, RN_ERROR_MEMORY);
    }
  rn_context_clear(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_streams),
      cmocka_unit_test(test_short_text),
      cmocka_unit_test(test_lines),
      cmocka_unit_test(test_memory_faults),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
