/* cpu_tsne.c: t-SNE (van der Maaten and Hinton 2008): probabilities of neighbours, forces pair by pair, steps of the descent. */
#include "kernels/cpu/cpu_chunks.h"
#include "kernels/cpu/cpu_math.h"
#include "kernels/cpu/cpu_space.h"
#include <math.h>

/* ---- probabilities ---- */

typedef struct rows {
  int64_t k;
  float perplexity, *p;
  const float *distance;
} rows;

/* e_j = exp(-beta (d_j - least)); *sum of them, *weighted of e_j (d_j - least). */
static void weigh(const float *d, float *e, int64_t k, float least, float beta, double *sum, double *weighted) {
  vf all = v_zero(), moment = v_zero();
  for (int64_t j = 0; j < k; j += RN_VL) {
    int64_t left = k - j;
    vf x = (left < RN_VL ? v_load_n(d + j, left) : v_load(d + j)) - v_set(least), y = v_exp_negative(x * -beta);
    if (left < RN_VL) {
      y = v_select(vi_first(left), y, v_zero());
      v_store_n(e + j, y, left);
    } else {
      v_store(e + j, y);
    }
    all += y;
    moment += y * x;
  }
  *sum = v_sum(all), *weighted = v_sum(moment);
}

/* The entropy log(sum) + beta weighted / sum falls as beta rises: bisection, from 1 / (mean distance) outwards. */
static void affinities_of_rows(void *arg, int64_t begin, int64_t end) {
  const rows *a = arg;
  enum { MAX_STEPS = 60 };
  const double target = log(a->perplexity);
  for (int64_t r = begin; r < end; r++) {
    const float *d = a->distance + r * a->k;
    float *p = a->p + r * a->k, least = INFINITY;
    double mean = 0;
    for (int64_t j = 0; j < a->k; j++) {
      least = d[j] < least ? d[j] : least;
      mean += d[j] / (double)a->k;
    }
    double low = 0, high = INFINITY, beta = mean > least ? 1 / (mean - least) : 1, sum = 1, weighted;
    for (int step = 0; step < MAX_STEPS; step++) {
      weigh(d, p, a->k, least, (float)beta, &sum, &weighted);
      double entropy = log(sum) + beta * weighted / sum;
      if (fabs(entropy - target) < 1e-5) break;
      if (entropy > target) low = beta;
      else high = beta;
      beta = isinf(high) ? 2 * beta : 0.5 * (low + high);
      if (!(beta < 1e30)) break; /* more neighbours at one distance than the perplexity: they share it */
    }
    for (int64_t j = 0; j < a->k; j++) p[j] = (float)(p[j] / sum);
  }
}

void RN_K(affinities)(rn_pool *pool, int64_t n, int64_t k, const float *distance, float perplexity, float *p) {
  rows a = {k, perplexity, p, distance};
  rows_for(pool, n, k * 16, RN_CHUNK_EXP, affinities_of_rows, &a);
}

/* ---- attraction ---- */

enum { POINTS = 256 }; /* of a task */

typedef struct pull {
  const int64_t *offset;
  const int32_t *neighbour;
  const float *p, *y;
  float c, *force;
  double *loss; /* [tasks] or NULL */
} pull;

/* RN_VL neighbours' coordinates, and their distances from (x, y) plus 1. */
RN_INLINE vf spread(const pull *a, int64_t at, int64_t left, float x, float y, vf *dx, vf *dy) {
  vf nx = v_set(x), ny = v_set(y);
  for (int l = 0; l < RN_VL; l++)
    if (l < left) {
      const float *other = a->y + 2 * (int64_t)a->neighbour[at + l];
      nx[l] = other[0], ny[l] = other[1];
    }
  *dx = v_set(x) - nx, *dy = v_set(y) - ny;
  return *dx * *dx + *dy * *dy + 1.0f;
}

RN_INLINE void pull_point(const pull *a, int64_t i) {
  float x = a->y[2 * i], y = a->y[2 * i + 1];
  vf fx = v_zero(), fy = v_zero(), dx, dy;
  int64_t at = a->offset[i], end = a->offset[i + 1];
  for (; at + RN_VL <= end; at += RN_VL) {
    vf w = v_load(a->p + at) / spread(a, at, RN_VL, x, y, &dx, &dy);
    fx += w * dx, fy += w * dy;
  }
  if (at < end) {
    vf w = v_load_n(a->p + at, end - at) / spread(a, at, end - at, x, y, &dx, &dy);
    fx += w * dx, fy += w * dy;
  }
  a->force[2 * i] += a->c * v_sum(fx);
  a->force[2 * i + 1] += a->c * v_sum(fy);
}

static void pull_points(void *arg, int64_t begin, int64_t end) {
  const pull *a = arg;
  for (int64_t i = begin; i < end; i++) pull_point(a, i);
}

double RN_K(attraction)(rn_pool *pool, int64_t n, const int64_t *offset, const int32_t *neighbour, const float *p, const float *y, float c,
                        float *force, bool wants_loss) {
  pull a = {offset, neighbour, p, y, c, force};
  chunks_for(pool, n, POINTS, pull_points, &a);
  double loss = 0;
  for (int64_t i = 0; wants_loss && i < n; i++)
    for (int64_t at = offset[i]; at < offset[i + 1]; at++) {
      double dx = (double)y[2 * i] - (double)y[2 * neighbour[at]], dy = (double)y[2 * i + 1] - (double)y[2 * neighbour[at] + 1];
      loss += (double)p[at] * log1p(dx * dx + dy * dy);
    }
  return loss;
}

/* ---- repulsion, pair by pair ---- */

typedef struct push {
  int64_t n;
  const float *x, *y; /* [n] each */
  float *z, *force;   /* z [n]: each point's sum of q */
} push;

static void push_points(void *arg, int64_t begin, int64_t end) {
  const push *a = arg;
  for (int64_t i = begin; i < end; i++) {
    vf x = v_set(a->x[i]), y = v_set(a->y[i]), fx = v_zero(), fy = v_zero(), z = v_zero();
    for (int64_t j = 0; j < a->n; j += RN_VL) {
      int64_t left = a->n - j;
      bool last = left < RN_VL;
      vf dx = x - (last ? v_load_n(a->x + j, left) : v_load(a->x + j)), dy = y - (last ? v_load_n(a->y + j, left) : v_load(a->y + j));
      vf q = 1.0f / (dx * dx + dy * dy + 1.0f);
      if (last) q = v_select(vi_first(left), q, v_zero());
      z += q;
      q *= q;
      fx += q * dx, fy += q * dy;
    }
    a->force[2 * i] = v_sum(fx), a->force[2 * i + 1] = v_sum(fy);
    a->z[i] = v_sum(z) - 1.0f; /* but its own */
  }
}

double RN_K(repulsion)(rn_pool *pool, int64_t n, const float *y, float *force, float *scratch) {
  float *first = scratch, *second = scratch + n;
  for (int64_t i = 0; i < n; i++) first[i] = y[2 * i], second[i] = y[2 * i + 1];
  push a = {n, first, second, scratch + 2 * n, force};
  rows_for(pool, n, n, 8 * RN_CHUNK, push_points, &a);
  double z = 0;
  for (int64_t i = 0; i < n; i++) z += a.z[i];
  return z;
}

/* ---- descent ---- */

typedef struct steps {
  const float *g;
  float lr, momentum, *gain, *v, *y;
} steps;

static void descend_part(void *arg, int64_t begin, int64_t end) {
  const steps *a = arg;
  for (int64_t i = begin; i < end; i++) {
    bool same = (a->g[i] > 0) == (a->v[i] > 0);
    float gain = same ? 0.8f * a->gain[i] : a->gain[i] + 0.2f;
    gain = gain < 0.01f ? 0.01f : gain;
    a->gain[i] = gain;
    a->v[i] = a->momentum * a->v[i] - a->lr * gain * a->g[i];
    a->y[i] += a->v[i];
  }
}

void RN_K(descend)(rn_pool *pool, int64_t m, const float *g, float lr, float momentum, float *gain, float *v, float *y) {
  steps a = {g, lr, momentum, gain, v, y};
  chunks_for(pool, m, RN_CHUNK, descend_part, &a);
}
