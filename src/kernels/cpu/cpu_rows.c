/* cpu_rows.c: rows and columns of matrices: added, summed, gathered, scattered, copied. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"

typedef struct rows {
  int64_t m, n, ldx, ldy;
  const float *x, *row;
  const int32_t *ids;
  float *y;
  bool accumulate;
} rows;

static void add_row_chunk(void *arg, int64_t begin, int64_t end) {
  const rows *a = arg;
  const float *row = a->row;
  for (int64_t r = begin; r < end; r++) {
    const float *x = a->x + r * a->n;
    float *y = a->y + r * a->n;
#pragma GCC ivdep
    for (int64_t j = 0; j < a->n; j++) y[j] = x[j] + row[j];
  }
}

void RN_K(add_row)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *row, float *y) {
  rows a = {.m = m, .n = n, .x = x, .row = row, .y = y};
  rows_for(pool, m, n, RN_CHUNK, add_row_chunk, &a);
}

/* Rows are added in blocks, so that a sum over many rows loses no more than a sum of sqrt(rows) would. */
static void sum_rows_strip(void *arg, int64_t begin, int64_t end) {
  const rows *a = arg;
  enum { block = 64 };
  float total[RN_STRIP];
  int64_t width = end - begin, ld = a->ldx;
  for (int64_t r0 = 0; r0 < a->m; r0 += block) {
    int64_t r = r0, r1 = r0 + block < a->m ? r0 + block : a->m;
    for (int64_t j = 0; j < width; j++) total[j] = 0;
    for (; r + 4 <= r1; r += 4) {
      const float *x = a->x + r * ld + begin;
      for (int64_t j = 0; j < width; j++) total[j] += (x[j] + x[ld + j]) + (x[2 * ld + j] + x[3 * ld + j]);
    }
    for (; r < r1; r++) {
      const float *x = a->x + r * ld + begin;
      for (int64_t j = 0; j < width; j++) total[j] += x[j];
    }
    for (int64_t j = 0; j < width; j++) a->y[begin + j] += total[j];
  }
}

void RN_K(sum_rows)(rn_pool *pool, int64_t m, int64_t n, const float *x, int64_t ldx, float *row) {
  rows a = {.m = m, .n = n, .x = x, .ldx = ldx, .y = row};
  strips_for(pool, m, n, sum_rows_strip, &a);
}

static void gather_chunk(void *arg, int64_t begin, int64_t end) {
  const rows *a = arg;
  size_t size = (size_t)a->n * sizeof(float);
  for (int64_t r = begin; r < end; r++) {
    if (a->ids[r] < 0) memset(a->y + r * a->n, 0, size);
    else memcpy(a->y + r * a->n, a->x + a->ids[r] * a->n, size);
  }
}

void RN_K(gather_rows)(rn_pool *pool, int64_t m, int64_t n, const float *table, const int32_t *ids, float *y) {
  rows a = {.m = m, .n = n, .x = table, .ids = ids, .y = y};
  rows_for(pool, m, n, RN_CHUNK, gather_chunk, &a);
}

/* By strips of columns: an id that comes twice is added to twice by the same thread, the first first. */
static void scatter_strip(void *arg, int64_t begin, int64_t end) {
  const rows *a = arg;
  for (int64_t r = 0; r < a->m; r++) {
    if (a->ids[r] < 0) continue;
    const float *x = a->x + r * a->n;
    float *y = a->y + a->ids[r] * a->n;
#pragma GCC ivdep
    for (int64_t j = begin; j < end; j++) y[j] += x[j];
  }
}

void RN_K(scatter_add_rows)(rn_pool *pool, int64_t m, int64_t n, const float *dy, const int32_t *ids, float *table) {
  rows a = {.m = m, .n = n, .x = dy, .ids = ids, .y = table};
  strips_for(pool, m, n, scatter_strip, &a);
}

static void copy_cols_chunk(void *arg, int64_t begin, int64_t end) {
  const rows *a = arg;
  for (int64_t r = begin; r < end; r++) {
    const float *x = a->x + r * a->ldx;
    float *y = a->y + r * a->ldy;
    if (!a->accumulate) {
      memcpy(y, x, (size_t)a->n * sizeof(float));
      continue;
    }
#pragma GCC ivdep
    for (int64_t j = 0; j < a->n; j++) y[j] += x[j];
  }
}

void RN_K(copy_cols)(rn_pool *pool, int64_t m, int64_t n, const float *x, int64_t ldx, float *y, int64_t ldy, bool accumulate) {
  rows a = {.m = m, .n = n, .x = x, .ldx = ldx, .y = y, .ldy = ldy, .accumulate = accumulate};
  rows_for(pool, m, n, RN_CHUNK, copy_cols_chunk, &a);
}
