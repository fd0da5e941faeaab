/* vocab.h: vocabularies, for the floors above. */
#ifndef RN_TEXT_VOCAB_H
#define RN_TEXT_VOCAB_H

#include "base/json.h"
#include "base/text_buffer.h"
#include "tensor/context.h"
#include <rondo/text.h>

/* As a model file keeps it: {"level": "char", "symbols": [...], "counts": [...], "unk": 0}. The NUL character is written as "".
 * NULL when out of memory. */
json_t *rn_vocab_to_json(const rn_vocab *vocab);
rn_status rn_vocab_from_json(const json_t *json, const char *path, rn_vocab **out, rn_error *err);
/* Words, a line each: whether they can be written so, in UTF-8; writing them; and the vocabulary of them.
 *   counts [n]   unk: its id, or -1
 * Errors: RN_ERROR_DATA: they make none; RN_ERROR_MEMORY. */
bool rn_vocab_fits_lines(const rn_vocab *vocab);
void rn_vocab_put_lines(const rn_vocab *vocab, rn_text *out);
rn_status rn_vocab_from_lines(const char *text, size_t size, const int64_t *counts, int64_t n, int64_t unk, const char *path,
                              rn_vocab **out, rn_error *err);
bool rn_vocab_equal(const rn_vocab *a, const rn_vocab *b);
const struct rn_token_level *rn_vocab_token_level(const rn_vocab *vocab); /* NULL: it is not of tokens */

/* ---- in the making ---- */

/* An empty one, of characters or words; NULL when out of memory. */
rn_vocab *rn_vocab_new(rn_level level);
/* Room for n more symbols of `size` bytes together. False: out of memory. */
bool rn_vocab_reserve(rn_vocab *vocab, int64_t n, size_t size);
/* A symbol more, where it is not there already (*fresh says which). False: out of memory. */
bool rn_vocab_add(rn_vocab *vocab, const char *bytes, size_t size, int64_t count, bool *fresh);
/* After the last: which is <unk>, -1: none. */
void rn_vocab_done(rn_vocab *vocab, int32_t unk);
void rn_vocab_set_count(rn_vocab *vocab, int32_t id, int64_t count);

/* A vocabulary of a text that passes by: symbols are numbered as they first come, and have ids at the end. */
typedef struct rn_vocab_builder rn_vocab_builder;
rn_status rn_vocab_builder_new(rn_context *ctx, rn_level level, rn_vocab_builder **out);
void rn_vocab_builder_free(rn_vocab_builder *builder); /* NULL is allowed */
/* Counts a symbol once. *number: how many other symbols came before it did. Errors: RN_ERROR_MEMORY. */
rn_status rn_vocab_builder_add(rn_vocab_builder *builder, const char *bytes, size_t size, int32_t *number);
/* What rn_vocab_build makes of the same symbols, once. ids: of each number, -1 where it is <unk> now; freed with rn_free.
 * Errors: RN_ERROR_DATA (no symbol at all), RN_ERROR_MEMORY. */
rn_status rn_vocab_builder_finish(rn_vocab_builder *builder, const rn_vocab_options *options, rn_vocab **out, int32_t **ids);

/* A word-level vocabulary of words that have been counted, without <unk>: those that come min_count times or more, up to max_size (0: all),
 * most frequent first, ties in the order given.
 *   words, counts [n]   ids [n]: of each word, -1 where it is left out
 * Errors: RN_ERROR_MEMORY. */
rn_status rn_vocab_of_counts(rn_context *ctx, const rn_string *words, const int64_t *counts, int64_t n, const rn_vocab_options *options,
                             rn_vocab **out, int32_t *ids);

/* rn_vocab_encode for text that goes on: no <eos> after a last line without a line end, and a symbol that is absent is dropped where the
 * vocabulary has no <unk>; n_unknown counts those as well. */
rn_status rn_vocab_encode_prompt(rn_context *ctx, const rn_vocab *vocab, const char *text, size_t size, rn_encoding *out);

#endif
