/* detokenize.h: the last step of a tokenizer: from tokens to a text. */
#ifndef RN_TEXT_DETOKENIZE_H
#define RN_TEXT_DETOKENIZE_H

#include "base/error.h"
#include "base/text_buffer.h"
#include "text/pattern.h"

typedef enum rn_detoken_type {
  RN_DETOKEN_BYTES,         /* GPT-2's letters to the bytes they stand for; all tokens are one */
  RN_DETOKEN_WORDPIECE,     /* a blank before each token without the prefix */
  RN_DETOKEN_METASPACE,     /* the mark is a blank, none at the beginning */
  RN_DETOKEN_SUFFIX,        /* the end-of-word mark is a blank, none at the end */
  RN_DETOKEN_BYTE_FALLBACK, /* <0x41> is a byte */
  RN_DETOKEN_FUSE,          /* all tokens are one */
  RN_DETOKEN_STRIP,         /* up to `left` and `right` characters `what` at the ends of each token */
  RN_DETOKEN_REPLACE        /* `what` (or a match of `pattern`) by `with` */
} rn_detoken_type;

typedef struct rn_detokenizer {
  rn_detoken_type type;
  char *what, *with; /* WORDPIECE: the prefix; METASPACE: the mark; SUFFIX: the suffix */
  size_t what_size, with_size;
  rn_pattern *pattern;
  bool cleanup;    /* WORDPIECE: no blanks before punctuation and clitics */
  bool drop_first; /* METASPACE: the mark at the beginning was put there */
  int64_t left, right;
} rn_detokenizer;
void rn_detokenizer_free(rn_detokenizer *step);

/* Tokens on their way: one after the other, the end of each. */
typedef struct rn_token_texts {
  rn_text text;
  size_t *ends;
  size_t n, capacity;
  bool failed;
} rn_token_texts;
void rn_token_texts_free(rn_token_texts *t);
void rn_token_texts_add(rn_token_texts *t, const char *token, size_t size);

/* Takes the tokens through all steps and appends what is left of them to `out`: well-formed UTF-8, U+FFFD for what is none. Without any
 * step tokens are joined by blanks. */
rn_status rn_detokenize(const rn_detokenizer *steps, int64_t n_steps, rn_token_texts *tokens, rn_text *out, rn_error *err);

#endif
