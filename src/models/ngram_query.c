/* ngram_query.c: questions to an n-gram model.
 *
 * Nothing is computed: a question waits for memory. So several are asked side by side, each of which does one step and calls for the line
 * of memory that its next one needs, while the others do theirs.
 *
 * What the arrays say is not trusted, since they may be a file's, and going through all of them first would take longer than most texts
 * do: a range that is none is empty, a link that leads nowhere leads to the first of its level, and a value that is not finite is a very
 * small one. */
#include "models/ngram.h"

typedef struct question {
  int32_t word;
  int32_t node, length; /* the context under which the word is looked for */
  const int32_t *at;    /* it is among at[0 .. n) or nowhere */
  int32_t n;
  float backoff;
  const float *log_p; /* NULL: not found yet */
} question;

#define LEAST (-1e30f)
static inline float bounded(float x) { return x > LEAST ? (x < -LEAST ? x : -LEAST) : LEAST; }

/* The n-grams that continue a node: where they begin, and how many. */
static inline int32_t continuations(const rn_ngram *g, int32_t length, int32_t node, int32_t *begin) {
  const rn_ngram_links *at = &g->level[length - 1].links[node];
  uint32_t from = (uint32_t)at[0].begin, to = (uint32_t)at[1].begin;
  bool good = from < to && to <= (uint64_t)g->level[length].n;
  *begin = good ? (int32_t)from : 0;
  return good ? (int32_t)(to - from) : 0;
}

static inline int32_t suffix(const rn_ngram *g, int32_t length, int32_t node) {
  uint32_t s = (uint32_t)g->level[length - 1].links[node].suffix;
  return length > 1 && s < (uint64_t)g->level[length - 2].n ? (int32_t)s : 0;
}

rn_ngram_state rn_ngram_start(const rn_ngram *g) {
  rn_ngram_state s = {0};
  if (g->config.order > 1 && g->config.lines) return (rn_ngram_state){.node = g->start, .length = 1, .read = 1};
  for (int i = 1; i < g->config.order; i++) rn_ngram_next(g, &s, g->start);
  return s;
}

/* ---- the steps of a question ---- */

static inline void call_context(const rn_ngram *g, const question *q) {
  if (q->length == 0) return;
  __builtin_prefetch(&g->level[q->length - 1].links[q->node]);
  __builtin_prefetch(&g->level[q->length - 1].values[q->node]);
}

static inline void open_context(const rn_ngram *g, question *q) {
  int32_t begin;
  q->n = 0;
  if (q->length == 0) return;
  q->n = continuations(g, q->length, q->node, &begin);
  q->at = g->level[q->length].words + begin;
  __builtin_prefetch(q->at + q->n / 2);
}

/* One halving of at[0 .. n), which rises, without a branch to be guessed: half of them would be wrong. */
static inline void halve(question *q) {
  int32_t half = q->n / 2;
  q->at += q->at[half] <= q->word ? half : 0;
  q->n -= half;
  __builtin_prefetch(q->at + q->n / 2);
}

/* Where the search of a context has ended: the next context, or true. What the next question begins with is the longest n-gram found that
 * is not of the highest order: there it goes on, below what was found. */
static inline bool settle(const rn_ngram *g, question *q) {
  const rn_ngram_level *level = &g->level[q->length];
  bool highest = q->length + 1 == g->config.order, found = q->length == 0 || (q->n > 0 && *q->at == q->word);
  if (found) {
    int32_t node = q->length == 0 ? q->word : (int32_t)(q->at - level->words);
    if (!q->log_p) {
      q->log_p = highest ? &level->log_p[node] : &level->values[node].log_p;
      __builtin_prefetch(q->log_p);
    }
    if (!highest) {
      q->node = node;
      q->length++;
      call_context(g, q);
      return true;
    }
    if (q->length == 0) return true;
  }
  if (!q->log_p) q->backoff += bounded(g->level[q->length - 1].values[q->node].backoff);
  q->node = suffix(g, q->length, q->node);
  q->length--;
  call_context(g, q);
  return false;
}

void rn_ngram_next_each(const rn_ngram *g, rn_ngram_state *states, const int32_t *words, float *log_p, int n) {
  question asked[RN_NGRAM_SIDE_BY_SIDE], *open[RN_NGRAM_SIDE_BY_SIDE];
  for (int i = 0; i < n; i++) {
    const rn_ngram_state *s = &states[i];
    asked[i] = (question){words[i], s->node, s->length, .backoff = g->unseen * (float)(s->read - s->length)};
    open[i] = &asked[i];
    call_context(g, open[i]);
  }
  for (int n_open = n, left; n_open > 0; n_open = left) {
    bool more = true;
    for (int i = 0; i < n_open; i++) open_context(g, open[i]);
    while (more) {
      more = false;
      for (int i = 0; i < n_open; i++) {
        if (open[i]->n < 2) continue;
        halve(open[i]);
        more |= open[i]->n > 1;
      }
    }
    left = 0;
    for (int i = 0; i < n_open; i++)
      if (!settle(g, open[i])) open[left++] = open[i];
  }
  for (int i = 0; i < n; i++) {
    rn_ngram_state *s = &states[i];
    log_p[i] = asked[i].backoff + bounded(*asked[i].log_p);
    s->node = asked[i].node;
    s->length = asked[i].length;
    s->read += s->read < g->config.order - 1;
  }
}

float rn_ngram_next(const rn_ngram *g, rn_ngram_state *s, int32_t word) {
  float log_p;
  rn_ngram_next_each(g, s, &word, &log_p, 1);
  return log_p;
}

/* ---- every word ---- */

void rn_ngram_scores(const rn_ngram *g, const rn_ngram_state *s, float *scores) {
  int32_t nodes[RN_NGRAM_MAX_ORDER], begin;    /* the context of each length */
  float backoff[RN_NGRAM_MAX_ORDER + 1] = {0}; /* of all contexts longer than the length */
  backoff[s->length] = g->unseen * (float)(s->read - s->length);
  for (int32_t length = s->length, node = s->node; length > 0; length--) {
    nodes[length] = node;
    backoff[length - 1] = backoff[length] + bounded(g->level[length - 1].values[node].backoff);
    node = suffix(g, length, node);
  }
  bool unigrams = g->config.order == 1;
  for (int64_t w = 0; w < g->n_words; w++)
    scores[w] = backoff[0] + bounded(unigrams ? g->level[0].log_p[w] : g->level[0].values[w].log_p);
  for (int32_t length = 1; length <= s->length; length++) {
    const rn_ngram_level *next = &g->level[length];
    int32_t n = continuations(g, length, nodes[length], &begin);
    for (int32_t i = begin; i < begin + n; i++)
      if ((uint32_t)next->words[i] < (uint64_t)g->n_words)
        scores[next->words[i]] = backoff[length] + bounded(next->values ? next->values[i].log_p : next->log_p[i]);
  }
}
