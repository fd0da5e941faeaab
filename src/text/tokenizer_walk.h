/* tokenizer_walk.h: the first two steps of a tokenizer over a text: from bytes to pieces for the model. */
#ifndef RN_TEXT_TOKENIZER_WALK_H
#define RN_TEXT_TOKENIZER_WALK_H

#include "text/tokenizer_state.h"

/* What one thread needs; zeros at the beginning. */
typedef struct rn_walk {
  rn_aligned_buffer clean; /* the text without ill-formed parts */
  rn_segments outer, inner;
  rn_normalize_work normalize;
  rn_pretoken_work pretoken;
  int64_t n_invalid; /* ill-formed parts so far */
} rn_walk;
void rn_walk_free(rn_walk *walk);

/* Receives the parts of a text in order: an added token (text is what stands for it, pieces NULL), or pieces of text (token NULL). */
typedef rn_status (*rn_walk_fn)(void *user, const rn_added_token *token, const rn_aligned *text, const rn_ranges *pieces, rn_error *err);
/* Walks over `size` bytes, which are the original text's from `base` on. */
rn_status rn_walk_text(rn_walk *walk, const rn_tokenizer *t, const char *text, size_t size, size_t base, rn_walk_fn fn, void *user,
                       rn_error *err);

/* The first place from `at` on where a text may be cut to the same tokens; size when there is none. */
size_t rn_walk_cut(const rn_tokenizer *t, const char *text, size_t size, size_t at);
enum { RN_WALK_BLOCK = 32768 }; /* bytes of a text that are walked over at a time, where it can be cut: its pieces stay in the cache */

#endif
