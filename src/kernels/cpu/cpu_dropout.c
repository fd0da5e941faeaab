/* cpu_dropout.c: y = x keep / (1 - rate). Element (r, c) is kept when its 32-bit draw is at least rate 2^32. The draws are those of
 * base/random.c's Philox4x32-10 (Salmon et al. 2011), RN_VL blocks of four words at a time. */
#include "base/random.h"
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"

typedef uint32_t vu __attribute__((vector_size(4 * RN_VL)));
typedef uint64_t vu64 __attribute__((vector_size(4 * RN_VL)));

#define WORDS (4 * RN_VL) /* of RN_VL blocks */

/* The 64-bit products of the even lanes of a and b. */
#if RN_VL == 16 && defined(__AVX512F__)
RN_INLINE vu64 product_even(vu a, vu b) { return (vu64)_mm512_mul_epu32((__m512i)a, (__m512i)b); }
#elif RN_VL == 8 && defined(__AVX2__)
RN_INLINE vu64 product_even(vu a, vu b) { return (vu64)_mm256_mul_epu32((__m256i)a, (__m256i)b); }
#elif RN_VL == 4 && defined(__SSE2__)
RN_INLINE vu64 product_even(vu a, vu b) { return (vu64)_mm_mul_epu32((__m128i)a, (__m128i)b); }
#else
RN_INLINE vu64 product_even(vu a, vu b) { return ((vu64)a & 0xffffffff) * ((vu64)b & 0xffffffff); }
#endif

/* The high and the low words of constant times a, lane by lane. */
RN_INLINE vu product_halves(uint32_t constant, vu a, vu *low) {
  vu k = constant - (vu){0};
  vu64 even = product_even(a, k), odd = product_even((vu)((vu64)a >> 32), k);
  const uint64_t upper = 0xffffffff00000000;
  *low = (vu)((even & ~upper) | (odd << 32));
  return (vu)((even >> 32) | (odd & upper));
}

/* Words 4 block .. 4 block + WORDS - 1 of a stream. The rounds are those of rn_philox. */
static void draw(uint64_t seed, uint64_t stream, uint64_t block, uint32_t out[WORDS]) {
  uint32_t low[RN_VL], high[RN_VL];
  for (int l = 0; l < RN_VL; l++) low[l] = (uint32_t)(block + l), high[l] = (uint32_t)((block + l) >> 32);
  vu c0, c1, c2 = (uint32_t)stream - (vu){0}, c3 = (uint32_t)(stream >> 32) - (vu){0};
  memcpy(&c0, low, sizeof c0), memcpy(&c1, high, sizeof c1);
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    vu low0, low1, high0 = product_halves(0xD2511F53u, c0, &low0), high1 = product_halves(0xCD9E8D57u, c2, &low1);
    c0 = high1 ^ c1 ^ k0;
    c2 = high0 ^ c3 ^ k1;
    c1 = low1;
    c3 = low0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int l = 0; l < RN_VL; l++) out[4 * l] = c0[l], out[4 * l + 1] = c1[l], out[4 * l + 2] = c2[l], out[4 * l + 3] = c3[l];
}

typedef struct drop {
  int64_t n;
  uint32_t threshold;
  float scale;
  uint64_t seed, stream;
  const int32_t *row_of;
  const float *x;
  float *y;
  bool accumulate;
} drop;

/* count elements whose draws begin with word `first`. */
static void drop_span(const drop *a, uint64_t first, int64_t count, const float *x, float *y) {
  uint32_t word[WORDS], threshold = a->threshold;
  float scale = a->scale;
  for (int64_t done = 0; done < count;) {
    int64_t at = (int64_t)((first + (uint64_t)done) % 4), size = WORDS - at < count - done ? WORDS - at : count - done;
    draw(a->seed, a->stream, (first + (uint64_t)done) / 4, word);
    const uint32_t *w = word + at;
    if (a->accumulate) {
#pragma GCC ivdep
      for (int64_t j = 0; j < size; j++) y[done + j] += w[j] >= threshold ? x[done + j] * scale : 0.0f;
    } else {
#pragma GCC ivdep
      for (int64_t j = 0; j < size; j++) y[done + j] = w[j] >= threshold ? x[done + j] * scale : 0.0f;
    }
    done += size;
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

void RN_K(dropout)(rn_pool *pool, int64_t m, int64_t n, float rate, uint64_t seed, uint64_t stream, const int32_t *row_of, const float *x, float *y,
                   bool accumulate) {
  drop a = {.n = n, .threshold = (uint32_t)((double)rate * 0x1p32), .scale = 1.0f / (1.0f - rate), .seed = seed, .stream = stream,
            .row_of = row_of, .x = x, .y = y, .accumulate = accumulate};
  if (row_of) rows_for(pool, m, n, RN_CHUNK_EXP, drop_rows, &a);
  else chunks_for(pool, m * n, RN_CHUNK_EXP, drop_elements, &a);
}
