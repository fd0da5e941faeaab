/* tokenizer_train.c: a tokenizer learned from texts: the first two steps are made, all pieces counted, the model learned of the counts, and
 * the whole written as the tokenizer.json that a tokenizer is read from. */
#include "text/tokenizer_recipe.h"
#include "text/train_bpe.h"
#include "text/train_unigram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME "the trained tokenizer"
#define N_BYTES 256

static rn_status no_memory(rn_context *ctx) { return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for training a tokenizer"); }

/* ---- the file ---- */

/* The tokenizer of a model, which is taken over. */
static rn_status make_tokenizer(rn_context *ctx, const rn_tokenizer_options *o, json_t *model, rn_tokenizer **out) {
  json_t *root = model ? rn_recipe_json(o, model) : NULL;
  char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
  json_decref(root);
  rn_status status = text ? rn_tokenizer_parse(ctx, text, strlen(text), NAME, out) : no_memory(ctx);
  free(text);
  return status;
}

/* {TOKEN: ID} of a map of tokens, in the order of ids. */
static json_t *vocab_json(const rn_map *tokens) {
  json_t *vocab = json_object();
  for (int64_t i = 0; i < rn_map_size(tokens); i++)
    if (json_object_set_new_nocheck(vocab, rn_map_key(tokens, i, NULL, NULL), json_integer(i)) != 0) {
      json_decref(vocab);
      return NULL;
    }
  return vocab;
}

/* What the counting needs: all the steps, but a model of special tokens alone. */
static rn_status make_cutter(rn_context *ctx, const rn_tokenizer_options *o, rn_tokenizer **out) {
  json_t *vocab = json_object();
  for (int64_t i = 0; i < o->n_specials; i++) json_object_set_new(vocab, o->specials[i], json_integer(i));
  if (o->n_specials == 0) json_object_set_new(vocab, "<unk>", json_integer(0));
  return make_tokenizer(ctx, o, json_pack("{s:s, s:o}", "type", "WordLevel", "vocab", vocab), out);
}

/* ---- what all vocabularies begin with ---- */

static bool add_token(rn_map *tokens, const char *name, size_t size) {
  return rn_map_insert(tokens, name, size, rn_map_size(tokens), NULL);
}

/* The special tokens, and bytes for what is not known. */
static rn_map *first_tokens(const rn_tokenizer_options *o) {
  rn_map *tokens = rn_map_new();
  bool ok = tokens;
  for (int64_t i = 0; i < o->n_specials && ok; i++) ok = add_token(tokens, o->specials[i], strlen(o->specials[i]));
  for (int byte = 0; byte < N_BYTES && ok && o->byte_fallback; byte++) {
    char name[8];
    ok = add_token(tokens, name, (size_t)snprintf(name, sizeof name, "<0x%02X>", byte));
  }
  if (ok) return tokens;
  rn_map_free(tokens);
  return NULL;
}

static rn_status find_alphabet(rn_context *ctx, const rn_tokenizer_options *o, const rn_word_counts *words, rn_alphabet *out) {
  rn_status status = o->byte_level ? rn_alphabet_init_bytes(ctx, out) : rn_alphabet_init(ctx, words, o->coverage, 1, out);
  if (status != RN_OK) return status;
  int64_t given = o->n_specials + (o->byte_fallback ? N_BYTES : 0), least = given + out->n;
  if (least > o->vocab_size) {
    status = rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                             "a vocabulary of %lld is too small: there are %lld characters%s and %lld other tokens, %lld in all",
                             (long long)o->vocab_size, (long long)out->n, o->byte_level ? " for bytes" : " in the text", (long long)given,
                             (long long)least);
    rn_alphabet_free(out);
  } else if (out->n_left_out > 0) {
    rn_context_log(ctx, RN_LOG_INFO, "%lld of %lld characters are rare and left out", (long long)out->n_left_out,
                   (long long)(out->n_left_out + out->n));
  }
  return status;
}

/* ---- the models ---- */

static json_t *text_or_null(const char *text) { return text ? json_string(text) : json_null(); }

static json_t *merges_json(const rn_map *tokens, const rn_bpe_merges *merges) {
  json_t *list = json_array();
  for (int64_t i = 0; i < merges->n; i++)
    if (json_array_append_new(list, json_pack("[s, s]", rn_map_key(tokens, merges->at[i].left, NULL, NULL),
                                              rn_map_key(tokens, merges->at[i].right, NULL, NULL))) != 0) {
      json_decref(list);
      return NULL;
    }
  return list;
}

static json_t *bpe_json(const rn_tokenizer_options *o, const rn_map *tokens, const rn_bpe_merges *merges) {
  json_t *list = merges_json(tokens, merges), *vocab = vocab_json(tokens);
  return json_pack("{s:s, s:n, s:o, s:n, s:o, s:b, s:b, s:b, s:o, s:o}", "type", "BPE", "dropout", "unk_token",
                   text_or_null(rn_recipe_unknown(o)), "continuing_subword_prefix", "end_of_word_suffix",
                   text_or_null(o->byte_level ? NULL : RN_WORD_END), "fuse_unk", 0, "byte_fallback", o->byte_fallback, "ignore_merges", 0,
                   "vocab", vocab, "merges", list);
}

static json_t *wordpiece_json(const rn_tokenizer_options *o, const rn_map *tokens) {
  return json_pack("{s:s, s:s, s:s, s:i, s:o}", "type", "WordPiece", "unk_token", rn_recipe_unknown(o), "continuing_subword_prefix",
                   RN_CONTINUES, "max_input_chars_per_word", 100, "vocab", vocab_json(tokens));
}

/* BPE, and WordPiece, whose vocabulary is learned in the same way: it only is used otherwise. */
static rn_status learn_merges(rn_context *ctx, const rn_tokenizer_options *o, const rn_word_counts *words, json_t **model) {
  bool wordpiece = o->type == RN_TOKENIZER_WORDPIECE;
  rn_alphabet alphabet;
  rn_bpe_merges merges = {0};
  rn_map *tokens = first_tokens(o);
  if (!tokens) return no_memory(ctx);
  rn_status status = find_alphabet(ctx, o, words, &alphabet);
  if (status == RN_OK) {
    rn_bpe_training training = {words, &alphabet, wordpiece ? RN_CONTINUES : "", wordpiece || o->byte_level ? "" : RN_WORD_END,
                                o->vocab_size, o->min_count};
    status = rn_train_bpe(ctx, &training, tokens, &merges);
    rn_alphabet_free(&alphabet);
  }
  if (status == RN_OK) *model = wordpiece ? wordpiece_json(o, tokens) : bpe_json(o, tokens, &merges);
  rn_bpe_merges_free(&merges);
  rn_map_free(tokens);
  return status;
}

/* [[TOKEN, SCORE], ...] */
static json_t *pieces_json(const rn_map *first, const rn_unigram_pieces *pieces) {
  json_t *list = json_array();
  for (int64_t i = 0; i < rn_map_size(first); i++) json_array_append_new(list, json_pack("[s, f]", rn_map_key(first, i, NULL, NULL), 0.0));
  for (int64_t i = 0; i < pieces->n; i++) {
    const rn_unigram_piece *p = &pieces->at[i];
    if (rn_map_find(first, p->text, (size_t)p->size)) continue; /* the text spoke of tokens */
    json_array_append_new(list, json_pack("[s%, f]", p->text, (size_t)p->size, p->score));
  }
  return list;
}

static rn_status learn_pieces(rn_context *ctx, const rn_tokenizer_options *o, const rn_word_counts *words, json_t **model) {
  rn_alphabet alphabet;
  rn_unigram_pieces pieces = {0};
  rn_map *first = first_tokens(o);
  if (!first) return no_memory(ctx);
  rn_status status = find_alphabet(ctx, o, words, &alphabet);
  if (status == RN_OK) {
    status = rn_train_unigram(ctx, words, &alphabet, o->vocab_size - rn_map_size(first), &pieces);
    rn_alphabet_free(&alphabet);
  }
  const char *unknown = rn_recipe_unknown(o);
  int64_t *unk = unknown ? rn_map_find(first, unknown, strlen(unknown)) : NULL;
  if (status == RN_OK)
    *model = json_pack("{s:s, s:o, s:b, s:o}", "type", "Unigram", "unk_id", unk ? json_integer(*unk) : json_null(), "byte_fallback",
                       o->byte_fallback, "vocab", pieces_json(first, &pieces));
  rn_unigram_pieces_free(&pieces);
  rn_map_free(first);
  return status;
}

/* Words, or characters, by falling counts. U+0000 can stand in no file. */
static rn_status learn_words(rn_context *ctx, const rn_tokenizer_options *o, const rn_word_counts *words, json_t **model) {
  rn_map *tokens = first_tokens(o);
  double total = 0, covered = 0;
  int64_t n_left_out = 0;
  bool ok = tokens;
  for (int64_t i = 0; i < words->n; i++) total += (double)words->at[i].count;
  for (int64_t i = 0; i < words->n && ok && rn_map_size(tokens) < o->vocab_size; i++) {
    const rn_word_count *w = &words->at[i];
    if (w->count < o->min_count || covered >= o->coverage * total) break;
    covered += (double)w->count;
    if (memchr(w->word, 0, w->size)) n_left_out++;
    else ok = add_token(tokens, w->word, w->size);
  }
  if (n_left_out > 0) rn_context_log(ctx, RN_LOG_WARNING, "%lld words hold U+0000 and are left out", (long long)n_left_out);
  if (ok)
    *model = json_pack("{s:s, s:o, s:s}", "type", "WordLevel", "vocab", vocab_json(tokens), "unk_token", rn_recipe_unknown(o));
  rn_map_free(tokens);
  return ok ? RN_OK : no_memory(ctx);
}

static rn_status learn(rn_context *ctx, const rn_tokenizer_options *o, const rn_word_counts *words, rn_tokenizer **out) {
  json_t *model = NULL;
  rn_status status = o->type == RN_TOKENIZER_UNIGRAM                                   ? learn_pieces(ctx, o, words, &model)
                     : o->type == RN_TOKENIZER_WORD || o->type == RN_TOKENIZER_CHAR ? learn_words(ctx, o, words, &model)
                                                                                       : learn_merges(ctx, o, words, &model);
  if (status == RN_OK) status = make_tokenizer(ctx, o, model, out);
  if (status == RN_OK && o->vocab_size < INT32_MAX && rn_tokenizer_size(*out) < o->vocab_size)
    rn_context_log(ctx, RN_LOG_WARNING, "the text supports no more than %lld tokens of the %lld asked for",
                   (long long)rn_tokenizer_size(*out), (long long)o->vocab_size);
  return status;
}

rn_status rn_tokenizer_train(rn_context *ctx, const char *const *paths, int64_t n_paths, const rn_tokenizer_options *options,
                             rn_tokenizer **out) {
  *out = NULL;
  rn_tokenizer_options complete;
  rn_tokenizer *cutter;
  rn_word_counts words;
  if (n_paths < 1) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "there is no file to learn from");
  rn_status status = rn_recipe_complete(ctx, options, &complete);
  if (status == RN_OK) status = make_cutter(ctx, &complete, &cutter);
  if (status != RN_OK) return status;
  status = rn_word_counts_read(ctx, cutter, paths, n_paths, complete.memory, &words);
  rn_tokenizer_free(cutter);
  if (status != RN_OK) return status;
  rn_context_log(ctx, RN_LOG_INFO, "%lld bytes, %lld different pieces", (long long)words.n_bytes, (long long)words.n);
  status = learn(ctx, &complete, &words, out);
  rn_word_counts_free(&words);
  return status;
}
