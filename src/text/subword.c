/* subword.c: what the models share, and the model of whole words. */
#include "text/subword.h"
#include "base/alloc.h"

bool rn_subwords_grow(rn_subwords *out) {
  size_t capacity = 2 * out->capacity + 64, bytes;
  rn_subword *at = out->failed || !rn_mul_size(capacity, sizeof *at, &bytes) ? NULL : rn_realloc(out->at, bytes);
  out->failed = !at;
  if (!at) return false;
  out->at = at;
  out->capacity = capacity;
  return true;
}

void rn_subword_model_free(rn_subword_model *model) {
  rn_token_table_free(&model->tokens);
  rn_bpe_free(&model->bpe);
  rn_wordpiece_free(&model->wordpiece);
  rn_unigram_free(&model->unigram);
}

void rn_subword_work_free(rn_subword_work *work) {
  rn_free(work->symbols);
  rn_free(work->heap);
  rn_free(work->key);
}

void *rn_subword_reserve(void **block, size_t *held, size_t count, size_t size) {
  size_t bytes;
  if (!rn_mul_size(count, size, &bytes)) return NULL;
  if (bytes <= *held && *block) return *block;
  rn_free(*block);
  *held = 0;
  *block = rn_alloc(bytes + bytes / 2);
  if (*block) *held = bytes + bytes / 2;
  return *block;
}

rn_status rn_subword_unknown(const char *symbol, size_t size, rn_error *err) {
  return rn_error_set(err, RN_ERROR_DATA, "\"%.*s\" is not in the vocabulary, and it has no unknown token", (int)(size < 100 ? size : 100),
                      symbol);
}

static rn_status encode_whole(const rn_subword_model *model, const char *piece, size_t size, rn_subwords *out, rn_error *err) {
  int32_t id = rn_token_table_find(&model->tokens, piece, size);
  if (id < 0) id = model->unk;
  if (id < 0) return rn_subword_unknown(piece, size, err);
  rn_subwords_push(out, id, 0, size);
  return RN_OK;
}

rn_status rn_subword_encode(const rn_subword_model *model, rn_subword_work *work, const char *piece, size_t size, float sample,
                            rn_random *random, rn_subwords *out, rn_error *err) {
  rn_status status = RN_OK;
  switch (model->type) {
  case RN_SUBWORD_BPE: status = rn_bpe_encode(model, work, piece, size, sample, random, out, err); break;
  case RN_SUBWORD_WORDPIECE: status = rn_wordpiece_encode(model, piece, size, out, err); break;
  case RN_SUBWORD_UNIGRAM: status = rn_unigram_encode(model, work, piece, size, sample, random, out, err); break;
  case RN_SUBWORD_WHOLE: status = encode_whole(model, piece, size, out, err); break;
  }
  if (status == RN_OK && out->failed) status = rn_error_set(err, RN_ERROR_MEMORY, "out of memory for the tokens of %zu bytes", size);
  return status;
}
