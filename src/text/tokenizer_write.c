/* tokenizer_write.c: what the readers of other formats share: a tokenizer.json in the making. */
#include "base/alloc.h"
#include "text/tokenizer_files.h"

#include <string.h>

bool rn_tokenizer_put(json_t *object, const char *key, json_t *value) { return json_object_set_new(object, key, value) == 0; }

bool rn_tokenizer_put_added(json_t *root, const char *token, int64_t id, bool special) {
  json_t *t = json_pack("{s:I, s:s, s:b, s:b, s:b, s:b, s:b}", "id", (json_int_t)id, "content", token, "single_word", 0, "lstrip", 0,
                        "rstrip", 0, "normalized", 0, "special", special);
  return json_array_append_new(json_object_get(root, "added_tokens"), t) == 0;
}

rn_status rn_tokenizer_finish(rn_context *ctx, json_t *root, bool complete, const char *name, rn_tokenizer **out) {
  char *text = complete ? rn_json_text(root) : NULL;
  json_decref(root);
  if (!text) return rn_context_fail(ctx, RN_ERROR_MEMORY, "%s: out of memory", name);
  rn_status status = rn_tokenizer_parse(ctx, text, strlen(text), name, out);
  rn_free(text);
  return status;
}

json_t *rn_tokenizer_root(void) {
  json_t *root = json_object();
  bool ok = rn_tokenizer_put(root, "version", json_string("1.0")) && rn_tokenizer_put(root, "truncation", json_null()) &&
            rn_tokenizer_put(root, "padding", json_null()) && rn_tokenizer_put(root, "added_tokens", json_array()) &&
            rn_tokenizer_put(root, "normalizer", json_null()) && rn_tokenizer_put(root, "pre_tokenizer", json_null()) &&
            rn_tokenizer_put(root, "post_processor", json_null()) && rn_tokenizer_put(root, "decoder", json_null());
  if (ok) return root;
  json_decref(root);
  return NULL;
}

bool rn_next_line(rn_string *text, rn_string *line) {
  if (text->size == 0) return false;
  const char *end = memchr(text->data, '\n', text->size);
  size_t n = end ? (size_t)(end - text->data) : text->size;
  *line = (rn_string){text->data, n > 0 && text->data[n - 1] == '\r' ? n - 1 : n};
  text->data += n + (end != NULL);
  text->size -= n + (end != NULL);
  return true;
}
