/* tsne_affinities.h: t-SNE's P: how likely each row has each other as its neighbour. */
#ifndef RN_MODELS_TSNE_AFFINITIES_H
#define RN_MODELS_TSNE_AFFINITIES_H

#include <rondo/tsne.h>

typedef struct rn_affinities {
  int64_t n;
  int64_t *offset;    /* [n + 1] */
  int32_t *neighbour; /* [offset[n]] */
  float *p;           /* [offset[n]], p_ij: symmetric, of sum 1 */
} rn_affinities;

/* Checks rows and perplexity, and finds P among each row's nearest, or among all. Errors as rn_tsne. */
rn_status rn_affinities_new(rn_context *ctx, int64_t n, int64_t dim, const float *rows, double perplexity, rn_tsne_method method,
                            rn_affinities *out);
void rn_affinities_free(rn_affinities *a);

#endif
