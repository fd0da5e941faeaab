/* cpu_sigmoid_entropy.c: the cross-entropy of independent yes-or-no questions, from their logits:
 *
 *   l = -w z log sigma(x) - (1 - z) log(1 - sigma(x)) = (1 - z) x + q softplus(-x)          q = 1 + (w - 1) z
 *
 *   softplus(-x) = log(1 + e^-x) = max(-x, 0) + log(1 + e^-|x|), which neither overflows nor loses small numbers
 *
 *   dl/dx = q sigma(x) - w z          dl/dz = (w - 1) softplus(-x) - x */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/cpu_math.h"

typedef struct questions {
  int64_t n;
  const float *x, *z, *weight;
  float *loss, d, *dx, *dz;
} questions;

/* log(1 + t) = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...) with s = t / (2 + t) <= 1/3 for t = e^-|x|: eight terms are exact to 10^-9. */
RN_INLINE vf softplus_minus(vf x) {
  vf t = v_exp_negative(-v_abs(x)), s = t / (2.0f + t), square = s * s, sum = v_set(1.0f / 15);
  for (int k = 13; k > 0; k -= 2) sum = sum * square + 1.0f / (float)k;
  return v_max(-x, v_zero()) + 2.0f * s * sum;
}

/* The next `left` (at most RN_VL) questions of row r, from k on. */
typedef struct some {
  vf x, z, w;
} some;
RN_INLINE some take_some(const questions *a, int64_t r, int64_t k, int64_t left) {
  return (some){v_load_n(a->x + r * a->n + k, left), v_load_n(a->z + r * a->n + k, left),
                a->weight ? v_load_n(a->weight + k, left) : v_set(1)};
}
RN_INLINE int64_t some_left(const questions *a, int64_t k) { return a->n - k < RN_VL ? a->n - k : RN_VL; }

static void loss_chunk(void *arg, int64_t begin, int64_t end) {
  const questions *a = arg;
  for (int64_t r = begin; r < end; r++) {
    vf sum = v_zero();
    for (int64_t k = 0; k < a->n; k += RN_VL) {
      int64_t left = some_left(a, k);
      some q = take_some(a, r, k, left);
      vf loss = (1.0f - q.z) * q.x + (1.0f + (q.w - 1.0f) * q.z) * softplus_minus(q.x);
      sum += v_select(vi_first(left), loss, v_zero());
    }
    a->loss[r] = v_sum(sum);
  }
}

RN_INLINE void add_n(float *p, vf v, int64_t n) { v_store_n(p, v_load_n(p, n) + v, n); }

static void grad_chunk(void *arg, int64_t begin, int64_t end) {
  const questions *a = arg;
  for (int64_t r = begin; r < end; r++)
    for (int64_t k = 0; k < a->n; k += RN_VL) {
      int64_t left = some_left(a, k), at = r * a->n + k;
      some q = take_some(a, r, k, left);
      if (a->dx) add_n(a->dx + at, a->d * ((1.0f + (q.w - 1.0f) * q.z) * v_sigmoid(q.x) - q.w * q.z), left);
      if (a->dz) add_n(a->dz + at, a->d * ((q.w - 1.0f) * softplus_minus(q.x) - q.x), left);
    }
}

void RN_K(sigmoid_xent)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *z, const float *weight, float *loss) {
  questions a = {.n = n, .x = x, .z = z, .weight = weight, .loss = loss};
  rows_for(pool, m, n, RN_CHUNK_EXP, loss_chunk, &a);
}

void RN_K(sigmoid_xent_grad)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *z, const float *weight, float dloss,
                             float *dx, float *dz) {
  questions a = {.n = n, .x = x, .z = z, .weight = weight, .d = dloss, .dx = dx, .dz = dz};
  rows_for(pool, m, n, RN_CHUNK_EXP, grad_chunk, &a);
}
