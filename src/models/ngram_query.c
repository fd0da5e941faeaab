/* ngram_query.c: questions to an n-gram model. */
#include "models/ngram.h"

/* The place of a word among words [begin, end), rising; -1: it is not there. Without a branch to be guessed: half of them would be wrong.
 */
static inline int32_t find(const int32_t *words, int32_t begin, int32_t end, int32_t word) {
  const int32_t *at = words + begin;
  for (int32_t n = end - begin, half; n > 1; n -= half) {
    half = n / 2;
    at += at[half] <= word ? half : 0;
  }
  return begin < end && *at == word ? (int32_t)(at - words) : -1;
}

static inline bool continues(const rn_ngram_links *at) { return at[0].begin < at[1].begin; }

/* A context that nothing continues says no more than its suffix: its backoff is 1. */
static inline void shorten(const rn_ngram *g, rn_ngram_state *s) {
  while (s->length > 0) {
    const rn_ngram_links *at = &g->level[s->length - 1].links[s->node];
    if (continues(at)) return;
    s->node = at->suffix;
    s->length--;
  }
}

rn_ngram_state rn_ngram_start(const rn_ngram *g) {
  rn_ngram_state s = {0};
  if (g->config.order < 2) return s;
  if (g->config.lines) {
    s = (rn_ngram_state){.node = g->start, .length = 1, .read = 1};
    shorten(g, &s);
  } else {
    for (int i = 1; i < g->config.order; i++) rn_ngram_next(g, &s, g->start);
  }
  return s;
}

/* Goes on from where a word was found: `found` is an n-gram of `length` words, `node` its context. */
static inline void move(const rn_ngram *g, rn_ngram_state *s, int32_t found, int32_t length, int32_t node, int32_t word) {
  /* Too long for a context: the same word behind the suffix of the context. Once does, but in a file that is no trie of ours. */
  for (bool again = length == g->config.order; again; again = found < 0) {
    node = g->level[length - 2].links[node].suffix;
    length--;
    const rn_ngram_links *at = length > 1 ? &g->level[length - 2].links[node] : NULL;
    found = at ? find(g->level[length - 1].words, at[0].begin, at[1].begin, word) : word;
  }
  s->node = found;
  s->length = length;
}

float rn_ngram_next(const rn_ngram *g, rn_ngram_state *s, int32_t word) {
  int order = g->config.order;
  float backoff = g->unseen * (float)(s->read - s->length);
  int32_t length = s->length, node = s->node, found = -1;
  for (; length > 0; length--) {
    const rn_ngram_links *at = &g->level[length - 1].links[node];
    found = find(g->level[length].words, at[0].begin, at[1].begin, word);
    if (found >= 0) break;
    backoff += g->level[length - 1].values[node].backoff;
    node = at->suffix;
  }
  if (length == 0) found = word;
  const rn_ngram_level *level = &g->level[length];
  float log_p = length + 1 == order ? level->log_p[found] : level->values[found].log_p;
  if (order > 1) {
    move(g, s, found, length + 1, node, word);
    shorten(g, s);
    if (s->read < order - 1) s->read++;
  }
  return backoff + log_p;
}

void rn_ngram_scores(const rn_ngram *g, const rn_ngram_state *s, float *scores) {
  int32_t nodes[RN_NGRAM_MAX_ORDER];           /* the context of each length */
  float backoff[RN_NGRAM_MAX_ORDER + 1] = {0}; /* of all contexts longer than the length */
  backoff[s->length] = g->unseen * (float)(s->read - s->length);
  for (int32_t length = s->length, node = s->node; length > 0; length--) {
    nodes[length] = node;
    backoff[length - 1] = backoff[length] + g->level[length - 1].values[node].backoff;
    node = g->level[length - 1].links[node].suffix;
  }
  bool unigrams = g->config.order == 1;
  for (int64_t w = 0; w < g->n_words; w++) scores[w] = backoff[0] + (unigrams ? g->level[0].log_p[w] : g->level[0].values[w].log_p);
  for (int32_t length = 1; length <= s->length; length++) {
    const rn_ngram_links *at = &g->level[length - 1].links[nodes[length]];
    const rn_ngram_level *next = &g->level[length];
    for (int32_t i = at[0].begin; i < at[1].begin; i++)
      scores[next->words[i]] = backoff[length] + (next->values ? next->values[i].log_p : next->log_p[i]);
  }
}
