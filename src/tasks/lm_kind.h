/* lm_kind.h: what a kind of language model does, so that all of them are evaluated, asked for scores and rankings, and generated from by
 * the same code. A kind is one table; lm_kind.c lists them by the kind of rn_model they run. */
#ifndef RN_TASKS_LM_KIND_H
#define RN_TASKS_LM_KIND_H

#include "models/architecture.h"
#include <rondo/lm.h>

/* A text to be predicted, each id from those before it. */
typedef struct rn_lm_text {
  const int32_t *ids; /* [n], of the model's vocabulary */
  int64_t n;
  int32_t start; /* what ids[0] is predicted from: eos; -1: nothing, and ids[0] is not counted */
  bool lines;    /* every line, up to an id of `start`, is predicted on its own, from `start`; start >= 0 */
  /* Without lines: parts of the text that may run side by side, each but the first from the last `warm` ids before it alone. 1 is exact. A
   * kind that gains nothing by it reads the text in one. */
  int64_t n_streams, warm;
} rn_lm_text;

/* Receives the vectors from which positions first .. first + n - 1 were predicted, h [n, dim]. */
typedef rn_status (*rn_lm_hidden_fn)(void *user, int64_t first, int64_t n, const float *h);

typedef struct rn_lm_prediction {
  /* in */
  float *each;            /* [n] or NULL: -log p of each id; 0 where it is not counted */
  rn_lm_hidden_fn hidden; /* or NULL; only of kinds that have them, and of one stream, in order */
  void *user;
  /* out */
  double nats;       /* the sum of -log p */
  int64_t n_counted; /* over so many ids */
} rn_lm_prediction;

typedef struct rn_lm_kind {
  const char *kind; /* of the model: "lm" */
  /* The model was made for lines: each is predicted on its own, whatever is asked for. NULL: never. */
  bool (*lines)(const rn_model *model);
  /* Errors: RN_ERROR_STOPPED where the context is asked to stop, RN_ERROR_MEMORY. */
  rn_status (*predict)(rn_context *ctx, const rn_model *model, const rn_lm_text *text, rn_lm_prediction *out);

  /* A running state: what an rn_lm_session has for its own. After reset it is as new. feed takes n >= 1 ids of the vocabulary and gives
   * scores [V] of the next, whose softmax is its distribution (logits, or log p), owned by the state until the next call. A state is freed
   * also where it was made in part. */
  rn_status (*state_new)(rn_context *ctx, const rn_model *model, void **out);
  void (*state_free)(void *state);
  void (*state_reset)(void *state);
  rn_status (*state_feed)(void *state, const int32_t *ids, int64_t n, const float **scores);

  /* Where there is a vector h_t that the next id is predicted from, [hidden_size]: that of the last id fed. NULL: there is none. */
  int64_t (*hidden_size)(const rn_model *model);
  const float *(*state_hidden)(const void *state);
} rn_lm_kind;

extern const rn_lm_kind rn_lm_kind_nplm;
extern const rn_lm_kind rn_lm_kind_recurrent, rn_lm_kind_ngram;

/* The table of a model; NULL, and words in the context, where it is no language model. */
const rn_lm_kind *rn_lm_kind_of(rn_context *ctx, const rn_model *model);

#endif
