/* cpu_gemv.c: C [m, n] = A [m, k] B^T + bias with B [n, k] and few rows: the step of generating one token at a time.
 *
 * Every weight is used m times only, so packing it would cost as much as the product. Instead every c is a dot product of two
 * contiguous rows, several rows of B at once: each of them is a stream that the prefetcher follows, and eight sums in flight cover the
 * latency of the multiply-add. */
#include "kernels/cpu/cpu_gemv.h"

enum { ROWS = 4, COLUMNS = 8, GEMV_ROWS_MAX = 12 };
static const double small_weights = 32e3; /* floats of B: about 3 us from the second-level cache */

/* sum[i][j] = a[i] . b[j]. The last k % RN_VL products come from a vector that ends where the row ends; a mask on the side of A keeps
 * what was summed already from being summed twice. */
RN_INLINE void dots(const int m, const int n, int64_t k, const float *const *a, const float *const *b, float sum[ROWS][COLUMNS]) {
  vf acc[ROWS][COLUMNS];
#pragma GCC unroll 8
  for (int i = 0; i < m; i++)
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) acc[i][j] = v_zero();
  int64_t at = 0;
  for (; at + RN_VL <= k; at += RN_VL) {
    vf x[ROWS];
#pragma GCC unroll 8
    for (int i = 0; i < m; i++) x[i] = v_load(a[i] + at);
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) {
      vf y = v_load(b[j] + at);
#pragma GCC unroll 8
      for (int i = 0; i < m; i++) acc[i][j] += x[i] * y;
    }
  }
  if (at < k && k >= RN_VL) {
    vi lane, keep;
    for (int l = 0; l < RN_VL; l++) lane[l] = l;
    keep = lane >= vi_set((int32_t)(RN_VL - (k - at)));
#pragma GCC unroll 8
    for (int i = 0; i < m; i++) {
      vf x = v_select(keep, v_load(a[i] + k - RN_VL), v_zero());
#pragma GCC unroll 8
      for (int j = 0; j < n; j++) acc[i][j] += x * v_load(b[j] + k - RN_VL);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < m; i++)
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) {
      sum[i][j] = v_sum(acc[i][j]);
      if (k < RN_VL)
        for (int64_t l = 0; l < k; l++) sum[i][j] += a[i][l] * b[j][l];
    }
}

/* Rows [r0, r0 + m), columns [j0, j0 + n). */
static void block(const rn_product *p, int64_t r0, int m, int64_t j0, int n) {
  const rn_gemm *g = &p->g;
  const float *a[ROWS], *b[COLUMNS];
  float sum[ROWS][COLUMNS];
  for (int i = 0; i < m; i++) a[i] = g->a + (p->a_row ? p->a_row[r0 + i] : r0 + i) * g->lda;
  for (int j = 0; j < n; j++) {
    int64_t row = p->b_row ? p->b_row[j0 + j] : j0 + j;
    b[j] = g->b + (row < 0 ? 0 : row) * g->ldb;
  }
  switch (m * 16 + n) {
    case 16 + 8: dots(1, 8, g->k, a, b, sum); break;
    case 32 + 4: dots(2, 4, g->k, a, b, sum); break;
    case 48 + 3: dots(3, 3, g->k, a, b, sum); break;
    case 64 + 3: dots(4, 3, g->k, a, b, sum); break;
    default:
      for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
          float one[ROWS][COLUMNS];
          dots(1, 1, g->k, a + i, b + j, one);
          sum[i][j] = one[0][0];
        }
  }
  for (int i = 0; i < m; i++) {
    int64_t to = p->c_row ? p->c_row[r0 + i] : r0 + i;
    if (to < 0) continue;
    float *c = g->c + to * g->ldc + j0;
    for (int j = 0; j < n; j++) {
      if (p->b_row && p->b_row[j0 + j] < 0) sum[i][j] = 0;
      c[j] = (g->accumulate ? c[j] : 0) + sum[i][j] + (g->bias ? g->bias[j0 + j] : 0);
    }
  }
}

void RN_K(gemv_columns)(const rn_product *p, int64_t j0, int64_t j1) {
  static const int columns[ROWS + 1] = {0, 8, 4, 3, 3};
  int64_t n_blocks = (p->g.m + ROWS - 1) / ROWS;
  for (int64_t r = 0; r < n_blocks; r++) {
    int64_t r0 = p->g.m * r / n_blocks;
    int m = (int)(p->g.m * (r + 1) / n_blocks - r0);
    for (int64_t j = j0; j < j1; j += columns[m]) block(p, r0, m, j, (int)(j1 - j < columns[m] ? j1 - j : columns[m]));
  }
}

static void work(void *arg, int worker, int n_workers) {
  const rn_product *p = arg;
  int64_t groups = (p->g.n + 23) / 24; /* a multiple of every block of columns */
  int64_t j0 = groups * worker / n_workers * 24, j1 = groups * (worker + 1) / n_workers * 24;
  RN_K(gemv_columns)(p, j0, j1 < p->g.n ? j1 : p->g.n);
}

bool RN_K(gemv_fits)(const rn_product *p) { return p->g.trans_b && !p->g.trans_a && p->g.m <= GEMV_ROWS_MAX && !p->g.packed; }

void RN_K(gemv)(rn_pool *pool, const rn_product *p) {
  rn_pool_team((double)p->g.n * (double)p->g.k < small_weights ? NULL : pool, work, (void *)p);
}
