/* corpus_ids.h: a text of any length as ids. It is read once, as it streams by; its symbols are numbered as they come, and the numbers wait
 * in a temporary file until the vocabulary, which needs all counts, says what their ids are. The numbers of a tokenizer are ids at once. */
#ifndef RN_DATA_CORPUS_IDS_H
#define RN_DATA_CORPUS_IDS_H

#include "text/vocab.h"
#include <rondo/tokenizer.h>

typedef struct rn_corpus_ids rn_corpus_ids;

/* Plain, .gz or .zst text, "-": standard input.
 *   options    of the vocabulary; not read where there is a tokenizer:
 *   tokenizer  NULL, or whose tokens are counted; the vocabulary holds a copy. Where it tells apart more than printable characters around a
 *              line end, so that a text can not be cut there, the whole text is in memory
 *   folder     of the temporary file; NULL: the working folder
 * Errors: RN_ERROR_IO; RN_ERROR_DATA: nothing is in it, or a word is longer than words are, with line and column; RN_ERROR_MEMORY. */
rn_status rn_corpus_ids_open(rn_context *ctx, const char *path, const rn_vocab_options *options, const rn_tokenizer *tokenizer,
                             const char *folder, rn_corpus_ids **out);
void rn_corpus_ids_close(rn_corpus_ids *corpus); /* NULL is allowed */
const rn_vocab *rn_corpus_ids_vocab(const rn_corpus_ids *corpus);
rn_vocab *rn_corpus_ids_take_vocab(rn_corpus_ids *corpus); /* now the caller's */
int64_t rn_corpus_ids_count(const rn_corpus_ids *corpus);
int64_t rn_corpus_ids_unknown(const rn_corpus_ids *corpus); /* handed out as <unk>, though the text says another word; tokens: of all */
uint64_t rn_corpus_ids_bytes(const rn_corpus_ids *corpus);  /* of the text */
uint64_t rn_corpus_ids_hash(const rn_corpus_ids *corpus);   /* XXH3 of it */
/* The next ids, at most max, from the first on. *n 0: the end. */
rn_status rn_corpus_ids_next(rn_corpus_ids *corpus, int32_t *out, int64_t max, int64_t *n);

#endif
