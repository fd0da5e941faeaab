/* tokenizer_files.h: readers of the other formats. Each makes a tokenizer.json of its file, so that there is one way to make a tokenizer.
 */
#ifndef RN_TEXT_TOKENIZER_FILES_H
#define RN_TEXT_TOKENIZER_FILES_H

#include "text/tokenizer_state.h"

/* tokenizer_gpt2.c: vocab.json and merges.txt. */
rn_status rn_tokenizer_read_gpt2(rn_context *ctx, rn_string vocab, const char *vocab_name, rn_string merges, const char *merges_name,
                                 rn_tokenizer **out);
/* tokenizer_bert.c: vocab.txt, a token a line. */
rn_status rn_tokenizer_read_bert(rn_context *ctx, rn_string text, const char *name, rn_tokenizer **out);
/* tokenizer_sentencepiece.c: a .model file. */
rn_status rn_tokenizer_read_sentencepiece(rn_context *ctx, const void *bytes, size_t size, const char *name, rn_tokenizer **out);

/* tokenizer_write.c: a tokenizer.json in the making. All steps are null; NULL when out of memory. */
json_t *rn_tokenizer_root(void);
/* Sets a key; takes over `value`, which may be NULL. False when out of memory. */
bool rn_tokenizer_put(json_t *object, const char *key, json_t *value);
/* Adds a token to "added_tokens". */
bool rn_tokenizer_put_added(json_t *root, const char *token, int64_t id, bool special);
/* Parses what was made, if it is complete, and frees it. */
rn_status rn_tokenizer_finish(rn_context *ctx, json_t *root, bool complete, const char *name, rn_tokenizer **out);
/* The next line of a text without its line end; false at the end. */
bool rn_next_line(rn_string *text, rn_string *line);

#endif
