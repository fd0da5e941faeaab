/* ngram_trie.c: see ngram_trie.h. */
#include "models/ngram_trie.h"
#include "base/alloc.h"
#include <string.h>

static rn_status no_memory(const rn_trie *t) { return rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for the n-grams"); }

/* One place more than n-grams, for the end of the last one's children. */
static rn_status reserve(rn_trie *t, rn_trie_level *level, int64_t capacity) {
  bool words = level != &t->level[0];
  if (capacity < level->capacity + level->capacity / 2) capacity = level->capacity + level->capacity / 2;
  if (capacity > INT32_MAX - 1) capacity = INT32_MAX - 1;
  void *a = words ? rn_realloc(level->words, (size_t)capacity * sizeof *level->words) : NULL;
  if (a) level->words = a;
  void *b = rn_realloc(level->links, (size_t)(capacity + 1) * sizeof *level->links);
  if (b) level->links = b;
  void *c = rn_realloc(level->count, (size_t)capacity * sizeof *level->count);
  if (c) level->count = c;
  if ((words && !a) || !b || !c) return no_memory(t);
  level->capacity = capacity;
  return RN_OK;
}

rn_status rn_trie_init(rn_trie *t, rn_context *ctx, int order, int64_t n_words, bool lines, int32_t start) {
  *t = (rn_trie){.ctx = ctx, .order = order, .lines = lines, .start = start, .n_words = n_words};
  rn_status status = reserve(t, &t->level[0], n_words);
  if (status != RN_OK) return status;
  t->level[0].n = n_words;
  memset(t->level[0].count, 0, (size_t)n_words * sizeof *t->level[0].count);
  memset(t->level[0].links, 0, (size_t)(n_words + 1) * sizeof *t->level[0].links);
  return RN_OK;
}

void rn_trie_free(rn_trie *t) {
  for (int i = 0; i < RN_NGRAM_MAX_ORDER; i++) {
    rn_trie_level *level = &t->level[i];
    rn_free(level->words);
    rn_free(level->links);
    rn_free(level->count);
    rn_free(level->adjusted);
    rn_free(level->values);
  }
  *t = (rn_trie){0};
}

/* ---- putting ---- */

static rn_status too_many(const rn_trie *t, int i) {
  return rn_context_fail(t->ctx, RN_ERROR_DATA, "more than %d %d-grams: this model cannot hold them; a lower --order can", INT32_MAX - 1,
                         i + 1);
}

/* A new n-gram at the end of a level; its children begin where the next level ends. */
static rn_status append(rn_trie *t, int i, uint32_t word) {
  rn_trie_level *level = &t->level[i];
  if (level->n == INT32_MAX - 1) return too_many(t, i);
  if (level->n == level->capacity) {
    rn_status status = reserve(t, level, level->n + 1024);
    if (status != RN_OK) return status;
  }
  level->words[level->n] = (int32_t)word - 1;
  level->links[level->n] = (rn_ngram_links){.begin = i + 1 < t->order ? (int32_t)t->level[i + 1].n : 0};
  level->count[level->n++] = 0;
  return RN_OK;
}

/* Every word up to `word` that has not begun yet has no bigrams. */
static void begin_words(rn_trie *t, int64_t from, int64_t word) {
  for (int64_t w = from; w <= word; w++) t->level[0].links[w].begin = (int32_t)t->level[1].n;
}

rn_status rn_trie_put(rn_trie *t, const uint32_t *row, uint32_t count) {
  int same = 0;
  while (same < t->order && row[same] == t->last[same] && row[same]) same++;
  if (same == 0) begin_words(t, t->last[0], (int64_t)row[0] - 1);
  for (int i = 0; i < t->order && row[i]; i++) {
    if (i > 0 && i >= same) {
      rn_status status = append(t, i, row[i]);
      if (status != RN_OK) return status;
    }
    uint32_t *sum = &t->level[i].count[i ? t->level[i].n - 1 : (int64_t)row[0] - 1];
    if (__builtin_add_overflow(*sum, count, sum))
      return rn_context_fail(t->ctx, RN_ERROR_DATA, "an n-gram of the text stands there more than %u times: counts end there", UINT32_MAX);
  }
  memcpy(t->last, row, (size_t)t->order * sizeof *row);
  return RN_OK;
}

rn_status rn_trie_finish(rn_trie *t) {
  if (t->order > 1) begin_words(t, t->last[0], t->n_words);
  for (int i = 1; i + 1 < t->order; i++) {
    if (!t->level[i].links && reserve(t, &t->level[i], 1) != RN_OK) return RN_ERROR_MEMORY;
    t->level[i].links[t->level[i].n] = (rn_ngram_links){.begin = (int32_t)t->level[i + 1].n};
  }
  return RN_OK;
}

/* ---- suffixes ---- */

enum { LINK_CHUNK = 1 << 12 }; /* contexts of a task */

typedef struct linker {
  rn_trie *trie;
  int level;               /* of the n-grams that are linked */
  _Atomic bool incomplete; /* some suffix is not there */
} linker;

/* The n-grams that continue a context, both rising, are among those that continue its suffix: w_1 .. w_{n-1} w  ->  w_2 .. w_{n-1} w. */
static bool link_children(const rn_trie *t, int i, int64_t parent) {
  const rn_ngram_links *at = &t->level[i - 1].links[parent], *shorter = i > 1 ? &t->level[i - 2].links[at->suffix] : NULL;
  const int32_t *words = t->level[i].words, *among = t->level[i - 1].words;
  rn_ngram_links *links = t->level[i].links;
  if (!shorter) {
    for (int32_t child = at[0].begin; child < at[1].begin; child++) links[child].suffix = words[child];
    return true;
  }
  int64_t low = shorter[0].begin, end = shorter[1].begin;
  for (int32_t child = at[0].begin; child < at[1].begin; child++, low++) {
    int64_t step = 1, high;
    while (low + step < end && among[low + step] <= words[child]) low += step, step *= 2; /* gallops, and then halves */
    high = low + step < end ? low + step : end;
    while (high - low > 1) {
      int64_t half = low + (high - low) / 2;
      if (among[half] <= words[child]) low = half;
      else high = half;
    }
    if (low >= end || among[low] != words[child]) return false;
    links[child].suffix = (int32_t)low;
  }
  return true;
}

static void link_chunk(void *arg, int64_t chunk) {
  linker *l = arg;
  int64_t n = l->trie->level[l->level - 1].n, from = chunk * LINK_CHUNK, to = from + LINK_CHUNK < n ? from + LINK_CHUNK : n;
  for (int64_t parent = from; parent < to; parent++)
    if (!link_children(l->trie, l->level, parent)) l->incomplete = true;
}

bool rn_trie_link(rn_trie *t) {
  linker l = {.trie = t};
  for (l.level = 1; l.level < t->order && !l.incomplete; l.level++)
    rn_pool_for(t->ctx->pool, (t->level[l.level - 1].n + LINK_CHUNK - 1) / LINK_CHUNK, link_chunk, &l);
  return !l.incomplete;
}

/* ---- pruning ---- */

/* [n + 1]: how many n-grams before each are kept, which is where it goes, and where the children of its context begin. NULL: no memory. */
static int32_t *places(const rn_trie_level *level, int64_t threshold) {
  int32_t *place = rn_alloc((size_t)(level->n + 1) * sizeof *place), kept = 0;
  for (int64_t k = 0; place && k < level->n; k++) {
    place[k] = kept;
    kept += level->count[k] > threshold;
  }
  if (place) place[level->n] = kept;
  return place;
}

/* before: places in the level before, NULL where all were kept. */
static void compact(rn_trie_level *level, const int32_t *place, const int32_t *before) {
  for (int64_t k = 0; k < level->n; k++) {
    int32_t to = place[k];
    if (place[k + 1] == to) continue;
    level->words[to] = level->words[k];
    level->links[to] = level->links[k];
    if (before) level->links[to].suffix = before[level->links[to].suffix];
    level->count[to] = level->count[k];
    level->values[to] = level->values[k];
  }
  int32_t kept = place[level->n];
  level->links[kept] = level->links[level->n];
  level->n = kept;
}

/* What stands more often than a threshold that never falls has its beginning and its end among what is kept: they stand as often. */
rn_status rn_trie_prune(rn_trie *t, const int64_t *prune) {
  int32_t *before = NULL;
  bool ok = true;
  for (int i = 1; i < t->order && ok; i++) {
    rn_trie_level *contexts = &t->level[i - 1];
    int32_t *place = places(&t->level[i], prune[i]);
    ok = place != NULL;
    for (int64_t k = 0; ok && k <= contexts->n; k++) contexts->links[k].begin = place[contexts->links[k].begin];
    if (ok) compact(&t->level[i], place, before);
    rn_free(before);
    before = place;
  }
  rn_free(before);
  return ok ? RN_OK : no_memory(t);
}

/* ---- the model ---- */

/* The memory that is used, of that which was reserved. Shrinking does not fail in earnest: if it does, nothing is lost. */
static void *fit(void *array, size_t size) {
  void *smaller = rn_realloc(array, size ? size : 1);
  return smaller ? smaller : array;
}

static void own(rn_ngram *g, void *array) { g->own[g->n_own++] = array; }

void rn_trie_give(rn_trie *t, rn_ngram *g) {
  for (int i = 0; i < t->order; i++) {
    rn_trie_level *from = &t->level[i];
    rn_ngram_level *to = &g->level[i];
    size_t n = (size_t)from->n;
    to->n = from->n;
    if (i > 0) own(g, (void *)(to->words = fit(from->words, n * sizeof *from->words)));
    if (i + 1 < t->order) {
      own(g, (void *)(to->values = fit(from->values, n * sizeof *from->values)));
      own(g, (void *)(to->links = fit(from->links, (n + 1) * sizeof *from->links)));
      from->links = NULL;
    } else {
      float *log_p = (float *)from->values; /* in place: a value is written behind those that are read */
      for (size_t k = 0; k < n; k++) log_p[k] = from->values[k].log_p;
      own(g, (void *)(to->log_p = fit(log_p, n * sizeof *log_p)));
    }
    from->words = NULL;
    from->values = NULL;
  }
  rn_trie_free(t);
}
