/* vocab.h: vocabularies, for the floors above. */
#ifndef RN_TEXT_VOCAB_H
#define RN_TEXT_VOCAB_H

#include "base/json.h"
#include "tensor/context.h"
#include <rondo/text.h>

/* As a model file keeps it: {"level": "char", "symbols": [...], "counts": [...], "unk": 0}. The NUL character is written as "".
 * NULL when out of memory. */
json_t *rn_vocab_to_json(const rn_vocab *vocab);
rn_status rn_vocab_from_json(const json_t *json, const char *path, rn_vocab **out, rn_error *err);
bool rn_vocab_equal(const rn_vocab *a, const rn_vocab *b);

/* rn_vocab_encode for text that goes on: no <eos> after a last line without a line end, and a symbol that is absent is dropped where the
 * vocabulary has no <unk>; n_unknown counts those as well. */
rn_status rn_vocab_encode_prompt(rn_context *ctx, const rn_vocab *vocab, const char *text, size_t size, rn_encoding *out);

#endif
