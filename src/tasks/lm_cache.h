/* lm_cache.h: what was read last, as a language model: see rn_mixture_options. */
#ifndef RN_TASKS_LM_CACHE_H
#define RN_TASKS_LM_CACHE_H

#include <rondo/graph.h>

/* The last symbols, by how often they came. */
typedef struct rn_word_cache {
  int64_t size, n_words, n_read;
  double decay;
  int32_t *ring; /* [size]: symbol i of the text lies at i % size */
  double *mass;  /* [n_words]: sum of e^(decay i) over its places i, in units of e^(decay origin) */
  double total;
  int64_t origin;
} rn_word_cache;

rn_status rn_word_cache_init(rn_context *ctx, int64_t n_words, int64_t size, double decay, rn_word_cache *out);
void rn_word_cache_free(rn_word_cache *c);
void rn_word_cache_reset(rn_word_cache *c);
void rn_word_cache_read(rn_word_cache *c, int32_t id);
/* p(id); while nothing was read, all are alike. */
double rn_word_cache_p(const rn_word_cache *c, int32_t id);

/* The last symbols, by how alike the vector that each was predicted from is to the present one. */
typedef struct rn_state_cache {
  rn_graph *graph;
  int64_t size, dim, n_words, n_read;
  float theta;
  float *h;       /* [size + 1, dim]: vectors of the ring, and the present one */
  int32_t *ring;  /* [size]: what came after each */
  const float *p; /* [min(n_read, size)]: the weights of the remembered, beside the present vector */
  bool sees;      /* there is a present vector */
} rn_state_cache;

rn_status rn_state_cache_init(rn_context *ctx, int64_t n_words, int64_t dim, int64_t size, double theta, rn_state_cache *out);
void rn_state_cache_free(rn_state_cache *c);
void rn_state_cache_reset(rn_state_cache *c);
/* The vector that the next symbol is predicted from. */
rn_status rn_state_cache_see(rn_state_cache *c, const float *h);
/* The symbol that came; it is remembered with the present vector. */
void rn_state_cache_read(rn_state_cache *c, int32_t id);
double rn_state_cache_p(const rn_state_cache *c, int32_t id);

/* out[w] += lambda p(w), for all words. */
void rn_word_cache_spread(const rn_word_cache *c, double lambda, double *out);
void rn_state_cache_spread(const rn_state_cache *c, double lambda, double *out);

#endif
