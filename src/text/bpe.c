/* bpe.c: byte pair encoding (Sennrich, Haddow & Birch 2016): begin with characters (or bytes); of all neighbours that have a merge, join
 * those whose merge was learned first, the leftmost of equals; until none has one. */
#include "base/alloc.h"
#include "text/byte_letters.h"
#include "text/char_classes.h"
#include "text/subword.h"

#include <string.h>

#define NO_RANK UINT32_MAX

/* ---- the merges ---- */

static uint64_t pair_of(int32_t left, int32_t right) { return (uint64_t)(uint32_t)left << 32 | (uint32_t)right; }

static inline rn_merge *slot_of(const rn_bpe *bpe, uint64_t pair) {
  uint64_t i = pair * 0x9E3779B97F4A7C15u >> 32 & bpe->mask;
  while (bpe->merges[i].pair != pair && bpe->merges[i].pair != UINT64_MAX) i = (i + 1) & bpe->mask;
  return &bpe->merges[i];
}

bool rn_bpe_init(rn_bpe *bpe, size_t n_merges) {
  size_t n = 16, bytes;
  while (n < 2 * n_merges + 1) n *= 2; /* at most half full: most look-ups find nothing, and should see it at once */
  if (!rn_mul_size(n, sizeof *bpe->merges, &bytes) || !(bpe->merges = rn_alloc_aligned(bytes))) return false;
  bpe->mask = n - 1;
  for (size_t i = 0; i < n; i++) bpe->merges[i].pair = UINT64_MAX;
  return true;
}

void rn_bpe_add_merge(rn_bpe *bpe, int32_t left, int32_t right, uint32_t rank, int32_t id) {
  *slot_of(bpe, pair_of(left, right)) = (rn_merge){pair_of(left, right), rank, id};
}

void rn_bpe_free(rn_bpe *bpe) {
  rn_free(bpe->merges);
  rn_free(bpe->prefix);
  rn_free(bpe->suffix);
}

/* ---- a piece to its first symbols ---- */

typedef struct symbol {
  int32_t id;     /* -1: joined to the one before it */
  uint32_t rank;  /* of its merge with the next symbol; NO_RANK: there is none */
  int32_t joined; /* the id that merge gives */
  uint32_t begin, end;
  uint32_t previous, next;
} symbol;

typedef struct symbols {
  symbol *at;
  size_t n, n_dropped;
  bool after_unknown; /* the last one is an unknown that the next may be fused with */
} symbols;

static void add(symbols *s, int32_t id, size_t begin, size_t end) {
  s->at[s->n++] = (symbol){.id = id, .begin = (uint32_t)begin, .end = (uint32_t)end};
  s->after_unknown = false;
}

static void add_unknown(const rn_bpe *bpe, symbols *s, size_t begin, size_t end) {
  if (bpe->unk < 0) {
    s->n_dropped++;
  } else if (bpe->fuse_unk && s->after_unknown) {
    s->at[s->n - 1].end = (uint32_t)end;
  } else {
    add(s, bpe->unk, begin, end);
    s->after_unknown = true;
  }
}

static void add_bytes(const rn_bpe *bpe, symbols *s, const char *piece, size_t size) {
  for (size_t i = 0; i < size; i++) {
    int32_t id = bpe->byte[(unsigned char)piece[i]];
    if (id >= 0) add(s, id, i, i + 1);
    else add_unknown(bpe, s, i, i + 1);
  }
}

/* A character as the vocabulary writes it: with the prefix unless it begins the piece, with the suffix when it ends it. */
static int32_t find_symbol(const rn_subword_model *model, rn_subword_work *work, const char *piece, size_t size, size_t begin, size_t end) {
  const rn_bpe *bpe = &model->bpe;
  const char *prefix = begin > 0 ? bpe->prefix : NULL, *suffix = end == size ? bpe->suffix : NULL;
  if (!prefix && !suffix) return rn_token_table_find(&model->tokens, piece + begin, end - begin);
  size_t before = prefix ? strlen(prefix) : 0, behind = suffix ? strlen(suffix) : 0, n = end - begin;
  char *key = work->key;
  memcpy(key, prefix ? prefix : "", before);
  memcpy(key + before, piece + begin, n);
  memcpy(key + before + n, suffix ? suffix : "", behind);
  return rn_token_table_find(&model->tokens, key, before + n + behind);
}

static void add_chars(const rn_subword_model *model, rn_subword_work *work, symbols *s, const char *piece, size_t size) {
  const rn_bpe *bpe = &model->bpe;
  for (size_t at = 0, next; at < size; at = next) {
    rn_char_at(piece, at, &next);
    int32_t id = find_symbol(model, work, piece, size, at, next);
    if (id >= 0) add(s, id, at, next);
    else if (!bpe->byte_fallback) add_unknown(bpe, s, at, next);
    else
      for (size_t i = at; i < next; i++) add(s, bpe->fallback[(unsigned char)piece[i]], i, i + 1);
  }
}

/* ---- merging ---- */

static inline void look_up(const rn_bpe *bpe, symbol *left, const symbol *right) {
  const rn_merge *m = slot_of(bpe, pair_of(left->id, right->id));
  bool found = m->pair != UINT64_MAX;
  left->rank = found ? m->rank : NO_RANK;
  left->joined = m->id;
}

/* Few symbols: look at all for the best, n^2 steps in all, which for words is the fastest. */
static size_t merge_short(const rn_bpe *bpe, symbol *s, size_t n) {
  for (size_t i = 0; i + 1 < n; i++) look_up(bpe, &s[i], &s[i + 1]);
  for (;;) {
    uint32_t best = NO_RANK;
    size_t at = 0;
    for (size_t i = 0; i + 1 < n; i++)
      if (s[i].rank < best) best = s[i].rank, at = i;
    if (best == NO_RANK) return n;
    s[at].id = s[at].joined;
    s[at].end = s[at + 1].end;
    memmove(&s[at + 1], &s[at + 2], (n - at - 2) * sizeof *s);
    n--;
    if (at + 1 < n) look_up(bpe, &s[at], &s[at + 1]);
    if (at > 0) look_up(bpe, &s[at - 1], &s[at]);
  }
}

/* A merge that was possible when it was put into the heap. */
typedef struct candidate {
  uint32_t rank;
  int32_t left, right;
  uint32_t at;
} candidate;

static bool goes_first(const candidate *a, const candidate *b) { return a->rank != b->rank ? a->rank < b->rank : a->at < b->at; }

static void heap_push(candidate *heap, size_t *n, candidate c) {
  size_t i = (*n)++;
  for (size_t parent; i > 0 && goes_first(&c, &heap[parent = (i - 1) / 2]); i = parent) heap[i] = heap[parent];
  heap[i] = c;
}

static candidate heap_pop(candidate *heap, size_t *n) {
  candidate top = heap[0], last = heap[--*n];
  size_t i = 0;
  for (size_t child; (child = 2 * i + 1) < *n; i = child) {
    if (child + 1 < *n && goes_first(&heap[child + 1], &heap[child])) child++;
    if (!goes_first(&heap[child], &last)) break;
    heap[i] = heap[child];
  }
  heap[i] = last;
  return top;
}

/* Puts the merge of a symbol with its next into the heap. */
static void offer(const rn_bpe *bpe, symbol *s, size_t n_symbols, size_t at, candidate *heap, size_t *n) {
  size_t next = s[at].next;
  if (next == n_symbols) return;
  look_up(bpe, &s[at], &s[next]);
  if (s[at].rank != NO_RANK) heap_push(heap, n, (candidate){s[at].rank, s[at].id, s[next].id, (uint32_t)at});
}

/* Many symbols: a heap of possible merges and a linked list, n log n. With dropout each is passed over with that probability whenever it is
 * the best, and may be chosen again after the next merge (Provilkov, Emelianenko & Voita 2020). No more than 3n candidates are
 * ever put in: n at the beginning and two after each of n - 1 merges. */
static size_t merge_long(const rn_bpe *bpe, symbol *s, size_t n, candidate *heap, float dropout, rn_random *random) {
  size_t n_heap = 0, n_skipped = 0;
  candidate *skipped = heap + 3 * n;
  for (size_t i = 0; i < n; i++) s[i].previous = (uint32_t)i - 1, s[i].next = (uint32_t)i + 1;
  for (size_t i = 0; i < n; i++) offer(bpe, s, n, i, heap, &n_heap);
  while (n_heap > 0) {
    candidate c = heap_pop(heap, &n_heap);
    symbol *left = &s[c.at];
    if (left->id != c.left || left->next == n || s[left->next].id != c.right) continue; /* one of the two was joined to another since */
    if (dropout > 0 && rn_random_uniform(random) < dropout) {
      skipped[n_skipped++] = c;
      continue;
    }
    while (n_skipped > 0) heap_push(heap, &n_heap, skipped[--n_skipped]);
    look_up(bpe, left, &s[left->next]);
    symbol *right = &s[left->next];
    left->id = left->joined;
    left->end = right->end;
    left->next = right->next;
    right->id = -1;
    if (left->next < n) s[left->next].previous = c.at;
    offer(bpe, s, n, c.at, heap, &n_heap);
    if (c.at > 0) offer(bpe, s, n, left->previous, heap, &n_heap);
  }
  size_t kept = 0;
  for (size_t i = 0, next; i < n; i = next) {
    next = s[i].next;
    s[kept++] = s[i];
  }
  return kept;
}

/* Whole pieces that are tokens are not taken apart (ignore_merges of Llama 3). */
static int32_t find_whole(const rn_subword_model *model, rn_subword_work *work, const char *piece, size_t size) {
  if (!model->bpe.bytes) return rn_token_table_find(&model->tokens, piece, size);
  char *key = work->key;
  size_t n = 0;
  for (size_t i = 0; i < size; i++) n += rn_byte_letter_write((uint8_t)piece[i], key + n);
  return rn_token_table_find(&model->tokens, key, n);
}

rn_status rn_bpe_encode(const rn_subword_model *model, rn_subword_work *work, const char *piece, size_t size, float dropout,
                        rn_random *random, rn_subwords *out, rn_error *err) {
  enum { FEW = 64 };
  const rn_bpe *bpe = &model->bpe;
  size_t key = 2 * size + 8 + (bpe->prefix ? strlen(bpe->prefix) : 0) + (bpe->suffix ? strlen(bpe->suffix) : 0);
  if (size >= UINT32_MAX) return rn_error_set(err, RN_ERROR_DATA, "a piece of %zu bytes is too long", size);
  symbols s = {.at = rn_subword_reserve(&work->symbols, &work->symbols_size, size, sizeof(symbol))};
  if (!s.at || !rn_subword_reserve(&work->key, &work->key_size, key, 1))
    return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for %zu symbols", size);
  if (bpe->ignore_merges && dropout <= 0) {
    int32_t id = find_whole(model, work, piece, size);
    if (id >= 0) {
      rn_subwords_push(out, id, 0, size);
      return RN_OK;
    }
  }
  if (bpe->bytes) add_bytes(bpe, &s, piece, size);
  else add_chars(model, work, &s, piece, size);
  out->n_dropped += s.n_dropped;
  if (s.n <= FEW && dropout <= 0) {
    s.n = merge_short(bpe, s.at, s.n);
  } else {
    candidate *heap = rn_subword_reserve(&work->heap, &work->heap_size, 6 * s.n, sizeof *heap);
    if (!heap) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for %zu symbols", s.n);
    s.n = merge_long(bpe, s.at, s.n, heap, dropout, random);
  }
  for (size_t i = 0; i < s.n; i++) rn_subwords_push(out, s.at[i].id, s.at[i].begin, s.at[i].end);
  return RN_OK;
}
