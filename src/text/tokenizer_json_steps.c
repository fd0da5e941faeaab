/* tokenizer_json_steps.c: the normalizers, pre-tokenizers and decoders of tokenizer.json, each a name and options, or a sequence of others,
 * as rows of the primitive steps they consist of. */
#include "base/alloc.h"
#include "base/names.h"
#include "text/char_classes.h"
#include "text/tokenizer_state.h"

#include <string.h>

rn_status rn_tokenizer_out_of_memory(const rn_tokenizer_reader *r) {
  return rn_error_set(r->err, RN_ERROR_MEMORY, "%s: out of memory", r->name);
}

char *rn_json_copy(const json_t *string, size_t *size) {
  size_t n = json_string_length(string);
  char *copy = rn_alloc(n + 1);
  if (!copy) return NULL;
  memcpy(copy, json_string_value(string), n);
  copy[n] = '\0';
  if (size) *size = n;
  return copy;
}

static const char *type_of(const json_t *value) { return rn_json_string(value, "type", ""); }

static rn_status unknown(const rn_tokenizer_reader *r, const char *what, const json_t *value) {
  return rn_error_set(r->err, RN_ERROR_DATA, "%s: the %s \"%.80s\" is not known here", r->name, what, type_of(value));
}

static rn_status missing(const rn_tokenizer_reader *r, const char *step, const char *key, const char *expected) {
  return rn_error_set(r->err, RN_ERROR_DATA, "%s: %s: \"%s\" should be %s", r->name, step, key, expected);
}

/* A string among the options of a step. */
static rn_status read_string(const rn_tokenizer_reader *r, const json_t *value, const char *key, char **out, size_t *size) {
  const json_t *s = json_object_get(value, key);
  if (!json_is_string(s)) return missing(r, type_of(value), key, "a string");
  *out = rn_json_copy(s, size);
  return *out ? RN_OK : rn_tokenizer_out_of_memory(r);
}

/* "pattern": {"String": ...} or {"Regex": ...}. */
static rn_status read_pattern(const rn_tokenizer_reader *r, const json_t *value, const json_t **literal, const json_t **regex) {
  const json_t *pattern = json_object_get(value, "pattern");
  *literal = json_object_get(pattern, "String");
  *regex = json_object_get(pattern, "Regex");
  if (json_is_string(*literal) || json_is_string(*regex)) return RN_OK;
  return missing(r, type_of(value), "pattern", "{\"String\": ...} or {\"Regex\": ...}");
}

/* Puts the name of the file and of the step before what is wrong with a pattern. */
static rn_status pattern_failed(const rn_tokenizer_reader *r, const json_t *value, const rn_error *e) {
  return rn_error_set(r->err, e->status, "%s: %s: %s", r->name, type_of(value), e->text);
}

/* Array `steps` with one more, zeroed; NULL when out of memory. */
#define ADD_STEP(steps, n)                                                                                                                 \
  ({                                                                                                                                       \
    __typeof__(steps) more_ = rn_realloc(steps, (size_t)((n) + 1) * sizeof *(steps));                                                      \
    if (more_) (steps) = more_, memset(&more_[n], 0, sizeof *more_), more_ += (n)++;                                                       \
    more_;                                                                                                                                 \
  })

/* Each of a sequence, or the one that it is. */
static rn_status read_each(rn_tokenizer_reader *r, const json_t *value, const char *key,
                           rn_status (*read)(rn_tokenizer_reader *, const json_t *)) {
  const json_t *list = json_object_get(value, key);
  if (!json_is_array(list)) return missing(r, "Sequence", key, "an array");
  rn_status status = RN_OK;
  for (size_t i = 0; status == RN_OK && i < json_array_size(list); i++) status = read(r, json_array_get(list, i));
  return status;
}

/* ---- normalizers ---- */

static rn_normalizer *add_normalizer(rn_tokenizer_reader *r, rn_normalizer_type type) {
  rn_normalizer *step = ADD_STEP(r->t->normalizers, r->t->n_normalizers);
  if (step) step->type = type;
  else rn_tokenizer_out_of_memory(r);
  return step;
}

static rn_status read_bert_normalizer(rn_tokenizer_reader *r, const json_t *value) {
  bool lowercase = rn_json_bool(value, "lowercase", true), accents = rn_json_bool(value, "strip_accents", lowercase);
  if (rn_json_bool(value, "clean_text", true) && !add_normalizer(r, RN_NORMALIZE_CLEAN)) return RN_ERROR_MEMORY;
  if (rn_json_bool(value, "handle_chinese_chars", true) && !add_normalizer(r, RN_NORMALIZE_SPACE_CHINESE)) return RN_ERROR_MEMORY;
  if (accents && (!add_normalizer(r, RN_NORMALIZE_NFD) || !add_normalizer(r, RN_NORMALIZE_STRIP_NONSPACING))) return RN_ERROR_MEMORY;
  return !lowercase || add_normalizer(r, RN_NORMALIZE_LOWERCASE) ? RN_OK : RN_ERROR_MEMORY;
}

static rn_status read_replace(rn_tokenizer_reader *r, const json_t *value) {
  rn_normalizer *step = add_normalizer(r, RN_NORMALIZE_REPLACE);
  const json_t *literal, *regex;
  rn_error e = {0};
  if (!step) return RN_ERROR_MEMORY;
  rn_status status = read_pattern(r, value, &literal, &regex);
  if (status == RN_OK) status = read_string(r, value, "content", &step->with, &step->with_size);
  if (status != RN_OK) return status;
  if (literal) return (step->what = rn_json_copy(literal, &step->what_size)) ? RN_OK : rn_tokenizer_out_of_memory(r);
  status = rn_pattern_new(json_string_value(regex), json_string_length(regex), &step->pattern, &e);
  return status == RN_OK ? RN_OK : pattern_failed(r, value, &e);
}

/* Base64 (RFC 4648) in place; false: it is none. */
static bool unbase64(char *text, size_t *size) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t n = *size, to = 0;
  uint32_t bits = 0;
  int n_bits = 0;
  while (n > 0 && text[n - 1] == '=') n--;
  for (size_t i = 0; i < n; i++) {
    const char *letter = text[i] ? strchr(letters, text[i]) : NULL;
    if (!letter) return false;
    bits = bits << 6 | (uint32_t)(letter - letters);
    n_bits += 6;
    if (n_bits >= 8) text[to++] = (char)(bits >> (n_bits -= 8));
  }
  *size = to;
  return true;
}

static rn_status read_charsmap(rn_tokenizer_reader *r, const json_t *value) {
  rn_error e = {0};
  char *text = NULL;
  size_t size = 0;
  rn_normalizer *step = add_normalizer(r, RN_NORMALIZE_CHARSMAP);
  rn_status status = step ? read_string(r, value, "precompiled_charsmap", &text, &size) : RN_ERROR_MEMORY;
  if (step) step->graphemes = !r->sentencepiece;
  if (status == RN_OK && !unbase64(text, &size)) status = missing(r, "Precompiled", "precompiled_charsmap", "base64");
  if (status == RN_OK && rn_charsmap_new(text, size, &step->charsmap, &e) != RN_OK) status = pattern_failed(r, value, &e);
  rn_free(text);
  return status;
}

rn_status rn_tokenizer_read_normalizer(rn_tokenizer_reader *r, const json_t *value) {
  static const char *const plain[] = {"NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"}; /* in the enumeration's order */
  if (!value || json_is_null(value)) return RN_OK;
  const char *type = type_of(value);
  int known = RN_NAME_INDEX(type, plain);
  if (known >= 0) return add_normalizer(r, (rn_normalizer_type)known) ? RN_OK : RN_ERROR_MEMORY;
  if (strcmp(type, "Sequence") == 0) return read_each(r, value, "normalizers", rn_tokenizer_read_normalizer);
  if (strcmp(type, "BertNormalizer") == 0) return read_bert_normalizer(r, value);
  if (strcmp(type, "Replace") == 0) return read_replace(r, value);
  if (strcmp(type, "Precompiled") == 0) return read_charsmap(r, value);
  if (strcmp(type, "Nmt") == 0) return add_normalizer(r, RN_NORMALIZE_NMT) ? RN_OK : RN_ERROR_MEMORY;
  if (strcmp(type, "ByteLevel") == 0) return add_normalizer(r, RN_NORMALIZE_BYTES) ? RN_OK : RN_ERROR_MEMORY;
  rn_normalizer *step = NULL;
  if (strcmp(type, "Strip") == 0) {
    if (!(step = add_normalizer(r, RN_NORMALIZE_STRIP))) return RN_ERROR_MEMORY;
    step->left = rn_json_bool(value, "strip_left", true);
    step->right = rn_json_bool(value, "strip_right", true);
    return RN_OK;
  }
  if (strcmp(type, "Prepend") == 0) {
    if (!(step = add_normalizer(r, RN_NORMALIZE_PREPEND))) return RN_ERROR_MEMORY;
    return read_string(r, value, "prepend", &step->with, &step->with_size);
  }
  return unknown(r, "normalizer", value);
}

/* ---- pre-tokenizers ---- */

static rn_pretokenizer *add_pretokenizer(rn_tokenizer_reader *r, rn_pretoken_type type, rn_cut_behavior behavior) {
  rn_pretokenizer *step = ADD_STEP(r->t->pretokenizers, r->t->n_pretokenizers);
  if (step) step->type = type, step->behavior = behavior;
  else rn_tokenizer_out_of_memory(r);
  return step;
}

static rn_status cut_chars(rn_tokenizer_reader *r, bool (*is_match)(uint32_t), rn_cut_behavior behavior) {
  rn_pretokenizer *step = add_pretokenizer(r, RN_PRETOKEN_CUT_CHARS, behavior);
  if (!step) return RN_ERROR_MEMORY;
  step->is_match = is_match;
  return RN_OK;
}

static rn_status read_behavior(const rn_tokenizer_reader *r, const json_t *value, rn_cut_behavior *out) {
  static const char *const names[] = {"Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"};
  int i = RN_NAME_INDEX(rn_json_string(value, "behavior", "Isolated"), names);
  if (i < 0) return missing(r, type_of(value), "behavior", "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
  *out = (rn_cut_behavior)i;
  return RN_OK;
}

static rn_status cut_pattern(rn_tokenizer_reader *r, const json_t *value, const char *regex, size_t size, rn_cut_behavior behavior,
                             bool invert) {
  rn_pretokenizer *step = add_pretokenizer(r, RN_PRETOKEN_CUT_PATTERN, behavior);
  rn_error e = {0};
  if (!step) return RN_ERROR_MEMORY;
  step->invert = invert;
  return rn_pretokenizer_pattern(regex, size, step, &e) == RN_OK ? RN_OK : pattern_failed(r, value, &e);
}

static rn_status read_byte_level(rn_tokenizer_reader *r, const json_t *value) {
  rn_status status = RN_OK;
  if (rn_json_bool(value, "add_prefix_space", true) && !add_pretokenizer(r, RN_PRETOKEN_PREFIX_BLANK, RN_CUT_ISOLATED))
    return RN_ERROR_MEMORY;
  if (rn_json_bool(value, "use_regex", true)) status = cut_pattern(r, value, rn_gpt2_regex, strlen(rn_gpt2_regex), RN_CUT_ISOLATED, false);
  if (status != RN_OK) return status;
  return add_pretokenizer(r, RN_PRETOKEN_BYTES, RN_CUT_ISOLATED) ? RN_OK : RN_ERROR_MEMORY;
}

static rn_status read_split(rn_tokenizer_reader *r, const json_t *value) {
  const json_t *literal, *regex;
  rn_cut_behavior behavior;
  rn_status status = read_pattern(r, value, &literal, &regex);
  if (status == RN_OK) status = read_behavior(r, value, &behavior);
  if (status != RN_OK) return status;
  bool invert = rn_json_bool(value, "invert", false);
  if (!literal) return cut_pattern(r, value, json_string_value(regex), json_string_length(regex), behavior, invert);
  rn_pretokenizer *step = add_pretokenizer(r, RN_PRETOKEN_CUT_LITERAL, behavior);
  if (!step || !(step->what = rn_json_copy(literal, &step->what_size))) return rn_tokenizer_out_of_memory(r);
  step->invert = invert;
  return RN_OK;
}

/* Files before prepend_scheme have add_prefix_space. */
static rn_status read_scheme(const rn_tokenizer_reader *r, const json_t *value, rn_prepend_scheme *out) {
  static const char *const names[] = {"always", "first", "never"};
  const char *old = rn_json_bool(value, "add_prefix_space", true) ? "always" : "never";
  int i = RN_NAME_INDEX(rn_json_string(value, "prepend_scheme", old), names);
  if (i < 0) return missing(r, "Metaspace", "prepend_scheme", "always, first or never");
  *out = (rn_prepend_scheme)i;
  return RN_OK;
}

static rn_status read_metaspace(rn_tokenizer_reader *r, const json_t *value) {
  rn_prepend_scheme scheme;
  rn_status status = read_scheme(r, value, &scheme);
  rn_pretokenizer *step = status == RN_OK ? add_pretokenizer(r, RN_PRETOKEN_MARK_BLANKS, RN_CUT_ISOLATED) : NULL;
  if (!step) return status == RN_OK ? RN_ERROR_MEMORY : status;
  step->scheme = scheme;
  status = read_string(r, value, "replacement", &step->what, &step->what_size);
  if (status != RN_OK || !rn_json_bool(value, "split", true)) return status;
  step = add_pretokenizer(r, RN_PRETOKEN_CUT_LITERAL, RN_CUT_MERGED_WITH_NEXT);
  return step ? read_string(r, value, "replacement", &step->what, &step->what_size) : RN_ERROR_MEMORY;
}

#define WORD "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}"

rn_status rn_tokenizer_read_pretokenizer(rn_tokenizer_reader *r, const json_t *value) {
  static const char words[] = "[" WORD "]+|[^" WORD "\\s]+";
  if (!value || json_is_null(value)) return RN_OK;
  const char *type = type_of(value);
  rn_cut_behavior behavior;
  if (strcmp(type, "Sequence") == 0) return read_each(r, value, "pretokenizers", rn_tokenizer_read_pretokenizer);
  if (strcmp(type, "ByteLevel") == 0) return read_byte_level(r, value);
  if (strcmp(type, "Split") == 0) return read_split(r, value);
  if (strcmp(type, "Metaspace") == 0) return read_metaspace(r, value);
  if (strcmp(type, "WhitespaceSplit") == 0) return cut_chars(r, rn_char_is_space, RN_CUT_REMOVED);
  if (strcmp(type, "Whitespace") == 0) return cut_pattern(r, value, words, strlen(words), RN_CUT_REMOVED, true);
  if (strcmp(type, "BertPreTokenizer") == 0) {
    rn_status status = cut_chars(r, rn_char_is_space, RN_CUT_REMOVED);
    return status == RN_OK ? cut_chars(r, rn_char_is_punctuation, RN_CUT_ISOLATED) : status;
  }
  if (strcmp(type, "Punctuation") == 0) {
    rn_status status = read_behavior(r, value, &behavior);
    return status == RN_OK ? cut_chars(r, rn_char_is_punctuation, behavior) : status;
  }
  if (strcmp(type, "Digits") == 0)
    return cut_chars(r, rn_char_is_number, rn_json_bool(value, "individual_digits", false) ? RN_CUT_ISOLATED : RN_CUT_CONTIGUOUS);
  if (strcmp(type, "CharDelimiterSplit") == 0) {
    const json_t *delimiter = json_object_get(value, "delimiter");
    rn_pretokenizer *step = add_pretokenizer(r, RN_PRETOKEN_CUT_LITERAL, RN_CUT_REMOVED);
    if (!step) return RN_ERROR_MEMORY;
    if (!json_is_string(delimiter)) return missing(r, type, "delimiter", "a character");
    return (step->what = rn_json_copy(delimiter, &step->what_size)) ? RN_OK : rn_tokenizer_out_of_memory(r);
  }
  return unknown(r, "pre-tokenizer", value);
}

/* ---- decoders ---- */

static rn_detokenizer *add_detokenizer(rn_tokenizer_reader *r, rn_detoken_type type) {
  rn_detokenizer *step = ADD_STEP(r->t->detokenizers, r->t->n_detokenizers);
  if (step) step->type = type;
  else rn_tokenizer_out_of_memory(r);
  return step;
}

static rn_status read_replace_decoder(rn_tokenizer_reader *r, const json_t *value, rn_detokenizer *step) {
  const json_t *literal, *regex;
  rn_error e = {0};
  rn_status status = read_pattern(r, value, &literal, &regex);
  if (status == RN_OK) status = read_string(r, value, "content", &step->with, &step->with_size);
  if (status != RN_OK) return status;
  if (literal) return (step->what = rn_json_copy(literal, &step->what_size)) ? RN_OK : rn_tokenizer_out_of_memory(r);
  return rn_pattern_new(json_string_value(regex), json_string_length(regex), &step->pattern, &e) == RN_OK ? RN_OK
                                                                                                          : pattern_failed(r, value, &e);
}

rn_status rn_tokenizer_read_decoder(rn_tokenizer_reader *r, const json_t *value) {
  static const char *const names[] = {"ByteLevel", "WordPiece", "Metaspace", "BPEDecoder", "ByteFallback", "Fuse", "Strip", "Replace"};
  if (!value || json_is_null(value)) return RN_OK;
  const char *type = type_of(value);
  if (strcmp(type, "Sequence") == 0) return read_each(r, value, "decoders", rn_tokenizer_read_decoder);
  int known = RN_NAME_INDEX(type, names); /* in the enumeration's order */
  if (known < 0) return unknown(r, "decoder", value);
  rn_prepend_scheme scheme;
  rn_detokenizer *step = add_detokenizer(r, (rn_detoken_type)known);
  if (!step) return RN_ERROR_MEMORY;
  switch (step->type) {
  case RN_DETOKEN_WORDPIECE:
    step->cleanup = rn_json_bool(value, "cleanup", true);
    return read_string(r, value, "prefix", &step->what, &step->what_size);
  case RN_DETOKEN_METASPACE: {
    rn_status status = read_scheme(r, value, &scheme);
    if (status != RN_OK) return status;
    step->drop_first = scheme != RN_PREPEND_NEVER;
    return read_string(r, value, "replacement", &step->what, &step->what_size);
  }
  case RN_DETOKEN_SUFFIX: return read_string(r, value, "suffix", &step->what, &step->what_size);
  case RN_DETOKEN_STRIP:
    step->left = rn_json_int(value, "start", 0);
    step->right = rn_json_int(value, "stop", 0);
    return read_string(r, value, "content", &step->what, &step->what_size);
  case RN_DETOKEN_REPLACE: return read_replace_decoder(r, value, step);
  default: return RN_OK;
  }
}
