/* tokenizer_recipe.c: the steps around the model.
 *
 *              normalizer   pre-tokenizer                  special tokens            decoder
 *   bpe        none         GPT-2's pattern, bytes         none                      bytes
 *   bpe, char  none         white space, </w> at the end   <unk> </s>                </w> is a blank
 *   wordpiece  BERT's       BERT's, ## inside              [PAD] [UNK] [CLS] [SEP] [MASK]   ## is nothing
 *   unigram    NFKC         white space, then U+2581       <unk> <s> </s>            U+2581 is a blank
 *   word       none         white space                    <unk> </s>                a blank between
 *   char       none         every character                <unk>                     nothing between */
#include "text/tokenizer_recipe.h"
#include "base/utf8.h"

#include <string.h>

#define META "\xe2\x96\x81" /* U+2581, which SentencePiece writes for a blank */

/* ---- defaults ---- */

static const char *const end_of_line[] = {"<unk>", "</s>"};
static const char *const sentence[] = {"<unk>", "<s>", "</s>"};
static const char *const bert[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

rn_tokenizer_options rn_tokenizer_options_default(rn_tokenizer_type type) {
  rn_tokenizer_options o = {.type = type, .byte_level = type == RN_TOKENIZER_BPE};
  o.vocab_size = type == RN_TOKENIZER_WORD ? 30000 : type == RN_TOKENIZER_CHAR ? 0 : 8000;
  return o;
}

static bool is_by_bytes(const rn_tokenizer_options *o) { return o->type == RN_TOKENIZER_BPE && o->byte_level; }

static void default_specials(rn_tokenizer_options *o) {
  o->n_specials = is_by_bytes(o) ? 0 : o->type == RN_TOKENIZER_WORDPIECE ? 5 : o->type == RN_TOKENIZER_UNIGRAM ? 3 : 2;
  o->specials = o->n_specials == 5 ? bert : o->n_specials == 3 ? sentence : end_of_line;
  if (o->type == RN_TOKENIZER_CHAR) o->n_specials = 1; /* the end of a line is a character */
}

const char *rn_recipe_unknown(const rn_tokenizer_options *o) {
  static const char *const names[] = {"<unk>", "[UNK]", "<|unk|>", "<UNK>"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    for (int64_t s = 0; s < o->n_specials; s++)
      if (strcmp(names[i], o->specials[s]) == 0) return o->specials[s];
  return NULL;
}

static rn_status check_specials(rn_context *ctx, const rn_tokenizer_options *o) {
  for (int64_t i = 0; i < o->n_specials; i++) {
    const char *s = o->specials[i];
    if (!s[0] || rn_utf8_count_bad(s, strlen(s), NULL))
      return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "special token %lld is %s", (long long)i + 1, s[0] ? "not UTF-8" : "empty");
    for (int64_t j = 0; j < i; j++)
      if (strcmp(s, o->specials[j]) == 0) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the special token \"%s\" is there twice", s);
  }
  if (is_by_bytes(o) || o->byte_fallback || rn_recipe_unknown(o)) return RN_OK;
  return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "one of the special tokens must stand for what is not known: <unk> or [UNK]%s",
                         o->type == RN_TOKENIZER_BPE || o->type == RN_TOKENIZER_UNIGRAM ? "; or let bytes do so: byte_fallback" : "");
}

/* ---- normalizing ---- */

static const char *const normalizers[][2] = {{"nfc", "NFC"},   {"nfd", "NFD"},         {"nfkc", "NFKC"},
                                             {"nfkd", "NFKD"}, {"lower", "Lowercase"}, {"strip-accents", "StripAccents"}};

/* The type of the name that the list begins with; *rest is behind the comma. NULL: it is none. */
static const char *next_normalizer(const char *list, const char **rest) {
  size_t n = strcspn(list, ",");
  *rest = list + n + (list[n] == ',');
  for (size_t i = 0; i < sizeof normalizers / sizeof *normalizers; i++)
    if (strlen(normalizers[i][0]) == n && strncmp(list, normalizers[i][0], n) == 0) return normalizers[i][1];
  return NULL;
}

static rn_status check_normalizers(rn_context *ctx, const char *list) {
  if (!list || strcmp(list, "none") == 0) return RN_OK;
  for (const char *rest; *list; list = rest)
    if (!next_normalizer(list, &rest))
      return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                             "'%.*s' is no normalization; there are nfc, nfd, nfkc, nfkd, lower, strip-accents, none",
                             (int)strcspn(list, ","), list);
  return RN_OK;
}

static json_t *step(const char *type) { return json_pack("{s:s}", "type", type); }

static json_t *sequence(const char *key, json_t *steps) {
  if (json_array_size(steps) > 1) return json_pack("{s:s, s:o}", "type", "Sequence", key, steps);
  json_t *only = json_array_size(steps) == 1 ? json_incref(json_array_get(steps, 0)) : json_null();
  json_decref(steps);
  return only;
}

static json_t *normalizer_json(const rn_tokenizer_options *o) {
  const char *list = o->normalize ? o->normalize : o->type == RN_TOKENIZER_UNIGRAM ? "nfkc" : "";
  if (!o->normalize && o->type == RN_TOKENIZER_WORDPIECE)
    return json_pack("{s:s, s:b, s:b, s:n, s:b}", "type", "BertNormalizer", "clean_text", 1, "handle_chinese_chars", 1, "strip_accents",
                     "lowercase", 1);
  json_t *steps = json_array();
  if (strcmp(list, "none") == 0) list = "";
  for (const char *rest; *list; list = rest) {
    const char *type = next_normalizer(list, &rest);
    bool accents = strcmp(type, "StripAccents") == 0; /* it takes away marks, which stand alone in NFD */
    if (accents) json_array_append_new(steps, step("NFD"));
    json_array_append_new(steps, step(type));
  }
  return sequence("normalizers", steps);
}

/* ---- cutting ---- */

static json_t *split(const char *pattern, const char *behavior, bool invert) {
  return json_pack("{s:s, s:{s:s}, s:s, s:b}", "type", "Split", "pattern", "Regex", pattern, "behavior", behavior, "invert", invert);
}

static json_t *byte_level(bool regex) {
  return json_pack("{s:s, s:b, s:b, s:b}", "type", "ByteLevel", "add_prefix_space", 0, "trim_offsets", 1, "use_regex", regex);
}

static json_t *metaspace(void) {
  return json_pack("{s:s, s:s, s:s, s:b}", "type", "Metaspace", "replacement", META, "prepend_scheme", "always", "split", 1);
}

static json_t *pretokenizer_json(const rn_tokenizer_options *o) {
  json_t *steps = json_array();
  bool chars = o->type == RN_TOKENIZER_CHAR;
  if (is_by_bytes(o)) {
    if (o->pattern) json_array_append_new(steps, split(o->pattern, "Isolated", false));
    json_array_append_new(steps, byte_level(!o->pattern));
    return sequence("pretokenizers", steps);
  }
  if (chars) json_array_append_new(steps, split("[\\s\\S]", "Isolated", false));
  else if (o->pattern) json_array_append_new(steps, split(o->pattern, "Removed", true)); /* pieces are what matches */
  else json_array_append_new(steps, step(o->type == RN_TOKENIZER_WORDPIECE ? "BertPreTokenizer" : "WhitespaceSplit"));
  if (o->type == RN_TOKENIZER_UNIGRAM) json_array_append_new(steps, metaspace());
  return sequence("pretokenizers", steps);
}

/* ---- the way back ---- */

static json_t *decoder_json(const rn_tokenizer_options *o) {
  json_t *steps = json_array();
  if (o->byte_fallback && !is_by_bytes(o)) json_array_append_new(steps, step("ByteFallback"));
  if (is_by_bytes(o)) json_array_append_new(steps, byte_level(true));
  else if (o->type == RN_TOKENIZER_BPE) json_array_append_new(steps, json_pack("{s:s, s:s}", "type", "BPEDecoder", "suffix", RN_WORD_END));
  else if (o->type == RN_TOKENIZER_WORDPIECE)
    json_array_append_new(steps, json_pack("{s:s, s:s, s:b}", "type", "WordPiece", "prefix", RN_CONTINUES, "cleanup", 1));
  else if (o->type == RN_TOKENIZER_UNIGRAM) json_array_append_new(steps, metaspace());
  else if (o->type == RN_TOKENIZER_CHAR) json_array_append_new(steps, step("Fuse"));
  return sequence("decoders", steps);
}

/* [CLS] text [SEP], where both are special tokens of WordPiece. */
static json_t *processor_json(const rn_tokenizer_options *o) {
  int64_t cls = -1, sep = -1;
  for (int64_t i = 0; i < o->n_specials; i++) {
    if (strcmp(o->specials[i], "[CLS]") == 0) cls = i;
    if (strcmp(o->specials[i], "[SEP]") == 0) sep = i;
  }
  if (o->type != RN_TOKENIZER_WORDPIECE || cls < 0 || sep < 0) return json_null();
  return json_pack("{s:s, s:[s, I], s:[s, I]}", "type", "BertProcessing", "sep", "[SEP]", (json_int_t)sep, "cls", "[CLS]", (json_int_t)cls);
}

static json_t *added_json(const rn_tokenizer_options *o) {
  json_t *list = json_array();
  for (int64_t i = 0; i < o->n_specials; i++)
    json_array_append_new(list, json_pack("{s:I, s:s, s:b, s:b, s:b, s:b, s:b}", "id", (json_int_t)i, "content", o->specials[i],
                                          "single_word", 0, "lstrip", 0, "rstrip", 0, "normalized", 0, "special", 1));
  return list;
}

json_t *rn_recipe_json(const rn_tokenizer_options *o, json_t *model) {
  return json_pack("{s:s, s:n, s:n, s:o, s:o, s:o, s:o, s:o, s:o}", "version", "1.0", "truncation", "padding", "added_tokens",
                   added_json(o), "normalizer", normalizer_json(o), "pre_tokenizer", pretokenizer_json(o), "post_processor",
                   processor_json(o), "decoder", decoder_json(o), "model", model);
}

/* ---- the whole ---- */

rn_status rn_recipe_complete(rn_context *ctx, const rn_tokenizer_options *options, rn_tokenizer_options *out) {
  *out = *options;
  bool whole = out->type == RN_TOKENIZER_WORD || out->type == RN_TOKENIZER_CHAR;
  bool letters = out->type == RN_TOKENIZER_UNIGRAM || (out->type == RN_TOKENIZER_BPE && !out->byte_level);
  bool pairs = out->type == RN_TOKENIZER_BPE || out->type == RN_TOKENIZER_WORDPIECE;
  out->byte_level = is_by_bytes(out);
  if (!out->specials) default_specials(out);
  if (out->min_count <= 0) out->min_count = pairs ? 2 : 1;
  if (out->coverage <= 0) out->coverage = letters ? 0.9995 : 1;
  if (out->coverage > 1) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a coverage of %g is more than the whole text: 1", out->coverage);
  if (out->vocab_size == 0 && whole) out->vocab_size = INT32_MAX;
  if (out->vocab_size < 1 || out->vocab_size > INT32_MAX)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%lld is no size of a vocabulary", (long long)out->vocab_size);
  if (out->byte_fallback && !letters)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "bytes in place of unknown characters are for unigram, and for BPE of characters");
  rn_status status = check_specials(ctx, out);
  return status == RN_OK ? check_normalizers(ctx, out->normalize) : status;
}
