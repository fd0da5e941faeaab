/* cpu_glove.c: GloVe's step for one pair of words after another.                                               Pennington et al. 2014
 *
 *     r = w_i . c_j + b_i + b_j - log x        g = f r        loss += f r^2 / 2
 *     w_i -= lr g c_j / sqrt(s_wi)             c_j -= lr g w_i / sqrt(s_cj)
 *     s_wi += (lr g c_j)^2                     s_cj += (lr g w_i)^2                     AdaGrad, Duchi et al. 2011; as Stanford's program
 *
 * and the same for (w_j, c_i), which has nothing in common with it; a word with itself, once. A row of the table is a word's w, c, s_w and
 * s_c. The biases stand behind the numbers of the vectors, each across from a one, so that products and steps are theirs, too. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"
#include <math.h>

/* One side: w of word i with c of word j. Columns dim and dim + 1: (b_i, 1) in w, (1, b_j) in c. */
RN_INLINE double learn(const rn_glove *g, float *restrict i, float *restrict j, float log_x, float f) {
  int64_t width = g->width;
  float *restrict w = i, *restrict c = j + width, *restrict sw = i + 2 * width, *restrict sc = j + 3 * width;
  vf dot = v_zero();
  for (int64_t k = 0; k < width; k += RN_VL) dot += v_load(w + k) * v_load(c + k);
  float r = v_sum(dot) - log_x, step = g->lr * f * r;
#pragma GCC ivdep
  for (int64_t k = 0; k < width; k++) {
    float gw = step * c[k], gc = step * w[k];
    w[k] -= gw / sqrtf(sw[k]);
    c[k] -= gc / sqrtf(sc[k]);
    sw[k] += gw * gw;
    sc[k] += gc * gc;
  }
  w[g->dim + 1] = c[g->dim] = 1;
  return 0.5 * (double)f * (double)r * (double)r;
}

double RN_K(glove)(const rn_glove *g, int64_t n, const rn_glove_pair *pair, float *table) {
  int64_t row = 4 * g->width;
  double loss = 0;
  for (int64_t k = 0; k < n; k++) {
    if (k + 2 < n) {
      rn_fetch(table + pair[k + 2].i * row, row, true);
      rn_fetch(table + pair[k + 2].j * row, row, true);
    }
    float *i = table + pair[k].i * row, *j = table + pair[k].j * row;
    loss += learn(g, i, j, pair[k].log_x, pair[k].f);
    if (i != j) loss += learn(g, j, i, pair[k].log_x, pair[k].f);
  }
  return loss;
}
