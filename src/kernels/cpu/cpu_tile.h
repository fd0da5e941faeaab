/* cpu_tile.h: the innermost loop of every matrix product: a tile of C that lives in registers while k runs.
 *
 *   C[i][j] = sum_k A[i][k] B[k][j] (+ C[i][j]) (+ bias[j])      i < mr rows, j < nv vectors of RN_VL floats
 *
 * A step of k loads nv vectors of B and broadcasts mr values of A for mr * nv multiply-adds: 3 + 4 loads for 12 with AVX2's 16
 * registers (12 sums, 3 of B, 1 of A), 3 + 8 for 24 with AVX-512's 32. Both are under the two loads a cycle that a core can do
 * beside its two multiply-adds, and 12 sums in flight cover the latency of 4 cycles twice over two units.
 *
 * An element of C gets the same operations in the same order whatever tile it falls into, so that a product may be cut in rows and
 * columns in any way without changing a bit of it. */
#ifndef RN_KERNELS_CPU_TILE_H
#define RN_KERNELS_CPU_TILE_H

#include "kernels/cpu/vec.h"
#include <stdbool.h>
#include <stddef.h>

#if RN_VL == 16
#define RN_MR 8
#else
#define RN_MR 4
#endif
#define RN_NV 3
#define RN_NR (RN_NV * RN_VL)                                   /* columns of a full panel of B */
#define RN_KC (24 * 1024 / (RN_NR * (int)sizeof(float)) / 8 * 8) /* rows of a panel: 24 KB, so that it stays in the first-level cache */

typedef struct rn_tile {
  int64_t k;
  const float *a[RN_MR]; int64_t a_step; /* A[i][k] is a[i][k * a_step] */
  const float *b;                        /* B[k][j] is b[k * nv * RN_VL + j] */
  float *c[RN_MR];
  const float *bias;                     /* nv vectors, or NULL */
  bool accumulate;
  const float *next;                     /* what is wanted soon: RN_MR floats of it come into the cache for each k */
} rn_tile;

RN_INLINE void tile_sized(const rn_tile *t, const int mr, const int nv) {
  vf sum[RN_MR][RN_NV];
#pragma GCC unroll 8
  for (int i = 0; i < mr; i++)
#pragma GCC unroll 3
    for (int j = 0; j < nv; j++) sum[i][j] = v_zero();
  /* C is wanted at the end: its rows are far apart, where no hardware would look, and k takes long enough for them to come in. */
  const float *a[RN_MR];
#pragma GCC unroll 8
  for (int i = 0; i < mr; i++) {
    a[i] = t->a[i];
    for (int j = 0; j < nv * RN_VL; j += 16) __builtin_prefetch(t->c[i] + j, 1);
    __builtin_prefetch(t->c[i] + nv * RN_VL - 1, 1);
  }
  const float *b = t->b, *next = t->next;
  int64_t a_step = t->a_step, end = t->k * a_step, at = 0;
#define STEP_OF_K                                                    \
  {                                                                  \
    vf row[RN_NV];                                                   \
    for (int j = 0; j < nv; j++) row[j] = v_load(b + j * RN_VL);     \
    for (int i = 0; i < mr; i++) {                                   \
      vf x = v_set(a[i][at]);                                        \
      for (int j = 0; j < nv; j++) sum[i][j] += x * row[j];          \
    }                                                                \
    at += a_step, b += nv * RN_VL;                                   \
  }
  for (; at + 3 * a_step < end; next += 4 * RN_MR) {
    for (int line = 0; line < 4 * RN_MR; line += 16) __builtin_prefetch(next + line, 0, 2);
    STEP_OF_K STEP_OF_K STEP_OF_K STEP_OF_K
  }
  while (at < end) STEP_OF_K
#undef STEP_OF_K
  const bool accumulate = t->accumulate;
  const float *bias = t->bias;
#pragma GCC unroll 8
  for (int i = 0; i < mr; i++) {
    float *c = t->c[i];
#pragma GCC unroll 3
    for (int j = 0; j < nv; j++) {
      if (accumulate) sum[i][j] += v_load(c + j * RN_VL);
      if (bias) sum[i][j] += v_load(bias + j * RN_VL);
      v_store(c + j * RN_VL, sum[i][j]);
    }
  }
}

/* Every size of tile, compiled for it: rn_tile_avx2(t, mr, nv) runs the one asked for. */
void RN_K(tile)(const rn_tile *t, int mr, int nv);

#endif
