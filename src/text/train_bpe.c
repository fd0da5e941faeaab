/* train_bpe.c: learning which pairs to merge.
 *
 *   repeat: (a, b) = the most frequent pair of neighbours;  ab is a new token;  every a b of every word becomes ab
 *
 * Each different word is there once, with its count, as symbols that shrink in place. A candidate is a pair with the words in which it came
 * to be; candidates wait in a heap. Merging visits those words alone, and changes the counts of the neighbours' pairs
 *
 *   x a b y  ->  x ab y:    (x, a) and (b, y) lose the word's count,  (x, ab) and (ab, y) gain it
 *
 * A count that falls is not looked for in the heap: it is corrected when its candidate comes to the top. */
#include "text/train_bpe.h"
#include "base/alloc.h"
#include "base/text_buffer.h"
#include "base/utf8.h"
#include "text/pair_table.h"

#include <stdlib.h>
#include <string.h>

typedef struct word {
  int64_t begin, count; /* its symbols are symbols[begin ... begin + n) */
  int32_t n;
} word;

typedef struct candidate {
  int64_t count; /* when it was last looked at */
  int64_t pair;  /* in the table */
  int64_t begin; /* its words are visits[begin ... begin + n) */
  int64_t n;
} candidate;

/* What merging (a, b) moves at one neighbour: from (x, a) to (x, ab) at a left one, from (b, y) to (ab, y) at a right one. */
typedef struct side {
  int64_t count;          /* 0: not a neighbour yet */
  int64_t pair;           /* that gains */
  int64_t begin, n_words; /* in which it does */
  int32_t last_word;      /* among them */
} side;

/* A word in which a side is touched, as they come. */
typedef struct event {
  uint32_t side;
  int32_t word;
} event;

typedef struct trainer {
  rn_context *ctx;
  const rn_bpe_training *how;
  rn_map *tokens;
  rn_bpe_merges *merges;
  int64_t merges_capacity;
  int32_t *symbols;
  int64_t n_symbols, symbols_capacity;
  word *words;
  int64_t n_words, words_capacity;
  rn_pair_table pairs;
  int32_t *visits; /* words of candidates */
  int64_t n_visits, visits_capacity;
  candidate *heap;
  int64_t n_heap, heap_capacity;
  side *sides; /* [2 V]: 2 x for the left neighbour x, 2 y + 1 for the right one */
  int64_t n_sides;
  uint32_t *touched; /* sides of this merge */
  int64_t n_touched, touched_capacity;
  event *events;
  int64_t n_events, events_capacity;
  rn_text name; /* of a new token */
} trainer;

/* Room for n elements at the array that `array` points to. */
static bool grow(void *array, int64_t *capacity, int64_t n, size_t size) {
  if (n <= *capacity) return true;
  int64_t more = *capacity + *capacity / 2 + 1024;
  if (more < n) more = n;
  void *at;
  memcpy(&at, array, sizeof at); /* whatever its elements are */
  if (!(at = rn_realloc(at, (size_t)more * size))) return false;
  memcpy(array, &at, sizeof at);
  *capacity = more;
  return true;
}

/* ---- words to symbols ---- */

/* The id of a token, new or not; -1: out of memory. */
static int32_t token_add(rn_map *tokens, const char *name, size_t size) {
  int64_t *id = rn_map_insert(tokens, name, size, rn_map_size(tokens), NULL);
  return id ? (int32_t)*id : -1;
}

/* A letter as it stands at this place of a word. */
static int32_t letter_token(trainer *t, uint32_t letter, bool first, bool last) {
  char bytes[4];
  rn_text_clear(&t->name);
  if (!first) rn_text_puts(&t->name, t->how->prefix);
  rn_text_append(&t->name, bytes, rn_utf8_encode(letter, bytes));
  if (last) rn_text_puts(&t->name, t->how->suffix);
  return t->name.failed ? -1 : token_add(t->tokens, t->name.data, t->name.size);
}

enum { PLAIN, LAST, INSIDE, INSIDE_LAST, N_FORMS }; /* where a letter stands: with prefix, with suffix, or both */

/* Finds which forms of letters the words hold, and gives them ids: all letters in order, then the forms with prefix and suffix. */
static bool add_letters(trainer *t) {
  const rn_alphabet *a = t->how->alphabet;
  bool marked = t->how->prefix[0] || t->how->suffix[0];
  for (int64_t i = 0; i < a->n; i++)
    if (letter_token(t, a->letter[i], true, false) < 0) return false;
  if (!marked) return true;
  unsigned char *forms = rn_alloc_zero(0x110000, 1);
  if (!forms) return false;
  uint32_t run[RN_MAX_PIECE];
  bool begins, ends, ok = true;
  for (int64_t w = 0; w < t->how->words->n; w++) {
    int n;
    for (size_t at = 0; (n = rn_alphabet_run(a, &t->how->words->at[w], &at, run, &begins, &ends));)
      for (int i = 0; i < n; i++) {
        int form = (i > 0 || !begins ? INSIDE : PLAIN) + (i == n - 1 && ends ? LAST : PLAIN);
        forms[run[i]] |= (unsigned char)(1 << form);
      }
  }
  for (int form = LAST; form < N_FORMS; form++)
    for (int64_t i = 0; i < a->n && ok; i++)
      if (forms[a->letter[i]] >> form & 1) ok = letter_token(t, a->letter[i], !(form & INSIDE), form & LAST) >= 0;
  rn_free(forms);
  return ok;
}

/* Runs of one letter have no pair and are left out. */
static bool add_word(trainer *t, const rn_word_count *w) {
  uint32_t run[RN_MAX_PIECE];
  bool begins, ends;
  int n;
  for (size_t at = 0; (n = rn_alphabet_run(t->how->alphabet, w, &at, run, &begins, &ends));) {
    if (n < 2) continue;
    if (!grow(&t->symbols, &t->symbols_capacity, t->n_symbols + n, sizeof *t->symbols)) return false;
    if (!grow(&t->words, &t->words_capacity, t->n_words + 1, sizeof *t->words)) return false;
    t->words[t->n_words++] = (word){t->n_symbols, w->count, n};
    for (int i = 0; i < n; i++) {
      int32_t id = letter_token(t, run[i], i == 0 && begins, i == n - 1 && ends);
      if (id < 0) return false;
      t->symbols[t->n_symbols++] = id;
    }
  }
  return true;
}

/* ---- the heap: the most frequent pair on top, of equals the one of smaller ids ---- */

static bool before(const trainer *t, const candidate *a, const candidate *b) {
  if (a->count != b->count) return a->count > b->count;
  const rn_pair_count *x = &t->pairs.at[a->pair], *y = &t->pairs.at[b->pair];
  return x->left != y->left ? x->left < y->left : x->right < y->right;
}

static void sink(trainer *t, int64_t at) {
  candidate c = t->heap[at];
  for (int64_t child; (child = 2 * at + 1) < t->n_heap; at = child) {
    if (child + 1 < t->n_heap && before(t, &t->heap[child + 1], &t->heap[child])) child++;
    if (!before(t, &t->heap[child], &c)) break;
    t->heap[at] = t->heap[child];
  }
  t->heap[at] = c;
}

static bool push(trainer *t, candidate c) {
  if (!grow(&t->heap, &t->heap_capacity, t->n_heap + 1, sizeof *t->heap)) return false;
  int64_t at = t->n_heap++;
  for (int64_t parent; at > 0 && before(t, &c, &t->heap[parent = (at - 1) / 2]); at = parent) t->heap[at] = t->heap[parent];
  t->heap[at] = c;
  return true;
}

/* Takes the best candidate; false when none is frequent enough. */
static bool pop(trainer *t, candidate *out) {
  while (t->n_heap > 0) {
    *out = t->heap[0];
    int64_t count = t->pairs.at[out->pair].count;
    bool current = count == out->count;
    if (current || count < t->how->min_count) t->heap[0] = t->heap[--t->n_heap];
    else t->heap[0].count = count;
    if (t->n_heap > 0) sink(t, 0);
    if (current) return true;
  }
  return false;
}

/* ---- counting pairs at the beginning ---- */

/* Every pair with its count, and a candidate with its words for each that is frequent enough. */
static bool count_pairs(trainer *t) {
  int64_t *n_words = NULL, capacity = 0; /* of each pair; then where its words go */
  int32_t *last_word = NULL;
  int64_t last_capacity = 0;
  bool ok = true;
  for (int64_t w = 0; w < t->n_words && ok; w++) {
    const int32_t *s = &t->symbols[t->words[w].begin];
    for (int32_t i = 0; i + 1 < t->words[w].n && ok; i++) {
      int64_t known = t->pairs.n, p = rn_pair_table_add(&t->pairs, s[i], s[i + 1]);
      ok = p >= 0 && grow(&n_words, &capacity, p + 1, sizeof *n_words) && grow(&last_word, &last_capacity, p + 1, sizeof *last_word);
      if (!ok) break;
      if (p == known) n_words[p] = 0, last_word[p] = -1;
      t->pairs.at[p].count += t->words[w].count;
      n_words[p] += last_word[p] != (int32_t)w;
      last_word[p] = (int32_t)w;
    }
  }
  for (int64_t p = 0; p < t->pairs.n && ok; p++) {
    int64_t count = t->pairs.at[p].count, n = n_words[p];
    last_word[p] = -1;
    n_words[p] = -1;
    if (count < t->how->min_count) continue;
    n_words[p] = t->n_visits;
    ok = push(t, (candidate){count, p, t->n_visits, n});
    t->n_visits += n;
  }
  ok = ok && grow(&t->visits, &t->visits_capacity, t->n_visits, sizeof *t->visits);
  for (int64_t w = 0; w < t->n_words && ok; w++) {
    const int32_t *s = &t->symbols[t->words[w].begin];
    for (int32_t i = 0; i + 1 < t->words[w].n; i++) {
      int64_t p = rn_pair_table_add(&t->pairs, s[i], s[i + 1]);
      if (n_words[p] < 0 || last_word[p] == (int32_t)w) continue;
      t->visits[n_words[p]++] = last_word[p] = (int32_t)w;
    }
  }
  rn_free(n_words);
  rn_free(last_word);
  return ok;
}

/* ---- merging ---- */

static bool touch(trainer *t, uint32_t at, int64_t count, int32_t w) {
  side *s = &t->sides[at];
  if (s->count == 0) {
    if (!grow(&t->touched, &t->touched_capacity, t->n_touched + 1, sizeof *t->touched)) return false;
    t->touched[t->n_touched++] = at;
    s->last_word = -1;
  }
  s->count += count;
  if (s->last_word == w) return true;
  s->last_word = w;
  s->n_words++;
  if (!grow(&t->events, &t->events_capacity, t->n_events + 1, sizeof *t->events)) return false;
  t->events[t->n_events++] = (event){at, w};
  return true;
}

/* Every a b of a word becomes ab, from left to right. */
static bool merge_word(trainer *t, int32_t w, int32_t a, int32_t b, int32_t ab) {
  word *at = &t->words[w];
  int32_t *s = &t->symbols[at->begin], n = 0;
  bool ok = true;
  for (int32_t i = 0; i < at->n && ok; i++) {
    if (s[i] != a || i + 1 == at->n || s[i + 1] != b) {
      s[n++] = s[i];
      continue;
    }
    if (n > 0) ok = touch(t, 2 * (uint32_t)s[n - 1], at->count, w);
    if (i + 2 < at->n) ok = ok && touch(t, 2 * (uint32_t)s[i + 2] + 1, at->count, w);
    s[n++] = ab;
    i++;
  }
  at->n = n;
  return ok;
}

/* What the words' changes add up to: counts of pairs, and new candidates. */
static bool settle(trainer *t, int32_t a, int32_t b, int32_t ab) {
  for (int64_t i = 0; i < t->n_touched; i++) {
    int32_t x = (int32_t)(t->touched[i] / 2);
    bool right = t->touched[i] & 1;
    side *s = &t->sides[t->touched[i]];
    int64_t loses = right ? rn_pair_table_add(&t->pairs, b, x) : rn_pair_table_add(&t->pairs, x, a);
    s->pair = right ? rn_pair_table_add(&t->pairs, ab, x) : rn_pair_table_add(&t->pairs, x, ab);
    if (loses < 0 || s->pair < 0) return false;
    t->pairs.at[loses].count -= s->count;
    t->pairs.at[s->pair].count += s->count;
  }
  for (int64_t i = 0; i < t->n_touched; i++) {
    side *s = &t->sides[t->touched[i]];
    int64_t count = t->pairs.at[s->pair].count, n = s->n_words;
    s->begin = -1;
    if (count >= t->how->min_count) {
      s->begin = t->n_visits;
      if (!push(t, (candidate){count, s->pair, t->n_visits, n})) return false;
      t->n_visits += n;
    }
  }
  if (!grow(&t->visits, &t->visits_capacity, t->n_visits, sizeof *t->visits)) return false;
  for (int64_t i = 0; i < t->n_events; i++) {
    side *s = &t->sides[t->events[i].side];
    if (s->begin >= 0) t->visits[s->begin++] = t->events[i].word;
  }
  for (int64_t i = 0; i < t->n_touched; i++) t->sides[t->touched[i]] = (side){0};
  t->n_touched = t->n_events = 0;
  return true;
}

/* The token of a and b; a prefix inside of it goes. */
static int32_t merged_token(trainer *t, int32_t a, int32_t b) {
  size_t size, skip = strlen(t->how->prefix);
  const char *name = rn_map_key(t->tokens, a, &size, NULL);
  rn_text_clear(&t->name);
  rn_text_append(&t->name, name, size);
  name = rn_map_key(t->tokens, b, &size, NULL);
  if (skip > size || memcmp(name, t->how->prefix, skip) != 0) skip = 0;
  rn_text_append(&t->name, name + skip, size - skip);
  return t->name.failed ? -1 : token_add(t->tokens, t->name.data, t->name.size);
}

/* Room for the sides of every symbol there is. */
static bool grow_sides(trainer *t) {
  int64_t n = t->n_sides, want = 2 * rn_map_size(t->tokens);
  if (!grow(&t->sides, &t->n_sides, want, sizeof *t->sides)) return false;
  if (t->n_sides > n) memset(t->sides + n, 0, (size_t)(t->n_sides - n) * sizeof *t->sides);
  return true;
}

static bool merge(trainer *t, candidate best) {
  int32_t a = t->pairs.at[best.pair].left, b = t->pairs.at[best.pair].right, ab = merged_token(t, a, b);
  if (ab < 0 || !grow_sides(t) || !grow(&t->merges->at, &t->merges_capacity, t->merges->n + 1, sizeof *t->merges->at)) return false;
  t->merges->at[t->merges->n++] = (rn_bpe_pair){a, b};
  for (int64_t i = 0; i < best.n; i++)
    if (!merge_word(t, t->visits[best.begin + i], a, b, ab)) return false;
  return settle(t, a, b, ab);
}

static rn_status learn(trainer *t) {
  bool ok = add_letters(t);
  for (int64_t w = 0; w < t->how->words->n && ok; w++) ok = add_word(t, &t->how->words->at[w]);
  ok = ok && count_pairs(t);
  candidate best;
  while (ok && rn_map_size(t->tokens) < t->how->vocab_size && pop(t, &best)) {
    if (rn_context_stopping(t->ctx)) return rn_context_fail(t->ctx, RN_ERROR_STOPPED, "stopped");
    ok = merge(t, best);
  }
  return ok ? RN_OK : rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for learning merges");
}

/* ---- */

/* Where a token comes to be in two ways, a pair of it may come to be twice, and be merged twice: the last time counts. */
static bool drop_repeated(rn_bpe_merges *m) {
  rn_pair_table seen = {0};
  int64_t kept = m->n;
  bool ok = true;
  for (int64_t i = m->n - 1; i >= 0 && ok; i--) {
    int64_t known = seen.n, p = rn_pair_table_add(&seen, m->at[i].left, m->at[i].right);
    ok = p >= 0;
    if (p == known) m->at[--kept] = m->at[i];
  }
  memmove(m->at, m->at + kept, (size_t)(m->n - kept) * sizeof *m->at);
  m->n -= kept;
  rn_pair_table_free(&seen);
  return ok;
}

rn_status rn_train_bpe(rn_context *ctx, const rn_bpe_training *training, rn_map *tokens, rn_bpe_merges *out) {
  *out = (rn_bpe_merges){0};
  trainer t = {.ctx = ctx, .how = training, .tokens = tokens, .merges = out};
  rn_status status = learn(&t);
  rn_free(t.symbols);
  rn_free(t.words);
  rn_pair_table_free(&t.pairs);
  rn_free(t.visits);
  rn_free(t.heap);
  rn_free(t.sides);
  rn_free(t.touched);
  rn_free(t.events);
  rn_text_free(&t.name);
  if (status == RN_OK && out->n > 0 && !drop_repeated(out)) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for merges");
  if (status != RN_OK) rn_bpe_merges_free(out);
  return status;
}

void rn_bpe_merges_free(rn_bpe_merges *merges) {
  rn_free(merges->at);
  *merges = (rn_bpe_merges){0};
}
