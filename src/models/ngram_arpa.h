/* ngram_arpa.h: what an ARPA file says, before it is a trie. */
#ifndef RN_MODELS_NGRAM_ARPA_H
#define RN_MODELS_NGRAM_ARPA_H

#include "base/map.h"
#include "models/ngram_trie.h"
#include <string.h>

#define RN_ARPA_LOG_0 (-99 * (float)M_LN10) /* what stands for the logarithm of nothing */

/* An n-gram is a row of n + 3 numbers: its words, and behind them: */
enum { RN_ARPA_LOG_P, RN_ARPA_BACKOFF, RN_ARPA_LINE, RN_ARPA_EXTRA }; /* the first two are the bits of floats */

typedef struct rn_arpa_section {
  uint32_t *rows; /* [n, order + RN_ARPA_EXTRA] */
  int64_t n;
  int64_t capacity; /* numbers */
  int64_t said;     /* in \data\ */
} rn_arpa_section;

enum { RN_ARPA_PARTS = 16 }; /* of a block, which are read side by side */

typedef struct rn_arpa {
  rn_context *ctx;
  const char *name; /* of the file */
  int order;
  int64_t n_words;
  int32_t eos; /* the word that <s> and </s> are; -1: they are not there */
  rn_arpa_section section[RN_NGRAM_MAX_ORDER];
  rn_arpa_section part[RN_ARPA_PARTS]; /* rows of the block at hand */
} rn_arpa;

/* Appends n rows. False: out of memory. */
bool rn_arpa_append(rn_arpa_section *section, int width, const uint32_t *rows, int64_t n);

/* ---- lines (ngram_arpa_line.c) ---- */

typedef struct rn_arpa_line {
  const char *name; /* of the file */
  uint32_t number;
  rn_string text;
  rn_error *error; /* where what is wrong with it is said */
} rn_arpa_line;

/* RN_ERROR_DATA with "FILE:LINE:COLUMN: ...", the column of a byte of the line. */
rn_status rn_arpa_fail(const rn_arpa_line *line, const char *at, const char *format, ...) RN_PRINTF(3, 4);
bool rn_arpa_is(rn_string s, const char *word);
bool rn_arpa_is_blank(char c);
/* The next field of what is left of a line; size 0, at its end: there is none. */
rn_string rn_arpa_field(rn_string *left);

typedef struct rn_arpa_ngram {
  float log_p, backoff; /* natural logarithms */
  rn_string words[RN_NGRAM_MAX_ORDER];
} rn_arpa_ngram;
/* The line of an n-gram of n words. */
rn_status rn_arpa_parse(const rn_arpa_line *line, int n, rn_arpa_ngram *out);

/* The name of an n-gram file's word in a vocabulary of ours. */
rn_string rn_arpa_symbol(rn_string word);
static inline void rn_arpa_put(uint32_t *to, float x) { memcpy(to, &x, sizeof x); }

/* Lines of n-grams of n > 1 words, each ended or the last, whose first is number `first`: rows, appended to the section; *n_lines: of the
 * text; blank ones hold nothing. Parts of the text are read side by side. words: of the unigrams. */
rn_status rn_arpa_read_rows(rn_arpa *arpa, const rn_map *words, int n, rn_string text, uint32_t first, uint32_t *n_lines);

/* ---- the trie ---- */

/* Sorts the sections and makes a trie of them; the unigrams' rows are in order, and one for each word. Errors: RN_ERROR_DATA. */
rn_status rn_arpa_trie(rn_arpa *arpa, rn_trie *trie);

#endif
