/* train_unigram_seeds.c: every string that a text repeats, by sorting its suffixes.
 *
 * Suffixes are sorted by their first 16 letters alone, by doubling (Karp, Miller & Rosenberg 1972): when ranks by the first k letters are
 * known, those by 2 k are the ranks of the pairs (rank of i, rank of i + k). Four rounds of radix sort.
 * In the sorted list, suffixes that begin alike are neighbours; groups of them, found with a stack over the lengths that neighbours share,
 * are the strings that occur more than once and cannot be made longer to the right without losing an occurrence. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "text/train_unigram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The runs as letters, a 0 behind each. */
typedef struct letters {
  uint32_t *rank; /* [n] of the letter; then by more and more letters */
  const char **text; /* [n] where the letter stands */
  int32_t *run;   /* [n] whose letter it is */
  int64_t n;
} letters;

typedef struct seed {
  int32_t at, length; /* letters */
  int64_t count;
} seed;

typedef struct seeds {
  seed *at;
  int64_t n, capacity;
} seeds;

static void letters_free(letters *l) {
  rn_free(l->rank);
  rn_free(l->text);
  rn_free(l->run);
}

static bool letters_init(letters *l, const rn_run *runs, int64_t n_runs, const rn_alphabet *a) {
  int64_t room = n_runs;
  for (int64_t r = 0; r < n_runs; r++) room += runs[r].size;
  *l = (letters){.rank = rn_alloc((size_t)room * sizeof *l->rank)};
  l->text = rn_alloc((size_t)room * sizeof *l->text);
  l->run = rn_alloc((size_t)room * sizeof *l->run);
  uint32_t *number = rn_alloc_zero(0x110000, sizeof *number);
  bool ok = l->rank && l->text && l->run && number && room < INT32_MAX;
  for (int64_t i = 0; ok && i < a->n; i++) number[a->letter[i]] = (uint32_t)i + 1;
  for (int64_t r = 0; ok && r < n_runs; r++) {
    size_t size = (size_t)runs[r].size, at = 0, used;
    for (; at <= size; at += used, l->n++) {
      used = 1;
      l->rank[l->n] = at == size ? 0 : number[rn_utf8_decode(runs[r].text + at, size - at, &used, NULL)];
      l->text[l->n] = runs[r].text + at;
      l->run[l->n] = (int32_t)r;
    }
  }
  rn_free(number);
  return ok;
}

/* ---- sorting ---- */

/* Sorts `from`, a list of all positions, by rank, stably. count [max rank + 2] is scratch. */
static void sort_by_rank(const letters *l, const int32_t *from, int32_t *to, int64_t *count, uint32_t max_rank) {
  memset(count, 0, ((size_t)max_rank + 2) * sizeof *count);
  for (int64_t i = 0; i < l->n; i++) count[l->rank[i] + 1]++;
  for (uint32_t r = 0; r <= max_rank; r++) count[r + 1] += count[r];
  for (int64_t i = 0; i < l->n; i++) to[count[l->rank[from[i]]]++] = from[i];
}

static uint32_t rank_at(const letters *l, int64_t i) { return i < l->n ? l->rank[i] : 0; }

/* The positions [n] in the order of their first RN_MAX_UNIGRAM letters. The ranks are lost. */
static bool sort_suffixes(letters *l, int64_t n_letters, int32_t *order) {
  int64_t n = l->n, *count = rn_alloc((size_t)(n + n_letters + 3) * sizeof *count);
  int32_t *other = rn_alloc((size_t)n * sizeof *other);
  uint32_t *next = rn_alloc((size_t)n * sizeof *next), max_rank = (uint32_t)n_letters;
  bool ok = count && other && next;
  for (int64_t i = 0; ok && i < n; i++) other[i] = (int32_t)i;
  if (ok) sort_by_rank(l, other, order, count, max_rank);
  for (int64_t k = 1; ok && k < RN_MAX_UNIGRAM; k *= 2) {
    int64_t m = 0; /* by the second half: the last k positions have none, then as the halves come in order */
    for (int64_t i = n - k < 0 ? 0 : n - k; i < n; i++) other[m++] = (int32_t)i;
    for (int64_t i = 0; i < n; i++)
      if (order[i] >= k) other[m++] = (int32_t)(order[i] - k);
    sort_by_rank(l, other, order, count, max_rank);
    max_rank = 0;
    for (int64_t i = 0; i < n; i++) {
      bool same = i > 0 && l->rank[order[i]] == l->rank[order[i - 1]] && rank_at(l, order[i] + k) == rank_at(l, order[i - 1] + k);
      if (i > 0 && !same) max_rank++;
      next[order[i]] = max_rank;
    }
    uint32_t *swap = l->rank;
    l->rank = next;
    next = swap;
  }
  rn_free(count);
  rn_free(other);
  rn_free(next);
  return ok;
}

/* ---- what is repeated ---- */

/* Letters from here to the end of the run, and how many two places share, up to RN_MAX_UNIGRAM. */
static int32_t length_at(const letters *l, int64_t at) {
  int32_t n = 0;
  while (n <= RN_MAX_UNIGRAM && at + n + 1 < l->n && l->run[at + n + 1] == l->run[at]) n++;
  return n;
}

static int32_t shared(const letters *l, int64_t a, int64_t b) {
  int32_t limit_a = length_at(l, a), limit_b = length_at(l, b), limit = limit_a < limit_b ? limit_a : limit_b, n = 0;
  if (limit > RN_MAX_UNIGRAM) limit = RN_MAX_UNIGRAM;
  for (; n < limit; n++) {
    size_t size = (size_t)(l->text[a + n + 1] - l->text[a + n]);
    if (size != (size_t)(l->text[b + n + 1] - l->text[b + n]) || memcmp(l->text[a + n], l->text[b + n], size) != 0) break;
  }
  return n;
}

static bool emit(seeds *s, int64_t at, int32_t length, int64_t count) {
  if (length < 2 || length > RN_MAX_UNIGRAM || count < 2) return true;
  if (s->n == s->capacity) {
    int64_t capacity = s->capacity + s->capacity / 2 + 1024;
    seed *moved = rn_realloc(s->at, (size_t)capacity * sizeof *moved);
    if (!moved) return false;
    s->at = moved;
    s->capacity = capacity;
  }
  s->at[s->n++] = (seed){(int32_t)at, length, count};
  return true;
}

static bool find_repeated(const letters *l, const int32_t *order, const rn_run *runs, seeds *out) {
  struct open { /* strings that the last suffix begins with, the longer above the shorter */
    int32_t length;
    int64_t count;
  } open[RN_MAX_UNIGRAM + 1] = {{0}};
  int top = 0;
  bool ok = true;
  int32_t before = 0;
  for (int64_t i = 0; i < l->n && ok; i++) {
    int64_t at = order[i], count = runs[l->run[at]].count;
    int32_t length = length_at(l, at), after = i + 1 < l->n ? shared(l, at, order[i + 1]) : 0;
    bool whole = at == 0 || l->run[at - 1] != l->run[at];
    if (whole && before < length && after < length) ok = emit(out, at, length, count); /* a word that nothing else begins with */
    while (open[top].length > after && ok) {
      open[top].count += count;
      count = open[top].count;
      ok = emit(out, at, open[top--].length, count);
    }
    if (open[top].length == after) open[top].count += count;
    else open[++top] = (struct open){after, count};
    before = after;
  }
  return ok;
}

/* ---- the best of them ---- */

static double worth(const seed *s) { return (double)s->count * s->length; }

static int by_worth(const void *pa, const void *pb) {
  const seed *a = pa, *b = pb;
  if (worth(a) != worth(b)) return worth(a) > worth(b) ? -1 : 1;
  return a->at != b->at ? (a->at < b->at ? -1 : 1) : a->length - b->length;
}

static bool list_pieces(const letters *l, const rn_alphabet *a, const seeds *found, int64_t n_seeds, rn_unigram_pieces *out) {
  const char **example = rn_alloc_zero(0x110000, sizeof *example);
  out->at = rn_alloc((size_t)(a->n + n_seeds) * sizeof *out->at);
  if (!example || !out->at) return rn_free(example), false;
  double sum = 0;
  for (int64_t i = 0; i + 1 < l->n; i++) {
    if (l->run[i + 1] != l->run[i]) continue;
    size_t used;
    example[rn_utf8_decode(l->text[i], (size_t)(l->text[i + 1] - l->text[i]), &used, NULL)] = l->text[i];
  }
  for (int64_t i = 0; i < a->n; i++) {
    const char *text = example[a->letter[i]];
    if (!text) continue; /* the alphabet knows it, the words do not */
    char bytes[4];
    out->at[out->n++] = (rn_unigram_piece){text, (int32_t)rn_utf8_encode(a->letter[i], bytes), true, (double)a->count[a->letter[i]]};
  }
  for (int64_t i = 0; i < n_seeds; i++) {
    const seed *s = &found->at[i];
    const char *text = l->text[s->at];
    out->at[out->n++] = (rn_unigram_piece){text, (int32_t)(l->text[s->at + s->length] - text), false, worth(s)};
  }
  for (int64_t i = 0; i < out->n; i++) sum += out->at[i].score;
  for (int64_t i = 0; i < out->n; i++) out->at[i].score = log(out->at[i].score / sum);
  rn_free(example);
  return true;
}

bool rn_unigram_seeds(const rn_run *runs, int64_t n_runs, const rn_alphabet *alphabet, int64_t max_seeds, rn_unigram_pieces *out) {
  *out = (rn_unigram_pieces){0};
  letters l;
  seeds found = {0};
  bool ok = letters_init(&l, runs, n_runs, alphabet);
  int32_t *order = ok ? rn_alloc((size_t)l.n * sizeof *order) : NULL;
  ok = order && sort_suffixes(&l, alphabet->n, order) && find_repeated(&l, order, runs, &found);
  rn_free(order);
  if (ok && found.n) qsort(found.at, (size_t)found.n, sizeof *found.at, by_worth);
  ok = ok && list_pieces(&l, alphabet, &found, found.n < max_seeds ? found.n : max_seeds, out);
  letters_free(&l);
  rn_free(found.at);
  if (!ok) rn_unigram_pieces_free(out);
  return ok;
}

void rn_unigram_pieces_free(rn_unigram_pieces *pieces) {
  rn_free(pieces->at);
  *pieces = (rn_unigram_pieces){0};
}
