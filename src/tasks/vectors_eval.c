/* vectors_eval.c: see vectors_eval.h. */
#include <rondo/vectors_eval.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "tensor/context.h"
#include <math.h>
#include <rondo/neighbours.h>
#include <stdlib.h>

enum { MAX_FOLDED = 256 };

/* In lower case; size 0 where it is too long to be a word. */
static rn_string fold(rn_string word, char room[MAX_FOLDED]) {
  size_t n = 0, used;
  for (size_t at = 0; at < word.size; at += used) {
    uint32_t code = rn_utf8_decode(word.data + at, word.size - at, &used, NULL);
    if (n + 4 > MAX_FOLDED) return (rn_string){room, 0};
    n += rn_utf8_encode(rn_utf8_lower(code), room + n);
  }
  return (rn_string){room, n};
}

int64_t rn_vectors_find_folded(const rn_vectors *v, rn_string word) {
  int64_t row = rn_vectors_find(v, word.data, word.size);
  if (row >= 0) return row;
  char room[MAX_FOLDED];
  rn_string folded = fold(word, room);
  return folded.size ? rn_vectors_find(v, folded.data, folded.size) : -1;
}

/* As above, but also of n-grams; of what is written. */
static bool vector_of(const rn_vectors *v, rn_string word, float *out) {
  int64_t row = rn_vectors_find_folded(v, word);
  rn_string known = row >= 0 ? rn_vectors_word(v, row) : word;
  return rn_vectors_get(v, known.data, known.size, out);
}

/* ---- analogies ---- */

typedef struct quiz {
  int64_t n;                /* questions that are asked */
  rn_analogy *questions;    /* [n of the set], words as places among `rows` */
  int64_t *answer, *number; /* the fourth word's row, and which question of the set it is */
  int64_t n_words;
  int64_t *rows, *place; /* [n_words] row of a word; [n of the vectors] place of a row, -1 */
  float *words;          /* [n_words, dim] */
  int64_t *best;
  float *score;
} quiz;

static int64_t place_of(quiz *z, int64_t row) {
  if (z->place[row] < 0) {
    z->place[row] = z->n_words;
    z->rows[z->n_words++] = row;
  }
  return z->place[row];
}

static void choose(quiz *z, const rn_vectors *v, const rn_questions *q, int64_t limit, rn_quiz_score *section) {
  for (int64_t i = 0; i < limit; i++) z->place[i] = -1;
  for (int64_t i = 0; i < q->n; i++) {
    int64_t row[4];
    bool known = true;
    for (int k = 0; k < 4; k++) {
      row[k] = rn_vectors_find_folded(v, q->word[4 * i + k]);
      known &= row[k] >= 0 && row[k] < limit;
    }
    section[q->section[i]].n++;
    if (!known) continue;
    section[q->section[i]].n_asked++;
    z->questions[z->n] = (rn_analogy){place_of(z, row[0]), place_of(z, row[1]), place_of(z, row[2])};
    z->answer[z->n] = row[3];
    z->number[z->n++] = i;
  }
}

static rn_status ask(rn_context *ctx, quiz *z, const rn_vectors *v, const rn_questions *q, int64_t limit, rn_quiz_score *section) {
  z->words = rn_alloc_aligned((size_t)z->n_words * (size_t)v->dim * sizeof *z->words);
  if (!z->words) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld questions", (long long)z->n);
  for (int64_t w = 0; w < z->n_words; w++)
    for (int64_t k = 0; k < v->dim; k++) z->words[w * v->dim + k] = v->values[z->rows[w] * v->dim + k];
  for (int how = RN_ANALOGY_ADD; how <= RN_ANALOGY_MUL; how++) {
    rn_status status = rn_analogies(ctx, (rn_analogy_method)how, limit, v->dim, v->values, z->n_words, z->words, z->rows, z->n,
                                    z->questions, 1, z->best, z->score);
    if (status != RN_OK) return status;
    for (int64_t i = 0; i < z->n; i++) {
      rn_quiz_score *s = &section[q->section[z->number[i]]];
      if (z->best[i] == z->answer[i]) ++*(how == RN_ANALOGY_ADD ? &s->correct_add : &s->correct_mul);
    }
  }
  return RN_OK;
}

rn_status rn_vectors_quiz(rn_context *ctx, const rn_vectors *v, const rn_questions *q, int64_t limit, rn_quiz_score *section) {
  if (limit <= 0 || limit > v->n) limit = v->n;
  for (int64_t i = 0; i < q->n_sections; i++) section[i] = (rn_quiz_score){0};
  size_t n = (size_t)q->n;
  quiz z = {.questions = rn_alloc_zero(n, sizeof *z.questions),
            .answer = rn_alloc_zero(n, sizeof *z.answer),
            .number = rn_alloc_zero(n, sizeof *z.number),
            .rows = rn_alloc_zero(3 * n, sizeof *z.rows),
            .place = rn_alloc_zero((size_t)limit, sizeof *z.place),
            .best = rn_alloc_zero(n, sizeof *z.best),
            .score = rn_alloc_zero(n, sizeof *z.score)};
  bool good = z.questions && z.answer && z.number && z.rows && z.place && z.best && z.score;
  rn_status status = good ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld questions", (long long)q->n);
  if (good) choose(&z, v, q, limit, section);
  if (good && z.n > 0) status = ask(ctx, &z, v, q, limit, section);
  rn_free(z.questions);
  rn_free(z.answer);
  rn_free(z.number);
  rn_free(z.rows);
  rn_free(z.place);
  rn_free(z.words);
  rn_free(z.best);
  rn_free(z.score);
  return status;
}

/* ---- similarity ---- */

typedef struct ranked {
  double value;
  int64_t at;
} ranked;

static int by_value(const void *a, const void *b) {
  double x = ((const ranked *)a)->value, y = ((const ranked *)b)->value;
  return (x > y) - (x < y);
}

/* Ranks from 1; those that are equal share the mean of theirs. */
static void rank(int64_t n, const double *x, ranked *room, double *out) {
  for (int64_t i = 0; i < n; i++) room[i] = (ranked){x[i], i};
  qsort(room, (size_t)n, sizeof *room, by_value);
  for (int64_t i = 0, end; i < n; i = end) {
    for (end = i + 1; end < n && room[end].value == room[i].value;) end++;
    for (int64_t k = i; k < end; k++) out[room[k].at] = 0.5 * (double)(i + 1 + end);
  }
}

static double correlate(int64_t n, const double *x, const double *y) {
  double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  for (int64_t i = 0; i < n; i++) mx += x[i] / (double)n, my += y[i] / (double)n;
  for (int64_t i = 0; i < n; i++) {
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
    xy += (x[i] - mx) * (y[i] - my);
  }
  return n < 3 || !(xx > 0 && yy > 0) ? NAN : xy / sqrt(xx * yy);
}

static double cosine_of(const rn_context *ctx, int64_t dim, const float *x, const float *y) {
  double xx = ctx->backend->sum_squares(NULL, dim, x), yy = ctx->backend->sum_squares(NULL, dim, y), xy = 0;
  for (int64_t k = 0; k < dim; k++) xy += (double)x[k] * (double)y[k];
  return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

rn_status rn_vectors_similarity(rn_context *ctx, const rn_vectors *v, const rn_word_pairs *pairs, float *cosine, rn_similarity *out) {
  *out = (rn_similarity){.n = pairs->n};
  size_t n = (size_t)pairs->n;
  double *x = rn_alloc_zero(4 * n, sizeof *x), *y = x ? x + n : NULL, *rank_x = x ? x + 2 * n : NULL, *rank_y = x ? x + 3 * n : NULL;
  ranked *room = rn_alloc_zero(n, sizeof *room);
  float *vector = rn_alloc_aligned(2 * (size_t)v->dim * sizeof *vector);
  rn_status status = RN_OK;
  if (!x || !room || !vector) {
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld pairs of words", (long long)pairs->n);
  } else {
    int64_t m = 0;
    for (int64_t i = 0; i < pairs->n; i++) {
      bool known = vector_of(v, pairs->word[2 * i], vector) && vector_of(v, pairs->word[2 * i + 1], vector + v->dim);
      double c = known ? cosine_of(ctx, v->dim, vector, vector + v->dim) : NAN;
      if (cosine) cosine[i] = (float)c;
      if (isnan(c)) continue;
      x[m] = c, y[m++] = pairs->score ? pairs->score[i] : 0;
    }
    out->n_known = m;
    out->pearson = correlate(m, x, y);
    rank(m, x, room, rank_x);
    rank(m, y, room, rank_y);
    out->spearman = correlate(m, rank_x, rank_y);
    double z = atanh(out->spearman), error = m > 3 ? 1.959964 * sqrt(1.06 / (double)(m - 3)) : NAN;
    out->low = tanh(z - error), out->high = tanh(z + error);
  }
  rn_free(x);
  rn_free(room);
  rn_free(vector);
  return status;
}
