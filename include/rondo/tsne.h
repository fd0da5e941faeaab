/* tsne.h: maps of vectors in the plane, on which neighbours stay neighbours. */
#ifndef RONDO_TSNE_H
#define RONDO_TSNE_H

#include <rondo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* t-SNE (van der Maaten and Hinton 2008). With p_j|i proportional to exp(-beta_i |x_i - x_j|^2), beta_i such that the entropy of i's
 * neighbours is log(perplexity), p_ij = (p_j|i + p_i|j) / 2n, and q_ij proportional to 1 / (1 + |y_i - y_j|^2), it seeks the map y that
 * minimises
 *
 *   KL(P || Q) = sum_ij p_ij log(p_ij / q_ij),   dKL/dy_i = 4 sum_j (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|^2)
 */
typedef enum rn_tsne_method {
  RN_TSNE_AUTO,  /* EXACT up to 2000 rows, else FFT */
  RN_TSNE_EXACT, /* all pairs have a p; forces pair by pair */
  RN_TSNE_FFT,   /* p of the 3 perplexity nearest neighbours, found exactly; forces by interpolation on a grid (Linderman et al. 2019) */
} rn_tsne_method;

typedef struct rn_tsne_options {
  rn_tsne_method method;
  double perplexity;    /* 30: about how many neighbours count; below (n - 1) / 3 */
  int64_t iterations;   /* 1000 */
  double exaggeration;  /* 12: p is so many times as large in the first 250 iterations, or the first quarter of fewer than 1000 */
  double learning_rate; /* of the gradient over 4; 0: n / exaggeration at first (Belkina et al. 2019), then 4 n; at least 200 */
  bool random_start;    /* else from the first two principal components, 1e-4 wide */
  uint64_t seed;        /* 42 */
  /* Called every 50 iterations with KL(P || Q); return false to stop there. NULL: nobody */
  bool (*observe)(void *user, int64_t iteration, double divergence);
  void *user;
} rn_tsne_options;
RN_API rn_tsne_options rn_tsne_options_default(void);

/*   rows [n, dim]
 *   map  [n, 2], its mean at 0
 *   *divergence  of the map, as rn_tsne_divergence; NULL: not wanted
 * The same to the bit for any number of threads. Errors: RN_ERROR_ARGUMENT (fewer than 4 rows, a perplexity that they are too few for),
 * RN_ERROR_DATA (a value that is not finite), RN_ERROR_STOPPED (the map is as far as it came), RN_ERROR_MEMORY. */
RN_API rn_status rn_tsne(rn_context *ctx, int64_t n, int64_t dim, const float *rows, const rn_tsne_options *options, float *map,
                         double *divergence);
/* KL(P || Q) of any map, Q summed pair by pair: what maps of different programs can be compared by. method: whose P (AUTO as above). */
RN_API rn_status rn_tsne_divergence(rn_context *ctx, int64_t n, int64_t dim, const float *rows, double perplexity, rn_tsne_method method,
                                    const float *map, double *divergence);

#ifdef __cplusplus
}
#endif
#endif
