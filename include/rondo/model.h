/* model.h: a model is one .safetensors file: weights under the field's usual names, and in its metadata everything needed to run it. */
#ifndef RONDO_MODEL_H
#define RONDO_MODEL_H

#include <rondo/nn.h>
#include <rondo/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An architecture with its weights, configuration and vocabulary. Constant while it runs: many threads, each with a context of its
 * own, may use one model. */
typedef struct rn_model rn_model;

/* Opens a model file, or the model.safetensors of a run folder. The file is mapped; checksums are verified and weights checked to be
 * finite. Errors: RN_ERROR_IO; RN_ERROR_DATA with file and byte offset. */
RN_API rn_status rn_model_open(rn_context *ctx, const char *path, rn_model **out);
RN_API void rn_model_free(rn_model *model);
/* Written beside, flushed and renamed. */
RN_API rn_status rn_model_save(rn_context *ctx, const rn_model *model, const char *path);
RN_API const char *rn_model_kind(const rn_model *model);          /* "lm" */
RN_API const char *rn_model_config(const rn_model *model);        /* JSON object: what rebuilds it */
RN_API const char *rn_model_training(const rn_model *model);      /* JSON object: how it was trained, on what, how good; "{}" if unknown */
RN_API rn_status rn_model_set_training(rn_model *model, const char *json);
RN_API rn_params *rn_model_params(const rn_model *model);
RN_API const rn_vocab *rn_model_vocab(const rn_model *model);     /* NULL when it has none */
/* Copies every tensor of a safetensors file whose name and shape fit (a checkpoint of ours or a PyTorch state dict saved as safetensors;
 * a prefix such as "rnn." or "module." may be missing or extra). When the two vocabularies differ, rows of the embedding and of
 * the output are matched by symbol. *loaded counts tensors. Errors: no tensor fits (RN_ERROR_DATA, listing both sides). */
RN_API rn_status rn_model_init_from(rn_context *ctx, rn_model *model, const char *path, int64_t *loaded);

#ifdef __cplusplus
}
#endif
#endif
