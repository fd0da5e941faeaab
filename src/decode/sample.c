/* sample.c: drawing a symbol from scores.
 *
 *     p_i = exp(z_i / T) / sum_j exp(z_j / T),   cut to the top k, then to the smallest set of mass p, then to p_i >= min_p max p
 *
 * Nothing is sorted: both cuts ask for the shortest beginning of the falling order that reaches a weight (k symbols, or a mass), and a
 * partition that only follows the side where that weight is reached finds it in linear time. */
#include "base/random.h"
#include <math.h>
#include <rondo/decode.h>

rn_sampling rn_sampling_default(void) { return (rn_sampling){.temperature = 1, .top_p = 1, .reject = RN_REJECT_UNK, .seed = 42}; }

static void swap(float *a, float *b) {
  float t = *a;
  *a = *b;
  *b = t;
}

static float median(float a, float b, float c) { return fmaxf(fminf(a, b), fminf(fmaxf(a, b), c)); }

/* Zeroes all of p [n] but the largest ones, as few as reach `target`: as a count, or as a mass. Of equals the first are kept. v [n]:
 * scratch. */
static void keep_largest(float *p, int64_t n, double target, bool mass, float *v) {
  int64_t m = 0;
  for (int64_t i = 0; i < n; i++)
    if (p[i] > 0) v[m++] = p[i];
  double reached = 0; /* weight of what is known to be kept */
  int64_t first = 0, last = m;
  float threshold = 0; /* kept: everything above it, and n_equal equal to it */
  int64_t n_equal = n;
  while (first < last) {
    /* v[first .. above) > pivot, v[above .. below) == pivot, the rest is smaller */
    float pivot = median(v[first], v[first + (last - first) / 2], v[last - 1]);
    int64_t above = first, at = first, below = last;
    double weight_above = 0;
    while (at < below) {
      if (v[at] > pivot) {
        weight_above += mass ? v[at] : 1;
        swap(&v[at++], &v[above++]);
      } else if (v[at] < pivot) {
        swap(&v[at], &v[--below]);
      } else {
        at++;
      }
    }
    double each = mass ? pivot : 1;
    if (reached + weight_above >= target) {
      last = above;
    } else if (reached + weight_above + each * (double)(below - above) >= target) {
      threshold = pivot;
      n_equal = (int64_t)ceil((target - reached - weight_above) / each);
      break;
    } else {
      reached += weight_above + each * (double)(below - above);
      first = below;
    }
  }
  if (n_equal < 1) n_equal = 1;
  for (int64_t i = 0; i < n; i++)
    if (p[i] < threshold || (p[i] == threshold && n_equal-- <= 0)) p[i] = 0;
}

static double total(const float *p, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += p[i];
  return sum;
}

int32_t rn_sample(const float *logits, int64_t n, const rn_sampling *o, uint64_t position, float *scratch) {
  float *p = scratch, *v = scratch + n;
  int64_t best = -1;
  for (int64_t i = 0; i < n; i++)
    if (i != o->reject && (best < 0 || logits[i] > logits[best])) best = i;
  if (best < 0) return 0; /* a vocabulary of one rejected symbol */
  if (!(o->temperature > 0)) return (int32_t)best;

  for (int64_t i = 0; i < n; i++) p[i] = i == o->reject ? 0 : expf((logits[i] - logits[best]) / o->temperature); /* the largest is 1 */
  if (o->top_k > 0 && o->top_k < n) keep_largest(p, n, (double)o->top_k, false, v);
  if (o->top_p < 1) keep_largest(p, n, fmax(o->top_p, 0) * total(p, n), true, v);
  if (o->min_p > 0)
    for (int64_t i = 0; i < n; i++)
      if (p[i] < o->min_p) p[i] = 0;

  rn_random random = rn_random_init(o->seed, rn_random_stream("sample") + position);
  double draw = rn_random_uniform_double(&random) * total(p, n);
  int64_t last = best;
  for (int64_t i = 0; i < n; i++) {
    if (!(p[i] > 0)) continue;
    last = i;
    if ((draw -= p[i]) < 0) break;
  }
  return (int32_t)last;
}
