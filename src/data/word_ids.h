/* word_ids.h: a text as the numbers of its words: read once as it streams by, its phrases joined, its rare words left out. */
#ifndef RN_DATA_WORD_IDS_H
#define RN_DATA_WORD_IDS_H

#include "text/vocab.h"

#define RN_LINE_END (-1) /* among the ids, where a line ends */

typedef struct rn_word_ids_options {
  int64_t min_count, max_vocab; /* of the vocabulary; max_vocab 0: no limit */
  int phrases;                  /* passes of phrase detection (text/phrases.h) */
  double phrase_threshold;
  int64_t memory;               /* bytes of ids that are kept in memory, more are in a temporary file */
  const char *folder;           /* where that is; NULL: the working folder */
} rn_word_ids_options;

typedef struct rn_word_ids {
  rn_vocab *vocab; /* word level, without <unk> and without line ends; most frequent first */
  int64_t n;       /* ids, line ends among them */
  int64_t n_words; /* ids that are words */
  int64_t n_types, n_tokens; /* before rare words were left out */
  int64_t n_phrases;         /* pairs of words that were joined, in all passes */
  uint64_t n_bytes, hash;    /* of the text */
  struct rn_id_list *list;   /* private */
} rn_word_ids;

/* Words are what stands between white space; ill-formed UTF-8 is read as U+FFFD and warned of once. Memory grows with the distinct words.
 * Free with rn_word_ids_free. Errors: RN_ERROR_DATA: no words, one word alone, none that comes min_count times, a word of more than
 * RN_MAX_WORD bytes; RN_ERROR_IO, RN_ERROR_MEMORY. */
rn_status rn_word_ids_open(rn_context *ctx, const char *path, const rn_word_ids_options *options, rn_word_ids *out);
/* ids [at, at + n), which is inside [0, out->n): in memory, or read into room [n]. NULL after an error, recorded in the context. */
const int32_t *rn_word_ids_read(rn_context *ctx, const rn_word_ids *ids, int64_t at, int64_t n, int32_t *room);
bool rn_word_ids_in_memory(const rn_word_ids *ids);
void rn_word_ids_free(rn_word_ids *ids); /* leaves zeros */

#endif
