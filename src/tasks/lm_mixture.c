/* lm_mixture.c: several language models as one: making it, and predicting a text.
 *
 *     p(w | h) = sum_k lambda_k p_k(w | h) */
#include "tasks/lm_mixture.h"
#include "base/alloc.h"
#include "tasks/lm_cache.h"
#include <math.h>
#include <rondo/tokenizer.h>
#include <string.h>

rn_mixture_options rn_mixture_options_default(void) { return (rn_mixture_options){.theta = 0.3}; }

/* ---- making one ---- */

/* A mixture is declared by rn_mixture_new alone: there is no file of one. */
static rn_status init(rn_context *ctx, rn_model *model, const json_t *config) { return RN_OK; }

static void free_inside(rn_model *model) {
  rn_mixture *m = model->self;
  for (int k = 0; k < m->n_models; k++) rn_free(m->map[k]);
  model->vocab = NULL; /* the first model's */
}

static const rn_architecture architecture = {
    .kind = "mixture", .size = sizeof(rn_mixture), .init = init, .free = free_inside, .in_memory = true};

rn_mixture *rn_mixture_of(rn_context *ctx, const rn_model *model) {
  if (model->architecture == &architecture) return model->self;
  rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a mixture is needed; this is a model of kind \"%s\"", rn_model_kind(model));
  return NULL;
}

/* Both have the same symbols, whatever their order; or the same tokenizer. */
static rn_status map_symbols(rn_context *ctx, const rn_vocab *ours, const rn_vocab *theirs, int k, int32_t **map) {
  *map = NULL;
  if (rn_vocab_equal(ours, theirs)) return RN_OK;
  rn_level level = rn_vocab_level(ours), other = rn_vocab_level(theirs);
  if (level == RN_LEVEL_TOKEN || other == RN_LEVEL_TOKEN)
    return rn_context_fail(
        ctx, RN_ERROR_ARGUMENT, "model %d reads %ss%s, the first %ss%s: models are mixed whose tokens begin and end at the same places",
        k + 1, rn_level_name(other), level == other ? " of one tokenizer" : "", rn_level_name(level), level == other ? " of another" : "");
  int64_t n = rn_vocab_size(ours);
  size_t size;
  for (int32_t id = 0; id < rn_vocab_size(theirs); id++) {
    const char *symbol = rn_vocab_symbol(theirs, id, &size);
    if (rn_vocab_find(ours, symbol, size) < 0)
      return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                             "model %d knows \"%.100s\", which the first does not: models are mixed that share a vocabulary (%lld and %lld "
                             "symbols)",
                             k + 1, symbol, (long long)rn_vocab_size(theirs), (long long)n);
  }
  int32_t *to = rn_alloc((size_t)n * sizeof *to);
  if (!to) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a mixture");
  for (int32_t id = 0; id < n; id++) {
    const char *symbol = rn_vocab_symbol(ours, id, &size);
    if ((to[id] = rn_vocab_find(theirs, symbol, size)) >= 0) continue;
    rn_free(to);
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                           "model %d does not know \"%.100s\", which the first does: models are mixed that share a vocabulary (%lld and "
                           "%lld symbols)",
                           k + 1, symbol, (long long)rn_vocab_size(theirs), (long long)n);
  }
  *map = to;
  return RN_OK;
}

static rn_status check(rn_context *ctx, int n, const rn_mixture_options *o) {
  int caches = (o->words > 0) + (o->states > 0);
  if (n < 1 || n + caches < 2 || n + caches > RN_MIXTURE_MAX)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%d models and %d caches: of 2 to %d a mixture is made, one at least a model", n, caches,
                           RN_MIXTURE_MAX);
  if (o->words < 0 || o->states < 0 || o->words > 1 << 30 || o->states > 1 << 24)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a cache of %lld words and %lld states: 0 to 1073741824 and 16777216 are possible",
                           (long long)o->words, (long long)o->states);
  if (!(o->decay >= 0 && o->decay <= 100) || !(o->theta >= 0 && o->theta <= 1000))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a decay of 0 to 100 and a theta of 0 to 1000 are possible");
  return RN_OK;
}

static rn_status add_models(rn_context *ctx, rn_mixture *m, const rn_model *const *models, int n) {
  rn_status status = RN_OK;
  for (int k = 0; k < n && status == RN_OK; k++, m->n_models++) {
    m->model[k] = models[k];
    m->kind[k] = rn_lm_kind_of(ctx, models[k]);
    status = m->kind[k] ? map_symbols(ctx, models[0]->vocab, models[k]->vocab, k, &m->map[k]) : RN_ERROR_ARGUMENT;
  }
  if (status == RN_OK && m->cache.states > 0 && !m->kind[0]->hidden_size)
    status =
        rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                        "a cache of states compares hidden vectors, which a model of kind \"%s\" does not have; a recurrent model, as the "
                        "first, has",
                        m->kind[0]->kind);
  return status;
}

rn_status rn_mixture_new(rn_context *ctx, const rn_model *const *models, int n, const rn_mixture_options *options, rn_model **out) {
  *out = NULL;
  rn_status status = check(ctx, n, options);
  if (status != RN_OK) return status;
  json_t *config = json_object();
  status =
      config ? rn_model_new(ctx, &architecture, config, NULL, out) : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a mixture");
  json_decref(config);
  if (status != RN_OK) return status;
  rn_mixture *m = (*out)->self;
  m->cache = *options;
  m->n = n + (options->words > 0) + (options->states > 0);
  for (int k = 0; k < m->n; k++) m->weight[k] = 1.0 / m->n;
  status = add_models(ctx, m, models, n);
  (*out)->vocab = models[0]->vocab;
  if (status == RN_OK) return RN_OK;
  rn_model_free(*out);
  *out = NULL;
  return status;
}

int rn_mixture_size(const rn_model *model) { return model->architecture == &architecture ? ((const rn_mixture *)model->self)->n : 0; }

const double *rn_mixture_weights(const rn_model *model) {
  return model->architecture == &architecture ? ((const rn_mixture *)model->self)->weight : NULL;
}

rn_status rn_mixture_set_weights(rn_context *ctx, rn_model *model, const double *weights, int n) {
  rn_mixture *m = rn_mixture_of(ctx, model);
  if (!m) return RN_ERROR_ARGUMENT;
  double sum = 0;
  bool good = n == m->n;
  for (int k = 0; k < n && good; k++) {
    good = weights[k] >= 0 && isfinite(weights[k]);
    sum += weights[k];
  }
  if (!good || !(sum > 0))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a mixture of %d takes %d weights of 0 and more, not all 0", m->n, m->n);
  for (int k = 0; k < n; k++) m->weight[k] = weights[k] / sum;
  return RN_OK;
}

/* ---- a text ---- */

/* A cache reads what a session is fed: what ids[0] is predicted from, and then every id after it was predicted. */
static rn_status predict_words(rn_context *ctx, const rn_mixture *m, int64_t n_words, const rn_lm_text *text, float *nats) {
  rn_word_cache cache;
  rn_status status = rn_word_cache_init(ctx, n_words, m->cache.words, m->cache.decay, &cache);
  if (status == RN_OK && text->start >= 0) rn_word_cache_read(&cache, text->start);
  for (int64_t i = 0; i < text->n && status == RN_OK; i++) {
    nats[i] = i > 0 || text->start >= 0 ? (float)-log(rn_word_cache_p(&cache, text->ids[i])) : 0;
    rn_word_cache_read(&cache, text->ids[i]);
  }
  rn_word_cache_free(&cache);
  return status;
}

typedef struct seeing {
  rn_state_cache cache;
  const int32_t *ids;
  float *nats;
} seeing;

static rn_status see_states(void *user, int64_t first, int64_t n, const float *h) {
  seeing *s = user;
  rn_status status = RN_OK;
  for (int64_t i = first; i < first + n && status == RN_OK; i++, h += s->cache.dim) {
    status = rn_state_cache_see(&s->cache, h);
    if (status != RN_OK) break;
    s->nats[i] = (float)-log(rn_state_cache_p(&s->cache, s->ids[i]));
    rn_state_cache_read(&s->cache, s->ids[i]);
  }
  return status;
}

/* Model k's -log p of each; hidden: what receives its vectors. */
static rn_status predict_model(rn_context *ctx, const rn_mixture *m, int k, const rn_lm_text *text, float *nats, seeing *states) {
  rn_lm_text own = *text;
  own.lines |= m->kind[k]->lines && m->kind[k]->lines(m->model[k]);
  int32_t *ids = NULL;
  if (m->map[k]) {
    if (!(ids = rn_alloc((size_t)text->n * sizeof *ids))) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a mixture");
    for (int64_t i = 0; i < text->n; i++) ids[i] = m->map[k][text->ids[i]];
    own.ids = ids;
    own.start = text->start >= 0 ? m->map[k][text->start] : -1;
  }
  rn_lm_prediction p = {.each = nats};
  if (states) {
    own.n_streams = 1; /* in order */
    p.hidden = see_states;
    p.user = states;
  }
  rn_status status = m->kind[k]->predict(ctx, m->model[k], &own, &p);
  rn_free(ids);
  return status;
}

rn_status rn_mixture_parts(rn_context *ctx, const rn_model *model, const rn_lm_text *text, float *nats) {
  const rn_mixture *m = model->self;
  int64_t n_words = rn_vocab_size(model->vocab);
  seeing states = {.ids = text->ids, .nats = nats + (m->n - 1) * text->n};
  rn_status status = RN_OK;
  if (m->cache.states > 0)
    status = rn_state_cache_init(ctx, n_words, m->kind[0]->hidden_size(m->model[0]), m->cache.states, m->cache.theta, &states.cache);
  for (int k = 0; k < m->n_models && status == RN_OK; k++)
    status = predict_model(ctx, m, k, text, nats + k * text->n, k == 0 && m->cache.states > 0 ? &states : NULL);
  if (status == RN_OK && m->cache.words > 0) status = predict_words(ctx, m, n_words, text, nats + m->n_models * text->n);
  rn_state_cache_free(&states.cache);
  return status;
}
