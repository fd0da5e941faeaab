/* tokenizer_json.c: a tokenizer out of Hugging Face's tokenizer.json, and its life. */
#include "base/alloc.h"
#include "base/names.h"
#include "text/tokenizer_state.h"

#include <string.h>

static const char *const type_names[] = {"bpe", "wordpiece", "unigram", "word", "char"};

const char *rn_tokenizer_type_name(rn_tokenizer_type type) { return type_names[type]; }

bool rn_tokenizer_type_parse(const char *name, rn_tokenizer_type *out) {
  int i = RN_NAME_INDEX(name, type_names);
  if (i >= 0) *out = (rn_tokenizer_type)i;
  return i >= 0;
}

/* ---- added tokens ---- */

static rn_status read_added_token(const rn_tokenizer_reader *r, const json_t *value, rn_added_token *t) {
  const json_t *content = json_object_get(value, "content");
  int64_t id = rn_json_int(value, "id", -1);
  if (!json_is_string(content) || id < 0 || id >= INT32_MAX)
    return rn_error_set(r->err, RN_ERROR_DATA, "%s: added_tokens: each should have a \"content\" and an \"id\" from 0", r->name);
  t->id = (int32_t)id;
  t->text = rn_json_copy(content, &t->size);
  t->single_word = rn_json_bool(value, "single_word", false);
  t->lstrip = rn_json_bool(value, "lstrip", false);
  t->rstrip = rn_json_bool(value, "rstrip", false);
  t->special = rn_json_bool(value, "special", false);
  t->normalized = rn_json_bool(value, "normalized", !t->special);
  if (r->sentencepiece) { /* its control symbols are no text; the user's symbols are looked for between blanks that are marked */
    t->hidden = t->special;
    t->normalized = true;
  }
  if (!t->text) return rn_tokenizer_out_of_memory(r);
  int32_t known = rn_token_table_find(&r->t->model.tokens, t->text, t->size);
  const char *other = rn_token_table_token(&r->t->model.tokens, id, NULL);
  if (known >= 0 && known != id)
    return rn_error_set(r->err, RN_ERROR_DATA, "%s: added_tokens: \"%.80s\" has the id %lld, in the vocabulary %d", r->name, t->text,
                        (long long)id, known);
  if (known < 0 && other)
    return rn_error_set(r->err, RN_ERROR_DATA, "%s: added_tokens: \"%.80s\" has the id %lld of \"%.80s\"", r->name, t->text, (long long)id,
                        other);
  return RN_OK;
}

static rn_status read_added(const rn_tokenizer_reader *r, const json_t *list) {
  if (list && !json_is_null(list) && !json_is_array(list))
    return rn_error_set(r->err, RN_ERROR_DATA, "%s: \"added_tokens\" should be an array", r->name);
  size_t n = json_array_size(list), used = 0;
  rn_added_token *tokens = rn_alloc_zero(n, sizeof *tokens);
  if (!tokens) return rn_tokenizer_out_of_memory(r);
  rn_status status = RN_OK;
  for (size_t i = 0; status == RN_OK && i < n; i++) {
    status = read_added_token(r, json_array_get(list, i), &tokens[used]);
    used += tokens[used].text != NULL;
  }
  if (status == RN_OK) {
    int64_t n_steps = r->sentencepiece ? 0 : r->t->n_normalizers;
    return rn_added_tokens_init(&r->t->added, tokens, (int64_t)used, r->t->normalizers, n_steps, r->name, r->err);
  }
  for (size_t i = 0; i < used; i++) rn_free(tokens[i].text);
  rn_free(tokens);
  return status;
}

/* ---- what follows from the parts ---- */

/* The names the field gives to special tokens, the surest first. */
static const char *const role_names[RN_N_ROLES][10] = {
    [RN_ROLE_UNK] = {"<unk>", "[UNK]", "<|unk|>", "<UNK>", "\xE2\x81\x87"},
    [RN_ROLE_BOS] = {"<s>", "<bos>", "[BOS]", "<|begin_of_text|>", "<|startoftext|>", "<|begin_of_sentence|>", "[CLS]", "<|endoftext|>"},
    [RN_ROLE_EOS] = {"</s>", "<eos>", "[EOS]", "<|end_of_text|>", "<|end_of_sentence|>", "<|endoftext|>", "[SEP]"},
    [RN_ROLE_PAD] = {"<pad>", "[PAD]", "<|pad|>", "<|finetune_right_pad_id|>"},
    [RN_ROLE_MASK] = {"<mask>", "[MASK]", "<|mask|>"},
    [RN_ROLE_SEP] = {"[SEP]", "<sep>", "</s>"},
    [RN_ROLE_CLS] = {"[CLS]", "<cls>", "<s>"},
};

static int32_t model_unknown(const rn_subword_model *m) {
  switch (m->type) {
  case RN_SUBWORD_BPE: return m->bpe.unk;
  case RN_SUBWORD_WORDPIECE: return m->wordpiece.unk;
  case RN_SUBWORD_UNIGRAM: return m->unigram.unk;
  default: return m->unk;
  }
}

static void find_roles(rn_tokenizer *t) {
  for (int role = 0; role < RN_N_ROLES; role++) {
    t->roles[role] = role == RN_ROLE_UNK ? model_unknown(&t->model) : -1;
    for (int i = 0; t->roles[role] < 0 && role_names[role][i]; i++)
      t->roles[role] = rn_tokenizer_find(t, role_names[role][i], strlen(role_names[role][i]));
  }
}

/* Whether no step looks beyond a line end that stands between two printable characters of ASCII. */
static bool can_cut(const rn_tokenizer *t) {
  const rn_pretokenizer *first = t->pretokenizers;
  if (!first) return false;
  bool by_pattern = first->type == RN_PRETOKEN_CUT_GPT2 || first->type == RN_PRETOKEN_CUT_CL100K;
  bool at_spaces = first->type == RN_PRETOKEN_CUT_CHARS && first->behavior == RN_CUT_REMOVED && !first->invert && first->is_match('\n');
  if (!by_pattern && !at_spaces) return false;
  for (int64_t i = 0; i < t->n_normalizers; i++) {
    const rn_normalizer *step = &t->normalizers[i];
    bool whole = step->type == RN_NORMALIZE_STRIP || step->type == RN_NORMALIZE_PREPEND || step->pattern;
    if (whole || (step->what && memchr(step->what, '\n', step->what_size))) return false;
  }
  for (int64_t i = 0; i < t->n_pretokenizers; i++)
    if (t->pretokenizers[i].type == RN_PRETOKEN_MARK_BLANKS && t->pretokenizers[i].scheme == RN_PREPEND_FIRST) return false;
  for (int64_t i = 0; i < t->added.n; i++)
    if (t->added.at[i].lstrip || t->added.at[i].rstrip || memchr(t->added.at[i].text, '\n', t->added.at[i].size)) return false;
  return true;
}

static rn_status check_frame(const rn_tokenizer_reader *r) {
  const rn_frame *f = &r->t->frame;
  for (int64_t i = 0; i < f->n_before + f->n_after; i++) {
    int32_t id = i < f->n_before ? f->before[i] : f->after[i - f->n_before];
    if (!rn_tokenizer_token(r->t, id, NULL))
      return rn_error_set(r->err, RN_ERROR_DATA, "%s: post_processor: there is no token %d", r->name, id);
  }
  return RN_OK;
}

static void warn_of_ignored(const rn_tokenizer_reader *r, const json_t *root) {
  static const char *const keys[] = {"truncation", "padding"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (json_is_object(json_object_get(root, keys[i])))
      rn_context_log(r->ctx, RN_LOG_WARNING, "%s: \"%s\" is passed over: texts are tokenized whole", r->name, keys[i]);
}

static rn_status read_all(rn_tokenizer_reader *r, const json_t *root) {
  rn_tokenizer *t = r->t;
  if (!json_is_object(root)) return rn_error_set(r->err, RN_ERROR_DATA, "%s: expected an object: no tokenizer.json", r->name);
  r->sentencepiece = json_object_get(root, "sentencepiece");
  t->fuse_unknown = r->sentencepiece != NULL;
  rn_status status = rn_tokenizer_read_normalizer(r, json_object_get(root, "normalizer"));
  if (status == RN_OK) status = rn_tokenizer_read_pretokenizer(r, json_object_get(root, "pre_tokenizer"));
  if (status == RN_OK) status = rn_tokenizer_read_model(r, json_object_get(root, "model"));
  if (status == RN_OK) status = rn_tokenizer_read_processor(r, json_object_get(root, "post_processor"));
  if (status == RN_OK) status = rn_tokenizer_read_decoder(r, json_object_get(root, "decoder"));
  if (status == RN_OK) status = read_added(r, json_object_get(root, "added_tokens"));
  if (status != RN_OK) return status;
  t->size = t->model.tokens.size;
  if (t->added.n && t->added.at[t->added.n - 1].id >= t->size) t->size = t->added.at[t->added.n - 1].id + 1;
  if (t->size == 0) return rn_error_set(r->err, RN_ERROR_DATA, "%s: the vocabulary is empty", r->name);
  find_roles(t);
  t->can_cut = can_cut(t);
  warn_of_ignored(r, root);
  return check_frame(r);
}

/* ---- its life ---- */

rn_status rn_tokenizer_parse(rn_context *ctx, const char *json, size_t size, const char *name, rn_tokenizer **out) {
  *out = NULL;
  rn_error err = {0};
  json_t *root = NULL;
  rn_tokenizer *t = rn_alloc_zero(1, sizeof *t);
  rn_tokenizer_reader r = {ctx, t, name, &err};
  if (!t || !rn_token_table_init(&t->model.tokens) || !(t->json = rn_alloc(size + 1))) {
    rn_tokenizer_out_of_memory(&r);
  } else if (rn_json_parse(json, size, name, &root, &err) == RN_OK) {
    memcpy(t->json, json, size);
    t->json[size] = '\0';
    read_all(&r, root);
  }
  json_decref(root);
  if (err.status != RN_OK) {
    rn_tokenizer_free(t);
    return rn_context_fail(ctx, err.status, "%s", err.text);
  }
  *out = t;
  return RN_OK;
}

void rn_tokenizer_free(rn_tokenizer *t) {
  if (!t) return;
  for (int64_t i = 0; i < t->n_normalizers; i++) rn_normalizer_free(&t->normalizers[i]);
  for (int64_t i = 0; i < t->n_pretokenizers; i++) rn_pretokenizer_free(&t->pretokenizers[i]);
  for (int64_t i = 0; i < t->n_detokenizers; i++) rn_detokenizer_free(&t->detokenizers[i]);
  rn_free(t->normalizers);
  rn_free(t->pretokenizers);
  rn_free(t->detokenizers);
  rn_free(t->frame.before);
  rn_free(t->frame.after);
  rn_added_tokens_free(&t->added);
  rn_subword_model_free(&t->model);
  rn_free(t->json);
  rn_free(t);
}

const char *rn_tokenizer_json(const rn_tokenizer *t) { return t->json; }

rn_status rn_tokenizer_copy(rn_context *ctx, const rn_tokenizer *t, rn_tokenizer **out) {
  return rn_tokenizer_parse(ctx, t->json, strlen(t->json), "tokenizer", out);
}

/* ---- the vocabulary ---- */

rn_tokenizer_type rn_tokenizer_type_of(const rn_tokenizer *t) { return t->type; }

int64_t rn_tokenizer_size(const rn_tokenizer *t) { return t->size; }

const char *rn_tokenizer_token(const rn_tokenizer *t, int32_t id, size_t *size) {
  const rn_added_token *added = rn_added_tokens_by_id(&t->added, id);
  if (!added) return rn_token_table_token(&t->model.tokens, id, size);
  if (size) *size = added->size;
  return added->text;
}

int32_t rn_tokenizer_find(const rn_tokenizer *t, const char *token, size_t size) {
  const int64_t *added = rn_map_find(t->added.by_text, token, size);
  return added ? t->added.at[*added].id : rn_token_table_find(&t->model.tokens, token, size);
}

int32_t rn_tokenizer_special(const rn_tokenizer *t, rn_tokenizer_role role) { return t->roles[role]; }

bool rn_tokenizer_is_special(const rn_tokenizer *t, int32_t id) {
  const rn_added_token *added = rn_added_tokens_by_id(&t->added, id);
  return added && added->special;
}
