/* ngram_kneser_ney.c: interpolated modified Kneser-Ney smoothing (Kneser & Ney 1995; Chen & Goodman 1998, equations 26 and 27).
 *
 * A word that stands behind one other alone ("Francisco") is frequent but not likely elsewhere. So an n-gram that is not of the highest
 * order counts not how often it is there, but how many different words stand before it:
 *
 *     a(w_1 .. w_n) = | { v : c(v w_1 .. w_n) > 0 } |,   but c(w_1 .. w_n) of the highest order, or where nothing can stand before it
 *
 *     p(w | h) = (a(h w) - D(a(h w))) / a(h) + gamma(h) p(w | h'),   gamma(h) = sum_w D(a(h w)) / a(h),   a(h) = sum_w a(h w)
 *
 * h' is h without its first word; below unigrams lies 1/V. */
#include "base/alloc.h"
#include "models/ngram_interpolate.h"
#include <string.h>

static rn_status no_memory(rn_trie *t) { return rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for the estimate of n-grams"); }

static const uint32_t *adjusted(const rn_trie *t, int i) { return i + 1 < t->order ? t->level[i].adjusted : t->level[i].count; }

/* How many n-grams one word longer end in each. */
static void adjust_level(void *arg, int64_t i) {
  rn_trie *t = arg;
  const rn_trie_level *longer = &t->level[i + 1];
  uint32_t *a = t->level[i].adjusted;
  for (int64_t k = 0; k < longer->n; k++) a[longer->links[k].suffix]++;
}

static rn_status adjust(rn_trie *t) {
  for (int i = 0; i + 1 < t->order; i++) {
    t->level[i].adjusted = rn_alloc_zero((size_t)t->level[i].n, sizeof *t->level[i].adjusted);
    if (!t->level[i].adjusted) return no_memory(t);
  }
  rn_pool_for(t->ctx->pool, t->order - 1, adjust_level, t);
  /* what begins a line has nothing before it; all of it is below the one word that stands for the beginning */
  int64_t from = t->start, to = from + 1;
  for (int i = 1; t->lines && i + 1 < t->order; i++) {
    from = t->level[i - 1].links[from].begin;
    to = t->level[i - 1].links[to].begin;
    memcpy(t->level[i].adjusted + from, t->level[i].count + from, (size_t)(to - from) * sizeof(uint32_t));
  }
  return RN_OK;
}

/* ---- discounts ---- */

/* Dk = k - (k + 1) Y n_{k+1} / n_k,   Y = n_1 / (n_1 + 2 n_2). False where one of them is not defined or not in [0, k]. */
static bool discounts_of(const int64_t n[5], double out[3]) {
  if (!n[1] || !n[2] || !n[3]) return false;
  double y = (double)n[1] / (double)(n[1] + 2 * n[2]);
  for (int k = 1; k <= 3; k++) {
    out[k - 1] = k - (k + 1) * y * (double)n[k + 1] / (double)n[k];
    if (out[k - 1] < 0 || out[k - 1] > k) return false;
  }
  return true;
}

static void set_discounts(const rn_trie *t, double discount[][3]) {
  static const double fallback[3] = {0.5, 1, 1.5};
  for (int i = 0; i < t->order; i++) {
    const uint32_t *a = adjusted(t, i);
    int64_t n[5] = {0};
    for (int64_t k = 0; k < t->level[i].n; k++)
      if (a[k] < 5) n[a[k]]++;
    if (discounts_of(n, discount[i])) continue;
    memcpy(discount[i], fallback, sizeof fallback);
    rn_context_log(t->ctx, RN_LOG_INFO,
                   "%d-grams: %lld stand once, %lld twice, %lld three times: discounts cannot be told from so few; 0.5, 1, 1.5 are taken",
                   i + 1, (long long)n[1], (long long)n[2], (long long)n[3]);
  }
}

static double taken(const void *self, int level, uint32_t a, double sum) {
  const double(*discount)[3] = self;
  return a == 0 ? 0 : discount[level][a < 3 ? a - 1 : 2];
}

rn_status rn_trie_kneser_ney(rn_trie *t, const int64_t *prune, double discount[][3]) {
  rn_status status = adjust(t);
  if (status != RN_OK) return status;
  set_discounts(t, discount);
  rn_interpolation how = {.prune = prune, .taken = taken, .self = discount};
  for (int i = 0; i < t->order; i++) how.counts[i] = adjusted(t, i);
  return rn_trie_interpolate(t, &how);
}
