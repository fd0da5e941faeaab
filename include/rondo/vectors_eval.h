/* vectors_eval.h: how good word vectors are: at analogies, and at saying which words are alike. A word of a set is looked up as it is
 * written and, where it is not there, in lower case. */
#ifndef RONDO_VECTORS_EVAL_H
#define RONDO_VECTORS_EVAL_H

#include <rondo/data_vectors.h>
#include <rondo/word_sets.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rn_quiz_score {
  int64_t n, n_asked;            /* questions, and those whose four words are known */
  int64_t correct_add, correct_mul; /* the best answer of 3CosAdd, of 3CosMul is the fourth word */
} rn_quiz_score;
/* Asks the questions among the first `limit` words of the vectors (0: all), since files have the most frequent first.
 *   section [n_sections of questions]
 * Errors: RN_ERROR_MEMORY, RN_ERROR_UNSUPPORTED. */
RN_API rn_status rn_vectors_quiz(rn_context *ctx, const rn_vectors *vectors, const rn_questions *questions, int64_t limit,
                                 rn_quiz_score *section);

typedef struct rn_similarity {
  int64_t n, n_known; /* pairs, and those both of whose words have vectors */
  double spearman, pearson; /* of cosines and scores of the known pairs; NaN where they are fewer than 3 or all alike */
  double low, high;   /* spearman's 95 % interval, by Fisher's z with the standard error sqrt(1.06 / (n - 3)) of Fieller et al. 1957 */
} rn_similarity;
/* cosine [n] of each pair, NaN where it is not known, or NULL. Errors: RN_ERROR_MEMORY. */
RN_API rn_status rn_vectors_similarity(rn_context *ctx, const rn_vectors *vectors, const rn_word_pairs *pairs, float *cosine,
                                       rn_similarity *out);
/* Row of a word, looked up as above; -1. */
RN_API int64_t rn_vectors_find_folded(const rn_vectors *vectors, rn_string word);

#ifdef __cplusplus
}
#endif
#endif
