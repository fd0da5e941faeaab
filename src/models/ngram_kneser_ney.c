/* ngram_kneser_ney.c: interpolated modified Kneser-Ney smoothing (Kneser & Ney 1995; Chen & Goodman 1998, equations 26 and 27).
 *
 * A word that stands behind one other alone ("Francisco") is frequent but not likely elsewhere. So an n-gram that is not of the highest
 * order counts not how often it is there, but how many different words stand before it:
 *
 *     a(w_1 .. w_n) = | { v : c(v w_1 .. w_n) > 0 } |,   but c(w_1 .. w_n) of the highest order, or where nothing can stand before it
 *
 *     p(w | h) = (a(h w) - D(a(h w))) / a(h) + gamma(h) p(w | h'),   gamma(h) = sum_w D(a(h w)) / a(h),   a(h) = sum_w a(h w)
 *
 * h' is h without its first word; below unigrams lies 1/V. What pruning leaves out gives all it has to gamma. */
#include "base/alloc.h"
#include "models/ngram_trie.h"
#include <math.h>
#include <string.h>

enum { CHUNK = 1 << 12 }; /* contexts of a task */

typedef struct estimate {
  rn_trie *trie;
  const int64_t *prune;
  double (*discount)[3];
  int level; /* of the n-grams that get their values */
} estimate;

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

static inline double discount_of(const double d[3], uint32_t a) { return a == 0 ? 0 : d[a < 3 ? a - 1 : 2]; }

/* ---- probabilities: p until all are there, then log p ---- */

/* gamma of a context whose n-grams are [from, to) of a level, and what their counts sum to. */
static double leftover(const estimate *e, int64_t from, int64_t to, double *sum) {
  const uint32_t *a = adjusted(e->trie, e->level), *count = e->trie->level[e->level].count;
  double mass = 0;
  *sum = 0;
  for (int64_t k = from; k < to; k++) {
    bool kept = e->level == 0 || count[k] > e->prune[e->level];
    mass += kept ? discount_of(e->discount[e->level], a[k]) : a[k];
    *sum += a[k];
  }
  return *sum > 0 ? mass / *sum : 1;
}

static void estimate_unigrams(estimate *e) {
  rn_trie_level *level = &e->trie->level[0];
  const uint32_t *a = adjusted(e->trie, 0);
  double sum, gamma = leftover(e, 0, level->n, &sum);
  for (int64_t k = 0; k < level->n; k++) {
    double own = sum > 0 ? (a[k] - discount_of(e->discount[0], a[k])) / sum : 0;
    level->values[k].log_p = (float)(own + gamma / (double)level->n);
  }
}

static void estimate_contexts(void *arg, int64_t chunk) {
  estimate *e = arg;
  rn_trie *t = e->trie;
  rn_trie_level *contexts = &t->level[e->level - 1], *level = &t->level[e->level];
  const uint32_t *a = adjusted(t, e->level);
  int64_t first = chunk * CHUNK, last = first + CHUNK < contexts->n ? first + CHUNK : contexts->n;
  for (int64_t h = first; h < last; h++) {
    int64_t from = contexts->links[h].begin, to = contexts->links[h + 1].begin;
    double sum, gamma = leftover(e, from, to, &sum);
    contexts->values[h].backoff = (float)gamma;
    for (int64_t k = from; k < to; k++) {
      double own = sum > 0 ? (a[k] - discount_of(e->discount[e->level], a[k])) / sum : 0;
      level->values[k].log_p = (float)(own + gamma * (double)contexts->values[level->links[k].suffix].log_p);
    }
  }
}

static void take_logs(void *arg, int64_t chunk) {
  estimate *e = arg;
  rn_trie_level *level = &e->trie->level[e->level];
  int64_t first = chunk * CHUNK, last = first + CHUNK < level->n ? first + CHUNK : level->n;
  bool contexts = e->level + 1 < e->trie->order;
  for (int64_t k = first; k < last; k++) {
    level->values[k].log_p = logf(level->values[k].log_p);
    level->values[k].backoff = contexts && level->values[k].backoff != 1 ? logf(level->values[k].backoff) : 0;
  }
}

rn_status rn_trie_kneser_ney(rn_trie *t, const int64_t *prune, double discount[][3]) {
  rn_status status = adjust(t);
  if (status != RN_OK) return status;
  for (int i = 0; i < t->order; i++)
    if (!(t->level[i].values = rn_alloc_zero((size_t)t->level[i].n, sizeof *t->level[i].values))) return no_memory(t);
  set_discounts(t, discount);
  estimate e = {t, prune, discount, 0};
  estimate_unigrams(&e);
  for (e.level = 1; e.level < t->order; e.level++)
    rn_pool_for(t->ctx->pool, (t->level[e.level - 1].n + CHUNK - 1) / CHUNK, estimate_contexts, &e);
  for (e.level = 0; e.level < t->order; e.level++) rn_pool_for(t->ctx->pool, (t->level[e.level].n + CHUNK - 1) / CHUNK, take_logs, &e);
  return RN_OK;
}
