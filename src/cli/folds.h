/* folds.h: the answers of cross-validation, collected over its folds: each sequence once, by a model that has not seen it. */
#ifndef CLI_FOLDS_H
#define CLI_FOLDS_H

#include "cli.h"

typedef struct folds {
  const rn_sequences *data;
  int64_t n_labels;
  const char **names; /* [n_labels], numbers by value, others by their bytes */
  int32_t *expected;  /* [n_seqs] */
  int32_t *predicted; /* -1: not yet answered */
  double *nats;       /* -log p(expected) */
  float *score;       /* p(the second label) */
} folds;

/* Of sequences with one label each; false where there are others. Free with folds_free in either case. */
bool folds_init(folds *f, const rn_sequences *data);
/* The model's answers to the sequences pick[0 .. n). Errors stay in the context. */
rn_status folds_answer(folds *f, rn_context *ctx, const rn_model *model, const int64_t *pick, int64_t n);
double folds_accuracy(const folds *f); /* of what is answered */
/* All of them. It is freed by folds_free, to which NULL may be given. */
rn_status folds_scores(const folds *f, rn_context *ctx, rn_classifier_scores **out);
void folds_free(folds *f, rn_classifier_scores *scores);

#endif
