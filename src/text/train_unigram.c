/* train_unigram.c: learning pieces and their probabilities.
 *
 * A word is a sequence of pieces x1 ... xm, p(x) = p(x1) ... p(xm); which, nobody saw. Expectation maximisation, twice:
 *
 *   E: c(x) = sum over words, count * sum over segmentations s that hold x, p(s | word)         forward and backward over the lattice
 *   M: log p(x) = digamma(c(x)) - digamma(sum of c)          variational Bayes: what is rarely used becomes rarer still
 *
 * Then of each piece, how much likelihood would be lost if its occurrences were written by their next best segmentation; the quarter
 * that is missed least goes. So on until there are only a tenth too many; of those the most probable stay.
 *
 * Expected counts are added up as integers, multiples of 2^-20: the sum is the same in any order, on any number of threads. */
#include "text/train_unigram.h"
#include "base/alloc.h"
#include "base/utf8.h"
#include "text/token_trie.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SEEDS 1000000
#define EM_ROUNDS 2
#define SHRINK 0.75
#define UNIT 0x1p20
#define LEAST_EXPECTED 0.5 /* a piece that is expected less often goes at once */
#define TASK 1024          /* runs, or pieces, that a thread takes at a time */

typedef struct edge {
  int32_t begin, end, id; /* a piece, and the bytes of the run that it covers */
} edge;

/* One thread's lattice and sums. */
typedef struct worker {
  edge *edges; /* [RN_MAX_PIECE * RN_MAX_UNIGRAM] */
  double forward[RN_MAX_PIECE + 1], backward[RN_MAX_PIECE + 1];
  int32_t last[RN_MAX_PIECE + 1]; /* the edge by which the best path comes */
  int64_t *count; /* [n pieces] */
} worker;

typedef struct trainer {
  rn_context *ctx;
  rn_run *runs;
  int64_t n_runs;
  rn_unigram_pieces pieces;
  rn_token_trie trie;
  worker *workers;
  int n_workers;
  int64_t *count; /* [n pieces] of all workers */
  int64_t total;
  double *loss; /* [n pieces] */
  _Atomic int64_t next; /* of what the threads share out */
  void (*one)(struct trainer *t, worker *w, int64_t i);
  int64_t n;
} trainer;

/* ---- the lattice of a run ---- */

/* Every piece that the run holds, by where it begins. */
static int list_edges(const trainer *t, worker *w, const char *text, int32_t size) {
  int n = 0;
  for (int32_t begin = 0; begin < size; begin++) {
    uint32_t node = 0;
    for (int32_t end = begin; end < size; end++) {
      if (!(node = rn_token_trie_child(&t->trie, node, (unsigned char)text[end]))) break;
      if (t->trie.value[node] >= 0) w->edges[n++] = (edge){begin, end + 1, t->trie.value[node]};
    }
  }
  return n;
}

/* log(e^a + e^b) */
static double log_add(double a, double b) {
  if (a < b) return log_add(b, a);
  return b == -INFINITY ? a : a + log1p(exp(b - a));
}

static int64_t to_units(double x) { return (int64_t)(x * UNIT + 0.5); }

/* forward(0) = 0; forward(end) = log sum over pieces that end there, p(piece) e^forward(begin); backward is the mirror image. */
static void expect(trainer *t, worker *w, int64_t i) {
  const rn_run *run = &t->runs[i];
  int n = list_edges(t, w, run->text, run->size);
  for (int32_t at = 0; at <= run->size; at++) w->forward[at] = w->backward[at] = -INFINITY;
  w->forward[0] = w->backward[run->size] = 0;
  for (int e = 0; e < n; e++) {
    edge *x = &w->edges[e];
    if (w->forward[x->begin] == -INFINITY) continue; /* between two bytes of a character */
    w->forward[x->end] = log_add(w->forward[x->end], w->forward[x->begin] + t->pieces.at[x->id].score);
  }
  for (int e = n - 1; e >= 0; e--) {
    edge *x = &w->edges[e];
    w->backward[x->begin] = log_add(w->backward[x->begin], w->backward[x->end] + t->pieces.at[x->id].score);
  }
  double all = w->forward[run->size];
  for (int e = 0; e < n; e++) {
    edge *x = &w->edges[e];
    double p = exp(w->forward[x->begin] + t->pieces.at[x->id].score + w->backward[x->end] - all);
    w->count[x->id] += to_units((double)run->count * p);
  }
}

/* The best path, its last edge in w->last[size], without the piece `without`. */
static void find_best(const trainer *t, worker *w, const char *text, int32_t size, int32_t without) {
  int n = list_edges(t, w, text, size);
  for (int32_t at = 0; at <= size; at++) w->forward[at] = -INFINITY;
  w->forward[0] = 0;
  for (int e = 0; e < n; e++) {
    edge *x = &w->edges[e];
    double score = w->forward[x->begin] + t->pieces.at[x->id].score;
    if (x->id == without || score <= w->forward[x->end]) continue;
    w->forward[x->end] = score;
    w->last[x->end] = e;
  }
}

static void count_best(trainer *t, worker *w, int64_t i) {
  const rn_run *run = &t->runs[i];
  find_best(t, w, run->text, run->size, -1);
  for (int32_t at = run->size; at > 0; at = w->edges[w->last[at]].begin) w->count[w->edges[w->last[at]].id] += run->count;
}

/* What the log likelihood loses with piece x, where f are counts in the best segmentations and x becomes y1 ... yk:
 *   f(x) (log (f(x) / F) - sum over y, log ((f(y) + f(x)) / F')),   F = sum of f,   F' = F + (k - 1) f(x) */
static void lose(trainer *t, worker *w, int64_t i) {
  const rn_unigram_piece *piece = &t->pieces.at[i];
  double f = (double)t->count[i], sum = (double)t->total, alternative = 0;
  if (piece->letter || f == 0) {
    t->loss[i] = piece->letter ? INFINITY : 0;
    return;
  }
  find_best(t, w, piece->text, piece->size, (int32_t)i);
  int64_t k = 0;
  for (int32_t at = piece->size; at > 0; at = w->edges[w->last[at]].begin) k++;
  for (int32_t at = piece->size; at > 0; at = w->edges[w->last[at]].begin)
    alternative += log(((double)t->count[w->edges[w->last[at]].id] + f) / (sum + (double)(k - 1) * f));
  t->loss[i] = f * (log(f / sum) - alternative);
}

/* ---- over all of them ---- */

static void share_out(void *user, int number, int n_workers) {
  trainer *t = user;
  for (int64_t from; (from = atomic_fetch_add(&t->next, TASK)) < t->n;)
    for (int64_t i = from; i < from + TASK && i < t->n; i++) t->one(t, &t->workers[number], i);
}

static void for_each(trainer *t, int64_t n, void (*one)(trainer *, worker *, int64_t)) {
  t->n = n;
  t->one = one;
  atomic_store(&t->next, 0);
  rn_pool_team(t->ctx->pool, share_out, t);
}

/* Adds up what `one` counts. */
static void count_over_runs(trainer *t, void (*one)(trainer *, worker *, int64_t)) {
  size_t bytes = (size_t)t->pieces.n * sizeof *t->count;
  for (int w = 0; w < t->n_workers; w++) memset(t->workers[w].count, 0, bytes);
  for_each(t, t->n_runs, one);
  memset(t->count, 0, bytes);
  t->total = 0;
  for (int64_t i = 0; i < t->pieces.n; i++) {
    for (int w = 0; w < t->n_workers; w++) t->count[i] += t->workers[w].count[i];
    t->total += t->count[i];
  }
}

static bool index_pieces(trainer *t) {
  rn_token_trie_free(&t->trie);
  rn_trie_entry *entries = rn_alloc((size_t)t->pieces.n * sizeof *entries);
  if (!entries) return false;
  for (int64_t i = 0; i < t->pieces.n; i++)
    entries[i] = (rn_trie_entry){t->pieces.at[i].text, (size_t)t->pieces.at[i].size, (int32_t)i};
  bool ok = rn_token_trie_init(&t->trie, entries, (size_t)t->pieces.n);
  rn_free(entries);
  return ok;
}

/* digamma(x) = log x - 1 / 2x - 1 / 12x^2 + 1 / 120x^4 - 1 / 252x^6, for large x; digamma(x) = digamma(x + 1) - 1 / x brings it there. */
static double digamma(double x) {
  double below = 0;
  for (; x < 7; x++) below += 1 / x;
  double r = 1 / (x * x);
  return log(x) - 0.5 / x - r * (1.0 / 12 - r * (1.0 / 120 - r / 252)) - below;
}

static bool maximise(trainer *t) {
  double sum = 0;
  int64_t n = 0;
  for (int64_t i = 0; i < t->pieces.n; i++) {
    rn_unigram_piece piece = t->pieces.at[i];
    double expected = (double)t->count[i] / UNIT;
    if (expected < LEAST_EXPECTED && !piece.letter) continue;
    if (expected < LEAST_EXPECTED) expected = LEAST_EXPECTED;
    sum += expected;
    piece.score = digamma(expected);
    t->pieces.at[n++] = piece;
  }
  t->pieces.n = n;
  for (int64_t i = 0; i < n; i++) t->pieces.at[i].score -= digamma(sum);
  return index_pieces(t);
}

static int by_falling(const void *pa, const void *pb) {
  double a = *(const double *)pa, b = *(const double *)pb;
  return (a < b) - (a > b);
}

/* Keeps those pieces whose loss is largest, `size` of them; the letters' is infinite. */
static bool prune(trainer *t, int64_t size) {
  count_over_runs(t, count_best);
  for_each(t, t->pieces.n, lose);
  double *sorted = rn_alloc((size_t)t->pieces.n * sizeof *sorted);
  if (!sorted) return false;
  memcpy(sorted, t->loss, (size_t)t->pieces.n * sizeof *sorted);
  qsort(sorted, (size_t)t->pieces.n, sizeof *sorted, by_falling);
  double least = sorted[size - 1];
  int64_t n = 0, room = size;
  for (int64_t i = 0; i < t->pieces.n; i++) room -= t->loss[i] > least;
  for (int64_t i = 0; i < t->pieces.n; i++) {
    if (t->loss[i] < least || (t->loss[i] == least && room-- <= 0)) continue; /* of equals, the first */
    t->pieces.at[n++] = t->pieces.at[i];
  }
  t->pieces.n = n;
  rn_free(sorted);
  return index_pieces(t);
}

/* ---- the beginning and the end ---- */

/* The runs of letters that are in the alphabet. */
static bool list_runs(trainer *t, const rn_word_counts *words, const rn_alphabet *alphabet) {
  int64_t capacity = 0;
  for (int64_t i = 0; i < words->n; i++) {
    const rn_word_count *w = &words->at[i];
    size_t begin = 0, used;
    for (size_t at = 0; at <= w->size; at += used) {
      used = 1;
      if (at < w->size && alphabet->count[rn_utf8_decode(w->word + at, w->size - at, &used, NULL)] > 0) continue;
      if (at > begin) {
        if (t->n_runs == capacity) {
          capacity += capacity / 2 + 1024;
          rn_run *moved = rn_realloc(t->runs, (size_t)capacity * sizeof *moved);
          if (!moved) return false;
          t->runs = moved;
        }
        t->runs[t->n_runs++] = (rn_run){w->word + begin, (int32_t)(at - begin), w->count};
      }
      begin = at + used;
    }
  }
  return true;
}

static bool make_workers(trainer *t) {
  t->n_workers = rn_pool_size(t->ctx->pool);
  t->workers = rn_alloc_zero((size_t)t->n_workers, sizeof *t->workers);
  size_t n = (size_t)t->pieces.n;
  t->count = rn_alloc_zero(n, sizeof *t->count);
  t->loss = rn_alloc_zero(n, sizeof *t->loss);
  bool ok = t->workers && t->count && t->loss;
  for (int w = 0; ok && w < t->n_workers; w++) {
    t->workers[w].edges = rn_alloc(RN_MAX_PIECE * RN_MAX_UNIGRAM * sizeof(edge));
    t->workers[w].count = rn_alloc_zero(n, sizeof *t->workers[w].count);
    ok = t->workers[w].edges && t->workers[w].count;
  }
  return ok;
}

static void trainer_free(trainer *t) {
  for (int w = 0; t->workers && w < t->n_workers; w++) {
    rn_free(t->workers[w].edges);
    rn_free(t->workers[w].count);
  }
  rn_free(t->workers);
  rn_free(t->runs);
  rn_token_trie_free(&t->trie);
  rn_free(t->count);
  rn_free(t->loss);
}

static int by_score(const void *pa, const void *pb) {
  const rn_unigram_piece *a = pa, *b = pb;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  int order = memcmp(a->text, b->text, (size_t)(a->size < b->size ? a->size : b->size));
  return order ? order : a->size - b->size;
}

/* The most probable pieces, and all letters. */
static void choose_last(rn_unigram_pieces *pieces, int64_t size) {
  qsort(pieces->at, (size_t)pieces->n, sizeof *pieces->at, by_score);
  int64_t room = size, n = 0;
  for (int64_t i = 0; i < pieces->n; i++) room -= pieces->at[i].letter;
  for (int64_t i = 0; i < pieces->n; i++)
    if (pieces->at[i].letter || room-- > 0) pieces->at[n++] = pieces->at[i];
  pieces->n = n;
}

static rn_status learn(trainer *t, int64_t size) {
  int64_t wanted = size + size / 10;
  bool ok = index_pieces(t);
  while (ok) {
    for (int round = 0; round < EM_ROUNDS && ok; round++) {
      if (rn_context_stopping(t->ctx)) return rn_context_fail(t->ctx, RN_ERROR_STOPPED, "stopped");
      count_over_runs(t, expect);
      ok = maximise(t);
    }
    if (t->pieces.n <= wanted) break;
    int64_t fewer = (int64_t)(SHRINK * (double)t->pieces.n);
    ok = ok && prune(t, fewer > wanted ? fewer : wanted);
  }
  return ok ? RN_OK : rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for learning pieces");
}

rn_status rn_train_unigram(rn_context *ctx, const rn_word_counts *words, const rn_alphabet *alphabet, int64_t size,
                           rn_unigram_pieces *out) {
  *out = (rn_unigram_pieces){0};
  trainer t = {.ctx = ctx};
  bool ok = list_runs(&t, words, alphabet) && rn_unigram_seeds(t.runs, t.n_runs, alphabet, MAX_SEEDS, &t.pieces) && make_workers(&t);
  rn_status status = ok ? learn(&t, size) : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for learning pieces");
  trainer_free(&t);
  if (status == RN_OK) {
    choose_last(&t.pieces, size);
    *out = t.pieces;
  } else {
    rn_unigram_pieces_free(&t.pieces);
  }
  return status;
}
