/* tokenizer_words.c: a text's tokens in place of its words, and a word's tokens in place of the word. */
#include "text/tokenizer_words.h"
#include "base/alloc.h"
#include <string.h>

rn_status rn_text_split(rn_context *ctx, rn_split how, const rn_tokenizer *tokenizer, const char *text, size_t size,
                        const rn_tokenize_options *options, rn_string *out, int64_t max, int64_t *n) {
  if (how != RN_SPLIT_TOKENS) {
    *n = rn_words_split(how, text, size, out, max);
    return RN_OK;
  }
  rn_tokens tokens;
  rn_status status = rn_tokenizer_encode(ctx, tokenizer, text, size, options, &tokens);
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

/* Is there a token that begins with the blank's and goes on? */
static bool begins_tokens(const rn_tokenizer *t, const rn_tokens *blank) {
  size_t size, n;
  const char *letter = blank->n == 1 ? rn_tokenizer_token(t, blank->ids[0], &size) : NULL;
  for (int32_t id = 0; letter && id < rn_tokenizer_size(t); id++) {
    const char *token = rn_tokenizer_token(t, id, &n);
    if (token && n > size && memcmp(token, letter, size) == 0) return true;
  }
  return false;
}

/* Are both words of "a a" what "a" alone is? If not, and a blank is more than a character like others, words are read behind one. */
rn_status rn_word_pieces_init(rn_context *ctx, const rn_tokenizer *tokenizer, rn_word_pieces *out) {
  static const char *const texts[] = {"a", "a a", " "};
  rn_context quiet = {.pool = ctx->pool};
  rn_tokens tokens[3] = {0};
  *out = (rn_word_pieces){.tokenizer = tokenizer};
  rn_status status = RN_OK;
  for (int i = 0; i < 3 && status == RN_OK; i++)
    status = rn_tokenizer_encode(&quiet, tokenizer, texts[i], strlen(texts[i]), NULL, &tokens[i]);
  if (status == RN_OK) out->blank = !is_twice(&tokens[1], &tokens[0]) && begins_tokens(tokenizer, &tokens[2]);
  for (int i = 0; i < 3; i++) rn_tokens_free(&tokens[i]);
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
