/* lm_cache.c: the two caches. */
#include "tasks/lm_cache.h"
#include "base/alloc.h"
#include "tensor/context.h"
#include <math.h>
#include <string.h>

static int64_t held(int64_t n_read, int64_t size) { return n_read < size ? n_read : size; }

/* ---- words ----
 *
 * In e^(-decay (t - i)) the present t is a factor that all have in common, and leaves p: a symbol read at i weighs e^(decay i) for ever,
 * and nothing is to be done for the others as time goes by. */

rn_status rn_word_cache_init(rn_context *ctx, int64_t n_words, int64_t size, double decay, rn_word_cache *out) {
  *out = (rn_word_cache){.size = size, .n_words = n_words, .decay = decay};
  out->ring = rn_alloc_zero((size_t)size, sizeof *out->ring);
  out->mass = rn_alloc_zero((size_t)n_words, sizeof *out->mass);
  if (out->ring && out->mass) return RN_OK;
  return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a cache of %lld words", (long long)size);
}

void rn_word_cache_free(rn_word_cache *c) {
  rn_free(c->ring);
  rn_free(c->mass);
}

void rn_word_cache_reset(rn_word_cache *c) {
  memset(c->mass, 0, (size_t)c->n_words * sizeof *c->mass);
  c->total = 0;
  c->n_read = c->origin = 0;
}

/* Counts from here: before e^(decay i) leaves the numbers. */
static void move_origin(rn_word_cache *c) {
  double factor = exp(c->decay * (double)(c->origin - c->n_read));
  for (int64_t w = 0; w < c->n_words; w++) c->mass[w] *= factor;
  c->total *= factor;
  c->origin = c->n_read;
}

void rn_word_cache_read(rn_word_cache *c, int32_t id) {
  if (c->decay * (double)(c->n_read - c->origin) > 500) move_origin(c);
  int32_t *place = &c->ring[c->n_read % c->size];
  double mass = exp(c->decay * (double)(c->n_read - c->origin));
  if (c->n_read >= c->size) {
    double left = mass * exp(-c->decay * (double)c->size);
    c->mass[*place] = fmax(0, c->mass[*place] - left);
    c->total -= left;
  }
  *place = id;
  c->mass[id] += mass;
  c->total += mass;
  c->n_read++;
}

double rn_word_cache_p(const rn_word_cache *c, int32_t id) { return c->n_read > 0 ? c->mass[id] / c->total : 1 / (double)c->n_words; }

void rn_word_cache_spread(const rn_word_cache *c, double lambda, double *out) {
  for (int32_t w = 0; w < c->n_words; w++) out[w] += lambda * rn_word_cache_p(c, w);
}

/* ---- states ---- */

rn_status rn_state_cache_init(rn_context *ctx, int64_t n_words, int64_t dim, int64_t size, double theta, rn_state_cache *out) {
  *out = (rn_state_cache){.size = size, .dim = dim, .n_words = n_words, .theta = (float)theta, .graph = rn_graph_new(ctx)};
  out->h = rn_alloc_aligned((size_t)(size + 1) * (size_t)dim * sizeof(float));
  out->ring = rn_alloc_zero((size_t)size, sizeof *out->ring);
  if (out->graph && out->h && out->ring) return RN_OK;
  return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a cache of %lld states", (long long)size);
}

void rn_state_cache_free(rn_state_cache *c) {
  rn_graph_free(c->graph);
  rn_free(c->h);
  rn_free(c->ring);
}

void rn_state_cache_reset(rn_state_cache *c) {
  c->n_read = 0;
  c->sees = false;
}

/* softmax_i(theta h . h_i) */
rn_status rn_state_cache_see(rn_state_cache *c, const float *h) {
  rn_graph *g = c->graph;
  int64_t n = held(c->n_read, c->size);
  memcpy(c->h + c->size * c->dim, h, (size_t)c->dim * sizeof *h);
  c->sees = true;
  if (n == 0) return RN_OK;
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_tensor *present = rn_constant(g, h, 2, (int64_t[]){1, c->dim}, NULL), *past = rn_constant(g, c->h, 2, (int64_t[]){n, c->dim}, NULL);
  const rn_tensor *p = rn_softmax(g, rn_scale(g, rn_linear(g, present, past, NULL, RN_NONE), c->theta), false);
  c->p = p->data;
  return rn_graph_status(g);
}

void rn_state_cache_read(rn_state_cache *c, int32_t id) {
  if (!c->sees) return; /* nothing predicted the first */
  int64_t place = c->n_read++ % c->size;
  memcpy(c->h + place * c->dim, c->h + c->size * c->dim, (size_t)c->dim * sizeof *c->h);
  c->ring[place] = id;
}

double rn_state_cache_p(const rn_state_cache *c, int32_t id) {
  int64_t n = held(c->n_read, c->size);
  double p = 0;
  if (n == 0) return 1 / (double)c->n_words;
  for (int64_t i = 0; i < n; i++)
    if (c->ring[i] == id) p += c->p[i];
  return p;
}

void rn_state_cache_spread(const rn_state_cache *c, double lambda, double *out) {
  int64_t n = held(c->n_read, c->size);
  for (int64_t i = 0; i < n; i++) out[c->ring[i]] += lambda * c->p[i];
  for (int64_t w = 0; n == 0 && w < c->n_words; w++) out[w] += lambda / (double)c->n_words;
}
