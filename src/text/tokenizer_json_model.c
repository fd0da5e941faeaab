/* tokenizer_json_model.c: the model of tokenizer.json: its vocabulary, and the merges or scores. */
#include "base/alloc.h"
#include "text/byte_letters.h"
#include "text/tokenizer_state.h"

#include <stdio.h>
#include <string.h>

static rn_status wrong(const rn_tokenizer_reader *r, const char *words) {
  return rn_error_set(r->err, RN_ERROR_DATA, "%s: model: %s", r->name, words);
}

/* The options of all models: what may stand there. null is as good as nothing. */
static rn_status check_types(const rn_tokenizer_reader *r, const json_t *model) {
  enum { STRING = 1 << JSON_STRING, INTEGER = 1 << JSON_INTEGER, NUMBER = INTEGER | 1 << JSON_REAL };
  enum { TRUTH = 1 << JSON_TRUE | 1 << JSON_FALSE };
  static const struct option {
    const char *key;
    unsigned types;
    const char *expected;
  } options[] = {{"type", STRING, "a string"},
                 {"unk_token", STRING, "a token"},
                 {"continuing_subword_prefix", STRING, "a string"},
                 {"end_of_word_suffix", STRING, "a string"},
                 {"dropout", NUMBER, "a number"},
                 {"fuse_unk", TRUTH, "true or false"},
                 {"byte_fallback", TRUTH, "true or false"},
                 {"ignore_merges", TRUTH, "true or false"},
                 {"unk_id", INTEGER, "a whole number from 0"},
                 {"max_input_chars_per_word", INTEGER, "a whole number from 0"}};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    const json_t *value = json_object_get(model, options[i].key);
    if (!value || json_is_null(value)) continue;
    bool fits = options[i].types >> json_typeof(value) & 1;
    if (fits && (!json_is_integer(value) || json_integer_value(value) >= 0)) continue;
    return rn_error_set(r->err, RN_ERROR_DATA, "%s: model: \"%s\" should be %s", r->name, options[i].key, options[i].expected);
  }
  return RN_OK;
}

/* {"vocab": {TOKEN: ID}} */
static rn_status read_vocab(rn_tokenizer_reader *r, const json_t *model) {
  json_t *vocab = json_object_get(model, "vocab");
  if (!json_is_object(vocab)) return wrong(r, "\"vocab\" should be an object of tokens and their ids");
  for (void *i = json_object_iter(vocab); i; i = json_object_iter_next(vocab, i)) {
    const char *token = json_object_iter_key(i);
    const json_t *id = json_object_iter_value(i);
    if (!json_is_integer(id))
      return rn_error_set(r->err, RN_ERROR_DATA, "%s: model: the id of \"%.80s\" is no whole number", r->name, token);
    rn_status status = rn_token_table_add(&r->t->model.tokens, token, strlen(token), json_integer_value(id), r->name, r->err);
    if (status != RN_OK) return status;
  }
  return RN_OK;
}

/* The token of an option, "unk_token" for one; *id = -1 when the option is null or not there. */
static rn_status read_token(const rn_tokenizer_reader *r, const json_t *model, const char *key, int32_t *id) {
  const json_t *token = json_object_get(model, key);
  *id = -1;
  if (!json_is_string(token) || json_string_length(token) == 0) return RN_OK;
  *id = rn_token_table_find(&r->t->model.tokens, json_string_value(token), json_string_length(token));
  if (*id >= 0) return RN_OK;
  return rn_error_set(r->err, RN_ERROR_DATA, "%s: model: %s is \"%.80s\", which is not in the vocabulary", r->name, key,
                      json_string_value(token));
}

/* Byte fallback works when all 256 are there. */
static bool read_fallback(const rn_tokenizer_reader *r, const json_t *model, int32_t ids[256]) {
  bool all = rn_json_bool(model, "byte_fallback", false);
  rn_token_table_bytes(&r->t->model.tokens, ids);
  for (int b = 0; b < 256; b++) all = all && ids[b] >= 0;
  return all;
}

/* ---- BPE ---- */

/* "a b" or ["a", "b"]. */
static bool merge_parts(const json_t *merge, rn_string *left, rn_string *right) {
  if (json_is_string(merge)) {
    const char *s = json_string_value(merge), *blank = memchr(s, ' ', json_string_length(merge));
    if (!blank) return false;
    *left = (rn_string){s, (size_t)(blank - s)};
    *right = (rn_string){blank + 1, json_string_length(merge) - left->size - 1};
    return !memchr(right->data, ' ', right->size);
  }
  const json_t *a = json_array_get(merge, 0), *b = json_array_get(merge, 1);
  if (!json_is_string(a) || !json_is_string(b) || json_array_size(merge) != 2) return false;
  *left = (rn_string){json_string_value(a), json_string_length(a)};
  *right = (rn_string){json_string_value(b), json_string_length(b)};
  return true;
}

/* `before` is what the merge before this one makes. SentencePiece gives all merges to one token the same rank. */
static rn_status add_merge(const rn_tokenizer_reader *r, size_t i, const json_t *merge, rn_text *joined, rn_merge *before) {
  rn_bpe *bpe = &r->t->model.bpe;
  const rn_token_table *tokens = &r->t->model.tokens;
  rn_string a, b;
  if (!merge_parts(merge, &a, &b)) return rn_error_set(r->err, RN_ERROR_DATA, "%s: model: merge %zu should be two tokens", r->name, i);
  size_t prefix = bpe->prefix ? strlen(bpe->prefix) : 0;
  if (prefix > b.size || (prefix && memcmp(b.data, bpe->prefix, prefix) != 0)) prefix = 0;
  rn_text_clear(joined);
  rn_text_append(joined, a.data, a.size);
  rn_text_append(joined, b.data + prefix, b.size - prefix);
  if (joined->failed) return rn_tokenizer_out_of_memory(r);
  int32_t left = rn_token_table_find(tokens, a.data, a.size), right = rn_token_table_find(tokens, b.data, b.size);
  int32_t id = rn_token_table_find(tokens, joined->data, joined->size);
  if (left >= 0 && right >= 0 && id >= 0) {
    if (!r->sentencepiece || before->id != id) before->rank = (uint32_t)i;
    before->id = id;
    rn_bpe_add_merge(bpe, left, right, before->rank, id);
    return RN_OK;
  }
  const char *absent = left < 0 ? a.data : right < 0 ? b.data : joined->data;
  size_t size = left < 0 ? a.size : right < 0 ? b.size : joined->size;
  return rn_error_set(r->err, RN_ERROR_DATA, "%s: model: merge %zu, \"%.*s\" and \"%.*s\": \"%.*s\" is not in the vocabulary", r->name, i,
                      (int)(a.size < 80 ? a.size : 80), a.data, (int)(b.size < 80 ? b.size : 80), b.data, (int)(size < 80 ? size : 80),
                      absent);
}

/* An option that is a string; "" and null are none. */
static rn_status read_affix(const rn_tokenizer_reader *r, const json_t *model, const char *key, char **out) {
  const char *text = rn_json_string(model, key, "");
  if (text[0] && !(*out = rn_strdup(text))) return rn_tokenizer_out_of_memory(r);
  return RN_OK;
}

/* Whether a piece may come to the model as the bytes it is: the last step is the letters of bytes. */
static bool takes_bytes(const rn_tokenizer *t) {
  return t->n_pretokenizers > 0 && t->pretokenizers[t->n_pretokenizers - 1].type == RN_PRETOKEN_BYTES && !t->model.bpe.prefix &&
         !t->model.bpe.suffix;
}

static rn_status read_bpe(rn_tokenizer_reader *r, const json_t *model) {
  rn_tokenizer *t = r->t;
  rn_bpe *bpe = &t->model.bpe;
  const json_t *merges = json_object_get(model, "merges");
  t->model.type = RN_SUBWORD_BPE;
  t->type = RN_TOKENIZER_BPE;
  if (!json_is_array(merges)) return wrong(r, "\"merges\" should be an array of pairs of tokens");
  if (json_array_size(merges) >= INT32_MAX) return wrong(r, "more than 2^31 merges");
  rn_status status = read_vocab(r, model);
  if (status == RN_OK) status = read_token(r, model, "unk_token", &bpe->unk);
  if (status == RN_OK) status = read_affix(r, model, "continuing_subword_prefix", &bpe->prefix);
  if (status == RN_OK) status = read_affix(r, model, "end_of_word_suffix", &bpe->suffix);
  if (status == RN_OK && !rn_bpe_init(bpe, json_array_size(merges))) status = rn_tokenizer_out_of_memory(r);
  rn_text joined = {0};
  rn_merge before = {.id = -1};
  for (size_t i = 0; status == RN_OK && i < json_array_size(merges); i++)
    status = add_merge(r, i, json_array_get(merges, i), &joined, &before);
  rn_text_free(&joined);
  bpe->fuse_unk = rn_json_bool(model, "fuse_unk", false);
  bpe->ignore_merges = rn_json_bool(model, "ignore_merges", false);
  bpe->byte_fallback = read_fallback(r, model, bpe->fallback);
  if (!takes_bytes(t)) return status;
  bpe->bytes = true;
  t->n_pretokenizers--;
  for (int b = 0; b < 256; b++) {
    char letter[2];
    bpe->byte[b] = rn_token_table_find(&t->model.tokens, letter, rn_byte_letter_write((uint8_t)b, letter));
  }
  return status;
}

/* ---- WordPiece, unigram, whole words ---- */

static rn_status read_wordpiece(rn_tokenizer_reader *r, const json_t *model) {
  rn_wordpiece *w = &r->t->model.wordpiece;
  const char *prefix = rn_json_string(model, "continuing_subword_prefix", "##");
  r->t->model.type = RN_SUBWORD_WORDPIECE;
  r->t->type = RN_TOKENIZER_WORDPIECE;
  w->max_chars = rn_json_int(model, "max_input_chars_per_word", 100);
  rn_status status = read_vocab(r, model);
  if (status == RN_OK) status = read_token(r, model, "unk_token", &w->unk);
  if (status == RN_OK && !rn_wordpiece_init(w, &r->t->model.tokens, prefix, strlen(prefix))) status = rn_tokenizer_out_of_memory(r);
  return status;
}

/* {"vocab": [[TOKEN, SCORE], ...]}: the id is the place. */
static rn_status read_unigram(rn_tokenizer_reader *r, const json_t *model) {
  rn_unigram *u = &r->t->model.unigram;
  const json_t *vocab = json_object_get(model, "vocab");
  size_t n = json_array_size(vocab);
  r->t->model.type = RN_SUBWORD_UNIGRAM;
  r->t->type = RN_TOKENIZER_UNIGRAM;
  if (!json_is_array(vocab)) return wrong(r, "\"vocab\" should be an array of tokens and their scores");
  if (!(u->score = rn_alloc_zero(n + 1, sizeof *u->score))) return rn_tokenizer_out_of_memory(r);
  for (size_t i = 0; i < n; i++) {
    const json_t *token = json_array_get(json_array_get(vocab, i), 0), *score = json_array_get(json_array_get(vocab, i), 1);
    if (!json_is_string(token) || !json_is_number(score))
      return rn_error_set(r->err, RN_ERROR_DATA, "%s: model: entry %zu of \"vocab\" should be a token and its score", r->name, i);
    rn_status status =
        rn_token_table_add(&r->t->model.tokens, json_string_value(token), json_string_length(token), (int64_t)i, r->name, r->err);
    if (status != RN_OK) return status;
    u->score[i] = json_number_value(score);
  }
  if (r->sentencepiece) {
    const json_t *list = json_object_get(r->sentencepiece, "unmatched");
    u->single = true;
    if (!(u->unmatched = rn_alloc_zero(n + 1, sizeof *u->unmatched))) return rn_tokenizer_out_of_memory(r);
    for (size_t i = 0; i < json_array_size(list); i++) {
      int64_t id = json_integer_value(json_array_get(list, i));
      if (id >= 0 && id < (int64_t)n) u->unmatched[id] = true;
    }
  }
  int64_t unk = rn_json_int(model, "unk_id", -1);
  if (unk >= (int64_t)n) return wrong(r, "\"unk_id\" is beyond the vocabulary");
  u->unk = unk < 0 ? -1 : (int32_t)unk;
  u->byte_fallback = read_fallback(r, model, u->fallback);
  return rn_unigram_init(u, &r->t->model.tokens) ? RN_OK : rn_tokenizer_out_of_memory(r);
}

/* Words that are all of one character, but for those in brackets, are characters. */
static bool all_chars(const rn_token_table *tokens) {
  for (int64_t i = 0; i < rn_map_size(tokens->map); i++) {
    size_t size, n = 0;
    const char *token = rn_map_key(tokens->map, i, &size, NULL);
    for (size_t k = 0; k < size; k++) n += ((unsigned char)token[k] & 0xC0) != 0x80;
    if (n > 1 && token[0] != '<' && token[0] != '[') return false;
  }
  return true;
}

static rn_status read_words(rn_tokenizer_reader *r, const json_t *model) {
  r->t->model.type = RN_SUBWORD_WHOLE;
  rn_status status = read_vocab(r, model);
  if (status == RN_OK) status = read_token(r, model, "unk_token", &r->t->model.unk);
  r->t->type = all_chars(&r->t->model.tokens) ? RN_TOKENIZER_CHAR : RN_TOKENIZER_WORD;
  return status;
}

/* The first versions of the format do not name the model. */
static const char *guess_type(const json_t *model) {
  if (json_object_get(model, "merges")) return "BPE";
  if (json_is_array(json_object_get(model, "vocab"))) return "Unigram";
  return json_object_get(model, "max_input_chars_per_word") ? "WordPiece" : "WordLevel";
}

rn_status rn_tokenizer_read_model(rn_tokenizer_reader *r, const json_t *model) {
  if (!json_is_object(model)) return rn_error_set(r->err, RN_ERROR_DATA, "%s: \"model\" is missing: no tokenizer.json", r->name);
  rn_status status = check_types(r, model);
  if (status != RN_OK) return status;
  const char *type = rn_json_string(model, "type", guess_type(model));
  if (strcmp(type, "BPE") == 0) return read_bpe(r, model);
  if (strcmp(type, "WordPiece") == 0) return read_wordpiece(r, model);
  if (strcmp(type, "Unigram") == 0) return read_unigram(r, model);
  if (strcmp(type, "WordLevel") == 0) return read_words(r, model);
  return rn_error_set(r->err, RN_ERROR_DATA, "%s: the model \"%.80s\" is not known here (BPE, WordPiece, Unigram, WordLevel)", r->name,
                      type);
}
