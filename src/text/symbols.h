/* symbols.h: cutting text into symbols. */
#ifndef RN_TEXT_SYMBOLS_H
#define RN_TEXT_SYMBOLS_H

#include "tensor/context.h"
#include <rondo/text.h>

/* Walks over well-formed UTF-8. Character level: every code point. Word level: what stands between white space (blank, tab, carriage
 * return, vertical tab, form feed, NUL), and a line end, given as "<eos>". */
typedef struct rn_symbols {
  rn_level level;
  const char *text, *end, *at;
  bool close_line; /* word level: a last line without a line end gets its "<eos>" */
  bool open_line;
  const char *symbol; /* the current symbol ... */
  size_t size;        /* ... and its bytes */
} rn_symbols;

rn_symbols rn_symbols_init(rn_level level, const char *text, size_t size, bool close_line);
/* Advances to the next symbol; false at the end. */
bool rn_symbols_next(rn_symbols *s);
/* Line and column (in characters), both from 1, of a place in the text. */
void rn_symbols_place(const rn_symbols *s, const char *at, int64_t *line, int64_t *column);

#define RN_EOS "<eos>"
#define RN_UNK "<unk>"
#define RN_MAX_WORD 65536 /* bytes: a longer one is not a word but another kind of file */

/* Text with its ill-formed parts replaced by U+FFFD. */
typedef struct rn_clean_text {
  const char *text; /* the original, when it is well-formed */
  size_t size;
  int64_t n_invalid;
  char *owner; /* freed with rn_free */
} rn_clean_text;
rn_status rn_clean_text_init(rn_context *ctx, const char *text, size_t size, rn_clean_text *out);

#endif
