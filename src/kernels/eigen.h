/* eigen.h: eigenvalues and eigenvectors of a symmetric matrix, in double precision, by the calling thread. */
#ifndef RN_KERNELS_EIGEN_H
#define RN_KERNELS_EIGEN_H

#include <stdbool.h>
#include <stdint.h>

/* A = V^T diag(value) V.
 *   a       [n, n]  symmetric; replaced by V, whose rows are the eigenvectors, of length 1, by falling eigenvalue
 *   value   [n]
 *   scratch [n]
 * False where the iteration does not end (a value that is not finite). */
bool rn_eigen_symmetric(int64_t n, double *a, double *value, double *scratch);

#endif
