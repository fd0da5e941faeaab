/* tokenizer_json_frame.c: the post-processors of tokenizer.json: what is put before and behind the tokens of a text. */
#include "base/alloc.h"
#include "text/tokenizer_state.h"

#include <string.h>

static rn_status wrong(const rn_tokenizer_reader *r, const json_t *value, const char *words) {
  return rn_error_set(r->err, RN_ERROR_DATA, "%s: %s: %s", r->name, rn_json_string(value, "type", ""), words);
}

/* Ids put around all that is there already: those before go before it, those behind go behind it. */
static rn_status put_around(const rn_tokenizer_reader *r, const int32_t *before, int64_t n_before, const int32_t *after, int64_t n_after) {
  rn_frame *f = &r->t->frame;
  int32_t *b = rn_realloc(f->before, (size_t)(f->n_before + n_before) * sizeof *b);
  if (b) f->before = b;
  int32_t *a = rn_realloc(f->after, (size_t)(f->n_after + n_after) * sizeof *a);
  if (a) f->after = a;
  if (!a || !b) return rn_tokenizer_out_of_memory(r);
  memmove(b + n_before, b, (size_t)f->n_before * sizeof *b);
  if (n_before) memcpy(b, before, (size_t)n_before * sizeof *b);
  if (n_after) memcpy(a + f->n_after, after, (size_t)n_after * sizeof *a);
  f->n_before += n_before;
  f->n_after += n_after;
  return RN_OK;
}

static bool read_id(const json_t *value, int32_t *id) {
  if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > INT32_MAX) return false;
  *id = (int32_t)json_integer_value(value);
  return true;
}

/* {"sep": ["[SEP]", 102], "cls": ["[CLS]", 101]} */
static rn_status read_pair(rn_tokenizer_reader *r, const json_t *value) {
  int32_t sep, cls;
  if (!read_id(json_array_get(json_object_get(value, "sep"), 1), &sep) || !read_id(json_array_get(json_object_get(value, "cls"), 1), &cls))
    return wrong(r, value, "\"sep\" and \"cls\" should be a token and its id");
  return put_around(r, &cls, 1, &sep, 1);
}

/* {"single": [{"SpecialToken": {"id": NAME}}, {"Sequence": {"id": "A"}}, ...], "special_tokens": {NAME: {"ids": [...]}}} */
static rn_status read_template(rn_tokenizer_reader *r, const json_t *value) {
  const json_t *single = json_object_get(value, "single"), *table = json_object_get(value, "special_tokens");
  int32_t ids[2][64];
  int64_t n[2] = {0, 0};
  int behind = 0;
  for (size_t i = 0; i < json_array_size(single); i++) {
    const json_t *item = json_array_get(single, i);
    if (json_object_get(item, "Sequence")) {
      if (behind++) return wrong(r, value, "\"single\" names the text twice");
      continue;
    }
    const char *name = rn_json_string(json_object_get(item, "SpecialToken"), "id", NULL);
    const json_t *list = name ? json_object_get(json_object_get(table, name), "ids") : NULL;
    if (!json_is_array(list)) return wrong(r, value, "a token of \"single\" has no ids in \"special_tokens\"");
    for (size_t k = 0; k < json_array_size(list); k++) {
      if (n[behind] == 64) return wrong(r, value, "more than 64 tokens around a text");
      if (!read_id(json_array_get(list, k), &ids[behind][n[behind]++])) return wrong(r, value, "an id is no number from 0");
    }
  }
  if (!behind) return wrong(r, value, "\"single\" should have {\"Sequence\": {\"id\": \"A\"}}");
  return put_around(r, ids[0], n[0], ids[1], n[1]);
}

rn_status rn_tokenizer_read_processor(rn_tokenizer_reader *r, const json_t *value) {
  if (!value || json_is_null(value)) return RN_OK;
  const char *type = rn_json_string(value, "type", "");
  bool roberta = strcmp(type, "RobertaProcessing") == 0;
  if (strcmp(type, "Sequence") == 0) {
    const json_t *list = json_object_get(value, "processors");
    if (!json_is_array(list)) return wrong(r, value, "\"processors\" should be an array");
    rn_status status = RN_OK;
    for (size_t i = 0; status == RN_OK && i < json_array_size(list); i++) status = rn_tokenizer_read_processor(r, json_array_get(list, i));
    return status;
  }
  if (roberta || strcmp(type, "ByteLevel") == 0) {
    r->t->frame.trim = rn_json_bool(value, "trim_offsets", true);
    r->t->frame.keep_put_before = rn_json_bool(value, "add_prefix_space", true);
    return roberta ? read_pair(r, value) : RN_OK;
  }
  if (strcmp(type, "BertProcessing") == 0) return read_pair(r, value);
  if (strcmp(type, "TemplateProcessing") == 0) return read_template(r, value);
  return rn_error_set(r->err, RN_ERROR_DATA, "%s: the post-processor \"%.80s\" is not known here", r->name, type);
}
