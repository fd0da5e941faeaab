/* debias.h: taking a difference out of word vectors (Bolukbasi et al. 2016): between she and he, say, where nurse and doctor should have
 * none of it. */
#ifndef RONDO_DEBIAS_H
#define RONDO_DEBIAS_H

#include <rondo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All vectors w are taken with length 1, before and after. The subspace B is spanned by the first principal components of the vectors of
 * each pair less their mean; w_B is the part of w in it.
 *
 *   hard:  neutral words     w <- w - w_B
 *          pairs to equalize w <- v + sqrt(1 - |v|^2) (w_B - m_B) / |w_B - m_B|,   m their mean, v = m - m_B
 *   soft:  w <- T w, T minimising  |(T W)^T (T W) - W^T W|^2 + lambda |(T N)^T (T B)|^2    W all vectors, N the neutral ones, as columns;
 *          both squares are means over their pairs here, so that one lambda serves few words and many
 */
typedef struct rn_debias_options {
  int64_t n_pairs, n_equalize;
  const int64_t *pair;     /* [n_pairs, 2] rows */
  const int64_t *equalize; /* [n_equalize, 2] rows; hard only */
  const bool *neutral;     /* [n] */
  int64_t n_directions;    /* of B, 1 */
  bool soft;
  double lambda; /* 0.2 */
} rn_debias_options;

typedef struct rn_debias_result {
  float *direction;         /* [n_directions, dim], of length 1, the second word of a pair on the positive side where it mostly is */
  double *share;            /* [n_directions] of the pairs' variance */
  double before, after;     /* direct bias: the mean of |w_B| / |w| over neutral words, in B as it was found */
} rn_debias_result;

/*   rows, out [n, dim]
 * Free the result with rn_debias_free. Errors: RN_ERROR_ARGUMENT (no pair, no neutral word, more directions than twice the pairs or than
 * columns; soft of more than 4096 columns), RN_ERROR_DATA (a pair of equal vectors, a word of a pair whose vector is zero),
 * RN_ERROR_MEMORY. */
RN_API rn_status rn_debias(rn_context *ctx, int64_t n, int64_t dim, const float *rows, const rn_debias_options *options, float *out,
                           rn_debias_result *result);
RN_API void rn_debias_free(rn_debias_result *result);

#ifdef __cplusplus
}
#endif
#endif
