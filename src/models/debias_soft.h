/* debias_soft.h: the linear map of soft debiasing. */
#ifndef RN_MODELS_DEBIAS_SOFT_H
#define RN_MODELS_DEBIAS_SOFT_H

#include <rondo/base.h>

/* t [dim, dim] symmetric, minimising tr(A E A E) + lambda sum_l (T b_l)^T T N N^T T (T b_l),  E = T T - I.
 *   all, neutral [dim, dim]  A = W W^T and N N^T; all is overwritten
 *   b            [k, dim] */
rn_status rn_debias_map(rn_context *ctx, int64_t dim, double *all, const double *neutral, int64_t k, const float *b, double lambda,
                        double *t);

#endif
