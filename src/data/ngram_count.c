/* ngram_count.c: see ngram_count.h. A run is rows of order + 1 numbers: the n-gram and its count. */
#include "data/ngram_count.h"
#include "base/alloc.h"
#include "base/spill.h"
#include "data/ngram_sort.h"
#include <string.h>

#define MIN_MEMORY ((int64_t)1 << 20)
enum { FIRST_ROWS = 1 << 12, MIN_RUN_ROWS = 64 };

struct rn_ngram_counter {
  rn_context *ctx;
  int order;
  uint32_t max;
  int64_t memory;
  char *folder;
  uint32_t *rows;             /* [capacity, order], n of them used, and as much again for sorting */
  int64_t n, capacity, limit; /* rows; at the limit they go to the disk */
  rn_spill *spill;
  int64_t *run_end; /* in the spill, in rows */
  int64_t n_runs;
};

static rn_status no_memory(const rn_ngram_counter *c) {
  return rn_context_fail(c->ctx, RN_ERROR_MEMORY, "out of memory for counting n-grams");
}

rn_status rn_ngram_counter_new(rn_context *ctx, int order, uint32_t max, int64_t memory, const char *folder, rn_ngram_counter **out) {
  *out = NULL;
  rn_ngram_counter *c = rn_alloc_zero(1, sizeof *c);
  if (!c) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for counting n-grams");
  *c = (rn_ngram_counter){.ctx = ctx, .order = order, .max = max, .memory = memory > MIN_MEMORY ? memory : MIN_MEMORY};
  c->limit = c->memory / (2 * order * (int64_t)sizeof *c->rows);
  c->folder = folder ? rn_strdup(folder) : NULL;
  if (folder && !c->folder) {
    rn_ngram_counter_free(c);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for counting n-grams");
  }
  *out = c;
  return RN_OK;
}

void rn_ngram_counter_free(rn_ngram_counter *c) {
  if (!c) return;
  rn_free(c->rows);
  rn_free(c->folder);
  rn_free(c->run_end);
  rn_spill_close(c->spill);
  rn_free(c);
}

int64_t rn_ngram_counter_runs(const rn_ngram_counter *c) { return c->n_runs; }

static rn_status too_many(const rn_ngram_counter *c) {
  return rn_context_fail(c->ctx, RN_ERROR_DATA, "an n-gram of the text stands there more than %u times: counts end there", UINT32_MAX);
}

/* Sorts what is in memory and hands it out with its counts. */
static rn_status count_rows(rn_ngram_counter *c, rn_ngram_fn take, void *user) {
  int order = c->order;
  if (c->n == 0) return RN_OK;
  if (!rn_ngram_sort(c->ctx->pool, c->rows, c->rows + c->capacity * order, c->n, order, order, c->max)) return no_memory(c);
  rn_status status = RN_OK;
  for (int64_t i = 0, next; i < c->n && status == RN_OK; i = next) {
    const uint32_t *row = c->rows + i * order;
    for (next = i + 1; next < c->n && memcmp(row, c->rows + next * order, (size_t)order * sizeof *row) == 0;) next++;
    if (next - i > UINT32_MAX) return too_many(c);
    status = take(user, row, (uint32_t)(next - i));
  }
  c->n = 0;
  return status;
}

static rn_status put_row(void *user, const uint32_t *row, uint32_t count) {
  rn_ngram_counter *c = user;
  rn_error *err = &c->ctx->error;
  rn_status status = rn_spill_write(c->spill, row, (size_t)c->order * sizeof *row, err);
  return status == RN_OK ? rn_spill_write(c->spill, &count, sizeof count, err) : status;
}

static rn_status spill_rows(rn_ngram_counter *c) {
  if (!c->spill && rn_spill_open(c->folder, &c->spill, &c->ctx->error) != RN_OK) return rn_context_status(c->ctx);
  int64_t *ends = rn_realloc(c->run_end, (size_t)(c->n_runs + 1) * sizeof *ends);
  if (!ends) return no_memory(c);
  c->run_end = ends;
  rn_status status = count_rows(c, put_row, c);
  c->run_end[c->n_runs++] = (int64_t)(rn_spill_size(c->spill) / ((size_t)(c->order + 1) * sizeof(uint32_t)));
  return status;
}

/* Room for more rows, up to the limit: a small text takes little. */
static rn_status grow(rn_ngram_counter *c) {
  if (c->capacity >= c->limit) return spill_rows(c);
  int64_t capacity = c->capacity ? 2 * c->capacity : FIRST_ROWS;
  if (capacity > c->limit) capacity = c->limit;
  uint32_t *rows = rn_realloc(c->rows, (size_t)(2 * capacity * c->order) * sizeof *rows);
  if (!rows) return no_memory(c);
  c->rows = rows;
  c->capacity = capacity;
  return RN_OK;
}

rn_status rn_ngram_counter_add(rn_ngram_counter *c, const uint32_t *ngram) {
  if (c->n == c->capacity) {
    rn_status status = grow(c);
    if (status != RN_OK) return status;
  }
  memcpy(c->rows + c->n++ * c->order, ngram, (size_t)c->order * sizeof *ngram);
  return RN_OK;
}

/* ---- merging ---- */

/* A run being read: a window of it in memory. */
typedef struct run {
  int64_t at, end;  /* in the spill, in rows: what has not been read yet */
  uint32_t *window; /* [room, width] */
  int64_t i, n;     /* the current row, and how many there are */
} run;

typedef struct merger {
  rn_ngram_counter *counter;
  int width;
  int64_t room;
  run *runs;
  int64_t *heap, n_heap; /* runs with a row left, the one with the least row at 0 */
  uint32_t *windows;
} merger;

static const uint32_t *row_of(const merger *m, const run *r) { return r->window + r->i * m->width; }

static rn_status refill(merger *m, run *r) {
  r->i = 0;
  r->n = r->end - r->at < m->room ? r->end - r->at : m->room;
  size_t row_size = (size_t)m->width * sizeof(uint32_t);
  rn_status status = RN_OK;
  if (r->n > 0)
    status = rn_spill_read(m->counter->spill, (uint64_t)r->at * row_size, r->window, (size_t)r->n * row_size, &m->counter->ctx->error);
  r->at += r->n;
  return status;
}

static int compare(const uint32_t *a, const uint32_t *b, int order) {
  for (int k = 0; k < order; k++)
    if (a[k] != b[k]) return a[k] < b[k] ? -1 : 1;
  return 0;
}

static bool less(const merger *m, int64_t a, int64_t b) {
  return compare(row_of(m, &m->runs[a]), row_of(m, &m->runs[b]), m->counter->order) < 0;
}

/* Lets the run at place i of the heap sink to where it belongs. */
static void sink(merger *m, int64_t i) {
  for (int64_t child; (child = 2 * i + 1) < m->n_heap;) {
    if (child + 1 < m->n_heap && less(m, m->heap[child + 1], m->heap[child])) child++;
    if (!less(m, m->heap[child], m->heap[i])) return;
    int64_t swap = m->heap[i];
    m->heap[i] = m->heap[child];
    m->heap[child] = swap;
    i = child;
  }
}

/* The run at the top goes on to its next row. */
static rn_status advance(merger *m) {
  run *r = &m->runs[m->heap[0]];
  if (++r->i == r->n) {
    rn_status status = refill(m, r);
    if (status != RN_OK) return status;
    if (r->n == 0) m->heap[0] = m->heap[--m->n_heap];
  }
  sink(m, 0);
  return RN_OK;
}

static rn_status merger_init(merger *m, rn_ngram_counter *c) {
  *m = (merger){.counter = c, .width = c->order + 1};
  m->room = c->memory / (c->n_runs * m->width * (int64_t)sizeof(uint32_t));
  if (m->room < MIN_RUN_ROWS) m->room = MIN_RUN_ROWS;
  m->runs = rn_alloc_zero((size_t)c->n_runs, sizeof *m->runs);
  m->heap = rn_alloc_zero((size_t)c->n_runs, sizeof *m->heap);
  m->windows = rn_alloc((size_t)(c->n_runs * m->room * m->width) * sizeof *m->windows);
  if (!m->runs || !m->heap || !m->windows) return no_memory(c);
  for (int64_t i = 0; i < c->n_runs; i++) {
    m->runs[i] = (run){.at = i ? c->run_end[i - 1] : 0, .end = c->run_end[i], .window = m->windows + i * m->room * m->width};
    rn_status status = refill(m, &m->runs[i]);
    if (status != RN_OK) return status;
    if (m->runs[i].n > 0) m->heap[m->n_heap++] = i;
  }
  for (int64_t i = m->n_heap / 2; i-- > 0;) sink(m, i);
  return RN_OK;
}

static rn_status merge(merger *m, rn_ngram_fn take, void *user) {
  int order = m->counter->order;
  uint32_t ngram[RN_NGRAM_MAX_ORDER];
  while (m->n_heap > 0) {
    uint64_t count = 0;
    memcpy(ngram, row_of(m, &m->runs[m->heap[0]]), (size_t)order * sizeof *ngram);
    while (m->n_heap > 0 && compare(row_of(m, &m->runs[m->heap[0]]), ngram, order) == 0) {
      count += row_of(m, &m->runs[m->heap[0]])[order];
      rn_status status = advance(m);
      if (status != RN_OK) return status;
    }
    if (count > UINT32_MAX) return too_many(m->counter);
    rn_status status = take(user, ngram, (uint32_t)count);
    if (status != RN_OK) return status;
  }
  return RN_OK;
}

rn_status rn_ngram_counter_finish(rn_ngram_counter *c, rn_ngram_fn take, void *user) {
  if (!c->spill) return count_rows(c, take, user);
  rn_status status = c->n > 0 ? spill_rows(c) : RN_OK;
  rn_free(c->rows); /* makes room for the windows */
  c->rows = NULL;
  c->n = c->capacity = 0;
  merger m = {0};
  if (status == RN_OK) status = merger_init(&m, c);
  if (status == RN_OK) status = merge(&m, take, user);
  rn_free(m.runs);
  rn_free(m.heap);
  rn_free(m.windows);
  return status;
}
