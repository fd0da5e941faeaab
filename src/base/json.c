/* json.c: strict JSON over jansson. */
#include "base/json.h"
#include "base/alloc.h"
#include "base/text_buffer.h"

#include <string.h>

#define MAX_DEPTH 64

/* The line of the bracket that nests deeper than MAX_DEPTH, or 0. jansson's own limit is 2048 frames of recursion. */
static int too_deep(const char *text, size_t size) {
  int depth = 0, line = 1;
  bool quoted = false;
  for (size_t i = 0; i < size; i++) {
    char c = text[i];
    if (c == '\n') line++;
    if (quoted) {
      if (c == '\\') i++;
      else if (c == '"') quoted = false;
    } else if (c == '"') quoted = true;
    else if ((c == '{' || c == '[') && ++depth > MAX_DEPTH) return line;
    else if (c == '}' || c == ']') depth--;
  }
  return 0;
}

rn_status rn_json_parse(const char *text, size_t size, const char *name, json_t **out, rn_error *err) {
  *out = NULL;
  int line = too_deep(text, size);
  if (line) return rn_error_set(err, RN_ERROR_DATA, "%s:%d: nested deeper than %d", name, line, MAX_DEPTH);
  json_error_t e;
  /* U+0000 is a character like others in a vocabulary; rn_json_string does not let it cut a string short. */
  *out = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
  if (*out) return RN_OK;
  /* jansson does not report every failed allocation as one; some have no words at all. */
  if (json_error_code(&e) == json_error_out_of_memory || !e.text[0]) return rn_error_set(err, RN_ERROR_MEMORY, "%s: out of memory", name);
  return rn_error_set(err, RN_ERROR_DATA, "%s:%d:%d: %s", name, e.line, e.column, e.text);
}

static int append(const char *bytes, size_t n, void *text) {
  rn_text_append(text, bytes, n);
  return ((rn_text *)text)->failed ? -1 : 0;
}

static char *dump(const json_t *value, size_t flags) {
  rn_text text = {0};
  if (json_dump_callback(value, append, &text, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY | flags) != 0) rn_text_free(&text);
  return text.data;
}

char *rn_json_text(const json_t *value) { return dump(value, 0); }
char *rn_json_words(const json_t *value) { return dump(value, JSON_REAL_PRECISION(9)); }

int64_t rn_json_int(const json_t *object, const char *key, int64_t fallback) {
  const json_t *v = json_object_get(object, key);
  return json_is_integer(v) ? json_integer_value(v) : fallback;
}

double rn_json_number(const json_t *object, const char *key, double fallback) {
  const json_t *v = json_object_get(object, key);
  return json_is_number(v) ? json_number_value(v) : fallback;
}

bool rn_json_bool(const json_t *object, const char *key, bool fallback) {
  const json_t *v = json_object_get(object, key);
  return json_is_boolean(v) ? json_is_true(v) : fallback;
}

const char *rn_json_string(const json_t *object, const char *key, const char *fallback) {
  const json_t *v = json_object_get(object, key);
  if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v)) return fallback;
  return json_string_value(v);
}
