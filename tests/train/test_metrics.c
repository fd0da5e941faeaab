/* test_metrics.c: what has no peer to ask: bad labels, rankings of one kind, intervals, the same bits on any number of threads. */
#include "base/check.h"

#include "base/random.h"
#include <math.h>
#include <rondo/metrics.h>

static rn_context *with_threads(int n) {
  rn_context_options o = rn_context_options_default();
  rn_context *ctx;
  o.n_threads = n;
  assert_int_equal(rn_context_new(&o, &ctx, NULL, 0), RN_OK);
  return ctx;
}

static void says(rn_context *ctx, rn_status got, rn_status want, const char *words) {
  assert_int_equal(got, want);
  if (!strstr(rn_context_error(ctx), words)) fail_msg("'%s' does not say '%s'", rn_context_error(ctx), words);
  rn_context_clear(ctx);
}

static void labels_out_of_range(void **state) {
  rn_context *ctx = with_threads(1);
  int64_t confusion[4] = {0};
  int32_t expected[] = {0, -1, 1}, predicted[] = {1, 77, 1}, good[] = {1, 1}, high[] = {1, 2}, low[] = {1, -1};
  assert_int_equal(rn_confusion_add(ctx, 3, expected, predicted, 2, confusion), RN_OK); /* the second row is skipped */
  assert_true(confusion[0] == 0 && confusion[1] == 1 && confusion[2] == 0 && confusion[3] == 1);
  says(ctx, rn_confusion_add(ctx, 2, high, good, 2, confusion), RN_ERROR_DATA, "row 1 has label 2");
  says(ctx, rn_confusion_add(ctx, 2, good, low, 2, confusion), RN_ERROR_DATA, "predicted as -1");
  says(ctx, rn_confusion_add(ctx, 2, good, high, 2, confusion), RN_ERROR_DATA, "predicted as 2");
  assert_int_equal(confusion[3], 1); /* what failed added nothing */
  rn_context_free(ctx);
}

/* 1 read as 2, 2 as 5 and 5 as 2: 1, 3 and 3 away. */
static void a_scale_with_gaps(void **state) {
  const int64_t confusion[9] = {0, 1, 0, 0, 0, 1, 0, 1, 1};
  rn_ordinal_score s = rn_confusion_ordinal(3, (const char *[]){"1", "2", "5"}, confusion);
  assert_true(s.mean_absolute_error == 7.0 / 4 && s.within_one == 2.0 / 4);
  s = rn_confusion_ordinal(3, (const char *[]){"1", "2", "many"}, confusion);
  assert_true(isnan(s.mean_absolute_error) && isnan(s.within_one));
  assert_true(isnan(rn_confusion_ordinal(3, (const char *[]){"1", "2", "inf"}, confusion).mean_absolute_error));
}

static void nothing_gives_zero(void **state) {
  int64_t confusion[4] = {0};
  rn_counts none[2] = {{0}};
  assert_true(rn_confusion_accuracy(2, confusion) == 0);
  assert_true(rn_confusion_ordinal(2, (const char *[]){"1", "2"}, confusion).mean_absolute_error == 0);
  for (int how = 0; how < 3; how++) assert_true(rn_f1_average((rn_average)how, 2, none).f1 == 0);
  assert_true(rn_spread_of(1, (double[]){3}).deviation == 0);
  assert_true(fabs(rn_spread_of(4, (double[]){2, 4, 4, 6}).deviation - sqrt(8.0 / 3)) < 1e-15);
}

static void rankings_of_one_kind(void **state) {
  rn_context *ctx = with_threads(1);
  rn_ranking r;
  float score[] = {0.1f, 0.9f, 0.1f, NAN}, scores[] = {0.9f, 0, 0.1f, 0.2f, 0, 0.8f, 0.6f, 0, 0.4f};
  int32_t expected[] = {0, 2, 0};
  assert_int_equal(rn_ranking_score(ctx, 3, score, (uint8_t[]){1, 1, 1}, &r), RN_OK);
  assert_true(isnan(r.roc_auc) && r.average_precision == 1);
  assert_int_equal(rn_ranking_score(ctx, 3, score, (uint8_t[]){0, 0, 0}, &r), RN_OK);
  assert_true(isnan(r.roc_auc) && isnan(r.average_precision));
  says(ctx, rn_ranking_score(ctx, 4, score, (uint8_t[]){0, 1, 0, 1}, &r), RN_ERROR_DATA, "row 3 is not a number");
  assert_int_equal(rn_ranking_macro(ctx, 3, 3, scores, expected, &r), RN_OK); /* label 1 is nobody's */
  assert_true(r.roc_auc == 1 && r.average_precision == 1);
  rn_alloc_fail_after(1);
  rn_status status = rn_ranking_macro(ctx, 3, 3, scores, expected, &r);
  rn_alloc_fail_after(0);
  says(ctx, status, RN_ERROR_MEMORY, "3 rows");
  rn_context_free(ctx);
}

static void spans_are_counted(void **state) {
  static const char *const names[] = {"O", "B-A", "I-A", "B-B"};
  /*                   one  |       two     | empty | three */
  int32_t expected[] = {1, 2, 0, 1, 1, 2, 3,         2, 0};
  int32_t found[] =    {1, 2, 0, 1, 2, 2, 3,         1, 3};
  int64_t offset[] = {0, 3, 7, 7, 9};
  rn_ragged seqs = {4, offset};
  rn_context *ctx = with_threads(1);
  rn_tag_set *tags;
  rn_span_scores *s;
  assert_int_equal(rn_tag_set_new(ctx, names, 4, &tags), RN_OK);
  rn_status status = RN_ERROR_MEMORY;
  for (uint64_t n = 1; status == RN_ERROR_MEMORY; n++) {
    rn_alloc_fail_after(n);
    status = rn_span_scores_new(ctx, tags, &seqs, expected, found, &s);
    rn_alloc_fail_after(0);
    rn_context_clear(ctx);
  }
  assert_int_equal(status, RN_OK);
  rn_counts want[] = {{1, 1, 1}, {1, 2, 3}, {0, 0, 0}, {1, 2, 1}}; /* in two, A of 3 alone and A of 4 and 5 became one */
  assert_memory_equal(s->by_seq, want, sizeof want);
  assert_memory_equal(&s->all, (&(rn_counts){3, 5, 5}), sizeof s->all);
  assert_memory_equal(&s->by_type[0], (&(rn_counts){2, 3, 4}), sizeof s->all);
  assert_memory_equal(&s->by_type[1], (&(rn_counts){1, 2, 1}), sizeof s->all);
  assert_true(s->n_tokens == 9 && s->n_right == 6);
  rn_span_scores_free(s);
  found[8] = 4;
  says(ctx, rn_span_scores_new(ctx, tags, &seqs, expected, found, &s), RN_ERROR_DATA, "row 8 is predicted as tag 4");
  assert_null(s);
  rn_tag_set_free(tags);
  rn_context_free(ctx);
}

/* The mean of N draws from a normal distribution has deviation 1 / sqrt(N); 95 % of it lies within 1.96 deviations. */
static void intervals_of_a_mean(void **state) {
  enum { N = 400 };
  double value[N], better[N];
  rn_random random = rn_random_init(3, 0);
  for (int i = 0; i < N; i++) value[i] = 5 + rn_random_normal(&random);
  for (int i = 0; i < N; i++) better[i] = value[i] + 0.02 + 0.1 * rn_random_normal(&random);
  rn_spread spread = rn_spread_of(N, value);
  rn_interval first, got;
  rn_comparison compared, same;
  for (int n_threads = 1; n_threads <= 3; n_threads++) {
    rn_context *ctx = with_threads(n_threads);
    assert_int_equal(rn_bootstrap(ctx, N, rn_statistic_mean, value, NULL, &got), RN_OK);
    if (n_threads == 1) first = got;
    assert_memory_equal(&got, &first, sizeof got);
    rn_context_free(ctx);
  }
  double deviation = spread.deviation / sqrt(N);
  assert_true(fabs(got.value - spread.mean) < 1e-12 && fabs(got.deviation / deviation - 1) < 0.08);
  assert_true(fabs(got.low - (spread.mean - 1.96 * deviation)) < 0.2 * deviation);
  assert_true(fabs(got.high - (spread.mean + 1.96 * deviation)) < 0.2 * deviation);

  rn_context *ctx = with_threads(2);
  rn_bootstrap_options o = rn_bootstrap_options_default();
  o.draws = 4000;
  assert_int_equal(rn_bootstrap_compare(ctx, N, rn_statistic_mean, value, better, &o, &compared), RN_OK);
  /* the pairs' difference of 0.02 has deviation 0.1 / sqrt(400) = 0.005: four of them */
  assert_true(compared.p_value < 0.002 && compared.difference.low > 0 && fabs(compared.difference.deviation - 0.005) < 0.001);
  assert_int_equal(rn_bootstrap_compare(ctx, N, rn_statistic_mean, value, value, &o, &same), RN_OK);
  assert_true(same.p_value == 1 && same.difference.low == 0 && same.difference.high == 0);
  o.seed = 43;
  assert_int_equal(rn_bootstrap(ctx, N, rn_statistic_mean, value, &o, &got), RN_OK);
  assert_true(got.low != first.low);
  o.level = 1;
  says(ctx, rn_bootstrap(ctx, N, rn_statistic_mean, value, &o, &got), RN_ERROR_ARGUMENT, "level 1");
  says(ctx, rn_bootstrap(ctx, 0, rn_statistic_mean, value, NULL, &got), RN_ERROR_ARGUMENT, "0 sequences");
  rn_alloc_fail_after(2);
  rn_status status = rn_bootstrap(ctx, N, rn_statistic_mean, value, NULL, &got);
  rn_alloc_fail_after(0);
  says(ctx, status, RN_ERROR_MEMORY, "out of memory");
  rn_context_free(ctx);
}

/* Where sequences are drawn whole, an F1 of few of them is less sure than one of many. */
static void intervals_of_f1(void **state) {
  rn_counts many[200], few[20];
  rn_context *ctx = with_threads(2);
  rn_interval wide, narrow;
  for (int i = 0; i < 200; i++) many[i] = (rn_counts){i % 10 != 0 ? 2 : 0, 2, 2};
  memcpy(few, many, sizeof few);
  assert_int_equal(rn_bootstrap(ctx, 200, rn_statistic_f1, many, NULL, &narrow), RN_OK);
  assert_int_equal(rn_bootstrap(ctx, 20, rn_statistic_f1, few, NULL, &wide), RN_OK);
  assert_true(fabs(narrow.value - 0.9) < 1e-12 && fabs(wide.value - 0.9) < 1e-12);
  assert_true(narrow.low < 0.9 && narrow.high > 0.9 && wide.low < narrow.low && wide.high > narrow.high);
  rn_context_free(ctx);
}

static double sometimes(const void *user, const int64_t *pick, int64_t n) { return pick[0] == 0 ? NAN : (double)pick[0]; }
static double never(const void *user, const int64_t *pick, int64_t n) { return NAN; }

static void draws_that_are_no_number_are_left_out(void **state) {
  rn_context *ctx = with_threads(2);
  rn_interval got;
  assert_int_equal(rn_bootstrap(ctx, 2, sometimes, NULL, NULL, &got), RN_OK);
  assert_true(isnan(got.value) && got.low == 1 && got.high == 1);
  assert_int_equal(rn_bootstrap(ctx, 2, never, NULL, NULL, &got), RN_OK);
  assert_true(isnan(got.low) && isnan(got.high) && isnan(got.deviation));
  rn_context_free(ctx);
}

int main(void) {
  const struct CMUnitTest cases[] = {
      cmocka_unit_test(labels_out_of_range),
      cmocka_unit_test(a_scale_with_gaps),
      cmocka_unit_test(nothing_gives_zero),
      cmocka_unit_test(rankings_of_one_kind),
      cmocka_unit_test(spans_are_counted),
      cmocka_unit_test(intervals_of_a_mean),
      cmocka_unit_test(intervals_of_f1),
      cmocka_unit_test(draws_that_are_no_number_are_left_out),
  };
  return cmocka_run_group_tests(cases, NULL, NULL);
}
