/* model_embeddings.c: word vectors as a model: tables, and no forward pass.
 *
 *     embedding.weight [V, dim]     a row for each word
 *     ngrams.weight [buckets, dim]  rows of the runs of letters, by their hash; a word's vector is the mean of all its rows
 *     output.weight [outputs, dim]  what scores were taken with in training: of words, or of the nodes of the Huffman tree
 *
 * Quantised ones (quantize.h) have no parameters but tables of integers:
 *
 *     embedding.int8 [V, dim] or embedding.bits [V, (dim + 7) / 8], and embedding.scale [V] */
#include "models/model_embeddings.h"

static json_t *config_to_json(const rn_embeddings_config *c) {
  return json_pack("{s:s, s:s, s:I, s:i, s:I, s:I, s:I, s:I}", "model", c->kind, "loss", c->loss, "dim", (json_int_t)c->dim, "bits", 32,
                   "subword_min", (json_int_t)c->subword_min, "subword_max", (json_int_t)c->subword_max, "buckets", (json_int_t)c->buckets,
                   "outputs", (json_int_t)c->outputs);
}

static rn_status init(rn_context *ctx, rn_model *model, const json_t *j) {
  rn_embeddings_model *m = model->self;
  rn_embeddings_config *c = &m->config;
  *c = (rn_embeddings_config){.dim = rn_json_int(j, "dim", 0),
                              .subword_min = rn_json_int(j, "subword_min", 0),
                              .subword_max = rn_json_int(j, "subword_max", 0),
                              .buckets = rn_json_int(j, "buckets", 0),
                              .outputs = rn_json_int(j, "outputs", 0),
                              .bits = rn_json_int(j, "bits", 32)};
  if (!model->vocab) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "word vectors need a vocabulary");
  if (c->dim < 1 || c->dim > 1 << 20)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "vectors of %lld numbers: 1 to 1048576 are possible", (long long)c->dim);
  if (c->subword_min < 0 || c->subword_max < c->subword_min || c->buckets < 0 || c->outputs < 0 || (c->subword_max > 0 && c->buckets == 0))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "subword_min, subword_max, buckets and outputs do not fit together");
  if (c->bits != 32 && ((c->bits != 8 && c->bits != 1) || c->subword_max > 0 || c->outputs > 0))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "vectors of %lld bits: 32 are possible, and of words alone 8 and 1", (long long)c->bits);
  m->words = m->ngrams = m->output = -1;
  if (c->bits < 32) return RN_OK;
  rn_init none = {.kind = RN_INIT_DEFAULT};
  int64_t words[] = {rn_vocab_size(model->vocab), c->dim}, ngrams[] = {c->buckets, c->dim}, output[] = {c->outputs, c->dim};
  int n = 0;
  m->words = n++;
  if (c->subword_max > 0) m->ngrams = n++;
  if (c->outputs > 0) m->output = n++;
  rn_params_add(model->params, "embedding.weight", 2, words, none);
  if (m->ngrams >= 0) rn_params_add(model->params, "ngrams.weight", 2, ngrams, none);
  if (m->output >= 0) rn_params_add(model->params, "output.weight", 2, output, none);
  return RN_OK;
}

static int64_t tables(const rn_model *model, rn_entry *out) {
  const rn_quantized *q = &((const rn_embeddings_model *)model->self)->quantized;
  if (!q->packed) return 0;
  out[0] = *q->scale;
  out[1] = *q->packed;
  return 2;
}

static rn_status load(rn_model *model, const rn_safetensors *file, const char *path, rn_error *err) {
  rn_embeddings_model *m = model->self;
  int bits = (int)m->config.bits;
  if (bits == 32 || rn_quantized_find(file, bits, rn_vocab_size(model->vocab), m->config.dim, &m->quantized)) return RN_OK;
  return rn_error_set(err, RN_ERROR_DATA, "%s: no matrix in %d bits with a row and a scale for each word", path, bits);
}

static const char *const vocab_params[] = {"embedding.weight", NULL};
const rn_architecture rn_architecture_embeddings = {
    .kind = "embeddings", .size = sizeof(rn_embeddings_model), .init = init, .vocab_params = vocab_params, .tables = tables, .load = load};

rn_status rn_embeddings_model_new(rn_context *ctx, const rn_embeddings_config *config, rn_vocab *vocab, rn_model **out) {
  *out = NULL;
  json_t *json = config_to_json(config);
  if (!json) {
    rn_vocab_free(vocab);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the configuration");
  }
  rn_status status = rn_model_new(ctx, &rn_architecture_embeddings, json, vocab, out);
  json_decref(json);
  return status;
}

const rn_embeddings_model *rn_embeddings_model_of(rn_context *ctx, const rn_model *model) {
  if (model->architecture == &rn_architecture_embeddings) return model->self;
  rn_context_fail(ctx, RN_ERROR_ARGUMENT, "word vectors are needed; this is a model of kind \"%s\"", model->architecture->kind);
  return NULL;
}
