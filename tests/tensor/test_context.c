/* Contexts: options, errors that stay, stopping; shapes in words; ragged batches. */
#include "tensor/context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"

static void makes_and_frees(void **state) {
  rn_context *ctx;
  char words[256] = "untouched";
  assert_int_equal(rn_context_new(NULL, &ctx, words, sizeof words), RN_OK);
  assert_string_equal(words, "");
  assert_true(rn_context_threads(ctx) >= 1);
  assert_non_null(rn_context_isa(ctx));
  assert_int_equal(rn_context_status(ctx), RN_OK);
  assert_string_equal(rn_context_error(ctx), "");
  rn_context_free(ctx);
  rn_context_free(NULL);
}

static void chooses_the_instruction_set(void **state) {
  rn_context *ctx;
  char words[256];
  for (const char *const *name = rn_backend_cpu_names(); *name; name++) {
    rn_context_options options = {.isa = *name, .n_threads = 2};
    assert_int_equal(rn_context_new(&options, &ctx, NULL, 0), RN_OK);
    assert_string_equal(rn_context_isa(ctx), *name);
    assert_int_equal(rn_context_threads(ctx), 2);
    rn_context_free(ctx);
  }
  setenv("RONDO_ISA", "portable", 1);
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  assert_string_equal(rn_context_isa(ctx), "portable");
  rn_context_free(ctx);
  setenv("RONDO_ISA", "sparc", 1);
  assert_int_equal(rn_context_new(NULL, &ctx, words, sizeof words), RN_ERROR_ARGUMENT);
  assert_null(ctx);
  assert_non_null(strstr(words, "\"sparc\" (from RONDO_ISA)"));
  assert_non_null(strstr(words, "portable"));
  unsetenv("RONDO_ISA");
}

static void refuses_nonsense(void **state) {
  rn_context *ctx;
  char words[256], small[8];
  rn_context_options options = {.n_threads = -1};
  assert_int_equal(rn_context_new(&options, &ctx, words, sizeof words), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(words, "-1 threads"));
  options = (rn_context_options){.isa = "mmx"};
  assert_int_equal(rn_context_new(&options, &ctx, small, sizeof small), RN_ERROR_ARGUMENT);
  assert_int_equal(strlen(small), sizeof small - 1);
  assert_int_equal(rn_context_new(&options, &ctx, NULL, 0), RN_ERROR_ARGUMENT);
}

static void every_failed_allocation_is_reported(void **state) {
  for (uint64_t n = 1; n < 100; n++) {
    rn_context *ctx;
    char words[256];
    rn_alloc_fail_after(n);
    rn_status status = rn_context_new(NULL, &ctx, words, sizeof words);
    rn_alloc_fail_after(0);
    if (status == RN_OK) {
      assert_true(n > 1);
      rn_context_free(ctx);
      return;
    }
    assert_int_equal(status, RN_ERROR_MEMORY);
    assert_non_null(strstr(words, "out of memory"));
    assert_null(ctx);
  }
  fail_msg("a context needs a hundred allocations");
}

static void keeps_the_first_error(void **state) {
  rn_context *ctx;
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  assert_int_equal(rn_context_fail(ctx, RN_ERROR_DATA, "line %d", 7), RN_ERROR_DATA);
  assert_int_equal(rn_context_fail(ctx, RN_ERROR_IO, "its consequence"), RN_ERROR_DATA);
  assert_int_equal(rn_context_status(ctx), RN_ERROR_DATA);
  assert_string_equal(rn_context_error(ctx), "line 7");
  rn_context_clear(ctx);
  assert_int_equal(rn_context_status(ctx), RN_OK);
  assert_string_equal(rn_context_error(ctx), "");
  rn_context_free(ctx);
}

static void stops(void **state) {
  rn_context *ctx;
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  assert_false(rn_context_stopping(ctx));
  rn_context_stop(ctx);
  assert_true(rn_context_stopping(ctx));
  rn_context_free(ctx);
}

static void remember(void *user, rn_log_level level, const char *line) { snprintf(user, 64, "%d %s", (int)level, line); }

static void logs(void **state) {
  char line[64] = "";
  rn_context *ctx;
  rn_context_options options = {.log = remember, .log_user = line};
  assert_int_equal(rn_context_new(&options, &ctx, NULL, 0), RN_OK);
  rn_context_log(ctx, RN_LOG_WARNING, "%s has %d", "it", 3);
  assert_string_equal(line, "2 it has 3");
  rn_context_free(ctx);
}

static void writes_shapes(void **state) {
  char buf[64], tiny[6];
  rn_tensor t = {.rank = 2, .shape = {20, 200}};
  assert_string_equal(rn_shape_text(&t, buf, sizeof buf), "[20, 200]");
  assert_string_equal(rn_shape_text(&t, tiny, sizeof tiny), "[20, ");
  t.rank = 0;
  assert_string_equal(rn_shape_text(&t, buf, sizeof buf), "[]");
}

static void checks_ragged_batches(void **state) {
  rn_context *ctx;
  assert_int_equal(rn_context_new(NULL, &ctx, NULL, 0), RN_OK);
  assert_int_equal(rn_ragged_check(ctx, &(rn_ragged){3, (const int64_t[]){0, 2, 2, 5}}), RN_OK);
  assert_int_equal(rn_ragged_check(ctx, &(rn_ragged){0, (const int64_t[]){0}}), RN_OK);
  assert_int_equal(rn_ragged_check(ctx, &(rn_ragged){2, (const int64_t[]){0, 3, 2}}), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), "offset[2] = 2 is below offset[1] = 3"));
  rn_context_clear(ctx);
  assert_int_equal(rn_ragged_check(ctx, &(rn_ragged){1, (const int64_t[]){1, 3}}), RN_ERROR_ARGUMENT);
  rn_context_clear(ctx);
  assert_int_equal(rn_ragged_check(ctx, &(rn_ragged){-1, NULL}), RN_ERROR_ARGUMENT);
  rn_context_free(ctx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(makes_and_frees),
      cmocka_unit_test(chooses_the_instruction_set),
      cmocka_unit_test(refuses_nonsense),
      cmocka_unit_test(every_failed_allocation_is_reported),
      cmocka_unit_test(keeps_the_first_error),
      cmocka_unit_test(stops),
      cmocka_unit_test(logs),
      cmocka_unit_test(writes_shapes),
      cmocka_unit_test(checks_ragged_batches),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
