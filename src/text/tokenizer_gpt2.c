/* tokenizer_gpt2.c: GPT-2's two files, vocab.json and merges.txt (also encoder.json and vocab.bpe), as the tokenizer.json that Hugging Face
 * makes of them. */
#include "base/utf8.h"
#include "text/tokenizer_files.h"

#include <string.h>

/* "a b" a line, after a first line "#version: ...". */
static rn_status read_merges(rn_context *ctx, rn_string text, const char *name, json_t *merges) {
  rn_string line;
  for (int64_t n = 1; rn_next_line(&text, &line); n++) {
    if (line.size == 0 || (n == 1 && line.size >= 8 && memcmp(line.data, "#version", 8) == 0)) continue;
    const char *blank = memchr(line.data, ' ', line.size);
    size_t left = blank ? (size_t)(blank - line.data) : 0;
    if (!left || left + 1 == line.size || memchr(blank + 1, ' ', line.size - left - 1))
      return rn_context_fail(ctx, RN_ERROR_DATA, "%s:%lld: expected two tokens with a blank between them", name, (long long)n);
    json_t *merge = json_stringn(line.data, line.size);
    if (!merge) return rn_context_fail(ctx, RN_ERROR_DATA, "%s:%lld: no UTF-8", name, (long long)n);
    if (json_array_append_new(merges, merge) != 0) return rn_context_fail(ctx, RN_ERROR_MEMORY, "%s: out of memory", name);
  }
  return RN_OK;
}

/* Tokens of several letters come from merges, one each; the special ones apart, as <|endoftext|>. A list of merges that was cut short reads
 * like any other and makes other, shorter tokens of a text. */
static void warn_of_missing(rn_context *ctx, const json_t *tokens, const char *vocab_name, const json_t *merges, const char *merges_name) {
  int64_t made = 0;
  for (void *i = json_object_iter((json_t *)tokens); i; i = json_object_iter_next((json_t *)tokens, i)) {
    const char *token = json_object_iter_key(i);
    size_t letter;
    int bad;
    rn_utf8_decode(token, strlen(token), &letter, &bad);
    made += token[0] != '<' && token[letter] != '\0';
  }
  if (made > (int64_t)json_array_size(merges))
    rn_context_log(ctx, RN_LOG_WARNING, "%s: %lld merges for the %lld tokens of several letters in %s: is it cut short?", merges_name,
                   (long long)json_array_size(merges), (long long)made, vocab_name);
}

rn_status rn_tokenizer_read_gpt2(rn_context *ctx, rn_string vocab, const char *vocab_name, rn_string merges, const char *merges_name,
                                 rn_tokenizer **out) {
  rn_error err = {0};
  json_t *tokens, *list = json_array(), *root = rn_tokenizer_root();
  rn_status status = rn_json_parse(vocab.data, vocab.size, vocab_name, &tokens, &err);
  if (status != RN_OK) rn_context_fail(ctx, status, "%s", err.text);
  else if (!json_is_object(tokens))
    status = rn_context_fail(ctx, RN_ERROR_DATA, "%s: expected an object of tokens and their ids", vocab_name);
  if (status == RN_OK) status = read_merges(ctx, merges, merges_name, list);
  if (status == RN_OK) warn_of_missing(ctx, tokens, vocab_name, list, merges_name);
  const json_t *end = json_object_get(tokens, "<|endoftext|>");
  bool ok = root && list;
  if (json_is_integer(end)) ok = ok && rn_tokenizer_put_added(root, "<|endoftext|>", json_integer_value(end), true);
  for (int i = 0; i < 3; i++) {
    static const char *const places[] = {"pre_tokenizer", "post_processor", "decoder"};
    ok = ok && rn_tokenizer_put(root, places[i],
                                json_pack("{s:s, s:b, s:b, s:b}", "type", "ByteLevel", "add_prefix_space", i > 0, "trim_offsets", i != 1,
                                          "use_regex", 1));
  }
  ok = ok && rn_tokenizer_put(root, "model",
                              json_pack("{s:s, s:n, s:n, s:s, s:s, s:b, s:b, s:O, s:O}", "type", "BPE", "dropout", "unk_token",
                                        "continuing_subword_prefix", "", "end_of_word_suffix", "", "fuse_unk", 0, "byte_fallback", 0,
                                        "vocab", tokens, "merges", list));
  json_decref(tokens);
  json_decref(list);
  if (status == RN_OK) return rn_tokenizer_finish(ctx, root, ok, vocab_name, out);
  json_decref(root);
  return status;
}
