/* model_embeddings.h: word vectors as a model. */
#ifndef RN_MODELS_MODEL_EMBEDDINGS_H
#define RN_MODELS_MODEL_EMBEDDINGS_H

#include "data/vectors.h"
#include "models/architecture.h"

typedef struct rn_embeddings_config {
  const char *kind, *loss; /* "skipgram", "negative"; for people */
  int64_t dim, subword_min, subword_max, buckets;
  int64_t outputs; /* rows of output.weight; 0: there is none */
  int64_t bits;    /* 32; 8 or 1: quantised (quantize.h), and no parameters */
} rn_embeddings_config;

/* The layers: places among the model's parameters; -1: not there. */
typedef struct rn_embeddings_model {
  rn_embeddings_config config;
  int words, ngrams, output;
  rn_quantized quantized; /* in the file */
} rn_embeddings_model;

/* A model whose parameters have no values yet: the caller binds them (rn_params_borrow, rn_params_own). Takes the vocabulary over. */
rn_status rn_embeddings_model_new(rn_context *ctx, const rn_embeddings_config *config, rn_vocab *vocab, rn_model **out);
/* Errors: RN_ERROR_ARGUMENT: it is a model of another kind. */
const rn_embeddings_model *rn_embeddings_model_of(rn_context *ctx, const rn_model *model);

#endif
