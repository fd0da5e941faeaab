/* lm_mixture_fit.c: the weights of a mixture, by expectation maximisation, and what each component alone would say. */
#include "base/alloc.h"
#include "tasks/lm_eval.h"
#include "tasks/lm_mixture.h"
#include <math.h>

/* A text and -log p of each of its ids by each component. */
typedef struct parts {
  rn_encoding encoding;
  rn_lm_text text;
  int64_t first; /* counted are first .. n - 1 */
  float *nats;   /* [components, n] */
} parts;

static rn_status parts_of(rn_context *ctx, const rn_model *mixture, const char *text, size_t size, const rn_lm_eval_options *options,
                          parts *out) {
  *out = (parts){0};
  if (!rn_mixture_of(ctx, mixture)) return RN_ERROR_ARGUMENT;
  rn_status status = rn_lm_read(ctx, mixture, text, size, options, &out->encoding, &out->text);
  if (status != RN_OK) return status;
  out->first = out->text.start < 0;
  out->nats = rn_alloc_zero((size_t)out->text.n, (size_t)rn_mixture_size(mixture) * sizeof *out->nats);
  if (!out->nats) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a mixture");
  return rn_mixture_parts(ctx, mixture, &out->text, out->nats);
}

static void parts_free(parts *p) {
  rn_encoding_free(&p->encoding);
  rn_free(p->nats);
}

/* -sum_t log sum_k lambda_k p_k(t).     share [components] or NULL: += lambda_k p_k(t) / sum_j lambda_j p_j(t) */
static double expect(const parts *x, int n, const double *lambda, double *share) {
  double nats = 0, p[RN_MIXTURE_MAX];
  for (int64_t t = x->first; t < x->text.n; t++) {
    double sum = 0;
    for (int k = 0; k < n; k++) sum += p[k] = lambda[k] * exp(-(double)x->nats[k * x->text.n + t]);
    nats -= log(sum);
    for (int k = 0; share && sum > 0 && k < n; k++) share[k] += p[k] / sum;
  }
  return nats;
}

static rn_lm_metrics metrics(const rn_model *mixture, const parts *x, double nats) {
  return rn_lm_metrics_of(mixture, &x->encoding, nats, x->text.n - x->first);
}

enum { MAX_ROUNDS = 500 };

rn_status rn_mixture_fit(rn_context *ctx, rn_model *mixture, const char *text, size_t size, const rn_lm_eval_options *options,
                         int64_t *rounds, rn_lm_metrics *out) {
  parts x;
  rn_status status = parts_of(ctx, mixture, text, size, options, &x);
  int64_t round = 0, n_counted = x.text.n - x.first;
  double nats = 0, gain = INFINITY;
  if (status == RN_OK) {
    rn_mixture *m = mixture->self;
    for (int k = 0; k < m->n; k++) m->weight[k] = 1.0 / m->n;
    nats = expect(&x, m->n, m->weight, NULL);
    for (; round < MAX_ROUNDS && gain > 1e-8 * (double)n_counted && status == RN_OK; round++) {
      double share[RN_MIXTURE_MAX] = {0}, before = nats;
      expect(&x, m->n, m->weight, share);
      status = rn_mixture_set_weights(ctx, mixture, share, m->n);
      nats = expect(&x, m->n, m->weight, NULL);
      gain = before - nats;
    }
    if (out) *out = metrics(mixture, &x, nats);
  }
  if (rounds) *rounds = round;
  parts_free(&x);
  return status;
}

rn_status rn_mixture_eval(rn_context *ctx, const rn_model *mixture, const char *text, size_t size, const rn_lm_eval_options *options,
                          rn_lm_metrics *each, rn_lm_metrics *out) {
  parts x;
  rn_status status = parts_of(ctx, mixture, text, size, options, &x);
  if (status == RN_OK) {
    const rn_mixture *m = mixture->self;
    *out = metrics(mixture, &x, expect(&x, m->n, m->weight, NULL));
    for (int k = 0; k < m->n; k++) {
      double nats = 0;
      for (int64_t t = x.first; t < x.text.n; t++) nats += x.nats[k * x.text.n + t];
      each[k] = metrics(mixture, &x, nats);
    }
  }
  parts_free(&x);
  return status;
}
