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
#include <math.h>

typedef struct questions {
  int64_t n;
  const float *x, *z, *weight;
  float *loss, d, *dx, *dz;
} questions;

RN_INLINE float softplus_minus(float x) { return (x < 0 ? -x : 0) + log1pf(expf(-fabsf(x))); }

static void loss_chunk(void *arg, int64_t begin, int64_t end) {
  const questions *a = arg;
  for (int64_t r = begin; r < end; r++) {
    const float *x = a->x + r * a->n, *z = a->z + r * a->n;
    double loss = 0;
    for (int64_t k = 0; k < a->n; k++) {
      float q = a->weight ? 1 + (a->weight[k] - 1) * z[k] : 1;
      loss += (1 - z[k]) * x[k] + q * softplus_minus(x[k]);
    }
    a->loss[r] = (float)loss;
  }
}

static void dx_row(const questions *a, int64_t r) {
  const float *x = a->x + r * a->n, *z = a->z + r * a->n;
  float *dx = a->dx + r * a->n;
  for (int64_t k = 0; k < a->n; k += RN_VL) {
    int64_t left = a->n - k < RN_VL ? a->n - k : RN_VL;
    vf w = a->weight ? v_load_n(a->weight + k, left) : v_set(1), target = v_load_n(z + k, left);
    vf grad = (1.0f + (w - 1.0f) * target) * v_sigmoid(v_load_n(x + k, left)) - w * target;
    v_store_n(dx + k, v_load_n(dx + k, left) + a->d * grad, left);
  }
}

static void grad_chunk(void *arg, int64_t begin, int64_t end) {
  const questions *a = arg;
  for (int64_t r = begin; r < end; r++) {
    if (a->dx) dx_row(a, r);
    for (int64_t k = 0; a->dz && k < a->n; k++) {
      float x = a->x[r * a->n + k], w = a->weight ? a->weight[k] : 1;
      a->dz[r * a->n + k] += a->d * ((w - 1) * softplus_minus(x) - x);
    }
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
