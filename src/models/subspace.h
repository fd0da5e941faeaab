/* subspace.h: the leading eigenvectors of a symmetric, positive matrix that is known only by what it does to vectors. */
#ifndef RN_MODELS_SUBSPACE_H
#define RN_MODELS_SUBSPACE_H

#include <rondo/base.h>

/* Columns of the subspace in which k eigenvectors of a matrix of n rows are looked for. */
int64_t rn_subspace_width(int64_t n, int64_t k);
/* apply: y [n, width] = C q, q [n, width]
 *   vector [k, n], of length 1, by falling eigenvalue; value [k]
 * Errors: RN_ERROR_MEMORY, RN_ERROR_DATA (a value that is not finite). */
rn_status rn_subspace(rn_context *ctx, int64_t n, void (*apply)(void *user, int64_t width, const float *q, float *y), void *user, int64_t k,
                      uint64_t seed, float *vector, double *value);

#endif
