/* test_gemm.c: matrix products of every instruction set against naive sums in double precision. */
#include "base/alloc.h"
#include "base/random.h"
#include "kernels/backend.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct shape { int64_t m, n, k; } shape;

static const shape shapes[] = {
  {1, 1, 1},    {1, 7, 3},     {2, 2, 0},    {0, 5, 5},    {5, 0, 5},     {3, 24, 8},    {4, 25, 9},     {5, 23, 31},   {7, 48, 17},   {8, 49, 256},
  {9, 47, 257}, {13, 100, 65}, {20, 80, 96}, {33, 26, 70}, {64, 64, 64},  {65, 130, 33}, {100, 96, 513}, {1, 300, 129}, {2, 100, 260}, {3, 77, 40},
  {4, 53, 90},  {6, 33, 7},    {11, 65, 30}, {12, 40, 99}, {600, 40, 20}, {130, 200, 150}};

static float *random_floats(rn_random *r, int64_t n) {
  float *p = rn_alloc_aligned((size_t)(n ? n : 1) * sizeof(float));
  assert_non_null(p);
  for (int64_t i = 0; i < n; i++) p[i] = rn_random_uniform(r) * 2 - 1;
  return p;
}

static float *run(const rn_backend *b, int n_threads, const rn_gemm *g, const float *c_before, int64_t c_size) {
  rn_gemm copy = *g;
  copy.c = rn_alloc_aligned((size_t)(c_size ? c_size : 1) * sizeof(float));
  memcpy(copy.c, c_before, (size_t)c_size * sizeof(float));
  rn_pool *pool = n_threads ? rn_pool_new(n_threads) : NULL;
  void *scratch = rn_alloc_aligned(b->gemm_scratch(&copy, n_threads ? n_threads : 1));
  b->gemm(pool, &copy, scratch);
  rn_free(scratch);
  if (pool) rn_pool_free(pool);
  return copy.c;
}

static void check(const rn_backend *b, const shape *s, int flags, rn_random *r) {
  bool trans_a = flags & 1, trans_b = flags & 2, accumulate = flags & 4, bias = flags & 8;
  int64_t pad = flags & 1 ? 3 : 0;
  int64_t lda = (trans_a ? s->m : s->k) + pad, ldb = (trans_b ? s->k : s->n) + pad, ldc = s->n + pad;
  float *a = random_floats(r, lda * (trans_a ? s->k : s->m)), *bb = random_floats(r, ldb * (trans_b ? s->n : s->k));
  float *c = random_floats(r, ldc * s->m), *row = random_floats(r, s->n);
  rn_gemm g = {trans_a, trans_b, accumulate, s->m, s->n, s->k, a, lda, bb, ldb, NULL, ldc, bias ? row : NULL};
  float *got = run(b, 0, &g, c, ldc * s->m);
  for (int64_t i = 0; i < s->m; i++)
    for (int64_t j = 0; j < ldc; j++) {
      double want = accumulate || j >= s->n ? c[i * ldc + j] : 0, size = 1;
      if (j < s->n) {
        if (bias) want += row[j];
        for (int64_t k = 0; k < s->k; k++) {
          double x = (double)(trans_a ? a[k * lda + i] : a[i * lda + k]) * (trans_b ? bb[j * ldb + k] : bb[k * ldb + j]);
          want += x, size += fabs(x);
        }
      }
      if (!(fabs(got[i * ldc + j] - want) <= 1e-6 * size))
        fail_msg("%s %dx%dx%d flags %d at %d,%d: %g, not %g", b->isa, (int)s->m, (int)s->n, (int)s->k, flags, (int)i, (int)j, got[i * ldc + j], want);
    }
  for (int n_threads = 1; n_threads <= 3; n_threads++) {
    float *again = run(b, n_threads, &g, c, ldc * s->m);
    assert_memory_equal(again, got, (size_t)(ldc * s->m) * sizeof(float));
    rn_free(again);
  }
  rn_free(a), rn_free(bb), rn_free(c), rn_free(row), rn_free(got);
}

static void every_shape_and_flag_matches_the_naive_product(void **state) {
  rn_random r = rn_random_init(1, 2);
  for (const char *const *name = rn_backend_cpu_names(); *name; name++)
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
      for (int flags = 0; flags < 16; flags++) check(rn_backend_cpu(*name), &shapes[i], flags, &r);
}

/* Large enough to be cut into tasks along both sides and into several blocks of k. */
static void a_large_product_has_the_same_bits_for_any_number_of_threads(void **state) {
  rn_random r = rn_random_init(3, 4);
  static const shape large = {1100, 300, 600};
  float *a = random_floats(&r, large.m * large.k), *bb = random_floats(&r, large.k * large.n), *c = random_floats(&r, large.m * large.n);
  for (const char *const *name = rn_backend_cpu_names(); *name; name++)
    for (int trans = 0; trans < 4; trans++) {
      rn_gemm g = {trans & 1, trans & 2, true, large.m, large.n, large.k, a, trans & 1 ? large.m : large.k, bb, trans & 2 ? large.k : large.n, NULL, large.n, NULL};
      float *one = run(rn_backend_cpu(*name), 0, &g, c, large.m * large.n), *three = run(rn_backend_cpu(*name), 3, &g, c, large.m * large.n);
      assert_memory_equal(one, three, (size_t)(large.m * large.n) * sizeof(float));
      rn_free(one), rn_free(three);
    }
  rn_free(a), rn_free(bb), rn_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_shape_and_flag_matches_the_naive_product),
    cmocka_unit_test(a_large_product_has_the_same_bits_for_any_number_of_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
