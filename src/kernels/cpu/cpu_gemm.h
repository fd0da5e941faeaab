/* cpu_gemm.h: matrix products, for the table and for the kernels that are made of them. */
#ifndef RN_KERNELS_CPU_GEMM_H
#define RN_KERNELS_CPU_GEMM_H

#include "kernels/backend.h"
#include "kernels/cpu/cpu_tile.h"

/* The entries of the table. */
size_t RN_K(gemm_scratch)(const rn_gemm *g, int n_threads);
void RN_K(gemm)(rn_pool *pool, const rn_gemm *g, void *scratch);
size_t RN_K(gemm_pack_size)(const rn_gemm *g);
void RN_K(gemm_pack)(const rn_gemm *g, float *packed);

/* A product whose stored rows are chosen by number: the i-th row of A that counts is a_row[i], and so on; NULL: in order. This is how
 * sequences are put in order of time, and gates into padded columns, without copying anything. A negative b_row is a row of zeros, a
 * negative c_row is a result nobody wants. a_row needs !trans_a. Rows of A and of B may overlap: a convolution's windows do. */
typedef struct rn_product {
  rn_gemm g;
  const int32_t *a_row, *b_row, *c_row;
} rn_product;

size_t RN_K(product_scratch)(const rn_product *p, int n_threads);
void RN_K(product)(rn_pool *pool, const rn_product *p, void *scratch);

/* All panels of op(B), as g.packed: how many floats, and they. */
int64_t RN_K(product_pack_floats)(const rn_product *p);
void RN_K(product_pack)(const rn_product *p, float *packed);

/* Products none of which writes what another reads or writes, at most RN_PRODUCTS_MAX: the threads meet once, after the last. The
 * scratch is the largest of theirs. */
enum { RN_PRODUCTS_MAX = 10 };
void RN_K(products)(rn_pool *pool, const rn_product *list, int n, void *scratch);

/* For weights that are used many times: op(B), columns [j0, j0 + n) of it, n <= RN_NR, as a panel [k][nv * RN_VL], nv = vectors(n), the
 * last columns padded with zeros. Returns the end of the panel. */
RN_INLINE int panel_vectors(int64_t n) { return (int)((n + RN_VL - 1) / RN_VL); }
float *RN_K(panel_pack)(const rn_product *p, int64_t k0, int64_t k, int64_t j0, int64_t n, float *panel);

/* How n vectors of columns are cut into panels: RN_NV each, but the last two share RN_NV + 1, for a panel of one vector would keep too few
 * sums in flight to hide the latency of a multiply-add. Panel `at` begins at panel_begin; panel_next vectors are cut off when `left` are.
 */
RN_INLINE int64_t panel_count(int64_t n) { return (n + RN_NV - 1) / RN_NV; }
RN_INLINE int panel_next(int64_t left) { return left == RN_NV + 1 ? RN_NV - 1 : left < RN_NV ? (int)left : RN_NV; }
RN_INLINE int64_t panel_begin(int64_t at, int64_t n) {
  bool shared = n > RN_NV && n % RN_NV == 1 && at == n / RN_NV;
  return shared ? n - 2 : at * RN_NV;
}

/* C [m, nv * RN_VL] = (accumulate ? C : 0) + A [m, k] panel, by the calling thread. */
void RN_K(panel_product)(int64_t m, int64_t k, int nv, const float *a, int64_t lda, const float *panel, float *c, int64_t ldc,
                         bool accumulate);
/* The same to the bit for one row and several panels, `apart` floats from each other: c[p] = (accumulate ? c[p] : 0) + a panel_p. One panel
 * alone keeps too few sums in flight. */
enum { RN_ROW_PANELS = 4 };
void RN_K(panels_row)(int64_t k, int nv, int n_panels, const float *a, const float *panels, int64_t apart, float *const *c,
                      bool accumulate);

#endif
