/* analogies.c: see neighbours.h. Many questions are made of few words: their cosines with a block of rows are one matrix product, and each
 * question then only adds or multiplies three rows of it. */
#include <rondo/neighbours.h>

#include "base/alloc.h"
#include "kernels/space.h"
#include "tensor/context.h"
#include <math.h>
#include <string.h>

enum { BLOCK = 4096, INPUTS = 3 };

typedef struct quiz {
  rn_context *ctx;
  rn_analogy_method how;
  int64_t n, dim, n_words, n_questions;
  const rn_analogy *questions;
  float *unit;    /* [n_words, dim] words of length 1 */
  float *inverse; /* [n] 1 / |row| */
  float *cosine;  /* [n_words, BLOCK] */
  float *score;   /* [workers, BLOCK] */
  rn_top *top;    /* [n_questions]: INPUTS more than are wanted */
  int64_t block, n_block;
} quiz;

static void scale_cosines(void *arg, int64_t word) {
  quiz *z = arg;
  float *row = z->cosine + word * BLOCK;
  z->ctx->backend->binary(NULL, RN_MUL, z->n_block, row, z->inverse + z->block, row);
}

static void answer_share(void *arg, int worker, int n_workers) {
  quiz *z = arg;
  const rn_space_kernels *space = z->ctx->backend->space;
  float *score = z->score + (int64_t)worker * BLOCK;
  for (int64_t q = worker; q < z->n_questions; q += n_workers) {
    rn_analogy x = z->questions[q];
    space->analogy(z->n_block, z->cosine + x.a * BLOCK, z->cosine + x.b * BLOCK, z->cosine + x.c * BLOCK, z->how == RN_ANALOGY_MUL, score);
    space->top(z->n_block, score, NULL, NULL, z->block, &z->top[q]);
  }
}

static rn_status answer(quiz *z, const float *rows) {
  const rn_backend *b = z->ctx->backend;
  rn_gemm g = {
      .trans_b = true, .m = z->n_words, .n = BLOCK, .k = z->dim, .a = z->unit, .lda = z->dim, .ldb = z->dim, .c = z->cosine, .ldc = BLOCK};
  void *scratch = rn_alloc_aligned(b->gemm_scratch(&g, rn_pool_size(z->ctx->pool)));
  if (!scratch) return rn_context_fail(z->ctx, RN_ERROR_MEMORY, "out of memory for analogies");
  for (z->block = 0; z->block < z->n; z->block += BLOCK) {
    z->n_block = g.n = z->n - z->block < BLOCK ? z->n - z->block : BLOCK;
    g.b = rows + z->block * z->dim;
    b->gemm(z->ctx->pool, &g, scratch);
    rn_pool_for(z->ctx->pool, z->n_words, scale_cosines, z);
    rn_pool_team(z->ctx->pool, answer_share, z);
  }
  rn_free(scratch);
  return RN_OK;
}

/* The best of the heap that are no inputs; chosen one after the other, since there are few. */
static void finish(rn_top *t, const int64_t input[INPUTS], int64_t k, int64_t *row, float *score) {
  for (int64_t i = 0; i < t->n; i++)
    for (int j = 0; j < INPUTS; j++)
      if (t->row[i] == input[j]) t->row[i] = -1;
  for (int64_t place = 0; place < k; place++) {
    int64_t best = -1;
    for (int64_t i = 0; i < t->n; i++) {
      if (t->row[i] < 0) continue;
      if (best < 0 || t->score[i] > t->score[best] || (t->score[i] == t->score[best] && t->row[i] < t->row[best])) best = i;
    }
    row[place] = best < 0 ? -1 : t->row[best];
    score[place] = best < 0 ? 0 : t->score[best];
    if (best >= 0) t->row[best] = -1;
  }
}

static void invert(int64_t n, float *square) {
  for (int64_t i = 0; i < n; i++) square[i] = square[i] > 0 ? 1 / sqrtf(square[i]) : 0;
}

rn_status rn_analogies(rn_context *ctx, rn_analogy_method how, int64_t n, int64_t dim, const float *rows, int64_t n_words,
                       const float *words, const int64_t *word_row, int64_t n_questions, const rn_analogy *questions, int64_t k,
                       int64_t *row, float *score) {
  const rn_backend *b = ctx->backend;
  if (!b->space) return rn_context_fail(ctx, RN_ERROR_UNSUPPORTED, "analogies: %s has no such kernels", b->name);
  quiz z = {ctx, how, n, dim, n_words, n_questions, questions};
  int64_t room = k + INPUTS;
  size_t f = sizeof(float), workers = (size_t)rn_pool_size(ctx->pool);
  z.unit = rn_alloc_aligned((size_t)n_words * (size_t)dim * f);
  z.inverse = rn_alloc_aligned((size_t)n * f);
  z.cosine = rn_alloc_aligned((size_t)n_words * BLOCK * f);
  z.score = rn_alloc_aligned(workers * BLOCK * f);
  z.top = rn_alloc_zero((size_t)n_questions, sizeof *z.top);
  float *length = rn_alloc_aligned((size_t)n_words * f), *best_score = rn_alloc_aligned((size_t)n_questions * (size_t)room * f);
  int64_t *best_row = rn_alloc_aligned((size_t)n_questions * (size_t)room * sizeof *best_row);
  rn_status status;
  if (!z.unit || !z.inverse || !z.cosine || !z.score || !z.top || !length || !best_score || !best_row) {
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld analogies", (long long)n_questions);
  } else {
    b->space->row_dots(ctx->pool, n, dim, rows, words, NULL, z.inverse);
    b->space->row_dots(ctx->pool, n_words, dim, words, words, NULL, length);
    invert(n, z.inverse);
    invert(n_words, length);
    for (int64_t w = 0; w < n_words; w++) b->scale(NULL, dim, length[w], words + w * dim, z.unit + w * dim);
    for (int64_t q = 0; q < n_questions; q++) z.top[q] = (rn_top){room, 0, best_score + q * room, best_row + q * room};
    status = answer(&z, rows);
    for (int64_t q = 0; status == RN_OK && q < n_questions; q++) {
      int64_t input[INPUTS] = {word_row[questions[q].a], word_row[questions[q].b], word_row[questions[q].c]};
      finish(&z.top[q], input, k, row + q * k, score + q * k);
    }
  }
  rn_free(z.unit);
  rn_free(z.inverse);
  rn_free(z.cosine);
  rn_free(z.score);
  rn_free(z.top);
  rn_free(length);
  rn_free(best_score);
  rn_free(best_row);
  return status;
}
