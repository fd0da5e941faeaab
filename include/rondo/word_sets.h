/* word_sets.h: lists of words that vectors are tried on: analogies, pairs with a similarity, pairs and words alone. */
#ifndef RONDO_WORD_SETS_H
#define RONDO_WORD_SETS_H

#include <rondo/data.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "a is to b as c is to d", in sections: a line ": NAME" begins one, other lines have four words (questions-words.txt of word2vec). */
typedef struct rn_questions {
  int64_t n, n_sections;
  const rn_string *word;         /* [n, 4] */
  const int32_t *section;        /* [n] */
  const rn_string *section_name; /* [n_sections] */
  uint64_t hash;                 /* of the file */
  void *owner;                   /* private */
} rn_questions;
/* Free with rn_questions_free. Errors: RN_ERROR_DATA with line and column: not four words, no question. RN_ERROR_IO, RN_ERROR_MEMORY. */
RN_API rn_status rn_questions_open(rn_context *ctx, const char *path, rn_questions *out);
RN_API void rn_questions_free(rn_questions *questions);

/* Two words a line and, where it is scored, a number after them, between tabs, commas or blanks. A first line whose third column is no
 * number is a heading; lines that begin with # are comments. */
typedef struct rn_word_pairs {
  int64_t n;
  const rn_string *word; /* [n, 2] */
  const double *score;   /* [n], or NULL */
  uint64_t hash;
  void *owner;
} rn_word_pairs;
RN_API rn_status rn_word_pairs_open(rn_context *ctx, const char *path, bool scored, rn_word_pairs *out);
RN_API void rn_word_pairs_free(rn_word_pairs *pairs);

/* A word a line. */
typedef struct rn_word_list {
  int64_t n;
  const rn_string *word; /* [n] */
  void *owner;
} rn_word_list;
RN_API rn_status rn_word_list_open(rn_context *ctx, const char *path, rn_word_list *out);
RN_API void rn_word_list_free(rn_word_list *list);

#ifdef __cplusplus
}
#endif
#endif
