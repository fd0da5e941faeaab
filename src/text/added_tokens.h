/* added_tokens.h: tokens that are found in a text before anything else is done to it: <|endoftext|>, [MASK], ... */
#ifndef RN_TEXT_ADDED_TOKENS_H
#define RN_TEXT_ADDED_TOKENS_H

#include "base/map.h"
#include "text/normalize.h"
#include "text/token_trie.h"

typedef struct rn_added_token {
  char *text;
  size_t size;
  int32_t id;
  bool single_word;    /* not inside a word */
  bool lstrip, rstrip; /* takes the white space on that side along */
  bool normalized;     /* is looked for in the normalized text, in normalized form */
  bool special;        /* left out of decoded text */
  bool hidden;         /* is not looked for in a text at all */
} rn_added_token;

typedef struct rn_added_tokens {
  rn_added_token *at; /* [n] by id */
  int64_t n;
  rn_map *by_text;                    /* to the place in `at` */
  rn_token_trie original, normalized; /* their values are places in `at` */
} rn_added_tokens;

/* Takes the array (also on failure), puts it in order of ids and makes it searchable. Errors: RN_ERROR_DATA (a text or an id twice; where
 * is for the words), RN_ERROR_MEMORY. */
rn_status rn_added_tokens_init(rn_added_tokens *added, rn_added_token *tokens, int64_t n, const rn_normalizer *steps, int64_t n_steps,
                               const char *where, rn_error *err);
void rn_added_tokens_free(rn_added_tokens *added);
const rn_added_token *rn_added_tokens_by_id(const rn_added_tokens *added, int64_t id); /* NULL: none */

/* A part of a text: one of the tokens, or what lies between them. */
typedef struct rn_segment {
  size_t begin, end;
  int64_t token; /* its place; -1: text */
} rn_segment;
typedef struct rn_segments {
  rn_segment *at;
  size_t n, capacity;
  bool failed;
} rn_segments;
/* The segments of a well-formed text, the longest token at the leftmost place first; none of them empty. Replaces what `out` held. */
void rn_added_tokens_find(const rn_added_tokens *added, const rn_token_trie *trie, const char *text, size_t size, rn_segments *out);

#endif
