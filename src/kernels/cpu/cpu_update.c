/* cpu_update.c: one step of an optimiser over n parameters, element by element, with the formulas of torch.optim. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"
#include <math.h>

typedef struct step {
  const rn_update *u;
  float *w, *m, *v;
  const float *g;
  float rate;        /* lr, divided by Adam's first correction 1 - beta1^step */
  float root_scale;  /* 1 / sqrt(1 - beta2^step) */
} step;

/* The gradient as the optimiser sees it: scaled, clamped, and with the L2 penalty where the kind has one. */
RN_INLINE float gradient(const rn_update *u, float limit, float decay, float g, float w) {
  g *= u->grad_scale;
  g = g > limit ? limit : g < -limit ? -limit : g;
  return g + decay * w;
}

/* A loop over the chunk with everything that does not change in registers. */
#define FOR_EACH(body)                                                                                                              \
  do {                                                                                                                              \
    _Pragma("GCC ivdep") for (int64_t i = begin; i < end; i++) {                                                                    \
      float grad = gradient(&u, limit, decay, g[i], w[i]);                                                                          \
      body                                                                                                                          \
    }                                                                                                                               \
  } while (0)

static void update_chunk(void *arg, int64_t begin, int64_t end) {
  const step *a = arg;
  const rn_update u = *a->u;
  float *w = a->w, *m = a->m, *v = a->v, rate = a->rate, root_scale = a->root_scale;
  const float *g = a->g, limit = u.clip_value > 0 ? u.clip_value : INFINITY, decay = u.kind == RN_ADAMW ? 0.0f : u.weight_decay;
  const float shrink = u.kind == RN_ADAMW ? 1.0f - u.lr * u.weight_decay : 1.0f;
  switch (u.kind) {
  case RN_SGD: /* w -= lr g */
    FOR_EACH({ w[i] -= rate * grad; });
    break;
  case RN_MOMENTUM: /* m = mu m + g     w -= lr m */
    FOR_EACH({
      m[i] = u.momentum * m[i] + grad;
      w[i] -= rate * m[i];
    });
    break;
  case RN_NESTEROV: /* m = mu m + g     w -= lr (g + mu m) */
    FOR_EACH({
      m[i] = u.momentum * m[i] + grad;
      w[i] -= rate * (grad + u.momentum * m[i]);
    });
    break;
  case RN_ADAGRAD: /* v += g^2     w -= lr g / (sqrt(v) + eps) */
    FOR_EACH({
      v[i] += grad * grad;
      w[i] -= rate * grad / (sqrtf(v[i]) + u.eps);
    });
    break;
  case RN_RMSPROP: /* v = alpha v + (1 - alpha) g^2     w -= lr g / (sqrt(v) + eps) */
    FOR_EACH({
      v[i] = u.alpha * v[i] + (1.0f - u.alpha) * (grad * grad);
      w[i] -= rate * grad / (sqrtf(v[i]) + u.eps);
    });
    break;
  case RN_ADAM:
  case RN_ADAMW: /* m += (1 - b1) (g - m)     v = b2 v + (1 - b2) g^2     w -= lr / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + eps) */
    FOR_EACH({
      m[i] += (1.0f - u.beta1) * (grad - m[i]);
      v[i] = u.beta2 * v[i] + (1.0f - u.beta2) * (grad * grad);
      w[i] = shrink * w[i] - rate * m[i] / (sqrtf(v[i]) * root_scale + u.eps);
    });
    break;
  }
}

static step step_of(const rn_update *u, float *w, const float *g, float *m, float *v) {
  step a = {.u = u, .w = w, .m = m, .v = v, .g = g, .rate = u->lr, .root_scale = 1.0f};
  if (u->kind == RN_ADAM || u->kind == RN_ADAMW) {
    a.rate = (float)((double)u->lr / (1.0 - pow((double)u->beta1, (double)u->step)));
    a.root_scale = (float)(1.0 / sqrt(1.0 - pow((double)u->beta2, (double)u->step)));
  }
  return a;
}

void RN_K(update)(rn_pool *pool, const rn_update *u, int64_t n, float *w, const float *g, float *m, float *v) {
  step a = step_of(u, w, g, m, v);
  chunks_for(pool, n, RN_CHUNK, update_chunk, &a);
}

static float *at(float *table, int64_t offset) { return table ? table + offset : NULL; }

void RN_K(update_rows)(const rn_update *u, int64_t n_rows, const int32_t *row, int64_t n, float *w, const float *g, float *m, float *v) {
  step a = step_of(u, w, g, m, v);
  for (int64_t i = 0; i < n_rows; i++) {
    int64_t here = row[i] * n, ahead = i + RN_AHEAD < n_rows ? row[i + RN_AHEAD] * n : here;
    rn_fetch(w + ahead, n, 1);
    if (m) rn_fetch(m + ahead, n, 1);
    if (v) rn_fetch(v + ahead, n, 1);
    a.w = w + here;
    a.g = g + i * n;
    a.m = at(m, here);
    a.v = at(v, here);
    update_chunk(&a, 0, n);
  }
}
