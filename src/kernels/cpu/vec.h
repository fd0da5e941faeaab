/* vec.h: one vector type for every instruction set. Each src/kernels/cpu/(*).c is compiled once per set, with RN_VL lanes of float
 * (4, 8, 16) and RN_ISA its name; GNU vector extensions turn the same source into SSE2 (or any other machine's), AVX2 or AVX-512.
 *
 * a * b + c contracts to a fused multiply-add where the machine has one (-ffp-contract=fast). */
#ifndef RN_KERNELS_CPU_VEC_H
#define RN_KERNELS_CPU_VEC_H

#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#ifndef RN_VL
#define RN_VL 4
#define RN_ISA portable
#endif

/* RN_K(gemm) is gemm's name in this instruction set: rn_gemm_avx2. */
#define RN_K_PASTE(name, isa) rn_##name##_##isa
#define RN_K_EXPAND(name, isa) RN_K_PASTE(name, isa)
#define RN_K(name) RN_K_EXPAND(name, RN_ISA)

#define RN_INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((vector_size(4 * RN_VL)));     /* RN_VL floats in a register */
typedef int32_t vi __attribute__((vector_size(4 * RN_VL)));   /* RN_VL integers; also what comparing two vf gives: 0 or -1 */
typedef uint32_t vu __attribute__((vector_size(4 * RN_VL)));  /* the same bits where sums may wrap around */
typedef float vf_memory __attribute__((vector_size(4 * RN_VL), aligned(4), may_alias));
typedef int32_t vi_memory __attribute__((vector_size(4 * RN_VL), aligned(4), may_alias));
typedef float v4f __attribute__((vector_size(16)));
typedef float v4f_memory __attribute__((vector_size(16), aligned(4), may_alias));

RN_INLINE vf v_load(const float *p) { return *(const vf_memory *)p; } /* no alignment needed */
RN_INLINE void v_store(float *p, vf v) { *(vf_memory *)p = v; }
RN_INLINE vf v_zero(void) { return (vf){0}; }
RN_INLINE vf v_set(float x) { return x - (vf){0}; } /* every lane x; subtracting keeps the sign of a zero */
RN_INLINE vi vi_load(const int32_t *p) { return *(const vi_memory *)p; }
RN_INLINE vi vi_set(int32_t x) { return x - (vi){0}; }

/* Which lanes are among the first n. */
RN_INLINE vi vi_first(int64_t n) {
  vi lane;
  for (int l = 0; l < RN_VL; l++) lane[l] = l;
  return lane < vi_set((int32_t)n);
}

/* The first n <= RN_VL lanes; the other lanes of a load are zero. */
#if RN_VL == 16 && defined(__AVX512F__)
RN_INLINE vf v_load_n(const float *p, int64_t n) { return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
RN_INLINE void v_store_n(float *p, vf v, int64_t n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v); }
#elif RN_VL == 8 && defined(__AVX2__)
RN_INLINE vf v_load_n(const float *p, int64_t n) { return (vf)_mm256_maskload_ps(p, (__m256i)vi_first(n)); }
RN_INLINE void v_store_n(float *p, vf v, int64_t n) { _mm256_maskstore_ps(p, (__m256i)vi_first(n), (__m256)v); }
#else
RN_INLINE vf v_load_n(const float *p, int64_t n) {
  vf v = {0};
  memcpy(&v, p, (size_t)n * sizeof(float));
  return v;
}
RN_INLINE void v_store_n(float *p, vf v, int64_t n) { memcpy(p, &v, (size_t)n * sizeof(float)); }
#endif

RN_INLINE vi v_bits(vf v) { return (vi)v; }
RN_INLINE vf v_from_bits(vi v) { return (vf)v; }
RN_INLINE vi v_to_int(vf v) { return __builtin_convertvector(v, vi); } /* towards zero */
RN_INLINE vf v_from_int(vi v) { return __builtin_convertvector(v, vf); }

/* Lane by lane: where ? a : b. */
RN_INLINE vf v_select(vi where, vf a, vf b) { return (vf)(((vi)a & where) | ((vi)b & ~where)); }
RN_INLINE vf v_abs(vf v) { return (vf)((vi)v & 0x7fffffff); }

/* The smaller, the larger; b where either is NaN (as the x86 instructions have it). */
#if RN_VL == 16 && defined(__AVX512F__)
RN_INLINE vf v_min(vf a, vf b) { return (vf)_mm512_min_ps((__m512)a, (__m512)b); }
RN_INLINE vf v_max(vf a, vf b) { return (vf)_mm512_max_ps((__m512)a, (__m512)b); }
#elif RN_VL == 8 && defined(__AVX__)
RN_INLINE vf v_min(vf a, vf b) { return (vf)_mm256_min_ps((__m256)a, (__m256)b); }
RN_INLINE vf v_max(vf a, vf b) { return (vf)_mm256_max_ps((__m256)a, (__m256)b); }
#elif RN_VL == 4 && defined(__SSE2__)
RN_INLINE vf v_min(vf a, vf b) { return (vf)_mm_min_ps((__m128)a, (__m128)b); }
RN_INLINE vf v_max(vf a, vf b) { return (vf)_mm_max_ps((__m128)a, (__m128)b); }
#else
RN_INLINE vf v_min(vf a, vf b) { return v_select(a < b, a, b); }
RN_INLINE vf v_max(vf a, vf b) { return v_select(a > b, a, b); }
#endif

/* Sums of lanes in a fixed order: the halves are added until four lanes are left, then (0 + 2) + (1 + 3). */
RN_INLINE v4f v_quarter_sum(vf v) {
#if RN_VL == 16
  v4f a = __builtin_shufflevector(v, v, 0, 1, 2, 3), b = __builtin_shufflevector(v, v, 4, 5, 6, 7);
  v4f c = __builtin_shufflevector(v, v, 8, 9, 10, 11), d = __builtin_shufflevector(v, v, 12, 13, 14, 15);
  return (a + c) + (b + d);
#elif RN_VL == 8
  return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
#else
  return v;
#endif
}
RN_INLINE float v_sum(vf v) {
  v4f q = v_quarter_sum(v);
  q += __builtin_shufflevector(q, q, 2, 3, 0, 1);
  return q[0] + q[1];
}
RN_INLINE float v_reduce_max(vf v) {
  float best = v[0];
  for (int i = 1; i < RN_VL; i++) best = v[i] > best ? v[i] : best;
  return best;
}

#endif
