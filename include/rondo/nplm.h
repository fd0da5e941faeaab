/* nplm.h: the neural probabilistic language model: a word from the n - 1 before it. */
#ifndef RONDO_NPLM_H
#define RONDO_NPLM_H

#include <rondo/lm.h>

#ifdef __cplusplus
extern "C" {
#endif

/*     x = [C(w_{t-1}), ..., C(w_{t-n+1})],    y = b + W x + U tanh(d + H x),    p(w_t | w_{t-n+1} .. w_{t-1}) = softmax(y)
 *
 * C [V, embed]   H [hidden, (n-1) embed]   U [V, hidden]   W [V, (n-1) embed], the direct connections
 * (Bengio, Ducharme, Vincent & Janvin 2003). What evaluates, scores and generates is in lm.h. */
typedef struct rn_nplm_config {
  int order;       /* n: 2 to 9 */
  int64_t embed, hidden;
  bool direct;     /* with W; else W = 0 */
  float dropout;   /* of x and of tanh */
  rn_init init;    /* RN_INIT_DEFAULT: by layer; the embeddings N(0, 0.1^2) */
  bool lines;      /* the words before a line are not seen. rn_nplm_task_new sets it to what the data say */
} rn_nplm_config;
RN_API rn_nplm_config rn_nplm_config_default(void); /* order 5, embed 60, hidden 100 */

/* Builds a model with drawn weights; the vocabulary is taken over (freed with the model, also on failure). */
RN_API rn_status rn_nplm_new(rn_context *ctx, const rn_nplm_config *config, rn_vocab *vocab, uint64_t seed, rn_model **out);
/* What rn_nplm_new was given, read back from a model. Errors: the model is of another kind. */
RN_API rn_status rn_nplm_config_of(rn_context *ctx, const rn_model *model, rn_nplm_config *out);

typedef struct rn_nplm_data {
  const int32_t *train; int64_t n_train;
  const int32_t *valid; int64_t n_valid; /* n 0: no validation */
  int64_t batch;                         /* words of a step, drawn from all of the text; 128 is a good number */
  bool lines;
  uint64_t seed;
} rn_nplm_data;
/* The task that rn_train runs. The ids must outlive it. Free with rn_nplm_task_free. */
RN_API rn_status rn_nplm_task_new(rn_context *ctx, rn_model *model, const rn_nplm_data *data, rn_task **out);
RN_API void rn_nplm_task_free(rn_task *task);

#ifdef __cplusplus
}
#endif
#endif
