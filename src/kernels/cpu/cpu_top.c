/* cpu_top.c: which rows of a table are nearest: dot products, and the best of the scores made of them. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_space.h"
#include <math.h>

RN_INLINE vf load(const float *p, int64_t left) { return left < RN_VL ? v_load_n(p, left) : v_load(p); }

typedef struct rows {
  int64_t d;
  const float *table, *q;
  float *dot, *square;
} rows;

/* Memory is what bounds this: each row is read once for both sums. One stream of reads does not fill the way to memory (17 GB/s on a
 * Zen 3), several do (21 to 26): so rows of STREAMS places go side by side. The order of a sum does not depend on who stands beside. */
enum { STREAMS = 4 };

RN_INLINE void dots_side_by_side(const rows *a, const int64_t *row, int n) {
  vf dot[STREAMS], square[STREAMS];
  for (int s = 0; s < n; s++) dot[s] = square[s] = v_zero();
  int64_t i = 0;
  for (; i + RN_VL <= a->d; i += RN_VL) {
    vf q = v_load(a->q + i);
    for (int s = 0; s < n; s++) {
      vf x = v_load(a->table + row[s] * a->d + i);
      dot[s] += x * q;
      square[s] += x * x;
    }
  }
  if (i < a->d) {
    vf q = v_load_n(a->q + i, a->d - i);
    for (int s = 0; s < n; s++) {
      vf x = v_load_n(a->table + row[s] * a->d + i, a->d - i);
      dot[s] += x * q;
      square[s] += x * x;
    }
  }
  for (int s = 0; s < n; s++) {
    if (a->dot) a->dot[row[s]] = v_sum(dot[s]);
    if (a->square) a->square[row[s]] = v_sum(square[s]);
  }
}

static void dots_of_rows(void *arg, int64_t begin, int64_t end) {
  const rows *a = arg;
  int64_t each = (end - begin) / STREAMS;
  for (int64_t r = begin; r < begin + each; r++) {
    int64_t row[STREAMS];
    for (int s = 0; s < STREAMS; s++) row[s] = r + s * each;
    dots_side_by_side(a, row, STREAMS);
  }
  for (int64_t r = begin + STREAMS * each; r < end; r++) dots_side_by_side(a, &r, 1);
}

void RN_K(row_dots)(rn_pool *pool, int64_t n, int64_t d, const float *table, const float *q, float *dot, float *square) {
  rows a = {d, table, q, dot, square};
  rows_for(pool, n, d, 8 * RN_CHUNK, dots_of_rows, &a);
}

void RN_K(score_terms)(int64_t n, bool cosine, const float *square, float *scale, float *shift) {
  for (int64_t r = 0; r < n; r++) {
    bool zero = !(square[r] > 0);
    scale[r] = !cosine ? 2 : zero ? 0 : 1 / sqrtf(square[r]);
    shift[r] = !cosine ? -square[r] : zero ? -__builtin_inff() : 0;
  }
}

static bool worse(const rn_top *t, int64_t a, int64_t b) {
  return t->score[a] < t->score[b] || (t->score[a] == t->score[b] && t->row[a] > t->row[b]);
}

static void exchange(rn_top *t, int64_t a, int64_t b) {
  float score = t->score[a];
  int64_t row = t->row[a];
  t->score[a] = t->score[b], t->row[a] = t->row[b];
  t->score[b] = score, t->row[b] = row;
}

/* Rows come in rising order, so that one with the root's score is not better. */
static void push(rn_top *t, float score, int64_t row) {
  int64_t i;
  if (t->n < t->k) {
    i = t->n++;
    t->score[i] = score, t->row[i] = row;
    for (; i > 0 && worse(t, i, (i - 1) / 2); i = (i - 1) / 2) exchange(t, i, (i - 1) / 2);
    return;
  }
  t->score[0] = score, t->row[0] = row;
  for (i = 0; 2 * i + 1 < t->n;) {
    int64_t child = 2 * i + 1;
    if (child + 1 < t->n && worse(t, child + 1, child)) child++;
    if (!worse(t, child, i)) break;
    exchange(t, i, child);
    i = child;
  }
}

/* Whether any lane is set. */
RN_INLINE bool any_lane(vi v) {
#if RN_VL == 16 && defined(__AVX512DQ__)
  return _mm512_movepi32_mask((__m512i)v) != 0;
#elif RN_VL == 8 && defined(__AVX__)
  return _mm256_movemask_ps((__m256)v) != 0;
#else
  int any = 0;
  for (int l = 0; l < RN_VL; l++) any |= v[l];
  return any != 0;
#endif
}

/* Most rows are worse than the k best so far, which one comparison of a register tells of all its lanes. */
void RN_K(top)(int64_t n, const float *dot, const float *scale, const float *shift, int64_t first, rn_top *top) {
  if (top->k == 0) return;
  for (int64_t i = 0; i < n; i += RN_VL) {
    int64_t left = n - i;
    vf score = load(dot + i, left);
    if (scale) score *= load(scale + i, left);
    if (shift) score += load(shift + i, left);
    float limit = top->n < top->k ? -__builtin_inff() : top->score[0];
    if (!any_lane(score > v_set(limit))) continue;
    for (int l = 0; l < RN_VL && l < left; l++)
      if (score[l] > (top->n < top->k ? -__builtin_inff() : top->score[0])) push(top, score[l], first + i + l);
  }
}

/* 3CosAdd (Mikolov et al. 2013) and 3CosMul (Levy and Goldberg 2014), whose cosines are moved into 0 .. 1. */
void RN_K(analogy)(int64_t n, const float *a, const float *b, const float *c, bool multiply, float *score) {
  const float eps = 2e-3f; /* 0.001 of cosines that are halved */
  for (int64_t i = 0; i < n; i += RN_VL) {
    int64_t left = n - i;
    vf x = load(a + i, left), y = load(b + i, left), z = load(c + i, left);
    vf s = multiply ? 0.5f * (y + 1.0f) * (z + 1.0f) / (x + (1.0f + eps)) : y - x + z;
    if (left < RN_VL) v_store_n(score + i, s, left);
    else v_store(score + i, s);
  }
}
