/* bilm.h: two language models that read a text from both ends; their states say what a word means where it stands. */
#ifndef RONDO_BILM_H
#define RONDO_BILM_H

#include <rondo/lm.h>

#ifdef __cplusplus
extern "C" {
#endif

/*     forward    h_t = stack(e_1 .. e_t),     p(w_{t+1} | w_1 .. w_t) = softmax(W h_t + b)
 *     backward   g_t = stack'(e_n .. e_t),    p(w_{t-1} | w_n .. w_t) = softmax(W g_t + b)
 *
 *     L = 1/2 (mean of -log p, forward + mean of -log p, backward)
 *
 * One embedding and one output, two stacks (Peters et al. 2018). The backward model is a language model of the text read from its end:
 * with lines, of each line so read. It is trained by rn_lm_task_new, as any other; it scores no text and writes none, since a word is
 * predicted twice, and each time from words that the other direction is to predict. Other tasks read its states (rn_input_building).
 *
 * The embedding is as wide as the states, so that layers can be added up: config.embed 0, or hidden (or projection). The vocabulary needs
 * an end of line, from which both directions begin. Errors: RN_ERROR_ARGUMENT. The vocabulary is taken over, also on failure. */
RN_API rn_status rn_bilm_new(rn_context *ctx, const rn_lm_config *config, rn_vocab *vocab, uint64_t seed, rn_model **out);
/* What rn_bilm_new was given, read back from a model. Errors: the model is of another kind. */
RN_API rn_status rn_bilm_config_of(rn_context *ctx, const rn_model *model, rn_lm_config *out);
RN_API bool rn_bilm_is(const rn_model *model);

#define RN_BILM_MAX_LAYERS 15 /* of each direction: with the embedding, what rn_mix takes */

/* How well a text is predicted from its left and from its right, as rn_lm_eval. options NULL: one stream. Errors: RN_ERROR_ARGUMENT (a
 * model of another kind), RN_ERROR_DATA (nothing to predict), RN_ERROR_MEMORY. */
typedef struct rn_bilm_metrics {
  rn_lm_metrics forward, backward;
  double nats_per_token; /* the mean of both */
} rn_bilm_metrics;
RN_API rn_status rn_bilm_eval(rn_context *ctx, const rn_model *model, const char *text, size_t size, const rn_lm_eval_options *options,
                              rn_bilm_metrics *out);

#ifdef __cplusplus
}
#endif
#endif
