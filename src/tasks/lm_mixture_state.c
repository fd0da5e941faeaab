/* lm_mixture_state.c: a mixture among the kinds of language model, and its running state: a state of each model, and the caches. */
#include "base/alloc.h"
#include "tasks/lm_cache.h"
#include "tasks/lm_mixture.h"
#include <math.h>
#include <string.h>

typedef struct mixing {
  rn_context *ctx;
  const rn_model *model;
  const rn_mixture *mixture;
  void *state[RN_MIXTURE_MAX];
  rn_graph *graph;
  rn_word_cache words;
  rn_state_cache states;
  double *p;     /* [V] */
  float *scores; /* [V]: log p */
} mixing;

static void state_free(void *self) {
  mixing *s = self;
  if (!s) return;
  for (int k = 0; k < s->mixture->n_models; k++) s->mixture->kind[k]->state_free(s->state[k]);
  rn_graph_free(s->graph);
  rn_word_cache_free(&s->words);
  rn_state_cache_free(&s->states);
  rn_free(s->p);
  rn_free(s->scores);
  rn_free(s);
}

static rn_status state_new(rn_context *ctx, const rn_model *model, void **out) {
  const rn_mixture *m = model->self;
  int64_t n_words = rn_vocab_size(model->vocab);
  *out = NULL;
  mixing *s = rn_alloc_zero(1, sizeof *s);
  if (!s) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a session");
  *s = (mixing){.ctx = ctx, .model = model, .mixture = m, .graph = rn_graph_new(ctx)};
  s->p = rn_alloc_zero((size_t)n_words, sizeof *s->p);
  s->scores = rn_alloc_zero((size_t)n_words, sizeof *s->scores);
  rn_status status = s->graph && s->p && s->scores ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a session");
  for (int k = 0; k < m->n_models && status == RN_OK; k++) status = m->kind[k]->state_new(ctx, m->model[k], &s->state[k]);
  if (status == RN_OK && m->cache.words > 0) status = rn_word_cache_init(ctx, n_words, m->cache.words, m->cache.decay, &s->words);
  if (status == RN_OK && m->cache.states > 0)
    status = rn_state_cache_init(ctx, n_words, m->kind[0]->hidden_size(m->model[0]), m->cache.states, m->cache.theta, &s->states);
  if (status != RN_OK) {
    state_free(s);
    return status;
  }
  *out = s;
  return RN_OK;
}

static void state_reset(void *self) {
  mixing *s = self;
  for (int k = 0; k < s->mixture->n_models; k++) s->mixture->kind[k]->state_reset(s->state[k]);
  if (s->mixture->cache.words > 0) rn_word_cache_reset(&s->words);
  if (s->mixture->cache.states > 0) rn_state_cache_reset(&s->states);
}

/* p [V] += lambda_k softmax(scores), in the mixture's numbers. */
static rn_status add_model(mixing *s, int k, const float *scores) {
  const int32_t *map = s->mixture->map[k];
  int64_t n_words = rn_vocab_size(s->model->vocab);
  rn_graph_begin(s->graph, RN_INFER, 0, 0);
  const rn_tensor *p = rn_softmax(s->graph, rn_constant(s->graph, scores, 2, (int64_t[]){1, n_words}, NULL), false);
  rn_status status = rn_graph_status(s->graph);
  if (status != RN_OK) return status;
  double lambda = s->mixture->weight[k];
  for (int64_t w = 0; w < n_words; w++) s->p[w] += lambda * (double)p->data[map ? map[w] : w];
  return RN_OK;
}

/* One id at a time, since the caches look at each; the distribution is wanted after the last alone. */
static rn_status feed_one(mixing *s, int32_t id, bool last) {
  const rn_mixture *m = s->mixture;
  rn_status status = RN_OK;
  if (last) memset(s->p, 0, (size_t)rn_vocab_size(s->model->vocab) * sizeof *s->p);
  for (int k = 0; k < m->n_models && status == RN_OK; k++) {
    const float *scores;
    int32_t own = m->map[k] ? m->map[k][id] : id;
    status = m->kind[k]->state_feed(s->state[k], &own, 1, &scores);
    if (status == RN_OK && last) status = add_model(s, k, scores);
  }
  if (m->cache.words > 0) rn_word_cache_read(&s->words, id);
  if (status != RN_OK || m->cache.states == 0) return status;
  rn_state_cache_read(&s->states, id);
  return rn_state_cache_see(&s->states, m->kind[0]->state_hidden(s->state[0]));
}

static rn_status state_feed(void *self, const int32_t *ids, int64_t n, const float **scores) {
  mixing *s = self;
  const rn_mixture *m = s->mixture;
  rn_status status = RN_OK;
  for (int64_t i = 0; i < n && status == RN_OK; i++) status = feed_one(s, ids[i], i == n - 1);
  if (status != RN_OK) return status;
  int k = m->n_models;
  if (m->cache.words > 0) rn_word_cache_spread(&s->words, m->weight[k++], s->p);
  if (m->cache.states > 0) rn_state_cache_spread(&s->states, m->weight[k], s->p);
  for (int64_t w = 0; w < rn_vocab_size(s->model->vocab); w++) s->scores[w] = (float)log(s->p[w]);
  *scores = s->scores;
  return RN_OK;
}

/* -log sum_k lambda_k e^(-nats_k) of every position. */
static rn_status predict(rn_context *ctx, const rn_model *model, const rn_lm_text *text, rn_lm_prediction *out) {
  const rn_mixture *m = model->self;
  int64_t n = text->n;
  float *parts = rn_alloc_zero((size_t)n, (size_t)m->n * sizeof *parts);
  rn_status status =
      parts ? rn_mixture_parts(ctx, model, text, parts) : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a mixture");
  out->nats = 0;
  out->n_counted = 0;
  if (out->each && n > 0) out->each[0] = 0;
  for (int64_t i = text->start < 0; i < n && status == RN_OK; i++) {
    double p = 0;
    for (int k = 0; k < m->n; k++) p += m->weight[k] * exp(-(double)parts[k * n + i]);
    out->nats -= log(p);
    if (out->each) out->each[i] = (float)-log(p);
    out->n_counted++;
  }
  rn_free(parts);
  return status;
}

const rn_lm_kind rn_lm_kind_mixture = {.kind = "mixture",
                                       .predict = predict,
                                       .state_new = state_new,
                                       .state_free = state_free,
                                       .state_reset = state_reset,
                                       .state_feed = state_feed};
