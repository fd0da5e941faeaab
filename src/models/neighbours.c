/* neighbours.c: see neighbours.h. A few queries cost one reading of the rows each, at the speed of memory; many are a matrix product, a
 * block of rows at a time, whose scores are looked through while they are in the cache. */
#include <rondo/neighbours.h>

#include "base/alloc.h"
#include "kernels/space.h"
#include "tensor/context.h"
#include <math.h>
#include <stdlib.h>

enum { FEW = 4, BLOCK = 2048, TILE = 256 }; /* queries one by one; rows and queries of a product */

typedef struct search {
  rn_context *ctx;
  rn_nearness how;
  int64_t n, dim, k;
  const float *rows, *queries;
  float *dot;                           /* [n] of few, [TILE, BLOCK] of many */
  float *square;                        /* [n] */
  float *scale, *shift;                 /* [n] score = dot scale + shift */
  rn_top *top;                          /* [n_queries] in the caller's arrays */
  int64_t tile, n_tile, block, n_block; /* what is being looked through */
} search;

/* The cosine but for |q|, which is the same for all: dot / |row|. The distance: -|q - row|^2 + |q|^2 = 2 dot - |row|^2. */
static void scores_of_block(void *arg, int64_t task) {
  search *s = arg;
  const float *square = s->square;
  for (int64_t r = task * BLOCK; r < s->n && r < (task + 1) * BLOCK; r++) {
    bool cosine = s->how == RN_NEAR_COSINE, zero = cosine && !(square[r] > 0);
    s->scale[r] = !cosine ? 2 : zero ? 0 : 1 / sqrtf(square[r]);
    s->shift[r] = !cosine ? -square[r] : zero ? -INFINITY : 0;
  }
}

static void scores_of_squares(search *s) { rn_pool_for(s->ctx->pool, (s->n + BLOCK - 1) / BLOCK, scores_of_block, s); }

static void look_through(void *arg, int64_t task) {
  search *s = arg;
  s->ctx->backend->space->top(s->n_block, s->dot + task * BLOCK, s->scale + s->block, s->shift + s->block, s->block,
                              &s->top[s->tile + task]);
}

static rn_status search_many(search *s, int64_t n_queries) {
  const rn_backend *b = s->ctx->backend;
  rn_gemm g = {.trans_b = true, .m = TILE, .n = BLOCK, .k = s->dim, .lda = s->dim, .ldb = s->dim, .c = s->dot, .ldc = BLOCK};
  void *scratch = rn_alloc_aligned(b->gemm_scratch(&g, rn_pool_size(s->ctx->pool)));
  if (!scratch) return rn_context_fail(s->ctx, RN_ERROR_MEMORY, "out of memory for neighbours");
  for (s->tile = 0; s->tile < n_queries; s->tile += TILE) {
    s->n_tile = g.m = n_queries - s->tile < TILE ? n_queries - s->tile : TILE;
    g.a = s->queries + s->tile * s->dim;
    for (s->block = 0; s->block < s->n; s->block += BLOCK) {
      s->n_block = g.n = s->n - s->block < BLOCK ? s->n - s->block : BLOCK;
      g.b = s->rows + s->block * s->dim;
      b->gemm(s->ctx->pool, &g, scratch);
      rn_pool_for(s->ctx->pool, s->n_tile, look_through, s);
    }
  }
  rn_free(scratch);
  return RN_OK;
}

static void search_few(search *s, int64_t n_queries) {
  const rn_space_kernels *space = s->ctx->backend->space;
  for (int64_t q = 0; q < n_queries; q++) {
    space->row_dots(s->ctx->pool, s->n, s->dim, s->rows, s->queries + q * s->dim, s->dot, q == 0 ? s->square : NULL);
    if (q == 0) scores_of_squares(s);
    space->top(s->n, s->dot, s->scale, s->shift, 0, &s->top[q]);
  }
}

typedef struct candidate {
  float score;
  int64_t row;
} candidate;

static int by_score(const void *a, const void *b) {
  const candidate *x = a, *y = b;
  return x->score != y->score ? (x->score < y->score ? 1 : -1) : (x->row > y->row) - (x->row < y->row);
}

/* The heap in order, its scores as the caller wants them. */
static void finish(const search *s, int64_t query, candidate *room) {
  rn_top *t = &s->top[query];
  const float *q = s->queries + query * s->dim;
  double square = s->ctx->backend->sum_squares(NULL, s->dim, q);
  for (int64_t i = 0; i < t->n; i++) {
    room[i] = (candidate){t->score[i], t->row[i]};
    if (s->how == RN_NEAR_EUCLIDEAN) room[i].score = -s->ctx->backend->squared_distance(s->dim, q, s->rows + t->row[i] * s->dim);
  }
  qsort(room, (size_t)t->n, sizeof *room, by_score);
  int64_t n = s->how == RN_NEAR_COSINE && !(square > 0) ? 0 : t->n;
  for (int64_t i = 0; i < t->k; i++) {
    t->row[i] = i < n ? room[i].row : -1;
    t->score[i] = i >= n ? 0 : s->how == RN_NEAR_COSINE ? (float)(room[i].score / sqrt(square)) : sqrtf(-room[i].score);
  }
}

rn_status rn_neighbours(rn_context *ctx, rn_nearness how, int64_t n, int64_t dim, const float *rows, int64_t n_queries,
                        const float *queries, int64_t k, int64_t *row, float *score) {
  if (!ctx->backend->space) return rn_context_fail(ctx, RN_ERROR_UNSUPPORTED, "neighbours: %s has no such kernels", ctx->backend->name);
  search s = {ctx, how, n, dim, k, rows, queries};
  bool few = n_queries < FEW;
  s.dot = rn_alloc_aligned((few ? (size_t)n : (size_t)TILE * BLOCK) * sizeof(float));
  s.square = rn_alloc_aligned((size_t)n * sizeof(float));
  s.scale = rn_alloc_aligned((size_t)n * sizeof(float));
  s.shift = rn_alloc_aligned((size_t)n * sizeof(float));
  s.top = rn_alloc_zero((size_t)n_queries, sizeof *s.top);
  candidate *room = rn_alloc_zero((size_t)k, sizeof *room);
  rn_status status = RN_OK;
  if (!s.dot || !s.square || !s.scale || !s.shift || !s.top || !room) {
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the neighbours among %lld vectors", (long long)n);
  } else {
    for (int64_t q = 0; q < n_queries; q++) s.top[q] = (rn_top){k, 0, score + q * k, row + q * k};
    if (few) {
      search_few(&s, n_queries);
    } else {
      ctx->backend->space->row_dots(ctx->pool, n, dim, rows, rows, NULL, s.square);
      scores_of_squares(&s);
      status = search_many(&s, n_queries);
    }
    for (int64_t q = 0; status == RN_OK && q < n_queries; q++) finish(&s, q, room);
  }
  rn_free(s.dot);
  rn_free(s.square);
  rn_free(s.scale);
  rn_free(s.shift);
  rn_free(s.top);
  rn_free(room);
  return status;
}
