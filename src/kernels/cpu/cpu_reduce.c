/* cpu_reduce.c: sums over everything. The same in every instruction set, to the bit: at most PIECES pieces, each summed by 16
 * interleaved sums in double (where the square of a float is exact), then added in order. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_kernels.h"

#define PIECES 64
#define LANES 16

typedef struct reduction {
  int64_t piece;
  const float *x;
  double part[PIECES];
} reduction;

static double lanes_sum(const double lane[LANES]) {
  double sum = 0;
  for (int l = 0; l < LANES; l++) sum += lane[l];
  return sum;
}

static void sum_piece(void *arg, int64_t begin, int64_t end) {
  reduction *a = arg;
  double lane[LANES] = {0};
  int64_t i = begin;
  for (; i + LANES <= end; i += LANES)
    for (int l = 0; l < LANES; l++) lane[l] += (double)a->x[i + l];
  for (int l = 0; i < end; i++, l++) lane[l] += (double)a->x[i];
  a->part[begin / a->piece] = lanes_sum(lane);
}

static void squares_piece(void *arg, int64_t begin, int64_t end) {
  reduction *a = arg;
  double lane[LANES] = {0};
  int64_t i = begin;
  for (; i + LANES <= end; i += LANES)
    for (int l = 0; l < LANES; l++) lane[l] += (double)a->x[i + l] * (double)a->x[i + l];
  for (int l = 0; i < end; i++, l++) lane[l] += (double)a->x[i] * (double)a->x[i];
  a->part[begin / a->piece] = lanes_sum(lane);
}

static double reduce(rn_pool *pool, int64_t n, const float *x, void (*body)(void *arg, int64_t begin, int64_t end)) {
  int64_t piece = (n + PIECES - 1) / PIECES;
  reduction a = {.piece = piece < RN_CHUNK ? RN_CHUNK : piece, .x = x};
  chunks_for(pool, n, a.piece, body, &a);
  double sum = 0;
  for (int64_t i = 0; i * a.piece < n; i++) sum += a.part[i];
  return sum;
}

double RN_K(sum)(rn_pool *pool, int64_t n, const float *x) { return reduce(pool, n, x, sum_piece); }
double RN_K(sum_squares)(rn_pool *pool, int64_t n, const float *x) { return reduce(pool, n, x, squares_piece); }
