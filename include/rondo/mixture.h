/* mixture.h: several language models as one, with a memory of what was just read. */
#ifndef RONDO_MIXTURE_H
#define RONDO_MIXTURE_H

#include <rondo/lm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A cache is a model of what was read last: it has no training, and knows the words of this text. */
typedef struct rn_mixture_options {
  /* The last `words` symbols, the older the lighter (Kuhn & De Mori 1990; with a decay: Clarkson & Robinson 1997). 0: none
   *     p(w | x_1 .. x_t) = sum_i [x_i = w] e^(-decay (t - i)) / sum_i e^(-decay (t - i)) */
  int64_t words;
  double decay;
  /* The last `states` symbols, the more alike the vector h that each was predicted from is to the present one, the heavier (Grave, Joulin
   * & Usunier 2017). Of the first model's vectors, which must have them: a recurrent one. 0: none
   *     p(w | x_1 .. x_t) = sum_i [x_{i+1} = w] e^(theta h_t . h_i) / sum_i e^(theta h_t . h_i) */
  int64_t states;
  double theta;
} rn_mixture_options;
RN_API rn_mixture_options rn_mixture_options_default(void); /* no cache; decay 0, theta 0.3 */

#define RN_MIXTURE_MAX 16 /* components */

/* p(w | h) = sum_k lambda_k p_k(w | h), over the models and then the caches (words, states). A mixture is a language model: rn_lm_eval,
 * score, sessions and rn_lm_generate take it; its symbols are those of models[0], and each model keeps its own ways, as of lines. All
 * weights begin equal. It lives in memory alone, and uses the models, which must outlive it. Free with rn_model_free.
 * Errors: RN_ERROR_ARGUMENT (not a language model; vocabularies that differ: by which symbol; nothing to mix). */
RN_API rn_status rn_mixture_new(rn_context *ctx, const rn_model *const *models, int n, const rn_mixture_options *options, rn_model **out);
RN_API int rn_mixture_size(const rn_model *mixture);              /* components; 0: not a mixture */
RN_API const double *rn_mixture_weights(const rn_model *mixture); /* lambda [size], owned by the mixture; NULL: not one */
/* Any numbers of 0 and more that are not all 0; they are divided by their sum. Errors: RN_ERROR_ARGUMENT. */
RN_API rn_status rn_mixture_set_weights(rn_context *ctx, rn_model *mixture, const double *weights, int n);

/* Finds the weights under which a text is most probable, by expectation maximisation:
 *     lambda_k <- 1/N sum_t lambda_k p_k(t) / sum_j lambda_j p_j(t)
 * (Jelinek & Mercer 1980), until a round gains less than 1e-8 nats a token. *rounds and *out, how well the mixture predicts the text then,
 * may be NULL. Errors: those of rn_lm_eval. */
RN_API rn_status rn_mixture_fit(rn_context *ctx, rn_model *mixture, const char *text, size_t size, const rn_lm_eval_options *options,
                                int64_t *rounds, rn_lm_metrics *out);
/* rn_lm_eval, and how well each component alone predicts the text: parts [size] (a cache alone: infinitely badly, where a word is new). */
RN_API rn_status rn_mixture_eval(rn_context *ctx, const rn_model *mixture, const char *text, size_t size, const rn_lm_eval_options *options,
                                 rn_lm_metrics *parts, rn_lm_metrics *out);

#ifdef __cplusplus
}
#endif
#endif
