/* test_viterbi.c: the best labels, their score, and the probability of each label, against all paths. */
#include "base/alloc.h"
#include "base/random.h"
#include <math.h>
#include <rondo/decode.h>
#include <rondo/tags.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { K = 4, LONGEST = 5, N_SEQS = 7 };
static const int64_t offset[N_SEQS + 1] = {0, 3, 3, 4, 9, 11, 15, 16};
#define N_ROWS 16

static double score_of(const rn_crf_scores *s, int64_t first, int64_t length, const int32_t *y) {
  double score = (s->start ? s->start[y[0]] : 0) + (s->end ? (double)s->end[y[length - 1]] : 0);
  for (int64_t t = 0; t < length; t++)
    score += (double)s->emissions[(first + t) * K + y[t]] + (t ? s->transitions[y[t - 1] * K + y[t]] : 0);
  return score;
}

static void path(int64_t number, int64_t length, int32_t *y) {
  for (int64_t t = 0; t < length; t++, number /= K) y[t] = (int32_t)(number % K);
}

static void check(rn_context *ctx, const rn_crf_scores *s) {
  int32_t tags[N_ROWS], y[LONGEST];
  double score[N_SEQS], log_z[N_SEQS];
  float p[N_ROWS * K];
  assert_int_equal(rn_crf_decode(ctx, s, tags, score), RN_OK);
  assert_int_equal(rn_crf_marginals(ctx, s, p, log_z), RN_OK);
  for (int q = 0; q < N_SEQS; q++) {
    int64_t first = offset[q], length = offset[q + 1] - first, n_paths = 1;
    if (length == 0) {
      assert_true(score[q] == 0 && log_z[q] == 0);
      continue;
    }
    for (int64_t t = 0; t < length; t++) n_paths *= K;
    double best = -INFINITY, Z = 0, wanted[LONGEST][K] = {{0}};
    for (int64_t i = 0; i < n_paths; i++) path(i, length, y), best = fmax(best, score_of(s, first, length, y));
    for (int64_t i = 0; i < n_paths; i++) {
      path(i, length, y);
      double weight = exp(score_of(s, first, length, y) - best);
      Z += weight;
      for (int64_t t = 0; t < length; t++) wanted[t][y[t]] += weight;
    }
    assert_true(fabs(score[q] - best) <= 1e-9 * (1 + fabs(best)));
    assert_true(fabs(score_of(s, first, length, tags + first) - best) <= 1e-9 * (1 + fabs(best)));
    assert_true(fabs(log_z[q] - best - log(Z)) <= 1e-6 * (1 + fabs(best)));
    for (int64_t t = 0; t < length; t++)
      for (int k = 0; k < K; k++) {
        double got = p[(first + t) * K + k];
        if (!(fabs(got - wanted[t][k] / Z) <= 1e-5))
          fail_msg("sequence %d, row %d, label %d: %g, expected %g", q, (int)t, k, got, wanted[t][k] / Z);
      }
  }
}

static void test_against_all_paths(void **state) {
  rn_context *ctx = *state;
  rn_random r = rn_random_init(5, 1);
  float e[N_ROWS * K], A[K * K], start[K], end[K];
  for (int round = 0; round < 40; round++) {
    float size = round % 4 == 3 ? 3000 : 3;
    for (int i = 0; i < N_ROWS * K; i++) e[i] = size * rn_random_normal(&r);
    for (int i = 0; i < K * K; i++)
      A[i] = round >= 10 && i % (K + 1) != 0 && rn_random_uniform(&r) < 0.4f ? -INFINITY : rn_random_normal(&r);
    for (int i = 0; i < K; i++) start[i] = i && round >= 20 ? -INFINITY : rn_random_normal(&r), end[i] = rn_random_normal(&r);
    rn_crf_scores s = {{N_SEQS, offset}, K, e, A, start, end};
    if (round < 5) s.start = s.end = NULL;
    check(ctx, &s);
  }
}

static void test_ties(void **state) {
  const float zero[N_ROWS * K] = {0};
  int32_t tags[N_ROWS];
  assert_int_equal(rn_crf_decode(*state, &(rn_crf_scores){{N_SEQS, offset}, K, zero, zero, NULL, NULL}, tags, NULL), RN_OK);
  for (int r = 0; r < N_ROWS; r++) assert_int_equal(tags[r], 0);
}

/* B at the beginning, then I, then anything: with the mask of a tag scheme the answer is well-formed whatever the emissions say. */
static void test_scheme(void **state) {
  static const char *const names[K] = {"O", "B-X", "I-X", "I-Y"};
  rn_tag tags[K];
  float A[K * K], start[K], end[K], e[N_ROWS * K];
  int32_t ids[N_ROWS];
  rn_random r = rn_random_init(6, 1);
  for (int k = 0; k < K; k++) tags[k] = rn_tag_parse(names[k]);
  rn_tag_scheme_mask(RN_IOB2, tags, K, A, start, end);
  for (int i = 0; i < N_ROWS * K; i++) e[i] = (i % K == 3 ? 20 : 1) * rn_random_uniform(&r);
  assert_int_equal(rn_crf_decode(*state, &(rn_crf_scores){{N_SEQS, offset}, K, e, A, start, end}, ids, NULL), RN_OK);
  for (int q = 0; q < N_SEQS; q++) {
    rn_tag found[LONGEST];
    int64_t n = offset[q + 1] - offset[q];
    for (int64_t t = 0; t < n; t++) found[t] = tags[ids[offset[q] + t]];
    assert_int_equal(rn_tags_invalid(RN_IOB2, found, n, NULL), 0);
  }
}

static void assert_fails(rn_context *ctx, const rn_crf_scores *s, const char *words) {
  int32_t tags[N_ROWS];
  float p[N_ROWS * K];
  rn_context_clear(ctx);
  assert_int_equal(rn_crf_decode(ctx, s, tags, NULL), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), words));
  rn_context_clear(ctx);
  assert_int_equal(rn_crf_marginals(ctx, s, p, NULL), RN_ERROR_ARGUMENT);
  assert_non_null(strstr(rn_context_error(ctx), words));
  rn_context_clear(ctx);
}

static void test_nothing_to_say(void **state) {
  float e[N_ROWS * K] = {0}, none[K * K], zero[K * K] = {0};
  for (int i = 0; i < K * K; i++) none[i] = -INFINITY;
  assert_fails(*state, &(rn_crf_scores){{N_SEQS, offset}, K, e, none, NULL, NULL}, "sequence 0: every labelling is forbidden");
  assert_fails(*state, &(rn_crf_scores){{N_SEQS, offset}, K, e, zero, none, NULL}, "sequence 0: every labelling is forbidden");
  for (int k = 0; k < K; k++) e[3 * K + k] = NAN; /* all of sequence 2 */
  assert_fails(*state, &(rn_crf_scores){{N_SEQS, offset}, K, e, zero, NULL, NULL}, "sequence 2: ");
  assert_fails(*state, &(rn_crf_scores){{N_SEQS, offset}, 0, e, zero, NULL, NULL}, "there are 0 labels");
}

/* Each allocation failed once. */
static void test_out_of_memory(void **state) {
  const float zero[N_ROWS * K] = {0};
  int32_t tags[N_ROWS];
  float p[N_ROWS * K];
  rn_crf_scores s = {{N_SEQS, offset}, K, zero, zero, NULL, NULL};
  for (uint64_t n = 1; n <= 3; n++) {
    rn_alloc_fail_after(n);
    assert_int_equal(rn_crf_decode(*state, &s, tags, NULL), RN_ERROR_MEMORY);
    rn_context_clear(*state);
    if (n == 3) break;
    rn_alloc_fail_after(n);
    assert_int_equal(rn_crf_marginals(*state, &s, p, NULL), RN_ERROR_MEMORY);
    rn_context_clear(*state);
  }
  rn_alloc_fail_after(0);
  assert_int_equal(rn_crf_decode(*state, &s, tags, NULL), RN_OK);
}

static int setup(void **state) { return rn_context_new(NULL, (rn_context **)state, NULL, 0) == RN_OK ? 0 : -1; }
static int teardown(void **state) {
  rn_context_free(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_against_all_paths), cmocka_unit_test(test_ties),          cmocka_unit_test(test_scheme),
      cmocka_unit_test(test_nothing_to_say),    cmocka_unit_test(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
