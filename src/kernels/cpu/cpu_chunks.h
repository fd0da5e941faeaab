/* cpu_chunks.h: cutting work into pieces whose size depends on the work alone, so that a result does not depend on who did which. */
#ifndef RN_KERNELS_CPU_CHUNKS_H
#define RN_KERNELS_CPU_CHUNKS_H

#include "base/pool.h"
#include <stdbool.h>

/* Floats of a piece. Meeting the other threads costs 1 to 2 us, in which one core goes through about this many floats; and a piece of
 * 64 KB still stays in the second-level cache between two passes over it. */
#define RN_CHUNK 16384
/* The same where every float costs an exponential. */
#define RN_CHUNK_EXP 4096

typedef struct chunks {
  int64_t n, size;
  void (*body)(void *arg, int64_t begin, int64_t end);
  void *arg;
} chunks;

static inline void chunk_run(void *arg, int64_t task) {
  const chunks *c = arg;
  int64_t begin = task * c->size, end = begin + c->size;
  c->body(c->arg, begin, end < c->n ? end : c->n);
}

/* body(arg, begin, end) over [0, n) in pieces of `size`; a single piece is run by the caller. */
static inline void chunks_for(rn_pool *pool, int64_t n, int64_t size, void (*body)(void *arg, int64_t begin, int64_t end), void *arg) {
  if (size < 1) size = 1;
  chunks c = {n, size, body, arg};
  rn_pool_for(pool, (n + size - 1) / size, chunk_run, &c);
}

/* Rows of n floats, about `chunk` floats a piece. */
static inline void rows_for(rn_pool *pool, int64_t m, int64_t n, int64_t chunk, void (*body)(void *arg, int64_t begin, int64_t end),
                            void *arg) {
  chunks_for(pool, m, chunk / (n > 0 ? n : 1), body, arg);
}

/* Sequences of rows of n floats, about `chunk` floats a piece, by the average length. */
static inline void seqs_for(rn_pool *pool, int64_t n_seqs, const int64_t *offset, int64_t n, int64_t chunk,
                            void (*body)(void *arg, int64_t begin, int64_t end), void *arg) {
  int64_t floats = n_seqs > 0 ? (offset[n_seqs] / n_seqs + 1) * n : 1;
  chunks_for(pool, n_seqs, chunk / (floats > 0 ? floats : 1), body, arg);
}

/* Rows of a table that only a list of numbers names: no hardware prefetcher can know which comes next, so the one that comes RN_AHEAD
 * later is fetched while this one is worked on. */
#define RN_AHEAD 8
static inline void rn_fetch_line(const float *at, bool write) { /* the builtin wants constants */
  if (write) __builtin_prefetch(at, 1);
  else __builtin_prefetch(at, 0);
}
static inline void rn_fetch(const float *row, int64_t n, bool write) {
  for (int64_t at = 0; at < n; at += 16) rn_fetch_line(row + at, write);
  rn_fetch_line(row + n - 1, write);
}

/* Columns of m rows: strips of up to RN_STRIP columns, and of at least four cache lines, each taken by one thread from the first row to
 * the last. This is how sums over rows keep their order. */
#define RN_STRIP 512
static inline void strips_for(rn_pool *pool, int64_t m, int64_t n, void (*body)(void *arg, int64_t begin, int64_t end), void *arg) {
  int64_t width = RN_CHUNK / (m > 0 ? m : 1);
  width = width < 64 ? 64 : width > RN_STRIP ? RN_STRIP : width;
  int64_t n_strips = (n + width - 1) / width;
  chunks_for(pool, n, n_strips > 0 ? (n / n_strips + 15) / 16 * 16 : 1, body, arg);
}

#endif
