/* data_conll.h: sentences of tokens with a tag each, from CoNLL columns and CoNLL-U. */
#ifndef RONDO_DATA_CONLL_H
#define RONDO_DATA_CONLL_H

#include <rondo/data.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_conll_format {
  RN_CONLL_GUESS,   /* CoNLL-U where the first line, blank ones and those with '#' apart, has ten columns by tabs and begins with a digit */
  RN_CONLL_COLUMNS, /* "EU NNP B-NP B-ORG": separated by tabs where the first line has one (a token may then hold blanks), else blanks */
  RN_CONLL_U,       /* ten columns by tabs, '#' comments; ids 1-2 (contractions) and 1.1 (empty nodes) are passed over */
} rn_conll_format;

typedef struct rn_conll_options {
  rn_conll_format format;
  const char *column; /* of the tag: from 1, or from the end by -1; CoNLL-U also id, form, lemma, upos, xpos, feats, head, deprel, deps,
                       * misc. NULL: the last one; CoNLL-U upos */
  const char *token_column; /* NULL: the first one; CoNLL-U form */
  bool keep_docstart;       /* lines that begin with -DOCSTART- are sentences like others, not passed over */
  bool skip_bad;            /* a sentence with a bad line is left out, whole, and its bad lines are counted */
} rn_conll_options;
RN_API rn_conll_options rn_conll_options_default(void);

/* Every sentence has at least one token. */
typedef struct rn_tagged {
  int64_t n_tokens;
  const rn_string *tokens; /* [n_tokens] */
  const rn_string *tags;   /* [n_tokens] */
  const int64_t *lines;    /* [n_tokens] where each stands in the file, from 1 */
  rn_ragged sentences;     /* into the arrays above */
  rn_conll_format format;  /* in which it was read */
  int64_t n_bad;           /* lines that were bad and are left out */
  uint64_t hash;           /* of the file */
  void *owner;             /* private */
} rn_tagged;

/* Reads a file: anything that rn_corpus_open reads. The strings are parts of the text; free with rn_tagged_free.
 * Errors: RN_ERROR_DATA: wrong number of columns, an empty one, no sentence, up to twenty of them, each with line and column;
 * RN_ERROR_ARGUMENT: a column that there is not; RN_ERROR_IO, RN_ERROR_MEMORY. */
RN_API rn_status rn_tagged_open(rn_context *ctx, const char *path, const rn_conll_options *options, rn_tagged *out);
RN_API void rn_tagged_free(rn_tagged *tagged);

#ifdef __cplusplus
}
#endif
#endif
