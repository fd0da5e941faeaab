/* fuzz_tokenizer_files.c: any bytes as the other files of tokenizers; the first byte says which: a SentencePiece model, BERT's list,
 * GPT-2's pair (a NUL between the two). What is accepted encodes a text, and its own tokenizer.json is accepted too. */
#include "text/tokenizer_files.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  static const char sample[] = "  the (model) \xE2\x96\x81 caf\xC3\xA9 <s> \xff 12\n\nab";
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (size < 2) return 0;
  const char *text = (const char *)data + 1, *cut = memchr(text, 0, size - 1);
  size_t n = size - 1, first = cut ? (size_t)(cut - text) : n;
  rn_tokenizer *t = NULL, *again;
  rn_tokens tokens;
  rn_status status;
  rn_context_clear(ctx);
  if (data[0] % 3 == 0) status = rn_tokenizer_read_sentencepiece(ctx, text, n, "fuzz", &t);
  else if (data[0] % 3 == 1) status = rn_tokenizer_read_bert(ctx, (rn_string){text, n}, "fuzz", &t);
  else status = rn_tokenizer_read_gpt2(ctx, (rn_string){text, first}, "fuzz", (rn_string){text + first, n - first}, "merges", &t);
  if (status != RN_OK) {
    if (t || !rn_context_error(ctx)[0]) abort();
    return 0;
  }
  if (rn_tokenizer_parse(ctx, rn_tokenizer_json(t), strlen(rn_tokenizer_json(t)), "again", &again) != RN_OK) abort();
  rn_tokenizer_free(again);
  if (rn_tokenizer_encode(ctx, t, sample, sizeof sample - 1, NULL, &tokens) == RN_OK) {
    char *back;
    if (rn_tokenizer_decode(ctx, t, tokens.ids, tokens.n, false, &back, NULL) != RN_OK) abort();
    rn_tokenizer_text_free(back);
    rn_tokens_free(&tokens);
  }
  rn_tokenizer_free(t);
  return 0;
}
