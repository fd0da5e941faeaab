/* cpu_pool_time.c: the rows of a sequence to one: the last, the mean, or the largest value of each column. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"

typedef struct pooled {
  rn_pooling how;
  const int64_t *offset;
  int64_t n;
  const float *x, *dy;
  const int32_t *chosen;
  float *y, *dx;
  int32_t *argmax;
} pooled;

static void pool_seq(const pooled *a, int64_t seq) {
  int64_t n = a->n, first = a->offset[seq], end = a->offset[seq + 1];
  float *y = a->y + seq * n;
  int32_t *argmax = a->argmax && a->how == RN_MAX ? a->argmax + seq * n : NULL;
  if (first == end) {
    memset(y, 0, (size_t)n * sizeof(float));
    for (int64_t j = 0; argmax && j < n; j++) argmax[j] = -1;
    return;
  }
  memcpy(y, a->x + (a->how == RN_LAST ? end - 1 : first) * n, (size_t)n * sizeof(float));
  if (a->how == RN_MEAN) {
    for (int64_t r = first + 1; r < end; r++)
      for (int64_t j = 0; j < n; j++) y[j] += a->x[r * n + j];
    float share = 1.0f / (float)(end - first);
    for (int64_t j = 0; j < n; j++) y[j] *= share;
  } else if (a->how == RN_MAX) {
    for (int64_t j = 0; argmax && j < n; j++) argmax[j] = (int32_t)first;
    for (int64_t r = first + 1; r < end; r++)
      for (int64_t j = 0; j < n; j++) {
        float x = a->x[r * n + j];
        bool larger = x > y[j] || (x != x && y[j] == y[j]); /* NaN is shown, not hidden */
        if (argmax) argmax[j] = larger ? (int32_t)r : argmax[j];
        y[j] = larger ? x : y[j];
      }
  }
}

static void pool_seq_grad(const pooled *a, int64_t seq) {
  int64_t n = a->n, first = a->offset[seq], end = a->offset[seq + 1];
  if (first == end) return;
  const float *dy = a->dy + seq * n;
  if (a->how == RN_LAST) {
    for (int64_t j = 0; j < n; j++) a->dx[(end - 1) * n + j] += dy[j];
  } else if (a->how == RN_MEAN) {
    float share = 1.0f / (float)(end - first);
    for (int64_t r = first; r < end; r++)
      for (int64_t j = 0; j < n; j++) a->dx[r * n + j] += share * dy[j];
  } else {
    for (int64_t j = 0; j < n; j++) a->dx[a->chosen[seq * n + j] * n + j] += dy[j];
  }
}

static void pool_chunk(void *arg, int64_t begin, int64_t end) {
  for (int64_t seq = begin; seq < end; seq++) pool_seq(arg, seq);
}

static void pool_chunk_grad(void *arg, int64_t begin, int64_t end) {
  for (int64_t seq = begin; seq < end; seq++) pool_seq_grad(arg, seq);
}

void RN_K(pool_time)(rn_pool *pool, rn_pooling how, int64_t n_seqs, const int64_t *offset, int64_t n, const float *x, float *y,
                     int32_t *argmax) {
  pooled a = {.how = how, .offset = offset, .n = n, .x = x, .y = y, .argmax = argmax};
  seqs_for(pool, n_seqs, offset, n, RN_CHUNK, pool_chunk, &a);
}

void RN_K(pool_time_grad)(rn_pool *pool, rn_pooling how, int64_t n_seqs, const int64_t *offset, int64_t n, const int32_t *argmax,
                          const float *dy, float *dx) {
  pooled a = {.how = how, .offset = offset, .n = n, .dy = dy, .dx = dx, .chosen = argmax};
  seqs_for(pool, n_seqs, offset, n, RN_CHUNK, pool_chunk_grad, &a);
}
