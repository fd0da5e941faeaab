/* cpu_gemv.h: products with a few rows, bound by the bandwidth at which B comes in. */
#ifndef RN_KERNELS_CPU_GEMV_H
#define RN_KERNELS_CPU_GEMV_H

#include "kernels/cpu/cpu_gemm.h"

/* Whether gemv is the better way: decided by the shape alone. */
bool RN_K(gemv_fits)(const rn_product *p);
void RN_K(gemv)(rn_pool *pool, const rn_product *p);
/* Columns [j0, j1) by the calling thread. */
void RN_K(gemv_columns)(const rn_product *p, int64_t j0, int64_t j1);

#endif
