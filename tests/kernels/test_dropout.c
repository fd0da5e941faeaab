/* test_dropout.c: every mask is the one that base/random.h's stream says, element by element. */
#include "kernels_test.h"

static void dropout(bench *t) {
  static const int64_t shapes[][2] = {{0, 4}, {1, 1}, {3, 5}, {7, 33}, {20, 64}, {101, 97}};
  static const float rates[] = {0, 0.1f, 0.5f, 0.999f};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (int flags = 0; flags < 4; flags++)
      for (int i = 0; i < 4; i++) {
        int64_t m = shapes[s][0], n = shapes[s][1];
        bool accumulate = flags & 1;
        int32_t *row_of = flags & 2 ? ids(t, m, 4, 0) : NULL;
        float *x = floats(t, m * n, -1, 1), *y = floats(t, m * n, -1, 1), *before = copy_of(t, y, m * n), rate = rates[i];
        uint64_t seed = 0x123456789abcdef0u + (uint64_t)i, stream = 0xfedcba9876543210u;
        t->b->dropout(t->pool, m, n, rate, seed, stream, row_of, x, y, accumulate);
        for (int64_t e = 0; e < m * n; e++) {
          uint64_t number = (uint64_t)((row_of ? row_of[e / n] : e / n) * n + e % n);
          uint32_t word[4];
          rn_philox(seed, stream, number / 4, word);
          bool kept = word[number % 4] >= (uint32_t)((double)rate * 0x1p32);
          near(t, y[e], (kept ? x[e] / (1 - rate) : 0) + (accumulate ? before[e] : 0), 1e-6 / (1 - (double)rate));
          if (rate == 0) near(t, y[e], x[e] + (accumulate ? before[e] : 0), 0);
        }
        keep_floats(t, y, m * n);
      }
}

static void share(bench *t) {
  int64_t n = 100000, dropped = 0;
  float *x = floats(t, n, 1, 2), *y = floats(t, n, 0, 0);
  t->b->dropout(t->pool, 1, n, 0.3f, 42, 7, NULL, x, y, false);
  for (int64_t i = 0; i < n; i++) dropped += y[i] == 0;
  near(t, (double)dropped / (double)n, 0.3, 0.007); /* five standard deviations */
}

static void test_dropout(void **state) { everywhere(dropout); }
static void test_share(void **state) { everywhere(share); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_dropout), cmocka_unit_test(test_share)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
