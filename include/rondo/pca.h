/* pca.h: principal components: the directions in which rows differ most. */
#ifndef RONDO_PCA_H
#define RONDO_PCA_H

#include <rondo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_pca_method {
  RN_PCA_AUTO,       /* EXACT up to 128 columns, or where nearly all components are wanted; else RANDOMIZED */
  RN_PCA_EXACT,      /* every eigenvector of the covariance, in double precision: time grows with dim^3 */
  RN_PCA_RANDOMIZED, /* a random subspace is multiplied by the covariance until its share of the variance settles (Halko et al. 2011) */
} rn_pca_method;

typedef struct rn_pca_options {
  int64_t n_components; /* at most dim; more than there are rows are possible, and of variance 0 */
  rn_pca_method method;
  uint64_t seed; /* of the random subspace */
} rn_pca_options;
RN_API rn_pca_options rn_pca_options_default(int64_t n_components);

/* x = mean + sum_k c_k component_k, c_k = component_k . (x - mean). The sign of a component is such that its largest number is positive. */
typedef struct rn_pca {
  int64_t dim, n_components;
  float *mean;      /* [dim] */
  float *component; /* [n_components, dim], of length 1, by falling variance */
  double *variance; /* [n_components] of c_k: sum of squares over n - 1 */
  double total;     /* variance of all dim columns */
} rn_pca;

/*   rows [n, dim]
 * Free with rn_pca_free. Errors: RN_ERROR_ARGUMENT (fewer than two rows, too many components), RN_ERROR_DATA (a value that is not finite),
 * RN_ERROR_MEMORY. */
RN_API rn_status rn_pca_fit(rn_context *ctx, int64_t n, int64_t dim, const float *rows, const rn_pca_options *options, rn_pca *out);
RN_API void rn_pca_free(rn_pca *pca);
/* c of each row.   rows [n, dim]   out [n, n_components] */
RN_API rn_status rn_pca_project(rn_context *ctx, const rn_pca *pca, int64_t n, const float *rows, float *out);

#ifdef __cplusplus
}
#endif
#endif
