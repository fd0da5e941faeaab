/* unigram.c: the segmentation that is the most probable when pieces are drawn independently of each other (Kudo 2018):
 *
 *   best(j) = max over tokens text[i..j) of best(i) + score(token)        best(0) = 0
 *
 * A character that no token of one character covers may be unknown, for the least score less 10. */
#include "base/alloc.h"
#include "text/char_classes.h"
#include "text/subword.h"

#include <float.h>
#include <math.h>
#include <string.h>

bool rn_unigram_init(rn_unigram *u, const rn_token_table *tokens) {
  int64_t n = rn_map_size(tokens->map);
  rn_trie_entry *entries = rn_alloc_zero((size_t)n, sizeof *entries);
  size_t used = 0;
  double least = DBL_MAX;
  for (int64_t i = 0; entries && i < n; i++) {
    size_t size;
    int64_t id;
    const char *token = rn_map_key(tokens->map, i, &size, &id);
    if (u->unmatched && u->unmatched[id]) continue;
    if (u->score[id] < least) least = u->score[id];
    if (size) entries[used++] = (rn_trie_entry){token, size, (int32_t)id};
  }
  u->unk_score = used ? least - 10 : -10;
  bool ok = entries && rn_token_trie_init(&u->trie, entries, used);
  rn_free(entries);
  return ok;
}

void rn_unigram_free(rn_unigram *u) {
  rn_token_trie_free(&u->trie);
  rn_free(u->score);
  rn_free(u->unmatched);
}

/* The best path to a place, and the token it comes by. */
typedef struct node {
  double score; /* the best path's; when sampling, log of the sum over all paths */
  size_t from;
  int32_t id; /* -1: an unknown character */
  bool reached;
} node;

/* log(e^a + e^b) */
static double log_add(double a, double b) {
  double high = a > b ? a : b, low = a > b ? b : a;
  return high + log1p(exp(low - high));
}

/* Calls for every token that begins at `at`, the unknown character among them. */
typedef struct edge {
  size_t at, end;
  uint32_t node;
  size_t next; /* of the walk */
  size_t char_end;
  bool has_char, done;
  int32_t id;
  double score;
} edge;

static edge edges_from(const char *piece, size_t at) {
  edge e = {.at = at, .next = at};
  rn_char_at(piece, at, &e.char_end);
  return e;
}

static bool next_edge(const rn_unigram *u, const char *piece, size_t size, edge *e) {
  while (!e->done) {
    if (e->next == size || !(e->node = rn_token_trie_child(&u->trie, e->node, (unsigned char)piece[e->next]))) {
      e->done = true;
      break;
    }
    e->end = ++e->next;
    e->id = u->trie.value[e->node];
    if (e->id < 0) continue;
    e->score = u->score[e->id];
    if (e->end == e->char_end) e->has_char = true;
    return true;
  }
  if (e->has_char) return false;
  e->has_char = true;
  e->end = e->char_end;
  e->id = -1;
  e->score = u->unk_score;
  return true;
}

static void best_paths(const rn_unigram *u, const char *piece, size_t size, node *best) {
  for (size_t at = 0; at < size; at++) {
    if (!best[at].reached) continue;
    for (edge e = edges_from(piece, at); next_edge(u, piece, size, &e);) {
      double score = best[at].score + e.score;
      node *to = &best[e.end];
      if (u->single) score = (float)score; /* what SentencePiece adds up decides between paths that are as good as each other */
      if (!to->reached || score > to->score) *to = (node){score, at, e.id, true};
    }
  }
}

/* Forward filtering, backward sampling: forward(j) = log sum over tokens of e^(forward(i) + alpha score); then, from the end, a token into
 * j is drawn with probability e^(forward(i) + alpha score - forward(j)). It is drawn on the way forward: of the tokens into j seen so far,
 * the newest takes the place with its share of their sum. */
static void drawn_paths(const rn_unigram *u, const char *piece, size_t size, node *best, float alpha, rn_random *random) {
  for (size_t at = 0; at < size; at++) {
    if (!best[at].reached) continue;
    for (edge e = edges_from(piece, at); next_edge(u, piece, size, &e);) {
      double score = best[at].score + alpha * e.score;
      node *to = &best[e.end];
      double sum = to->reached ? log_add(to->score, score) : score;
      if (!to->reached || log(rn_random_uniform_double(random)) < score - sum) *to = (node){sum, at, e.id, true};
      to->score = sum;
    }
  }
}

/* The tokens of the path to the end, from its end; neighbours that are unknown are one. */
static void read_back(const rn_unigram *u, const char *piece, size_t size, const node *best, rn_subwords *out) {
  for (size_t end = size, from; end > 0; end = from) {
    int32_t id = best[end].id;
    for (from = best[end].from; id < 0 && from > 0 && best[from].id < 0;) from = best[from].from;
    if (id >= 0 || !u->byte_fallback) {
      rn_subwords_push(out, id >= 0 ? id : u->unk, from, end);
      continue;
    }
    for (size_t i = end; i > from; i--) { /* each byte stands for its character */
      size_t begin = i - 1, next;
      while (((unsigned char)piece[begin] & 0xC0) == 0x80) begin--;
      rn_char_at(piece, begin, &next);
      rn_subwords_push(out, u->fallback[(unsigned char)piece[i - 1]], begin, next);
    }
  }
}

rn_status rn_unigram_encode(const rn_subword_model *model, rn_subword_work *work, const char *piece, size_t size, float alpha,
                            rn_random *random, rn_subwords *out, rn_error *err) {
  const rn_unigram *u = &model->unigram;
  node *best = rn_subword_reserve(&work->symbols, &work->symbols_size, size + 1, sizeof *best);
  if (!best) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for %zu places", size);
  memset(best, 0, (size + 1) * sizeof *best);
  best[0].reached = true;
  if (alpha > 0) drawn_paths(u, piece, size, best, alpha, random);
  else best_paths(u, piece, size, best);
  if (u->unk < 0 && !u->byte_fallback)
    for (size_t end = size; end > 0; end = best[end].from)
      if (best[end].id < 0) return rn_subword_unknown(piece + best[end].from, end - best[end].from, err);
  size_t before = out->n;
  read_back(u, piece, size, best, out);
  if (out->failed) return RN_OK; /* reported by the caller */
  for (size_t i = before, j = out->n; i + 1 < j; i++) {
    rn_subword swapped = out->at[i];
    out->at[i] = out->at[--j];
    out->at[j] = swapped;
  }
  return RN_OK;
}
