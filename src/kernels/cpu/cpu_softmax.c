/* cpu_softmax.c: softmax, and the cross-entropy that never stores it. All by row, with the row's maximum M taken out:
 *
 *   Z = sum_v e^(x_v - M)     log p_v = x_v - M - log Z
 *
 * M and Z come from one pass over memory: a block that fits the first-level cache is read for its maximum, then for its sum; when
 * the maximum has grown, what was summed so far is scaled by e^(old - new) (Milakov & Gimelshein 2018). */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/cpu_math.h"
#include <math.h>

#define BLOCK 2048 /* floats: 8 KB */

/* The lanes of a tail that are not there count as -infinity. */
RN_INLINE vf load_tail(const float *x, int64_t n) { return v_select(vi_first(n), v_load_n(x, n), v_set(-INFINITY)); }

RN_INLINE float row_max(const float *x, int64_t n) {
  vf best[4] = {v_set(-INFINITY), v_set(-INFINITY), v_set(-INFINITY), v_set(-INFINITY)};
  int64_t j = 0;
  for (; j + 4 * RN_VL <= n; j += 4 * RN_VL)
    for (int i = 0; i < 4; i++) best[i] = v_max(v_load(x + j + i * RN_VL), best[i]);
  for (; j + RN_VL <= n; j += RN_VL) best[0] = v_max(v_load(x + j), best[0]);
  if (j < n) best[1] = v_max(load_tail(x + j, n - j), best[1]);
  return v_reduce_max(v_max(v_max(best[0], best[1]), v_max(best[2], best[3])));
}

/* sum e^(x - M); y NULL or where to put the exponentials. */
RN_INLINE float row_exp_sum(const float *x, int64_t n, float most, float *y) {
  vf sum[2] = {v_zero(), v_zero()};
  int64_t j = 0;
  for (; j + 2 * RN_VL <= n; j += 2 * RN_VL)
    for (int i = 0; i < 2; i++) {
      vf e = v_exp_negative(v_load(x + j + i * RN_VL) - most);
      sum[i] += e;
      if (y) v_store(y + j + i * RN_VL, e);
    }
  for (; j < n; j += RN_VL) {
    int64_t left = n - j < RN_VL ? n - j : RN_VL;
    vf e = v_exp_negative(load_tail(x + j, left) - most);
    sum[0] += e;
    if (y) v_store_n(y + j, e, left);
  }
  return v_sum(sum[0] + sum[1]);
}

/* M and log Z. */
RN_INLINE void row_statistics(const float *x, int64_t n, float *max, float *log_sum) {
  float most = -INFINITY, sum = 0;
  for (int64_t j = 0; j < n; j += BLOCK) {
    int64_t size = n - j < BLOCK ? n - j : BLOCK;
    float m = row_max(x + j, size);
    if (m > most) {
      if (j > 0) sum *= expf(most - m);
      most = m;
    }
    sum += row_exp_sum(x + j, size, most, NULL);
  }
  *max = most, *log_sum = logf(sum);
}

/* ---- softmax ---- */

typedef struct soft {
  int64_t n;
  const float *x;
  float *y;
  bool log_form;
} soft;

static void softmax_chunk(void *arg, int64_t begin, int64_t end) {
  const soft *a = arg;
  int64_t n = a->n;
  for (int64_t r = begin; r < end; r++) {
    const float *x = a->x + r * n;
    float *y = a->y + r * n, max, log_sum;
    if (a->log_form) {
      row_statistics(x, n, &max, &log_sum);
#pragma GCC ivdep
      for (int64_t j = 0; j < n; j++) y[j] = (x[j] - max) - log_sum;
    } else {
      float share = 1.0f / row_exp_sum(x, n, row_max(x, n), y);
      for (int64_t j = 0; j < n; j++) y[j] *= share;
    }
  }
}

void RN_K(softmax)(rn_pool *pool, int64_t m, int64_t n, const float *x, float *y, bool log_form) {
  soft a = {.n = n, .x = x, .y = y, .log_form = log_form};
  rows_for(pool, m, n, RN_CHUNK_EXP, softmax_chunk, &a);
}

/* ---- cross-entropy ---- */

typedef struct entropy {
  const rn_xent *a;
  float all_weights; /* sum_v w_v */
  const float *x, *dloss;
  float *loss, *saved, *dx;
  bool accumulate;
} entropy;

static float sum_weights(const rn_xent *a) {
  double sum = 0;
  if (!a->weight) return (float)a->n_classes;
  for (int64_t v = 0; v < a->n_classes; v++) sum += a->weight[v];
  return (float)sum;
}

/* sum_v w_v (M - x_v); weight NULL: ones. */
RN_INLINE float row_shortfall(const float *x, const float *weight, int64_t n, float most) {
  vf sum = v_zero();
  for (int64_t j = 0; j < n; j += RN_VL) {
    int64_t left = n - j < RN_VL ? n - j : RN_VL;
    vf below = v_select(vi_first(left), most - v_load_n(x + j, left), v_zero());
    sum += weight ? v_load_n(weight + j, left) * below : below;
  }
  return v_sum(sum);
}

/* loss = (1 - s) w_y (log Z + M - x_y) + s/V sum_v w_v (log Z + M - x_v) */
static void xent_chunk(void *arg, int64_t begin, int64_t end) {
  const entropy *e = arg;
  int64_t n = e->a->n_classes;
  const float *weight = e->a->weight;
  float s = e->a->smoothing;
  for (int64_t r = begin; r < end; r++) {
    const float *x = e->x + r * n;
    int32_t target = e->a->target[r];
    float max = 0, log_sum = 0, loss = 0;
    if (target >= 0) {
      row_statistics(x, n, &max, &log_sum);
      loss = log_sum + (max - x[target]);
      if (weight) loss *= weight[target];
      if (s > 0) loss = (1 - s) * loss + s / (float)n * (e->all_weights * log_sum + row_shortfall(x, weight, n, max));
    }
    if (e->saved) e->saved[2 * r] = max, e->saved[2 * r + 1] = log_sum;
    if (e->loss) e->loss[r] = loss;
  }
}

void RN_K(xent)(rn_pool *pool, const rn_xent *a, const float *logits, float *loss, float *saved) {
  entropy e = {.a = a, .all_weights = sum_weights(a), .x = logits, .loss = loss, .saved = saved};
  rows_for(pool, a->n_rows, a->n_classes, RN_CHUNK_EXP, xent_chunk, &e);
}

/* g p_v - even w_v; weight NULL: ones. */
RN_INLINE void xent_row_grad(const float *x, int64_t n, float max, float log_sum, float g, float even, const float *weight, float *dx,
                             const bool accumulate) {
  int64_t j = 0;
  for (; j + RN_VL <= n; j += RN_VL) {
    vf d = g * v_exp_negative((v_load(x + j) - max) - log_sum) - (weight ? even * v_load(weight + j) : v_set(even));
    v_store(dx + j, accumulate ? v_load(dx + j) + d : d);
  }
  if (j == n) return;
  vf d = g * v_exp_negative((v_load_n(x + j, n - j) - max) - log_sum) - (weight ? even * v_load_n(weight + j, n - j) : v_set(even));
  v_store_n(dx + j, accumulate ? v_load_n(dx + j, n - j) + d : d, n - j);
}

/* d loss / d x_v = ((1 - s) w_y + s/V sum_u w_u) p_v - (1 - s) w_y [v = y] - s/V w_v */
static void xent_grad_chunk(void *arg, int64_t begin, int64_t end) {
  const entropy *e = arg;
  int64_t n = e->a->n_classes;
  float s = e->a->smoothing;
  const float *weight = e->a->weight, *even_weight = s > 0 ? weight : NULL;
  for (int64_t r = begin; r < end; r++) {
    float *dx = e->dx + r * n;
    int32_t target = e->a->target[r];
    if (target < 0) {
      if (!e->accumulate) memset(dx, 0, (size_t)n * sizeof(float));
      continue;
    }
    const float *x = e->x + r * n, max = e->saved[2 * r], log_sum = e->saved[2 * r + 1];
    float hit = e->dloss[r] * (1 - s) * (weight ? weight[target] : 1), even = e->dloss[r] * s / (float)n;
    float g = hit + even * e->all_weights;
    if (e->accumulate) xent_row_grad(x, n, max, log_sum, g, even, even_weight, dx, true);
    else xent_row_grad(x, n, max, log_sum, g, even, even_weight, dx, false);
    dx[target] -= hit;
  }
}

void RN_K(xent_grad)(rn_pool *pool, const rn_xent *a, const float *logits, const float *saved, const float *dloss, float *dlogits,
                     bool accumulate) {
  entropy e = {.a = a, .all_weights = sum_weights(a), .x = logits, .saved = (float *)saved, .dloss = dloss, .dx = dlogits,
               .accumulate = accumulate};
  rows_for(pool, a->n_rows, a->n_classes, RN_CHUNK_EXP, xent_grad_chunk, &e);
}
