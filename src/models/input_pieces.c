/* input_pieces.c: see input_pieces.h. */
#include "models/input_pieces.h"
#include "base/alloc.h"
#include "base/file.h"
#include <string.h>

void rn_input_config_use_tokenizer(rn_input_config *c, bool rows) {
  c->fold = false;
  c->unk_rate = 0;
  if (!rows) return;
  c->split = RN_SPLIT_TOKENS;
  c->characters = RN_CHARACTERS_NONE;
  c->casing = 0;
}

rn_status rn_input_pieces_check(rn_context *ctx, const rn_input_config *c) {
  const char *wrong = NULL;
  if (c->fold) wrong = "a tokenizer says itself which letters are alike: words are not folded before it (fold)";
  else if (c->unk_rate > 0) wrong = "a tokenizer has a token for what it does not know: no other is read as that (unk_rate)";
  else if (c->embed == 0) wrong = "tokens need an embedding (embed)";
  else if (c->split == RN_SPLIT_TOKENS && (c->characters != RN_CHARACTERS_NONE || c->casing > 0))
    wrong = "rows that are tokens have no letters and no casing of a word (characters, casing)";
  return wrong ? rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%s", wrong) : RN_OK;
}

rn_status rn_input_pieces_learn(rn_context *ctx, const rn_input_config *c, const rn_input_building *b, rn_vocab **vocab) {
  rn_tokenizer *copy;
  rn_status status = rn_input_pieces_check(ctx, c);
  if (status == RN_OK && b->vectors)
    status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "pretrained vectors are of words, a tokenizer's tokens are not: one or the other");
  if (status == RN_OK) status = rn_tokenizer_copy(ctx, b->tokenizer, &copy);
  return status == RN_OK ? rn_vocab_from_tokenizer(ctx, copy, vocab) : status;
}

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the pieces of words"); }

rn_status rn_input_pieces_encode(rn_context *ctx, const rn_word_pieces *pieces, const rn_map *forms, rn_encoded *e, uint8_t *unknown) {
  int64_t n = rn_map_size(forms), capacity = 2 * n + 16;
  int64_t *offset = rn_alloc_zero((size_t)n + 1, sizeof *offset);
  e->pieces_of = (rn_ragged){n, offset};
  e->pieces = rn_alloc((size_t)capacity * sizeof *e->pieces);
  if (!offset || !e->pieces) return no_memory(ctx);
  for (int64_t f = 0; f < n; f++) {
    rn_string word;
    rn_tokens tokens;
    word.data = rn_map_key(forms, f, &word.size, NULL);
    rn_status status = rn_word_pieces_find(ctx, pieces, word, &tokens);
    if (status != RN_OK) return status;
    offset[f + 1] = offset[f] + tokens.n;
    unknown[f] = tokens.n_unknown > 0 || tokens.n == 0;
    if (offset[f + 1] > capacity) {
      capacity = 2 * offset[f + 1];
      int32_t *grown = rn_realloc(e->pieces, (size_t)capacity * sizeof *grown);
      if (grown) e->pieces = grown;
      else status = no_memory(ctx);
    }
    if (status == RN_OK && tokens.n > 0) memcpy(e->pieces + offset[f], tokens.ids, (size_t)tokens.n * sizeof *tokens.ids);
    rn_tokens_free(&tokens);
    if (status != RN_OK) return status;
  }
  return RN_OK;
}

rn_status rn_input_key(rn_context *ctx, const rn_input *in, rn_string word, int64_t *key) {
  *key = -1;
  if (!in->pieces.tokenizer) {
    int32_t id = rn_lexicon_word(in->lexicon, word.data, word.size);
    if (id != rn_vocab_unk(in->vocab)) *key = id;
    return RN_OK;
  }
  rn_tokens tokens;
  rn_status status = rn_word_pieces_find(ctx, &in->pieces, word, &tokens);
  if (status == RN_OK && tokens.n > 0 && tokens.n_unknown == 0)
    *key = (int64_t)(rn_hash(tokens.ids, (size_t)tokens.n * sizeof *tokens.ids) >> 1);
  rn_tokens_free(&tokens);
  return status;
}
