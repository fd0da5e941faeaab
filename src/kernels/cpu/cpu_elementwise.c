/* cpu_elementwise.c: functions of each element on its own. All of them may work in place: `ivdep` below says that an element is read
 * before it is written and by nobody else. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/cpu_math.h"

typedef struct span {
  int f; /* rn_activation or rn_binary */
  float alpha;
  const float *a, *b;
  float *y;
} span;

/* ---- activations ---- */

/* GELU in its tanh form (Hendrycks & Gimpel 2016): x/2 (1 + tanh u) = x sigma(2u),  u = sqrt(2/pi) (x + 0.044715 x^3). */
#define GELU_2U 1.5957691216f /* 2 sqrt(2/pi) */
#define GELU_CUBE 0.044715f

RN_INLINE vf activation(const rn_activation f, vf x) {
  switch (f) {
  case RN_TANH: return v_tanh(x);
  case RN_SIGMOID: return v_sigmoid(x);
  case RN_RELU: return v_max(v_zero(), x); /* NaN stays NaN */
  case RN_GELU: return x * v_sigmoid(GELU_2U * x * (1.0f + GELU_CUBE * x * x));
  case RN_EXP: return v_exp(x);
  case RN_SQUARE: return x * x;
  default: return x;
  }
}

/* f'(x), from whichever of x and y = f(x) is cheaper; v is that one. */
static inline bool derivative_wants_x(rn_activation f) { return f == RN_GELU || f == RN_SQUARE; }

RN_INLINE vf derivative(const rn_activation f, vf v) {
  switch (f) {
  case RN_TANH: return 1.0f - v * v;
  case RN_SIGMOID: return v * (1.0f - v);
  case RN_RELU: return v_select(v > v_zero(), v_set(1.0f), v_zero());
  case RN_GELU: {
    vf s = v_sigmoid(GELU_2U * v * (1.0f + GELU_CUBE * v * v));
    return s + v * s * (1.0f - s) * (GELU_2U * (1.0f + 3.0f * GELU_CUBE * v * v));
  }
  case RN_EXP: return v;
  case RN_SQUARE: return v + v;
  default: return v_set(1.0f);
  }
}

RN_INLINE void unary_span(const rn_activation f, const span *s, int64_t i, int64_t end) {
  for (; i + RN_VL <= end; i += RN_VL) v_store(s->y + i, activation(f, v_load(s->a + i)));
  if (i < end) v_store_n(s->y + i, activation(f, v_load_n(s->a + i, end - i)), end - i);
}

RN_INLINE void unary_grad_span(const rn_activation f, const span *s, int64_t i, int64_t end) {
  for (; i + RN_VL <= end; i += RN_VL) v_store(s->y + i, v_load(s->y + i) + v_load(s->b + i) * derivative(f, v_load(s->a + i)));
  if (i == end) return;
  int64_t n = end - i;
  v_store_n(s->y + i, v_load_n(s->y + i, n) + v_load_n(s->b + i, n) * derivative(f, v_load_n(s->a + i, n)), n);
}

static void unary_chunk(void *arg, int64_t begin, int64_t end) {
  const span *s = arg;
  switch (s->f) {
  case RN_TANH: unary_span(RN_TANH, s, begin, end); break;
  case RN_SIGMOID: unary_span(RN_SIGMOID, s, begin, end); break;
  case RN_RELU: unary_span(RN_RELU, s, begin, end); break;
  case RN_GELU: unary_span(RN_GELU, s, begin, end); break;
  case RN_EXP: unary_span(RN_EXP, s, begin, end); break;
  case RN_SQUARE: unary_span(RN_SQUARE, s, begin, end); break;
  default: unary_span(RN_NONE, s, begin, end); break;
  }
}

static void unary_grad_chunk(void *arg, int64_t begin, int64_t end) {
  const span *s = arg;
  switch (s->f) {
  case RN_TANH: unary_grad_span(RN_TANH, s, begin, end); break;
  case RN_SIGMOID: unary_grad_span(RN_SIGMOID, s, begin, end); break;
  case RN_RELU: unary_grad_span(RN_RELU, s, begin, end); break;
  case RN_GELU: unary_grad_span(RN_GELU, s, begin, end); break;
  case RN_EXP: unary_grad_span(RN_EXP, s, begin, end); break;
  case RN_SQUARE: unary_grad_span(RN_SQUARE, s, begin, end); break;
  }
}

void RN_K(unary)(rn_pool *pool, rn_activation f, int64_t n, const float *x, float *y) {
  span s = {.f = f, .a = x, .y = y};
  chunks_for(pool, n, RN_CHUNK_EXP, unary_chunk, &s);
}

void RN_K(unary_grad)(rn_pool *pool, rn_activation f, int64_t n, const float *x, const float *y, const float *dy, float *dx) {
  if (f == RN_NONE) {
    RN_K(axpy)(pool, n, 1.0f, dy, dx);
    return;
  }
  span s = {.f = f, .a = derivative_wants_x(f) ? x : y, .b = dy, .y = dx};
  chunks_for(pool, n, RN_CHUNK, unary_grad_chunk, &s);
}

/* ---- sums and products ---- */

static void binary_chunk(void *arg, int64_t begin, int64_t end) {
  const span *s = arg;
  const float *a = s->a, *b = s->b;
  float *y = s->y;
  if (s->f == RN_ADD) {
#pragma GCC ivdep
    for (int64_t i = begin; i < end; i++) y[i] = a[i] + b[i];
  } else if (s->f == RN_SUB) {
#pragma GCC ivdep
    for (int64_t i = begin; i < end; i++) y[i] = a[i] - b[i];
  } else {
#pragma GCC ivdep
    for (int64_t i = begin; i < end; i++) y[i] = a[i] * b[i];
  }
}

static void axpy_chunk(void *arg, int64_t begin, int64_t end) {
  const span *s = arg;
  const float *x = s->a, alpha = s->alpha;
  float *y = s->y;
#pragma GCC ivdep
  for (int64_t i = begin; i < end; i++) y[i] += alpha * x[i];
}

static void scale_chunk(void *arg, int64_t begin, int64_t end) {
  const span *s = arg;
  const float *x = s->a, alpha = s->alpha;
  float *y = s->y;
#pragma GCC ivdep
  for (int64_t i = begin; i < end; i++) y[i] = alpha * x[i];
}

static void mul_add_chunk(void *arg, int64_t begin, int64_t end) {
  const span *s = arg;
  const float *a = s->a, *b = s->b;
  float *y = s->y;
#pragma GCC ivdep
  for (int64_t i = begin; i < end; i++) y[i] += a[i] * b[i];
}

void RN_K(binary)(rn_pool *pool, rn_binary f, int64_t n, const float *a, const float *b, float *y) {
  span s = {.f = f, .a = a, .b = b, .y = y};
  chunks_for(pool, n, RN_CHUNK, binary_chunk, &s);
}

void RN_K(axpy)(rn_pool *pool, int64_t n, float alpha, const float *x, float *y) {
  span s = {.alpha = alpha, .a = x, .y = y};
  chunks_for(pool, n, RN_CHUNK, axpy_chunk, &s);
}

void RN_K(scale)(rn_pool *pool, int64_t n, float alpha, const float *x, float *y) {
  span s = {.alpha = alpha, .a = x, .y = y};
  chunks_for(pool, n, RN_CHUNK, scale_chunk, &s);
}

void RN_K(mul_add)(rn_pool *pool, int64_t n, const float *a, const float *b, float *y) {
  span s = {.a = a, .b = b, .y = y};
  chunks_for(pool, n, RN_CHUNK, mul_add_chunk, &s);
}
