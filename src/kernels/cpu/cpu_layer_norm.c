/* cpu_layer_norm.c: layer normalisation (Ba et al. 2016), row by row:
 *
 *   mean = sum x / n     s = 1 / sqrt(sum (x - mean)^2 / n + eps)     z = (x - mean) s     y = z gain + bias
 *
 * and back:  q = dy gain,   dx = s (q - mean(q) - z mean(q z)),   dgain = sum over rows of dy z,   dbias = sum over rows of dy. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"
#include <math.h>

typedef struct norm {
  int64_t m, n;
  float eps;
  const float *x, *gain, *bias, *dy;
  float *y, *saved, *dx, *dgain, *dbias;
} norm;

RN_INLINE vf load_or(const float *p, int64_t j, vf otherwise) { return p ? v_load(p + j) : otherwise; }
RN_INLINE float value_or(const float *p, int64_t j, float otherwise) { return p ? p[j] : otherwise; }

/* sum (x - c)^power, power 1 or 2. Four sums at a time: one would wait for itself. */
RN_INLINE float row_moment(const float *x, int64_t n, float c, const int power) {
  vf sum[4] = {v_zero(), v_zero(), v_zero(), v_zero()};
  int64_t j = 0;
  for (; j + 4 * RN_VL <= n; j += 4 * RN_VL)
    for (int i = 0; i < 4; i++) {
      vf d = v_load(x + j + i * RN_VL) - c;
      sum[i] += power == 1 ? d : d * d;
    }
  float total = v_sum((sum[0] + sum[1]) + (sum[2] + sum[3]));
  for (; j < n; j++) total += power == 1 ? x[j] - c : (x[j] - c) * (x[j] - c);
  return total;
}

static void norm_row(const norm *a, int64_t r) {
  int64_t n = a->n, j;
  const float *x = a->x + r * n;
  float *y = a->y + r * n;
  float mean = row_moment(x, n, 0, 1) / (float)n, s = 1.0f / sqrtf(row_moment(x, n, mean, 2) / (float)n + a->eps);
  for (j = 0; j + RN_VL <= n; j += RN_VL)
    v_store(y + j, (v_load(x + j) - mean) * s * load_or(a->gain, j, v_set(1.0f)) + load_or(a->bias, j, v_zero()));
  for (; j < n; j++) y[j] = (x[j] - mean) * s * value_or(a->gain, j, 1.0f) + value_or(a->bias, j, 0.0f);
  if (a->saved) a->saved[2 * r] = mean, a->saved[2 * r + 1] = s;
}

static void norm_chunk(void *arg, int64_t begin, int64_t end) {
  for (int64_t r = begin; r < end; r++) norm_row(arg, r);
}

void RN_K(layer_norm)(rn_pool *pool, int64_t m, int64_t n, float eps, const float *x, const float *gain, const float *bias, float *y,
                      float *saved) {
  norm a = {.m = m, .n = n, .eps = eps, .x = x, .gain = gain, .bias = bias, .y = y, .saved = saved};
  if (n > 0) rows_for(pool, m, n, RN_CHUNK, norm_chunk, &a);
}

static void norm_row_grad(const norm *a, int64_t r) {
  int64_t n = a->n, j;
  const float *x = a->x + r * n, *dy = a->dy + r * n, *gain = a->gain;
  float *dx = a->dx + r * n, mean = a->saved[2 * r], s = a->saved[2 * r + 1];
  vf q_lanes = v_zero(), qz_lanes = v_zero();
  float q_sum = 0, qz_sum = 0;
  for (j = 0; j + RN_VL <= n; j += RN_VL) {
    vf q = v_load(dy + j) * load_or(gain, j, v_set(1.0f));
    q_lanes += q;
    qz_lanes += q * ((v_load(x + j) - mean) * s);
  }
  for (; j < n; j++) {
    float q = dy[j] * value_or(gain, j, 1.0f);
    q_sum += q;
    qz_sum += q * ((x[j] - mean) * s);
  }
  float q_mean = (v_sum(q_lanes) + q_sum) / (float)n, qz_mean = (v_sum(qz_lanes) + qz_sum) / (float)n;
  for (j = 0; j + RN_VL <= n; j += RN_VL) {
    vf q = v_load(dy + j) * load_or(gain, j, v_set(1.0f)), z = (v_load(x + j) - mean) * s;
    v_store(dx + j, v_load(dx + j) + s * (q - q_mean - z * qz_mean));
  }
  for (; j < n; j++) {
    float q = dy[j] * value_or(gain, j, 1.0f), z = (x[j] - mean) * s;
    dx[j] += s * (q - q_mean - z * qz_mean);
  }
}

static void norm_chunk_grad(void *arg, int64_t begin, int64_t end) {
  for (int64_t r = begin; r < end; r++) norm_row_grad(arg, r);
}

static void norm_strip_grad(void *arg, int64_t begin, int64_t end) {
  const norm *a = arg;
  float gain[RN_STRIP] = {0}, bias[RN_STRIP] = {0};
  int64_t width = end - begin;
  for (int64_t r = 0; r < a->m; r++) {
    const float *x = a->x + r * a->n + begin, *dy = a->dy + r * a->n + begin;
    float mean = a->saved[2 * r], s = a->saved[2 * r + 1];
    for (int64_t j = 0; j < width; j++) {
      gain[j] += dy[j] * ((x[j] - mean) * s);
      bias[j] += dy[j];
    }
  }
  for (int64_t j = 0; j < width && a->dgain; j++) a->dgain[begin + j] += gain[j];
  for (int64_t j = 0; j < width && a->dbias; j++) a->dbias[begin + j] += bias[j];
}

void RN_K(layer_norm_grad)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *gain, const float *saved, const float *dy,
                           float *dx, float *dgain, float *dbias) {
  norm a = {.m = m, .n = n, .x = x, .gain = gain, .saved = (float *)saved, .dy = dy, .dx = dx, .dgain = dgain, .dbias = dbias};
  if (dx) rows_for(pool, m, n, RN_CHUNK, norm_chunk_grad, &a);
  if (dgain || dbias) strips_for(pool, m, n, norm_strip_grad, &a);
}
