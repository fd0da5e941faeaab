/* fuzz_tokenizer_json.c: any bytes as tokenizer.json, up to the first NUL; what follows it is a text that an accepted tokenizer encodes,
 * draws a segmentation of, and decodes. */
#include <rondo/tokenizer.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(rn_context *ctx, const rn_tokenizer *t, const char *text, size_t size, const rn_tokenize_options *options) {
  rn_tokens tokens;
  char *back;
  rn_context_clear(ctx);
  if (rn_tokenizer_encode(ctx, t, text, size, options, &tokens) != RN_OK) {
    if (tokens.ids || !rn_context_error(ctx)[0]) abort();
    return;
  }
  for (int64_t i = 0; i < tokens.n; i++) {
    if (!rn_tokenizer_token(t, tokens.ids[i], NULL)) abort();
    if (tokens.begin[i] < 0 || tokens.begin[i] > tokens.end[i] || tokens.end[i] > (int64_t)size) abort();
  }
  if (rn_tokenizer_decode(ctx, t, tokens.ids, tokens.n, true, &back, NULL) == RN_OK) rn_tokenizer_text_free(back);
  rn_tokens_free(&tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  static const char sample[] = "Na\xC3\xAFve caf\x65\xCC\x81s <s> [MASK] don't\t12 \xff\xE6\x97\xA5\n\n x";
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  const uint8_t *end = size ? memchr(data, 0, size) : NULL;
  size_t n = end ? (size_t)(end - data) : size;
  rn_tokenizer *t;
  rn_context_clear(ctx);
  if (rn_tokenizer_parse(ctx, (const char *)data, n, "fuzz", &t) != RN_OK) {
    if (t || !rn_context_error(ctx)[0]) abort();
    return 0;
  }
  use(ctx, t, sample, sizeof sample - 1, NULL);
  if (end) use(ctx, t, (const char *)end + 1, size - n - 1, &(rn_tokenize_options){.specials = true, .sample = 0.5f});
  rn_tokenizer_free(t);
  return 0;
}
