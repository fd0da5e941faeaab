/* test_sample.c: the cuts of the distribution against a sort, the frequencies of the draws, and that they are reproducible. */
#include "base/random.h"
#include <math.h>
#include <rondo/decode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { N = 40, DRAWS = 20000 };
static float scratch[2 * N];

static void random_logits(float *logits, uint64_t seed) {
  rn_random r = rn_random_init(seed, 1);
  for (int i = 0; i < N; i++) logits[i] = 2 * rn_random_normal(&r);
}

static int falling(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x < y) - (x > y);
}

/* The distribution by its definition, with a sort. */
static void reference(const float *logits, const rn_sampling *o, double *p) {
  double sorted[N], total = 0, mass = 0, threshold = 0;
  for (int i = 0; i < N; i++) p[i] = i == o->reject ? 0 : exp(logits[i] / o->temperature);
  memcpy(sorted, p, sizeof sorted);
  qsort(sorted, N, sizeof *sorted, falling);
  if (o->top_k > 0)
    for (int i = 0; i < N; i++)
      if (p[i] < sorted[o->top_k - 1]) p[i] = 0;
  for (int i = 0; i < N; i++) total += p[i];
  for (int i = 0; i < N && mass < o->top_p * total * (1 - 1e-6); i++) mass += threshold = sorted[i];
  for (int i = 0; i < N; i++)
    if ((o->top_p < 1 && p[i] < threshold) || p[i] < o->min_p * sorted[0]) p[i] = 0;
  total = 0;
  for (int i = 0; i < N; i++) total += p[i];
  for (int i = 0; i < N; i++) p[i] /= total;
}

static void assert_distribution(rn_sampling o, uint64_t seed) {
  float logits[N];
  double p[N];
  int count[N] = {0};
  random_logits(logits, seed);
  reference(logits, &o, p);
  for (int i = 0; i < DRAWS; i++) count[rn_sample(logits, N, &o, (uint64_t)i, scratch)]++;
  for (int i = 0; i < N; i++) {
    double deviation = sqrt(p[i] * (1 - p[i]) / DRAWS);
    if (p[i] == 0) assert_int_equal(count[i], 0);
    else assert_true(fabs((double)count[i] / DRAWS - p[i]) < 5 * deviation + 1e-4);
  }
}

static void test_distributions(void **state) {
  rn_sampling o = rn_sampling_default();
  assert_distribution(o, 1);
  o.temperature = 0.7f;
  assert_distribution(o, 2);
  for (int64_t k = 1; k < N; k += 6) {
    o.top_k = k;
    assert_distribution(o, 3);
  }
  o.top_k = 0;
  for (int i = 1; i < 10; i++) {
    o.top_p = 0.1f * (float)i;
    assert_distribution(o, 4);
  }
  o.top_k = 10;
  o.top_p = 0.8f;
  o.reject = 7;
  assert_distribution(o, 5);
  o.top_k = 0;
  o.top_p = 1;
  o.min_p = 0.2f;
  assert_distribution(o, 6);
}

static void test_greedy(void **state) {
  float logits[4] = {1, 5, 5, 0};
  rn_sampling o = rn_sampling_default();
  o.temperature = 0;
  assert_int_equal(rn_sample(logits, 4, &o, 0, scratch), 1);
  o.reject = 1;
  assert_int_equal(rn_sample(logits, 4, &o, 0, scratch), 2);
  o.temperature = 1;
  o.top_k = 1;
  for (uint64_t i = 0; i < 100; i++) assert_int_equal(rn_sample(logits, 4, &o, i, scratch), 2);
  o.top_p = 0;
  assert_int_equal(rn_sample(logits, 4, &o, 0, scratch), 2);
}

/* All equal: the cuts still keep exactly as many as they should. */
static void test_ties(void **state) {
  float logits[N] = {0};
  bool seen[N] = {0};
  rn_sampling o = rn_sampling_default();
  o.top_k = 3;
  for (uint64_t i = 0; i < 1000; i++) seen[rn_sample(logits, N, &o, i, scratch)] = true;
  for (int i = 0; i < N; i++) assert_int_equal(seen[i], i < 3);
}

static void test_one_symbol(void **state) {
  float logits[1] = {3};
  rn_sampling o = rn_sampling_default();
  assert_int_equal(rn_sample(logits, 1, &o, 0, scratch), 0);
  o.reject = 0;
  assert_int_equal(rn_sample(logits, 1, &o, 0, scratch), 0);
}

static void test_reproducible(void **state) {
  float logits[N];
  random_logits(logits, 9);
  rn_sampling o = rn_sampling_default();
  int32_t first[50], same = 0;
  for (uint64_t i = 0; i < 50; i++) first[i] = rn_sample(logits, N, &o, i, scratch);
  for (uint64_t i = 50; i-- > 0;) assert_int_equal(rn_sample(logits, N, &o, i, scratch), first[i]);
  o.seed = 43;
  for (uint64_t i = 0; i < 50; i++) same += rn_sample(logits, N, &o, i, scratch) == first[i];
  assert_true(same < 40);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_distributions), cmocka_unit_test(test_greedy),       cmocka_unit_test(test_ties),
      cmocka_unit_test(test_one_symbol),    cmocka_unit_test(test_reproducible),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
