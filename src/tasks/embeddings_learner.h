/* embeddings_learner.h: what learns word vectors, as the run around it sees it: embeddings_predict.c (skip-gram, CBOW) and
 * embeddings_glove.c. */
#ifndef RN_TASKS_EMBEDDINGS_LEARNER_H
#define RN_TASKS_EMBEDDINGS_LEARNER_H

#include "data/word_ids.h"
#include "models/model_embeddings.h"
#include <rondo/embeddings.h>

#define RN_MAX_DIM 8192 /* numbers in a vector */

struct rn_embeddings_text {
  rn_word_ids ids;
};

/* A table as kernels want it: cut into parts by columns, each of which a thread can have for itself; rows filled up with zeros. How many
 * parts there are depends on dim alone: of 48 columns or a few more, since a part has the sums of its products to itself. */
typedef struct rn_vector_parts {
  float *at; /* [n_parts, n, width] */
  int64_t n, dim, n_parts, part, width; /* part: columns of a part, but for the last, which may have fewer */
} rn_vector_parts;
rn_status rn_vector_parts_init(rn_context *ctx, rn_vector_parts *table, int64_t n, int64_t dim); /* zeros */
void rn_vector_parts_get(const rn_vector_parts *table, int64_t row, float *out);     /* [dim] */
void rn_vector_parts_set(rn_vector_parts *table, int64_t row, const float *values);
/* As it lies in a file, [n, dim]; NULL when out of memory; free with rn_free. */
float *rn_vector_parts_dense(const rn_vector_parts *table);

typedef struct rn_embeddings_learner {
  void *self;
  int64_t steps_per_epoch;
  int64_t steps_at_once; /* that `advance` likes to be given */
  double tokens_per_step;
  rn_embeddings_config config;
  /* Steps first .. first + n - 1 of an epoch. *loss and *n_losses are added to: the sum of some losses, and how many. */
  rn_status (*advance)(void *self, int64_t epoch, int64_t first, int64_t n, double *loss, int64_t *n_losses);
  double (*rate)(void *self, int64_t step);
  /* The parameters of the model are what has been learned so far, until `release`. */
  rn_status (*bind)(void *self, rn_model *model);
  void (*release)(void *self);
  rn_status (*restore)(void *self, const rn_model *model); /* NULL: the model does not hold all that going on takes */
  void (*free)(void *self);
} rn_embeddings_learner;

/* Text and options must outlive it. Errors: RN_ERROR_MEMORY, RN_ERROR_IO. */
rn_status rn_embeddings_predict_new(rn_context *ctx, const rn_word_ids *text, const rn_embeddings_options *o, rn_embeddings_learner *out);
rn_status rn_embeddings_glove_new(rn_context *ctx, const rn_word_ids *text, const rn_embeddings_options *o, rn_embeddings_learner *out);

#endif
