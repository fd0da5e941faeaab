/* space.h: kernels for looking at a space of vectors: neighbours, and t-SNE's forces. The rules of backend.h hold, whose table points here.
 */
#ifndef RN_KERNELS_SPACE_H
#define RN_KERNELS_SPACE_H

#include "base/pool.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The k best of rows by score, the larger the better and of equals the smaller row: a heap whose root is the worst of them. */
typedef struct rn_top {
  int64_t k, n; /* room, and how many are there */
  float *score; /* [k] */
  int64_t *row; /* [k] */
} rn_top;

/* A grid for the forces between all pairs of n points in the plane, by interpolation (Linderman et al. 2019). Points lie at least one
 * and a half spacings inside of the first size / 2 by size / 2 nodes, of which node (0, 0) is at `origin`. */
typedef struct rn_grid {
  int64_t size;  /* of the transforms: a product of 2, 3 and 5 that 64 divides */
  float spacing;
  float origin[2];
  float *spectra; /* of the three kernels, by grid_prepare */
} rn_grid;

typedef struct rn_space_kernels {
  /* dot_r = table_r . q,  square_r = |table_r|^2.   table [n, d]; dot, square [n], either may be NULL */
  void (*row_dots)(rn_pool *pool, int64_t n, int64_t d, const float *table, const float *q, float *dot, float *square);
  /* What makes a score of dot_r, the larger the nearer: dot_r scale_r + shift_r, over n rows, by the calling thread.
   *   cosine      dot / |row|, |q| being the same for all; a row of zeros has none: minus infinity
   *   otherwise   2 dot - |row|^2 = |q|^2 - |q - row|^2 */
  void (*score_terms)(int64_t n, bool cosine, const float *square, float *scale, float *shift);
  /* Rows first .. first + n - 1 with the scores dot_i scale_i + shift_i, scale and shift [n] or NULL: 1 and 0; by the calling thread. */
  void (*top)(int64_t n, const float *dot, const float *scale, const float *shift, int64_t first, rn_top *top);

  /* score = multiply ? (b + 1) (c + 1) / (a + 1 + eps) : b - a + c, over n cosines, by the calling thread. */
  void (*analogy)(int64_t n, const float *a, const float *b, const float *c, bool multiply, float *score);

  /* Each row's p_j = exp(-beta d_j) / sum, with the beta at which the entropy is log(perplexity).   d, p [n, k], d >= 0 */
  void (*affinities)(rn_pool *pool, int64_t n, int64_t k, const float *distance, float perplexity, float *p);

  /* The following: points and forces [n, 2].
   * force_i += c sum_j p_ij q_ij (y_i - y_j),  q_ij = 1 / (1 + |y_i - y_j|^2), over the neighbours of i.
   *   offset [n + 1], neighbour and p [offset[n]]
   * Returns - sum p_ij log q_ij where asked, else 0. */
  double (*attraction)(rn_pool *pool, int64_t n, const int64_t *offset, const int32_t *neighbour, const float *p, const float *y, float c,
                       float *force, bool wants_loss);
  /* force_i = sum_j q_ij^2 (y_i - y_j), overwritten; returns Z = sum over i != j of q_ij.  Pair by pair, scratch [3, n]: */
  double (*repulsion)(rn_pool *pool, int64_t n, const float *y, float *force, float *scratch);
  /* and by a grid: the smallest size for so many nodes on a side of the square that holds the points; floats of the spectra; the spectra,
   * whenever size or spacing change; the forces. */
  int64_t (*grid_size)(int64_t n_nodes);
  size_t (*grid_spectra)(int64_t size);
  size_t (*grid_scratch)(int64_t n, int64_t size, int n_threads);
  void (*grid_prepare)(rn_pool *pool, const rn_grid *grid, void *scratch);
  double (*grid_repulsion)(rn_pool *pool, int64_t n, const rn_grid *grid, const float *y, float *force, void *scratch);

  /* Gradient descent with momentum and gains (Jacobs 1988), over m floats:
   *   gain = max(0.01, same sign of g and v ? 0.8 gain : gain + 0.2),  v = momentum v - lr gain g,  y = y + v */
  void (*descend)(rn_pool *pool, int64_t m, const float *g, float lr, float momentum, float *gain, float *v, float *y);
} rn_space_kernels;

#endif
