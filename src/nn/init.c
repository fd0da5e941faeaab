/* init.c: how weights begin. Every value is a function of (seed, name, position), so that adding a layer leaves the others' draws alone. */
#include "base/alloc.h"
#include "nn/params.h"
#include <math.h>

rn_init rn_init_for_bias(rn_init weights, rn_init fallback) {
  if (weights.kind == RN_INIT_DEFAULT) return fallback;
  if (weights.kind == RN_INIT_UNIFORM) return weights;
  return (rn_init){.kind = RN_INIT_ZERO};
}

/* The dot product in four partial sums: the compiler keeps them apart, the order is fixed. */
static double dot(const double *a, const double *b, int64_t n) {
  double s[4] = {0};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4)
    for (int k = 0; k < 4; k++) s[k] += a[i + k] * b[i + k];
  for (; i < n; i++) s[0] += a[i] * b[i];
  return (s[0] + s[1]) + (s[2] + s[3]);
}

/* Orthonormal rows (of the transpose, when there are more rows than columns), by modified Gram-Schmidt on normal draws: with R's diagonal
 * positive, Q is uniform over orthogonal matrices.                                                   Saxe et al. 2014 */
static bool draw_orthogonal(rn_random *random, float *w, int64_t rows, int64_t cols, float scale) {
  int64_t m = rows < cols ? rows : cols, n = rows < cols ? cols : rows;
  double *q = rn_alloc_zero((size_t)m * (size_t)n, sizeof *q);
  if (!q) return false;
  for (int64_t i = 0; i < m * n; i++) q[i] = rn_random_normal(random);
  for (int64_t i = 0; i < m; i++) {
    double *a = q + i * n, norm = sqrt(dot(a, a, n));
    for (int64_t k = 0; k < n; k++) a[k] /= norm;
    for (int64_t j = i + 1; j < m; j++) {
      double *b = q + j * n, along = dot(a, b, n);
      for (int64_t k = 0; k < n; k++) b[k] -= along * a[k];
    }
  }
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < cols; c++) w[r * cols + c] = scale * (float)(rows < cols ? q[r * n + c] : q[c * n + r]);
  rn_free(q);
  return true;
}

static void draw_uniform(rn_random *random, float *w, int64_t n, float bound) {
  for (int64_t i = 0; i < n; i++) w[i] = bound * (2 * rn_random_uniform(random) - 1);
}

static void draw_normal(rn_random *random, float *w, int64_t n, float deviation) {
  for (int64_t i = 0; i < n; i++) w[i] = deviation * rn_random_normal(random);
}

static void fill(float *w, int64_t n, float value) {
  for (int64_t i = 0; i < n; i++) w[i] = value;
}

/* One gate's block: a matrix [rows, cols], fan_in = cols, fan_out = rows. */
static bool draw_block(rn_random *random, rn_init init, float *w, int64_t rows, int64_t cols) {
  int64_t n = rows * cols;
  float scale = init.scale != 0 ? init.scale : 1;
  switch (init.kind) {
  case RN_INIT_ZERO: fill(w, n, 0); break;
  case RN_INIT_ONE: fill(w, n, 1); break;
  case RN_INIT_UNIFORM: draw_uniform(random, w, n, init.scale != 0 ? init.scale : 0.1f); break;
  case RN_INIT_NORMAL: draw_normal(random, w, n, init.scale != 0 ? init.scale : 0.01f); break;
  case RN_INIT_XAVIER: draw_uniform(random, w, n, scale * sqrtf(6.0f / (float)(rows + cols))); break;
  case RN_INIT_HE: draw_normal(random, w, n, scale * sqrtf(2.0f / (float)cols)); break;
  case RN_INIT_ORTHOGONAL: return draw_orthogonal(random, w, rows, cols, scale);
  case RN_INIT_DEFAULT: draw_uniform(random, w, n, 1.0f / sqrtf((float)cols)); break;
  }
  return true;
}

bool rn_param_draw(rn_param *param, uint64_t seed) {
  const rn_init *init = &param->init;
  int64_t total = rn_tensor_rows(&param->tensor), cols = rn_tensor_cols(&param->tensor);
  int64_t n_blocks = init->n_blocks > 0 && total % init->n_blocks == 0 ? init->n_blocks : 1, rows = total / n_blocks;
  rn_random random = rn_random_init(seed, rn_random_stream(param->name));
  for (int64_t b = 0; b < n_blocks; b++) {
    float *w = param->tensor.data + b * rows * cols;
    if (b + 1 == init->constant_block) fill(w, rows * cols, init->constant);
    else if (!draw_block(&random, *init, w, rows, cols)) return false;
  }
  return true;
}
