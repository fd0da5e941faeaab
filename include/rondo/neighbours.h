/* neighbours.h: which vectors are near, and analogies between them. */
#ifndef RONDO_NEIGHBOURS_H
#define RONDO_NEIGHBOURS_H

#include <rondo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_nearness {
  RN_NEAR_COSINE,    /* x . y / (|x| |y|), the larger the nearer; a row of zeros is near to nothing */
  RN_NEAR_EUCLIDEAN, /* |x - y|, the smaller the nearer */
} rn_nearness;

/* Each query's k nearest rows, the nearest first, of equals the first: exact, all rows are looked at.
 *   rows    [n, dim]
 *   queries [n_queries, dim]
 *   row     [n_queries, k]  -1 where there are fewer
 *   score   [n_queries, k]  cosines or distances
 * Errors: RN_ERROR_DATA (numbers so large that a product is none), RN_ERROR_MEMORY, RN_ERROR_UNSUPPORTED. */
RN_API rn_status rn_neighbours(rn_context *ctx, rn_nearness how, int64_t n, int64_t dim, const float *rows, int64_t n_queries,
                               const float *queries, int64_t k, int64_t *row, float *score);

/* "a is to b as c is to ?" */
typedef struct rn_analogy {
  int64_t a, b, c; /* among the words */
} rn_analogy;

typedef enum rn_analogy_method {
  RN_ANALOGY_ADD, /* 3CosAdd: the d with the largest cos(d, b) - cos(d, a) + cos(d, c)          Mikolov et al. 2013 */
  RN_ANALOGY_MUL, /* 3CosMul: of cos(d, b) cos(d, c) / (cos(d, a) + 0.001), cosines moved into 0 .. 1    Levy and Goldberg 2014 */
} rn_analogy_method;

/* The k best answers to each question, the best first. The three words of a question are no answers.
 *   rows      [n, dim]
 *   words     [n_words, dim]  what questions are made of
 *   word_row  [n_words]       which row a word is; -1: none
 *   questions [n_questions]
 *   row       [n_questions, k]  -1 where there are fewer
 *   score     [n_questions, k]
 * Errors: RN_ERROR_MEMORY, RN_ERROR_UNSUPPORTED. */
RN_API rn_status rn_analogies(rn_context *ctx, rn_analogy_method how, int64_t n, int64_t dim, const float *rows, int64_t n_words,
                              const float *words, const int64_t *word_row, int64_t n_questions, const rn_analogy *questions, int64_t k,
                              int64_t *row, float *score);

#ifdef __cplusplus
}
#endif
#endif
