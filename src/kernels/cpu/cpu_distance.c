/* cpu_distance.c: how far apart two series are: point by point, or under the best warping of time. */
#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/vec.h"
#include <math.h>

RN_INLINE vf load(const float *p, int64_t left) { return left < RN_VL ? v_load_n(p, left) : v_load(p); }

float RN_K(squared_distance)(int64_t n, const float *x, const float *y) {
  vf sum = v_zero();
  for (int64_t i = 0; i < n; i += RN_VL) {
    vf difference = load(x + i, n - i) - load(y + i, n - i);
    sum += difference * difference;
  }
  return v_sum(sum);
}

/* Dynamic time warping (Sakoe and Chiba 1978), all warpings allowed.
 *
 *   D(i, j) = |x_i - y_j|^2 + min(D(i-1, j), D(i, j-1), D(i-1, j-1)),   D(-1, -1) = 0, infinite elsewhere outside
 *
 * by diagonals i + j = s, whose cells know nothing of each other: a register holds cells of neighbouring i. With y from its end, the
 * cell (i, s - i) meets y at i + m - 1 - s, so that everything is read in order. */
size_t RN_K(dtw_scratch)(int64_t n) { return 3 * (size_t)(n + 2) * sizeof(float); }

float RN_K(dtw)(int64_t d, int64_t n, const float *x, int64_t m, const float *y, float limit, void *scratch) {
  if (n == 0 || m == 0) return n == m ? 0 : INFINITY;
  /* Cell i of a diagonal is at i + 1. Beside the cells of a diagonal stands infinity. */
  float *cells[3] = {scratch, (float *)scratch + n + 2, (float *)scratch + 2 * (n + 2)};
  for (int64_t i = 0; i < 3 * (n + 2); i++) cells[0][i] = INFINITY;
  cells[1][0] = 0; /* D(-1, -1), two diagonals before the first */
  float least_before = INFINITY;
  for (int64_t s = 0; s < n + m - 1; s++) {
    float *now = cells[s % 3], *one = cells[(s + 2) % 3], *two = cells[(s + 1) % 3]; /* D on s, s - 1, s - 2 */
    int64_t first = s < m ? 0 : s - m + 1, end = s < n ? s + 1 : n;
    vf least = v_set(INFINITY);
    for (int64_t i = first; i < end; i += RN_VL) {
      int64_t left = end - i;
      vf cost = v_zero();
      for (int64_t k = 0; k < d; k++) {
        vf difference = load(x + k * n + i, left) - load(y + k * m + i + m - 1 - s, left);
        cost += difference * difference;
      }
      vf cell = cost + v_min(v_min(load(one + i, left), load(one + i + 1, left)), load(two + i, left));
      if (left < RN_VL) {
        v_store_n(now + i + 1, cell, left);
        cell = v_select(vi_first(left), cell, v_set(INFINITY));
      } else {
        v_store(now + i + 1, cell);
      }
      least = v_min(least, cell);
    }
    now[first] = now[end + 1] = INFINITY;
    /* A warping steps over one diagonal at most and never grows shorter: none that is under the limit has passed these two. */
    float least_now = -v_reduce_max(-least);
    if (least_now >= limit && least_before >= limit) return INFINITY;
    least_before = least_now;
  }
  return cells[(n + m - 2) % 3][n];
}
