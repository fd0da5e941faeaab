/* fuzz_tokenizer_train.c: any bytes as a text that a tokenizer is learned from. The first byte says of which type; what was learned must
 * read the text again, and of bytes give it back. */
#define _GNU_SOURCE /* memfd_create */
#include "base/utf8.h"
#include "memory_file.h"
#include <rondo/tokenizer.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(rn_context *ctx, const rn_tokenizer *t, const char *text, size_t size, bool whole) {
  rn_tokens tokens;
  char *back;
  size_t n;
  if (rn_tokenizer_encode(ctx, t, text, size, NULL, &tokens) != RN_OK) abort();
  if (rn_tokenizer_decode(ctx, t, tokens.ids, tokens.n, true, &back, &n) != RN_OK) abort();
  if (whole && rn_utf8_count_bad(text, size, NULL) == 0 && (n != size || memcmp(back, text, n) != 0)) abort();
  rn_tokenizer_text_free(back);
  rn_tokens_free(&tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (size < 2) return 0;
  int kind = data[0] % 6;
  rn_tokenizer_options o = rn_tokenizer_options_default(kind < 5 ? (rn_tokenizer_type)kind : RN_TOKENIZER_BPE);
  if (kind == 5) o.byte_level = false;
  if (kind != RN_TOKENIZER_CHAR) o.vocab_size = 256 + data[1];
  const char *path = memory_file(data + 2, size - 2);
  rn_tokenizer *t;
  rn_context_clear(ctx);
  rn_status status = rn_tokenizer_train(ctx, &path, 1, &o, &t);
  if (status != RN_OK && !rn_context_error(ctx)[0]) abort();
  bool packed = size >= 4 && ((data[2] == 0x1f && data[3] == 0x8b) || (data[2] == 0x28 && data[3] == 0xb5));
  bool bom = size >= 5 && memcmp(data + 2, "\xef\xbb\xbf", 3) == 0;
  if (status == RN_OK && !packed && !bom) read_again(ctx, t, (const char *)data + 2, size - 2, kind == RN_TOKENIZER_BPE);
  if (status == RN_OK) rn_tokenizer_free(t);
  return 0;
}
