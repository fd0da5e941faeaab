/* cpu_dropout.c: y = x keep / (1 - rate). Element (r, c) is kept when its 32-bit draw is at least rate 2^32. The draws are those of
 * base/random.c's Philox4x32-10 (Salmon et al. 2011), RN_VL / 2 blocks of four words at a time. */
#include "base/random.h"
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"

/* A vector holds a word of RN_VL / 2 blocks, each in the lower half of 64 bits; what is in the upper half does not matter. */
typedef uint64_t vw __attribute__((vector_size(4 * RN_VL)));
#define DRAWN (4 * RN_VL / 2) /* words of these blocks */
#define WORDS 256             /* of a piece: a multiple of DRAWN */

/* The 64-bit products of the lower halves. */
#if RN_VL == 16 && defined(__AVX512F__)
RN_INLINE vw product(vw a, vw b) { return (vw)_mm512_mul_epu32((__m512i)a, (__m512i)b); }
#elif RN_VL == 8 && defined(__AVX2__)
RN_INLINE vw product(vw a, vw b) { return (vw)_mm256_mul_epu32((__m256i)a, (__m256i)b); }
#elif RN_VL == 4 && defined(__SSE2__)
RN_INLINE vw product(vw a, vw b) { return (vw)_mm_mul_epu32((__m128i)a, (__m128i)b); }
#else
RN_INLINE vw product(vw a, vw b) { return (a & 0xffffffff) * (b & 0xffffffff); }
#endif

RN_INLINE vw same(uint64_t x) { return x - (vw){0}; }

/* The key of each round: it advances by the golden ratio and sqrt(3) - 1. */
typedef struct round_keys { vw k0[10], k1[10]; } round_keys;

static round_keys keys_of(uint64_t seed) {
  round_keys keys;
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++, k0 += 0x9E3779B9, k1 += 0xBB67AE85) keys.k0[round] = same(k0), keys.k1[round] = same(k1);
  return keys;
}

/* DRAWN words of a stream, from a block on. The rounds are those of rn_philox. */
RN_INLINE void draw(const round_keys *keys, uint64_t stream, uint64_t block, uint32_t *out) {
  vw number;
  for (int l = 0; l < RN_VL / 2; l++) number[l] = (uint64_t)l;
  vw c0 = number + block, c1 = c0 >> 32, c2 = same(stream), c3 = same(stream >> 32);
#pragma GCC unroll 10
  for (int round = 0; round < 10; round++) {
    vw p0 = product(c0, same(0xD2511F53)), p1 = product(c2, same(0xCD9E8D57));
    c0 = (p1 >> 32) ^ c1 ^ keys->k0[round];
    c2 = (p0 >> 32) ^ c3 ^ keys->k1[round];
    c1 = p1;
    c3 = p0;
  }
  vw pair[2] = {(c0 & 0xffffffff) | c1 << 32, (c2 & 0xffffffff) | c3 << 32};
#pragma GCC unroll 8
  for (int l = 0; l < RN_VL / 2; l++) {
    uint64_t words[2] = {pair[0][l], pair[1][l]};
    memcpy(out + 4 * l, words, sizeof words);
  }
}

typedef struct drop {
  int64_t n;
  uint32_t threshold;
  float scale;
  round_keys keys;
  uint64_t stream;
  const int32_t *row_of;
  const float *x;
  float *y;
  bool accumulate;
} drop;

/* count elements whose draws begin with word `first`. */
static void drop_span(const drop *a, uint64_t first, int64_t count, const float *x, float *y) {
  uint32_t word[WORDS], threshold = a->threshold;
  float scale = a->scale;
  while (count > 0) {
    int64_t at = (int64_t)(first % 4), size = WORDS - at < count ? WORDS - at : count;
    for (int64_t i = 0; i < at + size; i += DRAWN) draw(&a->keys, a->stream, (first + (uint64_t)i) / 4, word + i);
    const uint32_t *w = word + at;
    if (a->accumulate) {
#pragma GCC ivdep
      for (int64_t j = 0; j < size; j++) y[j] += w[j] >= threshold ? x[j] * scale : 0.0f;
    } else {
#pragma GCC ivdep
      for (int64_t j = 0; j < size; j++) y[j] = w[j] >= threshold ? x[j] * scale : 0.0f;
    }
    first += (uint64_t)size, x += size, y += size, count -= size;
  }
}

static void drop_elements(void *arg, int64_t begin, int64_t end) {
  const drop *a = arg;
  drop_span(a, (uint64_t)begin, end - begin, a->x + begin, a->y + begin);
}

static void drop_rows(void *arg, int64_t begin, int64_t end) {
  const drop *a = arg;
  for (int64_t r = begin; r < end; r++) drop_span(a, (uint64_t)a->row_of[r] * (uint64_t)a->n, a->n, a->x + r * a->n, a->y + r * a->n);
}

void RN_K(dropout)(rn_pool *pool, int64_t m, int64_t n, float rate, uint64_t seed, uint64_t stream, const int32_t *row_of, const float *x,
                   float *y, bool accumulate) {
  drop a = {.n = n, .threshold = (uint32_t)((double)rate * 0x1p32), .scale = 1.0f / (1.0f - rate), .keys = keys_of(seed), .stream = stream,
            .row_of = row_of, .x = x, .y = y, .accumulate = accumulate};
  if (row_of) rows_for(pool, m, n, RN_CHUNK_EXP, drop_rows, &a);
  else chunks_for(pool, m * n, RN_CHUNK_EXP, drop_elements, &a);
}
