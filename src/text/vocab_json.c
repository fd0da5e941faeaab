/* vocab_json.c: a vocabulary in a model file.
 *
 *     {"level": "word", "symbols": "<unk>\nthe\nof", "counts": "0 12 7", "unk": 0}
 *     {"level": "token", "tokenizer": the text of a tokenizer.json, "counts": "0 12 7"}
 *
 * Words are one text, a line each, which opens several times as fast as an array of thousands of strings; a model file has them in tables
 * of their own even (data/vocab_file.h). Characters, among which the line end is one, are arrays in both places. */
#include "base/alloc.h"
#include "base/text_buffer.h"
#include "base/utf8.h"
#include "text/symbols.h"
#include "text/token_level.h"
#include "text/vocab.h"
#include <stdlib.h>
#include <string.h>

bool rn_vocab_fits_lines(const rn_vocab *v) {
  for (int32_t i = 0; i < rn_vocab_size(v); i++) {
    size_t size;
    const char *symbol = rn_vocab_symbol(v, i, &size);
    if (memchr(symbol, '\n', size) || memchr(symbol, 0, size)) return false;
  }
  return rn_vocab_level(v) == RN_LEVEL_WORD;
}

void rn_vocab_put_lines(const rn_vocab *v, rn_text *out) {
  for (int32_t i = 0; i < rn_vocab_size(v); i++) {
    size_t size;
    const char *symbol = rn_vocab_symbol(v, i, &size);
    if (i > 0) rn_text_puts(out, "\n");
    rn_text_append(out, symbol, size);
  }
}

/* ---- writing ---- */

/* Takes the text over. */
static json_t *json_of(rn_text *text) {
  json_t *json = text->failed ? NULL : json_stringn(text->data ? text->data : "", text->size);
  rn_text_free(text);
  return json;
}

static json_t *lines_json(const rn_vocab *v) {
  rn_text text = {0};
  rn_vocab_put_lines(v, &text);
  return json_of(&text);
}

static json_t *counts_json(const rn_vocab *v) {
  rn_text text = {0};
  for (int32_t i = 0; i < rn_vocab_size(v); i++) rn_text_printf(&text, i ? " %lld" : "%lld", (long long)rn_vocab_count(v, i));
  return json_of(&text);
}

static json_t *list_json(const rn_vocab *v, bool counts) {
  json_t *list = json_array();
  for (int32_t i = 0; list && i < rn_vocab_size(v); i++) {
    size_t size;
    const char *symbol = rn_vocab_symbol(v, i, &size);
    bool nul = size == 1 && *symbol == 0;
    json_t *entry = counts ? json_integer(rn_vocab_count(v, i)) : json_stringn(symbol, nul ? 0 : size);
    if (json_array_append_new(list, entry) != 0) {
      json_decref(list);
      list = NULL;
    }
  }
  return list;
}

json_t *rn_vocab_to_json(const rn_vocab *v) {
  const char *level = rn_level_name(rn_vocab_level(v));
  if (rn_vocab_level(v) == RN_LEVEL_TOKEN)
    return json_pack("{s:s, s:s, s:o}", "level", level, "tokenizer", rn_tokenizer_json(rn_vocab_tokenizer(v)), "counts", counts_json(v));
  bool lines = rn_vocab_fits_lines(v);
  return json_pack("{s:s, s:o, s:o, s:i}", "level", level, "symbols", lines ? lines_json(v) : list_json(v, false), "counts",
                   lines ? counts_json(v) : list_json(v, true), "unk", rn_vocab_unk(v));
}

/* ---- reading ---- */

static rn_status malformed(const char *path, rn_error *err) {
  return rn_error_set(err, RN_ERROR_DATA, "%s: its vocabulary is malformed: level, symbols, counts and unk do not make one", path);
}

static rn_status no_memory(const char *path, rn_error *err) {
  return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for the vocabulary of %s", path);
}

static rn_status add(rn_vocab *v, const char *symbol, size_t size, int64_t count, const char *path, rn_error *err) {
  bool fresh;
  if (size == 0 || size > RN_MAX_WORD || count < 0)
    return rn_error_set(err, RN_ERROR_DATA, "%s: vocabulary entry %lld is not a symbol with a count", path, (long long)rn_vocab_size(v));
  if (!rn_vocab_add(v, symbol, size, count, &fresh)) return no_memory(path, err);
  if (!fresh) return rn_error_set(err, RN_ERROR_DATA, "%s: vocabulary entry %lld is there twice", path, (long long)rn_vocab_size(v));
  return RN_OK;
}

/* The end of reading. Takes v over. */
static rn_status finish(rn_vocab *v, int64_t unk, rn_status status, const char *path, rn_vocab **out, rn_error *err) {
  if (status == RN_OK && (rn_vocab_size(v) < 1 || unk < -1 || unk >= rn_vocab_size(v))) status = malformed(path, err);
  if (status != RN_OK) {
    rn_vocab_free(v);
    return status;
  }
  rn_vocab_done(v, (int32_t)unk);
  *out = v;
  return RN_OK;
}

rn_status rn_vocab_from_lines(const char *text, size_t size, const int64_t *counts, int64_t n, int64_t unk, const char *path,
                              rn_vocab **out, rn_error *err) {
  *out = NULL;
  int64_t lines = 1;
  for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
  if (lines != n || n > INT32_MAX || rn_utf8_count_bad(text, size, NULL)) return malformed(path, err);
  rn_vocab *v = rn_vocab_new(RN_LEVEL_WORD);
  rn_status status = v && rn_vocab_reserve(v, n, size) ? RN_OK : no_memory(path, err);
  const char *end = text + size;
  for (int64_t i = 0; i < n && status == RN_OK; i++) {
    const char *newline = i + 1 < n ? memchr(text, '\n', (size_t)(end - text)) : end;
    status = add(v, text, (size_t)(newline - text), counts[i], path, err);
    text = newline + 1;
  }
  return finish(v, unk, status, path, out, err);
}

/* "0 12 7" to n counts. */
static bool read_counts(const char *text, int64_t *counts, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    char *after;
    if (*text < '0' || *text > '9') return false;
    counts[i] = strtoll(text, &after, 10);
    if (*after != (i + 1 == n ? 0 : ' ')) return false;
    text = after + 1;
  }
  return true;
}

static rn_status from_texts(const json_t *json, const json_t *symbols, const char *path, rn_vocab **out, rn_error *err) {
  const char *text = json_string_value(symbols);
  size_t size = json_string_length(symbols);
  int64_t n = 1;
  for (size_t i = 0; i < size; i++) n += text[i] == '\n';
  int64_t *counts = rn_alloc((size_t)n * sizeof *counts);
  rn_status status = counts ? RN_OK : no_memory(path, err);
  if (status == RN_OK && !read_counts(rn_json_string(json, "counts", ""), counts, n)) status = malformed(path, err);
  if (status == RN_OK) status = rn_vocab_from_lines(text, size, counts, n, rn_json_int(json, "unk", -1), path, out, err);
  rn_free(counts);
  return status;
}

static rn_status from_lists(const json_t *json, const json_t *symbols, rn_level level, const char *path, rn_vocab **out, rn_error *err) {
  const json_t *counts = json_object_get(json, "counts");
  size_t n = json_array_size(symbols);
  if (!json_is_array(symbols) || json_array_size(counts) != n || n > INT32_MAX) return malformed(path, err);
  rn_vocab *v = rn_vocab_new(level);
  rn_status status = v ? RN_OK : no_memory(path, err);
  for (size_t i = 0; i < n && status == RN_OK; i++) {
    const json_t *symbol = json_array_get(symbols, i), *count = json_array_get(counts, i);
    if (!json_is_string(symbol) || !json_is_integer(count)) {
      status = rn_error_set(err, RN_ERROR_DATA, "%s: vocabulary entry %zu is not a symbol with a count", path, i);
    } else {
      size_t size = json_string_length(symbol);
      status = add(v, json_string_value(symbol), size ? size : 1, json_integer_value(count), path, err); /* "" is NUL */
    }
  }
  return finish(v, rn_json_int(json, "unk", -1), status, path, out, err);
}

static rn_status from_tokenizer(const json_t *json, const char *path, rn_vocab **out, rn_error *err) {
  const json_t *text = json_object_get(json, "tokenizer");
  if (!json_is_string(text)) return rn_error_set(err, RN_ERROR_DATA, "%s: its vocabulary is malformed: there is no tokenizer", path);
  rn_context own = {0}; /* silent, and without threads */
  rn_tokenizer *tokenizer;
  rn_status status = rn_tokenizer_parse(&own, json_string_value(text), json_string_length(text), path, &tokenizer);
  if (status == RN_OK) status = rn_vocab_from_tokenizer(&own, tokenizer, out);
  if (status != RN_OK) return rn_error_set(err, status, "%s", own.error.text);
  int64_t n = rn_vocab_size(*out), *counts = rn_alloc((size_t)n * sizeof *counts);
  if (!counts) status = no_memory(path, err);
  else if (!read_counts(rn_json_string(json, "counts", ""), counts, n))
    status = rn_error_set(err, RN_ERROR_DATA, "%s: its vocabulary is malformed: the counts are not those of its tokens", path);
  for (int64_t i = 0; i < n && status == RN_OK; i++) rn_vocab_set_count(*out, (int32_t)i, counts[i]);
  rn_free(counts);
  if (status == RN_OK) return RN_OK;
  rn_vocab_free(*out);
  *out = NULL;
  return status;
}

rn_status rn_vocab_from_json(const json_t *json, const char *path, rn_vocab **out, rn_error *err) {
  *out = NULL;
  const char *level = rn_json_string(json, "level", "");
  const json_t *symbols = json_object_get(json, "symbols");
  if (strcmp(level, "token") == 0) return from_tokenizer(json, path, out, err);
  bool word = strcmp(level, "word") == 0;
  if (!word && strcmp(level, "char") != 0) return malformed(path, err);
  if (word && json_is_string(symbols)) return from_texts(json, symbols, path, out, err);
  return from_lists(json, symbols, word ? RN_LEVEL_WORD : RN_LEVEL_CHAR, path, out, err);
}
