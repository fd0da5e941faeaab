/* tokenizer_bert.c: BERT's vocab.txt, as the tokenizer.json that Hugging Face makes of it. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "text/tokenizer_files.h"

#include <string.h>

rn_status rn_tokenizer_read_bert(rn_context *ctx, rn_string text, const char *name, rn_tokenizer **out) {
  static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  json_t *root = rn_tokenizer_root(), *vocab = json_object();
  rn_string line;
  bool ok = root && vocab, lower = true;
  rn_status status = RN_OK;
  for (int64_t id = 0; ok && status == RN_OK && rn_next_line(&text, &line); id++) {
    if (memchr(line.data, 0, line.size) || rn_utf8_count_bad(line.data, line.size, NULL)) {
      status = rn_context_fail(ctx, RN_ERROR_DATA, "%s:%lld: a NUL or no UTF-8: no list of tokens", name, (long long)id + 1);
      break;
    }
    char *token = rn_strndup(line.data, line.size);
    /* The cased vocabularies are told by their capital letters: the special tokens apart, the others have none. */
    if (token && token[0] != '[')
      for (size_t i = 0; i < line.size; i++) lower = lower && !(token[i] >= 'A' && token[i] <= 'Z');
    if (token && json_object_get(vocab, token))
      status = rn_context_fail(ctx, RN_ERROR_DATA, "%s:%lld: \"%.80s\" is there already", name, (long long)id + 1, token);
    else ok = token && rn_tokenizer_put(vocab, token, json_integer(id));
    rn_free(token);
  }
  int64_t ids[5];
  for (int i = 0; i < 5; i++) ids[i] = rn_json_int(vocab, specials[i], -1);
  if (ok && status == RN_OK && ids[1] < 0)
    status = rn_context_fail(ctx, RN_ERROR_DATA, "%s: there is no [UNK] among the tokens: no vocab.txt of WordPiece", name);
  for (int i = 0; i < 5; i++) ok = ok && (ids[i] < 0 || rn_tokenizer_put_added(root, specials[i], ids[i], true));
  ok = ok && rn_tokenizer_put(root, "normalizer",
                              json_pack("{s:s, s:b, s:b, s:n, s:b}", "type", "BertNormalizer", "clean_text", 1, "handle_chinese_chars", 1,
                                        "strip_accents", "lowercase", lower));
  ok = ok && rn_tokenizer_put(root, "pre_tokenizer", json_pack("{s:s}", "type", "BertPreTokenizer"));
  if (ids[2] >= 0 && ids[3] >= 0)
    ok = ok && rn_tokenizer_put(root, "post_processor",
                                json_pack("{s:s, s:[s,I], s:[s,I]}", "type", "BertProcessing", "sep", "[SEP]", (json_int_t)ids[3], "cls",
                                          "[CLS]", (json_int_t)ids[2]));
  ok = ok && rn_tokenizer_put(root, "decoder", json_pack("{s:s, s:s, s:b}", "type", "WordPiece", "prefix", "##", "cleanup", 1));
  ok = ok && rn_tokenizer_put(root, "model",
                              json_pack("{s:s, s:s, s:s, s:i, s:O}", "type", "WordPiece", "unk_token", "[UNK]", "continuing_subword_prefix",
                                        "##", "max_input_chars_per_word", 100, "vocab", vocab));
  json_decref(vocab);
  if (status == RN_OK) return rn_tokenizer_finish(ctx, root, ok, name, out);
  json_decref(root);
  return status;
}
