/* ngram_jelinek_mercer.c: deleted interpolation (Jelinek & Mercer 1980), as Chen & Goodman (1998) write it:
 *
 *     p(w | h) = lambda_b c(h w) / c(h) + (1 - lambda_b) p(w | h'),   b = floor(log2 c(h)): a bin of contexts that are as frequent
 *
 * for each order and bin a weight; below unigrams lies 1/V. The weights are those that predict best a text which was not counted. That
 * text is the one at hand: each token is left out when it is asked for, with f = (c(h w) - 1) / (c(h) - 1). EM finds them:
 *
 *     p = sum_n s_n f_n,   s_n = lambda_n prod_{m > n} (1 - lambda_m)              the token was drawn from order n with s_n f_n / p
 *     lambda_b = (drawn from an order in bin b) / (drawn from that order in bin b, or from one below) */
#include "base/alloc.h"
#include "models/ngram_interpolate.h"
#include <math.h>

enum { CHUNK = 1 << 12 /* contexts of a task */, ROUNDS = 30 };
#define CLOSE 1e-3    /* a round that moves no weight by more is the last */
#define LARGEST 0.999 /* what was never seen stays possible */

typedef double weights[RN_NGRAM_MAX_ORDER][RN_NGRAM_BINS];

typedef struct tally { /* tokens drawn from an order and bin, and from there or from an order below */
  weights here, reached;
} tally;

typedef struct fitting {
  const rn_trie *trie;
  const double (*weight)[RN_NGRAM_BINS];
  double n_tokens;
  int level;           /* of the n-grams gone through, */
  int64_t first, last; /* those that continue these contexts */
  tally *tallies;      /* of each chunk of them */
} fitting;

static rn_status no_memory(const rn_trie *t) {
  return rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for the weights of n-grams");
}

static int bin_of(double sum) {
  int bin = 63 - __builtin_clzll((unsigned long long)sum);
  return bin < RN_NGRAM_BINS ? bin : RN_NGRAM_BINS - 1;
}

static double taken(const void *self, int level, uint32_t a, double sum) {
  const double(*weight)[RN_NGRAM_BINS] = self;
  return (1 - weight[level][bin_of(sum)]) * a;
}

/* The n-grams of a level that continue a context; no context, 0, has all unigrams. */
static int64_t continuations(const rn_trie *t, int level, int64_t context, int64_t *end) {
  *end = level > 0 ? t->level[level - 1].links[context + 1].begin : t->n_words;
  return level > 0 ? t->level[level - 1].links[context].begin : 0;
}

/* `adjusted` of each n-gram: c(h), as a context. */
static rn_status count_contexts(rn_trie *t) {
  for (int i = 0; i + 1 < t->order; i++) {
    rn_trie_level *contexts = &t->level[i];
    if (!(contexts->adjusted = rn_alloc_zero((size_t)contexts->n, sizeof *contexts->adjusted))) return no_memory(t);
    for (int64_t h = 0; h < contexts->n; h++)
      for (int64_t k = contexts->links[h].begin; k < contexts->links[h + 1].begin; k++) contexts->adjusted[h] += t->level[i + 1].count[k];
  }
  return RN_OK;
}

/* ---- EM ---- */

/* The tokens that an n-gram stands for. Orders at whose context nothing but the token itself was seen are passed over. */
static void draw(const fitting *f, int64_t k, int64_t context, tally *out) {
  const rn_trie *t = f->trie;
  double share[RN_NGRAM_MAX_ORDER], left = 1, p = 0, times = t->level[f->level].count[k];
  int bins[RN_NGRAM_MAX_ORDER];
  for (int i = f->level; i >= 0; i--) {
    const rn_trie_level *level = &t->level[i];
    double sum = (i > 0 ? t->level[i - 1].adjusted[context] : f->n_tokens) - 1;
    bins[i] = sum >= 1 ? bin_of(sum) : -1;
    double weight = bins[i] >= 0 ? f->weight[i][bins[i]] : 0;
    share[i] = weight > 0 ? left * weight * (level->count[k] - 1) / sum : 0;
    left *= 1 - weight;
    p += share[i];
    k = level->links[k].suffix;
    if (i > 1) context = t->level[i - 1].links[context].suffix;
  }
  double below = left / (double)t->n_words;
  p += below;
  for (int i = 0; i <= f->level; i++) {
    below += share[i];
    if (bins[i] < 0) continue;
    out->here[i][bins[i]] += times * share[i] / p;
    out->reached[i][bins[i]] += times * below / p;
  }
}

static void draw_chunk(void *arg, int64_t chunk) {
  const fitting *f = arg;
  int64_t from = f->first + chunk * CHUNK, to = from + CHUNK < f->last ? from + CHUNK : f->last, end;
  f->tallies[chunk] = (tally){0};
  for (int64_t h = from; h < to; h++)
    for (int64_t k = continuations(f->trie, f->level, h, &end); k < end; k++)
      if (f->trie->level[f->level].count[k]) draw(f, k, h, &f->tallies[chunk]);
}

/* Chunk by chunk, and in their order: the same sums for any number of threads. */
static void draw_level(fitting *f, int level, int64_t first, int64_t last, tally *sum) {
  int64_t n_chunks = (last - first + CHUNK - 1) / CHUNK;
  f->level = level;
  f->first = first;
  f->last = last;
  rn_pool_for(f->trie->ctx->pool, n_chunks, draw_chunk, f);
  for (int64_t c = 0; c < n_chunks; c++)
    for (int i = 0; i < f->trie->order; i++)
      for (int b = 0; b < RN_NGRAM_BINS; b++) {
        sum->here[i][b] += f->tallies[c].here[i][b];
        sum->reached[i][b] += f->tallies[c].reached[i][b];
      }
}

/* Every token once: by the n-gram of the highest order that ends there, and near the beginning of a line by a shorter one. */
static void draw_all(fitting *f, tally *sum) {
  const rn_trie *t = f->trie;
  int highest = t->order - 1;
  int64_t first = t->start, last = first + 1;
  for (int i = 1; t->lines && i < highest; i++) {
    draw_level(f, i, first, last, sum);
    first = continuations(t, i, first, &(int64_t){0});
    continuations(t, i, last - 1, &last);
  }
  draw_level(f, highest, 0, highest > 0 ? t->level[highest - 1].n : 1, sum);
}

/* The largest change. A bin that no token is in has the weight of the one before. */
static double set_weights(const tally *sum, int order, double weight[][RN_NGRAM_BINS]) {
  double largest = 0;
  for (int i = 0; i < order; i++)
    for (int b = 0; b < RN_NGRAM_BINS; b++) {
      double before = weight[i][b];
      if (sum->reached[i][b] > 0) weight[i][b] = fmin(sum->here[i][b] / sum->reached[i][b], LARGEST);
      else if (b > 0) weight[i][b] = weight[i][b - 1];
      largest = fmax(largest, fabs(weight[i][b] - before));
    }
  return largest;
}

static rn_status fit(const rn_trie *t, double weight[][RN_NGRAM_BINS]) {
  int64_t most = t->order > 1 ? t->level[t->order - 2].n : 1;
  fitting f = {.trie = t, .weight = (const double(*)[RN_NGRAM_BINS])weight};
  tally *sum = rn_alloc(sizeof *sum);
  f.tallies = rn_alloc((size_t)(most / CHUNK + 1) * sizeof *f.tallies);
  rn_status status = sum && f.tallies ? RN_OK : no_memory(t);
  for (int64_t w = 0; w < t->n_words; w++) f.n_tokens += t->level[0].count[w];
  for (int round = 0; round < ROUNDS && status == RN_OK; round++) {
    *sum = (tally){0};
    draw_all(&f, sum);
    if (rn_context_stopping(t->ctx)) status = rn_context_fail(t->ctx, RN_ERROR_STOPPED, "stopped");
    if (set_weights(sum, t->order, weight) < CLOSE) break;
  }
  rn_free(sum);
  rn_free(f.tallies);
  return status;
}

rn_status rn_trie_jelinek_mercer(rn_trie *t, const int64_t *prune, double weight[][RN_NGRAM_BINS]) {
  rn_interpolation how = {.prune = prune, .taken = taken, .self = weight};
  for (int i = 0; i < t->order; i++) {
    how.counts[i] = t->level[i].count;
    for (int b = 0; b < RN_NGRAM_BINS; b++) weight[i][b] = 0.5;
  }
  rn_status status = count_contexts(t);
  if (status == RN_OK) status = fit(t, weight);
  return status == RN_OK ? rn_trie_interpolate(t, &how) : status;
}
