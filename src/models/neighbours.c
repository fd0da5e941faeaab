/* neighbours.c: see neighbours.h. Rows are gone through in blocks, whose scores are looked through while they are in the cache. A few
 * queries cost one reading of the rows each, at the speed of memory; of many the scores are a matrix product. */
#include <rondo/neighbours.h>

#include "base/alloc.h"
#include "kernels/space.h"
#include "tensor/context.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { FEW = 4, BLOCK_OF_FEW = 16384, BLOCK = 2048, TILE = 256 }; /* queries one by one; rows at a time; rows and queries of a product */

typedef struct search {
  rn_context *ctx;
  rn_nearness how;
  int64_t n, dim;
  const float *rows, *queries;
  rn_top *top;         /* [n_queries] in the caller's arrays */
  bool few;
  int64_t room;        /* rows of a block, at most */
  float *dot;          /* [queries of a tile, room] */
  float *scale, *shift; /* [room] score = dot scale + shift */
  float *square;       /* [room] |row|^2 */
  bool too_large;      /* a square is no float: numbers beyond 1e19 or so */
  rn_gemm product;     /* of many: dot */
  void *scratch;
  int64_t tile, n_tile, block, n_block; /* what is being looked through */
} search;

static void look_through(void *arg, int64_t task) {
  const search *s = arg;
  s->ctx->backend->space->top(s->n_block, s->dot + task * s->room, s->scale, s->shift, s->block, &s->top[s->tile + task]);
}

/* The queries of a tile with the rows of a block. */
static void search_block(search *s) {
  const rn_backend *b = s->ctx->backend;
  rn_pool *pool = s->ctx->pool;
  const float *rows = s->rows + s->block * s->dim, *queries = s->queries + s->tile * s->dim;
  for (int64_t q = 0; s->few && q < s->n_tile; q++)
    b->space->row_dots(pool, s->n_block, s->dim, rows, queries + q * s->dim, s->dot + q * s->room, q == 0 ? s->square : NULL);
  if (!s->few) {
    b->space->row_dots(pool, s->n_block, s->dim, rows, rows, NULL, s->square);
    s->product.a = queries, s->product.m = s->n_tile;
    s->product.b = rows, s->product.n = s->n_block;
    b->gemm(pool, &s->product, s->scratch);
  }
  for (int64_t i = 0; i < s->n_block; i++) s->too_large |= !(s->square[i] <= FLT_MAX);
  b->space->score_terms(s->n_block, s->how == RN_NEAR_COSINE, s->square, s->scale, s->shift);
  rn_pool_for(pool, s->n_tile, look_through, s);
}

static void search_all(search *s, int64_t n_queries) {
  for (s->tile = 0; s->tile < n_queries; s->tile += TILE) {
    s->n_tile = n_queries - s->tile < TILE ? n_queries - s->tile : TILE;
    for (s->block = 0; s->block < s->n; s->block += s->room) {
      s->n_block = s->n - s->block < s->room ? s->n - s->block : s->room;
      search_block(s);
    }
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
static void finish(const search *s, int64_t query, candidate *order) {
  rn_top *t = &s->top[query];
  const float *q = s->queries + query * s->dim;
  double square = s->ctx->backend->sum_squares(NULL, s->dim, q);
  for (int64_t i = 0; i < t->n; i++) {
    order[i] = (candidate){t->score[i], t->row[i]};
    if (s->how == RN_NEAR_EUCLIDEAN) order[i].score = -s->ctx->backend->squared_distance(s->dim, q, s->rows + t->row[i] * s->dim);
  }
  qsort(order, (size_t)t->n, sizeof *order, by_score);
  int64_t n = s->how == RN_NEAR_COSINE && !(square > 0) ? 0 : t->n;
  for (int64_t i = 0; i < t->k; i++) {
    t->row[i] = i < n ? order[i].row : -1;
    t->score[i] = i >= n ? 0 : s->how == RN_NEAR_COSINE ? (float)(order[i].score / sqrt(square)) : sqrtf(-order[i].score);
  }
}

rn_status rn_neighbours(rn_context *ctx, rn_nearness how, int64_t n, int64_t dim, const float *rows, int64_t n_queries,
                        const float *queries, int64_t k, int64_t *row, float *score) {
  if (!ctx->backend->space) return rn_context_fail(ctx, RN_ERROR_UNSUPPORTED, "neighbours: %s has no such kernels", ctx->backend->name);
  search s = {ctx, how, n, dim, rows, queries, .few = n_queries < FEW};
  s.room = s.few ? BLOCK_OF_FEW : BLOCK;
  s.product = (rn_gemm){.trans_b = true, .m = TILE, .n = BLOCK, .k = dim, .lda = dim, .ldb = dim, .ldc = BLOCK};
  size_t room = (size_t)s.room * sizeof(float);
  s.product.c = s.dot = rn_alloc_aligned((s.few ? FEW : TILE) * room);
  s.square = rn_alloc_aligned(room);
  s.scale = rn_alloc_aligned(room);
  s.shift = rn_alloc_aligned(room);
  s.scratch = rn_alloc_aligned(s.few ? 0 : ctx->backend->gemm_scratch(&s.product, rn_pool_size(ctx->pool)));
  s.top = rn_alloc_zero((size_t)n_queries, sizeof *s.top);
  candidate *order = rn_alloc_zero((size_t)k, sizeof *order);
  rn_status status = RN_OK;
  if (!s.dot || !s.square || !s.scale || !s.shift || !s.scratch || !s.top || !order) {
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the neighbours among %lld vectors", (long long)n);
  } else {
    for (int64_t q = 0; q < n_queries; q++) s.top[q] = (rn_top){k, 0, score + q * k, row + q * k};
    for (int64_t q = 0; q < n_queries; q++) s.too_large |= ctx->backend->sum_squares(NULL, dim, queries + q * dim) > FLT_MAX;
    search_all(&s, n_queries);
    for (int64_t q = 0; q < n_queries; q++) finish(&s, q, order);
    if (s.too_large) status = rn_context_fail(ctx, RN_ERROR_DATA, "neighbours: numbers too large: a product of vectors is beyond a float");
  }
  rn_free(s.dot);
  rn_free(s.square);
  rn_free(s.scale);
  rn_free(s.shift);
  rn_free(s.scratch);
  rn_free(s.top);
  rn_free(order);
  return status;
}
