/* architecture.h: what a model is inside: an architecture out of a table, its weights, configuration and vocabulary. */
#ifndef RN_MODELS_ARCHITECTURE_H
#define RN_MODELS_ARCHITECTURE_H

#include "io/safetensors.h"
#include "nn/params.h"
#include "text/vocab.h"
#include <rondo/model.h>

/* One per architecture: models/model_NAME.c defines it, and models/model.c lists it. */
typedef struct rn_architecture {
  const char *kind; /* "lm": what the file's "rondo.model" says */
  size_t size;      /* of the struct `model->self`: the layers */
  /* Checks the configuration (every number, before anything of its size is allocated) and declares the parameters of model->params.
   * Errors: RN_ERROR_ARGUMENT in the context. */
  rn_status (*init)(rn_context *ctx, rn_model *model, const json_t *config);
  const char *const *vocab_params; /* parameters with a row per symbol of the vocabulary, NULL-terminated */
  /* Frees what `model->self` owns; also after a failed init, of zeros in part. NULL: nothing. */
  void (*free)(rn_model *model);
  /* What it holds beside parameters, such as arrays of integers: fills out [RN_MAX_TABLES], returns how many. NULL: nothing. */
  int64_t (*tables)(const rn_model *model, rn_entry *out);
  /* Finds them again in a file, in whose mapping they stay, and checks whatever a question would trust. NULL with `tables`.
   * Errors: RN_ERROR_DATA. */
  rn_status (*load)(rn_model *model, const rn_safetensors *file, const char *path, rn_error *err);
  bool in_memory; /* made of other models: it has no file, and rn_model_save refuses it */
} rn_architecture;
enum { RN_MAX_TABLES = 32 };

extern const rn_architecture rn_architecture_lm, rn_architecture_bilm, rn_architecture_nplm, rn_architecture_ngram,
    rn_architecture_regressor, rn_architecture_classifier, rn_architecture_tagger, rn_architecture_embeddings;

struct rn_model {
  const rn_architecture *architecture;
  void *self;
  char *config, *training; /* JSON objects */
  rn_params *params;
  rn_vocab *vocab;
  rn_safetensors *file; /* where the values lie, for a model that was opened; else NULL */
};

/* Declares a model; its parameters have no values yet. Takes the vocabulary over, also on failure. */
rn_status rn_model_new(rn_context *ctx, const rn_architecture *architecture, const json_t *config, rn_vocab *vocab, rn_model **out);
/* The same with values drawn from the seed. Takes the configuration over as well; NULL: memory was short for it, which is the error. */
rn_status rn_model_build(rn_context *ctx, const rn_architecture *architecture, json_t *config, rn_vocab *vocab, uint64_t seed,
                         rn_model **out);
/* Another configuration, taken over as above, for the layers that are there. */
rn_status rn_model_set_config(rn_context *ctx, rn_model *model, json_t *config);

#endif
