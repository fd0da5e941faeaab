/* alias.c: drawing from a list of weights in constant time. */
#include "base/alias.h"
#include "base/alloc.h"

/* A box that is not full is filled by one that is more than full, which may then itself be less: Vose's two lists, in one array from both
 * its ends. */
static void fill(rn_alias *a, double *level, int32_t *list) {
  int64_t n_small = 0, n_large = 0;
  for (int64_t i = 0; i < a->n; i++) {
    if (level[i] < 1) list[n_small++] = (int32_t)i;
    else list[a->n - ++n_large] = (int32_t)i;
  }
  while (n_small > 0 && n_large > 0) {
    int32_t small = list[--n_small], large = list[a->n - n_large];
    a->box[small] = (struct rn_alias_box){(uint32_t)(level[small] * 4294967295.0), large};
    level[large] -= 1 - level[small];
    if (level[large] >= 1) continue;
    n_large--;
    list[n_small++] = large;
  }
  /* what is left is full, but for rounding */
  while (n_small > 0) a->box[list[--n_small]] = (struct rn_alias_box){UINT32_MAX, 0};
  for (; n_large > 0; n_large--) a->box[list[a->n - n_large]] = (struct rn_alias_box){UINT32_MAX, 0};
}

bool rn_alias_init(rn_alias *a, const double *weights, int64_t n) {
  *a = (rn_alias){.n = n, .box = rn_alloc((size_t)n * sizeof *a->box)};
  double *level = rn_alloc((size_t)n * sizeof *level), sum = 0;
  int32_t *list = rn_alloc((size_t)n * sizeof *list);
  bool ok = a->box && level && list;
  for (int64_t i = 0; ok && i < n; i++) sum += weights[i];
  for (int64_t i = 0; ok && i < n; i++) level[i] = weights[i] * (double)n / sum;
  if (ok) fill(a, level, list);
  else rn_alias_free(a);
  rn_free(level);
  rn_free(list);
  return ok;
}

void rn_alias_free(rn_alias *a) {
  rn_free(a->box);
  *a = (rn_alias){0};
}
