/* cpu_space.h: the entries of kernels/space.h, and transforms for them. */
#ifndef RN_KERNELS_CPU_SPACE_H
#define RN_KERNELS_CPU_SPACE_H

#include "kernels/cpu/vec.h"
#include "kernels/space.h"

/* cpu_top.c */
void RN_K(row_dots)(rn_pool *pool, int64_t n, int64_t d, const float *table, const float *q, float *dot, float *square);
void RN_K(score_terms)(int64_t n, bool cosine, const float *square, float *scale, float *shift);
void RN_K(top)(int64_t n, const float *dot, const float *scale, const float *shift, int64_t first, rn_top *top);
void RN_K(analogy)(int64_t n, const float *a, const float *b, const float *c, bool multiply, float *score);

/* cpu_tsne.c */
void RN_K(affinities)(rn_pool *pool, int64_t n, int64_t k, const float *distance, float perplexity, float *p);
double RN_K(attraction)(rn_pool *pool, int64_t n, const int64_t *offset, const int32_t *neighbour, const float *p, const float *y, float c,
                        float *force, bool wants_loss);
double RN_K(repulsion)(rn_pool *pool, int64_t n, const float *y, float *force, float *scratch);
void RN_K(descend)(rn_pool *pool, int64_t m, const float *g, float lr, float momentum, float *gain, float *v, float *y);

/* cpu_grid.c */
int64_t RN_K(grid_size)(int64_t n_nodes);
size_t RN_K(grid_spectra)(int64_t size);
size_t RN_K(grid_scratch)(int64_t n, int64_t size, int n_threads);
void RN_K(grid_prepare)(rn_pool *pool, const rn_grid *grid, void *scratch);
double RN_K(grid_repulsion)(rn_pool *pool, int64_t n, const rn_grid *grid, const float *y, float *force, void *scratch);

/* cpu_fft.c: RN_FFT_LANES transforms of n complex numbers side by side, n a product of 2, 3, 5:
 *
 *   y_k = sum_j x_j e^{-2 pi i j k / n}
 *
 * x [n, 2, RN_FFT_LANES]: the real parts of the lanes, then the imaginary; replaced by y. `other` is room for as much; twiddles [n, 2] by
 * fft_twiddles. Real and imaginary parts exchanged, in and out, give the inverse times n. */
#define RN_FFT_LANES 16
void RN_K(fft_twiddles)(int64_t n, float *twiddles);
void RN_K(fft)(int64_t n, const float *twiddles, float *x, float *other);

#endif
