/* cooccurrence.c: counting neighbours.
 *
 * Most pairs of a text are of its few most frequent words: those have a table of their own. Others are written down as they come, sorted
 * when there are many, and those alike added up: a run. At the end the runs are merged. Weights are whole numbers, a common multiple of the
 * distances over the distance, so that sums do not depend on their order. */
#include "data/cooccurrence.h"
#include "base/alloc.h"
#include "base/spill.h"
#include "data/ngram_sort.h"
#include <string.h>

enum {
  FREQUENT = 2048,     /* words whose pairs have a table: 16 MB, which stays in the third-level cache */
  IDS = 1 << 16,       /* ids of the text at a time */
  RUN_BLOCK = 1 << 14, /* entries of a run that are read at a time */
  COLUMNS = 3          /* of a pair as it is written down: i, j, weight */
};
#define ONE ((uint32_t)360360 * 16) /* weight of distance 1: a multiple of 1 to 16; further ones are rounded to 1 in 6 million */

typedef struct entry {
  uint32_t i, j;
  uint64_t weight;
} entry;

typedef struct run {
  int64_t n;
  entry *at;      /* [n] in memory, or */
  uint64_t place; /* in the file */
} run;

typedef struct counter {
  rn_context *ctx;
  const rn_word_ids *text;
  int64_t window, memory, n_frequent;
  const char *folder;
  uint64_t *table;          /* triangle: i <= j at j (j + 1) / 2 + i */
  uint32_t *pairs, *sorted; /* [capacity, COLUMNS] */
  int64_t n_pairs, capacity;
  run *runs;
  int64_t n_runs, in_memory; /* entries of runs in memory */
  rn_spill *spill;
} counter;

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for counting neighbours"); }

/* ---- runs ---- */

/* Sorted pairs into entries, added up. Returns how many. */
static int64_t add_up(const uint32_t *pairs, int64_t n, entry *out) {
  int64_t made = 0;
  for (int64_t k = 0; k < n; k++, pairs += COLUMNS) {
    entry *last = made ? &out[made - 1] : NULL;
    if (last && last->i == pairs[0] && last->j == pairs[1]) last->weight += pairs[2];
    else out[made++] = (entry){pairs[0], pairs[1], pairs[2]};
  }
  return made;
}

static rn_status keep_run(counter *c, entry *entries, int64_t n) {
  run *runs = rn_realloc(c->runs, (size_t)(c->n_runs + 1) * sizeof *runs);
  if (!runs) return no_memory(c->ctx);
  c->runs = runs;
  run *r = &runs[c->n_runs++];
  *r = (run){.n = n};
  if ((c->in_memory + n) * (int64_t)sizeof *entries <= c->memory / 2) {
    if (!(r->at = rn_alloc((size_t)n * sizeof *entries))) return no_memory(c->ctx);
    memcpy(r->at, entries, (size_t)n * sizeof *entries);
    c->in_memory += n;
    return RN_OK;
  }
  rn_error error = {0};
  if (!c->spill) rn_spill_open(c->folder, &c->spill, &error);
  if (c->spill) r->place = rn_spill_size(c->spill);
  if (error.status == RN_OK) rn_spill_write(c->spill, entries, (size_t)n * sizeof *entries, &error);
  return error.status == RN_OK ? RN_OK : rn_context_fail(c->ctx, error.status, "%s", error.text);
}

static rn_status end_run(counter *c) {
  if (c->n_pairs == 0) return RN_OK;
  if (!rn_ngram_sort(c->ctx->pool, c->pairs, c->sorted, c->n_pairs, COLUMNS, 2, (uint32_t)rn_vocab_size(c->text->vocab) - 1))
    return no_memory(c->ctx);
  int64_t n = add_up(c->pairs, c->n_pairs, (entry *)c->sorted);
  c->n_pairs = 0;
  return keep_run(c, (entry *)c->sorted, n);
}

/* ---- the text ---- */

static void count_place(counter *c, const int32_t *ids, int64_t reach, const uint32_t *weight) {
  uint32_t b = (uint32_t)ids[0];
  for (int64_t d = 1; d <= reach; d++) {
    uint32_t a = (uint32_t)ids[-d], i = a < b ? a : b, j = a < b ? b : a, w = a == b ? 2 * weight[d] : weight[d];
    if (j < (uint32_t)c->n_frequent) {
      c->table[(uint64_t)j * (j + 1) / 2 + i] += w;
    } else {
      uint32_t *pair = c->pairs + COLUMNS * c->n_pairs++;
      pair[0] = i, pair[1] = j, pair[2] = w;
    }
  }
}

static rn_status count_text(counter *c, int32_t *room) {
  uint32_t weight[257];
  for (int64_t d = 1; d <= c->window; d++) weight[d] = (uint32_t)((ONE + d / 2) / d);
  int64_t sentence = 0; /* where it begins */
  for (int64_t from = 0; from < c->text->n; from += IDS) {
    int64_t to = from + IDS < c->text->n ? from + IDS : c->text->n, first = from > c->window ? from - c->window : 0;
    const int32_t *ids = rn_word_ids_read(c->ctx, c->text, first, to - first, room);
    if (!ids) return rn_context_status(c->ctx);
    if (rn_context_stopping(c->ctx)) return rn_context_fail(c->ctx, RN_ERROR_STOPPED, "stopped while neighbours were counted");
    for (int64_t at = from; at < to; at++) {
      if (ids[at - first] < 0) {
        sentence = at + 1;
        continue;
      }
      if (c->n_pairs + c->window > c->capacity) {
        rn_status status = end_run(c);
        if (status != RN_OK) return status;
      }
      count_place(c, ids + at - first, at - sentence < c->window ? at - sentence : c->window, weight);
    }
  }
  return end_run(c);
}

/* ---- what was counted ---- */

typedef rn_status (*visit)(void *user, int32_t i, int32_t j, double x);

static rn_status visit_table(const counter *c, visit each, void *user) {
  rn_status status = RN_OK;
  for (int64_t j = 0; j < c->n_frequent; j++)
    for (int64_t i = 0; status == RN_OK && i <= j; i++) {
      uint64_t w = c->table[j * (j + 1) / 2 + i];
      if (w) status = each(user, (int32_t)i, (int32_t)j, (double)w / ONE);
    }
  return status;
}

typedef struct head { /* of a run that is being merged */
  run run;
  entry *room;
  const entry *at; /* [n_here], at next */
  int64_t next, n_here;
  int64_t n_left;  /* behind those */
} head;

/* The entry a head is at; NULL at its end. *status: what went wrong. */
static const entry *head_at(const counter *c, head *h, rn_status *status) {
  if (h->next < h->n_here) return &h->at[h->next];
  if (h->n_left == 0) return NULL;
  int64_t done = h->run.n - h->n_left, n = h->n_left < RUN_BLOCK ? h->n_left : RUN_BLOCK;
  rn_error error = {0};
  if (h->run.at) h->at = h->run.at + done;
  else if (rn_spill_read(c->spill, h->run.place + (uint64_t)done * sizeof(entry), h->room, (size_t)n * sizeof(entry), &error) != RN_OK)
    return *status = rn_context_fail(c->ctx, error.status, "%s", error.text), NULL;
  h->next = 0;
  h->n_here = n;
  h->n_left -= n;
  return h->at;
}

static bool is_before(const entry *a, const entry *b) { return a->i != b->i ? a->i < b->i : a->j < b->j; }

static rn_status merge_runs(const counter *c, head *heads, visit each, void *user) {
  rn_status status = RN_OK;
  while (status == RN_OK) {
    const entry *least = NULL, *here;
    for (int64_t k = 0; k < c->n_runs; k++)
      if ((here = head_at(c, &heads[k], &status)) && (!least || is_before(here, least))) least = here;
    if (!least || status != RN_OK) break;
    entry sum = {least->i, least->j, 0};
    for (int64_t k = 0; k < c->n_runs; k++) {
      here = heads[k].next < heads[k].n_here ? &heads[k].at[heads[k].next] : NULL;
      if (here && here->i == sum.i && here->j == sum.j) sum.weight += here->weight, heads[k].next++;
    }
    status = each(user, (int32_t)sum.i, (int32_t)sum.j, (double)sum.weight / ONE);
  }
  return status;
}

static rn_status visit_runs(const counter *c, visit each, void *user) {
  head *heads = rn_alloc_zero((size_t)c->n_runs + 1, sizeof *heads);
  rn_status status = heads ? RN_OK : no_memory(c->ctx);
  for (int64_t k = 0; status == RN_OK && k < c->n_runs; k++) {
    heads[k] = (head){.run = c->runs[k], .n_left = c->runs[k].n};
    if (c->runs[k].at) continue;
    heads[k].at = heads[k].room = rn_alloc(RUN_BLOCK * sizeof(entry));
    if (!heads[k].room) status = no_memory(c->ctx);
  }
  if (status == RN_OK) status = merge_runs(c, heads, each, user);
  for (int64_t k = 0; heads && k < c->n_runs; k++) rn_free(heads[k].room);
  rn_free(heads);
  return status;
}

static rn_status count(counter *c, visit each, void *user) {
  int64_t n = rn_vocab_size(c->text->vocab), least = 4 * IDS + c->window;
  c->n_frequent = n < FREQUENT ? n : FREQUENT;
  /* half of the memory for runs; pairs are written down and sorted in the other, entries take no more room than the pairs they are of */
  c->capacity = c->memory / 2 / (2 * (int64_t)sizeof(entry));
  if (c->capacity > 15 * c->text->n + least) c->capacity = 15 * c->text->n + least;
  if (c->capacity > (int64_t)1 << 24) c->capacity = (int64_t)1 << 24;
  if (c->capacity < least) c->capacity = least;
  int32_t *room = rn_alloc((size_t)(IDS + c->window) * sizeof *room);
  c->table = rn_alloc_zero((size_t)(c->n_frequent * (c->n_frequent + 1) / 2), sizeof *c->table);
  c->pairs = rn_alloc((size_t)c->capacity * COLUMNS * sizeof *c->pairs);
  c->sorted = rn_alloc((size_t)c->capacity * sizeof(entry));
  rn_status status = room && c->table && c->pairs && c->sorted ? count_text(c, room) : no_memory(c->ctx);
  rn_free(room);
  rn_free(c->pairs);
  rn_free(c->sorted);
  if (status == RN_OK) status = visit_table(c, each, user);
  if (status == RN_OK) status = visit_runs(c, each, user);
  rn_free(c->table);
  for (int64_t k = 0; k < c->n_runs; k++) rn_free(c->runs[k].at);
  rn_free(c->runs);
  rn_spill_close(c->spill);
  return status;
}

rn_status rn_cooccurrence_count(rn_context *ctx, const rn_word_ids *text, int64_t window, int64_t memory, const char *folder,
                                rn_status (*each)(void *user, int32_t i, int32_t j, double x), void *user) {
  counter c = {.ctx = ctx, .text = text, .window = window, .memory = memory, .folder = folder};
  return count(&c, each, user);
}
