/* kernels_test.h: runs a test body on every instruction set of this machine, with no pool and with pools of 1, 2 and 3 threads. The body
 * checks its results and keeps them; the pools of one instruction set must keep the same bits. */
#ifndef KERNELS_TEST_H
#define KERNELS_TEST_H

#include "base/alloc.h"
#include "base/random.h"
#include "kernels/backend.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct bench {
  const rn_backend *b;
  rn_pool *pool;
  rn_random random;
  uint64_t digest;
  void *owned[4096];
  int n_owned;
} bench;

typedef void (*bench_body)(bench *t);

/* n floats in [low, high), deliberately not aligned. */
static inline float *floats(bench *t, int64_t n, float low, float high) {
  assert_true(t->n_owned < 4096);
  float *p = rn_alloc_aligned((size_t)(n + 1) * sizeof(float));
  assert_non_null(p);
  t->owned[t->n_owned++] = p;
  for (int64_t i = 0; i < n + 1; i++) p[i] = low + (high - low) * rn_random_uniform(&t->random);
  return p + 1;
}

static inline float *copy_of(bench *t, const float *x, int64_t n) {
  float *p = floats(t, n, 0, 0);
  memcpy(p, x, (size_t)n * sizeof(float));
  return p;
}

static inline int32_t *ids(bench *t, int64_t n, int64_t below, int64_t lowest) {
  int32_t *p = (int32_t *)floats(t, n, 0, 0);
  for (int64_t i = 0; i < n; i++) p[i] = (int32_t)(lowest + (int64_t)rn_random_below(&t->random, (uint64_t)(below - lowest)));
  return p;
}

static inline void keep(bench *t, const void *p, size_t size) {
  for (size_t i = 0; i < size; i++) t->digest = (t->digest ^ ((const unsigned char *)p)[i]) * 0x100000001b3;
}
static inline void keep_floats(bench *t, const float *p, int64_t n) { keep(t, p, (size_t)n * sizeof(float)); }

#define near(t, got, want, tolerance)                                                                                              \
  do {                                                                                                                             \
    double g_ = (got), w_ = (want);                                                                                                \
    if (!(fabs(g_ - w_) <= (tolerance))) fail_msg("%s: %.9g, not %.9g", (t)->b->isa, g_, w_);                                      \
  } while (0)

static inline void everywhere(bench_body body) {
  for (const char *const *name = rn_backend_cpu_names(); *name; name++) {
    uint64_t first = 0;
    for (int n_threads = 0; n_threads <= 3; n_threads++) {
      bench t = {.b = rn_backend_cpu(*name),
                 .pool = n_threads ? rn_pool_new(n_threads) : NULL,
                 .random = rn_random_init(1, 2),
                 .digest = 14695981039346656037u};
      assert_non_null(t.b);
      body(&t);
      for (int i = 0; i < t.n_owned; i++) rn_free(t.owned[i]);
      rn_pool_free(t.pool);
      if (n_threads == 0) first = t.digest;
      else if (t.digest != first) fail_msg("%s: other bits with %d threads", *name, n_threads);
    }
  }
}

#endif
