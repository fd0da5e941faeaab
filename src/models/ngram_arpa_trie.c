/* ngram_arpa_trie.c: from the lines of an ARPA file, in whatever order, to a trie.
 *
 * Programs that prune leave n-grams whose end w_2 .. w_n is not there. A walk along suffixes needs it: it is put in with the probability
 * that backing off gives it, which changes no answer. */
#include "base/alloc.h"
#include "data/ngram_sort.h"
#include "models/ngram_arpa.h"
#include <math.h>
#include <string.h>

static rn_status no_memory(const rn_arpa *a) { return rn_context_fail(a->ctx, RN_ERROR_MEMORY, "out of memory for %s", a->name); }

static float as_float(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

bool rn_arpa_append(rn_arpa_section *s, int width, const uint32_t *more, int64_t n) {
  int64_t need = (s->n + n) * width;
  if (need > s->capacity) {
    int64_t capacity = need > 2 * s->capacity ? need + 4096 : 2 * s->capacity;
    uint32_t *rows = rn_realloc(s->rows, (size_t)capacity * sizeof *rows);
    if (!rows) return false;
    s->rows = rows;
    s->capacity = capacity;
  }
  if (n > 0) memcpy(s->rows + s->n * width, more, (size_t)(n * width) * sizeof *more);
  s->n += n;
  return true;
}

static int compare(const uint32_t *a, const uint32_t *b, int n) {
  for (int k = 0; k < n; k++)
    if (a[k] != b[k]) return a[k] < b[k] ? -1 : 1;
  return 0;
}

static bool is_sorted(const rn_arpa_section *s, int n) {
  int width = n + RN_ARPA_EXTRA;
  for (int64_t k = 1; k < s->n; k++)
    if (compare(s->rows + (k - 1) * width, s->rows + k * width, n) > 0) return false;
  return true;
}

static bool sort_section(const rn_arpa *a, rn_arpa_section *s, int n) {
  int width = n + RN_ARPA_EXTRA;
  if (is_sorted(s, n)) return true; /* as files of ours are */
  uint32_t *scratch = rn_alloc((size_t)(s->n * width) * sizeof *scratch);
  bool ok = scratch && rn_ngram_sort(a->ctx->pool, s->rows, scratch, s->n, width, n, (uint32_t)a->n_words);
  rn_free(scratch);
  return ok;
}

/* ---- ends that are missing ---- */

/* The ends of the n-grams that are not among those of order n - 1 go there, their probability not a number yet. */
static rn_status add_missing(rn_arpa *a, int n) {
  const rn_arpa_section *longer = &a->section[n - 1];
  rn_arpa_section *s = &a->section[n - 2], ends = {0};
  int width = n + RN_ARPA_EXTRA, end_width = width - 1;
  float nan = NAN;
  bool ok = true;
  for (int64_t k = 0; k < longer->n && ok; k++) ok = rn_arpa_append(&ends, end_width, longer->rows + k * width + 1, 1);
  ok = ok && sort_section(a, &ends, n - 1);
  int64_t known = s->n, at = 0;
  for (int64_t k = 0; k < ends.n && ok; k++) {
    uint32_t *end = ends.rows + k * end_width;
    if (k > 0 && compare(end, end - end_width, n - 1) == 0) continue;
    while (at < known && compare(s->rows + at * end_width, end, n - 1) < 0) at++;
    if (at < known && compare(s->rows + at * end_width, end, n - 1) == 0) continue;
    memcpy(end + n - 1 + RN_ARPA_LOG_P, &nan, sizeof nan);
    end[n - 1 + RN_ARPA_BACKOFF] = 0;
    ok = rn_arpa_append(s, end_width, end, 1);
  }
  rn_free(ends.rows);
  if (ok && s->n > known) ok = sort_section(a, s, n - 1);
  return ok ? RN_OK : no_memory(a);
}

/* log p = backoff(w_1 .. w_{n-1}) + log p(w_n | w_2 .. w_{n-1}) of what was put in, shorter ones first. */
static void back_off(rn_trie *t) {
  for (int i = 1; i < t->order; i++) {
    const rn_trie_level *contexts = &t->level[i - 1];
    rn_trie_level *level = &t->level[i];
    for (int64_t h = 0; h < contexts->n; h++)
      for (int64_t k = contexts->links[h].begin; k < contexts->links[h + 1].begin; k++)
        if (isnan(level->values[k].log_p))
          level->values[k].log_p = contexts->values[h].backoff + contexts->values[level->links[k].suffix].log_p;
  }
}

/* ---- the trie ---- */

static rn_status no_beginning(const rn_arpa *a, const uint32_t *row, int n) {
  return rn_context_fail(a->ctx, RN_ERROR_DATA, "%s:%u:1: the first %d words of this %d-gram are not among the %d-grams", a->name,
                         row[n + RN_ARPA_LINE], n - 1, n, n - 1);
}

/* Level n - 1 of the trie from the rows of order n, each below its context, both being sorted. */
static rn_status put_level(const rn_arpa *a, rn_trie *t, int n) {
  const rn_arpa_section *s = &a->section[n - 1], *shorter = n > 1 ? &a->section[n - 2] : NULL;
  rn_trie_level *level = &t->level[n - 1], *contexts = n > 1 ? &t->level[n - 2] : NULL;
  int width = n + RN_ARPA_EXTRA;
  level->words = n > 1 ? rn_alloc((size_t)s->n * sizeof *level->words) : NULL;
  level->values = rn_alloc((size_t)s->n * sizeof *level->values);
  level->links = rn_alloc_zero((size_t)s->n + 1, sizeof *level->links);
  if ((n > 1 && !level->words) || !level->values || !level->links) return no_memory(a);
  level->n = s->n;
  int64_t context = -1;
  for (int64_t k = 0; k < s->n; k++) {
    const uint32_t *row = s->rows + k * width;
    level->values[k] = (rn_ngram_value){as_float(row[n + RN_ARPA_LOG_P]), as_float(row[n + RN_ARPA_BACKOFF])};
    if (n == 1) continue;
    if (k > 0 && compare(row, row - width, n) == 0)
      return rn_context_fail(a->ctx, RN_ERROR_DATA, "%s:%u:1: this %d-gram is in line %u already", a->name, row[n + RN_ARPA_LINE], n,
                             row[n + RN_ARPA_LINE - width]);
    level->words[k] = (int32_t)row[n - 1];
    while (context < 0 || (context < contexts->n && compare(shorter->rows + context * (width - 1), row, n - 1) < 0))
      contexts->links[++context].begin = (int32_t)k;
    if (context == contexts->n || compare(shorter->rows + context * (width - 1), row, n - 1) != 0) return no_beginning(a, row, n);
  }
  while (contexts && context < contexts->n) contexts->links[++context].begin = (int32_t)s->n;
  return RN_OK;
}

static rn_status put_levels(const rn_arpa *a, rn_trie *t) {
  rn_trie_free(t);
  *t = (rn_trie){.ctx = a->ctx, .order = a->order, .n_words = a->n_words};
  rn_status status = RN_OK;
  for (int n = 1; n <= a->order && status == RN_OK; n++) status = put_level(a, t, n);
  return status;
}

rn_status rn_arpa_trie(rn_arpa *a, rn_trie *t) {
  for (int n = 2; n <= a->order; n++)
    if (!sort_section(a, &a->section[n - 1], n)) return no_memory(a);
  rn_status status = put_levels(a, t);
  if (status != RN_OK || rn_trie_link(t)) return status;
  for (int n = a->order; n > 2 && status == RN_OK; n--) status = add_missing(a, n);
  if (status == RN_OK) status = put_levels(a, t);
  if (status != RN_OK) return status;
  if (!rn_trie_link(t)) return rn_context_fail(a->ctx, RN_ERROR_DATA, "%s: its n-grams make no model", a->name);
  back_off(t);
  return RN_OK;
}
