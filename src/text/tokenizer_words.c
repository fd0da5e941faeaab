/* tokenizer_words.c: a text's tokens in place of its words, and a word's tokens in place of the word. */
#include "text/tokenizer_words.h"
#include "base/alloc.h"
#include <string.h>

rn_status rn_text_split(rn_context *ctx, rn_split how, const rn_tokenizer *tokenizer, const char *text, size_t size, rn_string *out,
                        int64_t max, int64_t *n) {
  if (how != RN_SPLIT_TOKENS) {
    *n = rn_words_split(how, text, size, out, max);
    return RN_OK;
  }
  rn_tokens tokens;
  rn_status status = rn_tokenizer_encode(ctx, tokenizer, text, size, NULL, &tokens);
  if (status != RN_OK) return status;
  for (int64_t i = 0; i < tokens.n && i < max; i++) out[i].data = rn_tokenizer_token(tokenizer, tokens.ids[i], &out[i].size);
  *n = tokens.n;
  rn_tokens_free(&tokens);
  return RN_OK;
}

/* Of a few bytes, of which nothing is to be said: a word is encoded for each of thousands. */
static rn_status encode(rn_context *ctx, const rn_tokenizer *t, const char *text, size_t size, rn_tokens *out) {
  rn_context quiet = {.pool = ctx->pool};
  if (rn_tokenizer_encode(&quiet, t, text, size, NULL, out) == RN_OK) return RN_OK;
  return rn_context_fail(ctx, quiet.error.status, "%s", quiet.error.text);
}

static bool is_twice(const rn_tokens *two, const rn_tokens *one) {
  size_t size = (size_t)one->n * sizeof *one->ids;
  return two->n == 2 * one->n && memcmp(two->ids, one->ids, size) == 0 && memcmp(two->ids + one->n, one->ids, size) == 0;
}

/* Are both words of "a a" what "a" alone is? Where the blank is a character like others, it is not a part of the word. */
rn_status rn_word_pieces_init(rn_context *ctx, const rn_tokenizer *tokenizer, rn_word_pieces *out) {
  rn_context quiet = {.pool = ctx->pool};
  rn_tokens one = {0}, two = {0};
  *out = (rn_word_pieces){.tokenizer = tokenizer};
  rn_status status = rn_tokenizer_encode(&quiet, tokenizer, "a", 1, NULL, &one);
  if (status == RN_OK) status = rn_tokenizer_encode(&quiet, tokenizer, "a a", 3, NULL, &two);
  if (status == RN_OK) out->blank = one.n > 0 && !is_twice(&two, &one) && rn_tokenizer_type_of(tokenizer) != RN_TOKENIZER_CHAR;
  rn_tokens_free(&one);
  rn_tokens_free(&two);
  /* RN_ERROR_DATA: it does not know the letter, and so does not tell. */
  return status == RN_ERROR_MEMORY ? rn_context_fail(ctx, status, "out of memory for a tokenizer's words") : RN_OK;
}

rn_status rn_word_pieces_find(rn_context *ctx, const rn_word_pieces *p, rn_string word, rn_tokens *out) {
  if (!p->blank) return encode(ctx, p->tokenizer, word.data, word.size, out);
  *out = (rn_tokens){0};
  char *behind = rn_alloc(word.size + 1);
  if (!behind) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a word of %zu bytes", word.size);
  behind[0] = ' ';
  memcpy(behind + 1, word.data, word.size);
  rn_status status = encode(ctx, p->tokenizer, behind, word.size + 1, out);
  rn_free(behind);
  return status;
}
