/* normalize.h: the first step of a tokenizer: one text for the many ways of writing the same. */
#ifndef RN_TEXT_NORMALIZE_H
#define RN_TEXT_NORMALIZE_H

#include "text/aligned_text.h"
#include "text/charsmap.h"
#include "text/pattern.h"

typedef enum rn_normalizer_type {
  RN_NORMALIZE_NFC, /* Unicode's forms (UAX 15) */
  RN_NORMALIZE_NFD,
  RN_NORMALIZE_NFKC,
  RN_NORMALIZE_NFKD,
  /* one character after the other */
  RN_NORMALIZE_LOWERCASE,
  RN_NORMALIZE_STRIP_ACCENTS,    /* drops \p{M} */
  RN_NORMALIZE_STRIP_NONSPACING, /* drops \p{Mn} */
  RN_NORMALIZE_CLEAN,            /* BERT's: drops controls, every white space is a blank */
  RN_NORMALIZE_SPACE_CHINESE,    /* BERT's: a blank on both sides of an ideograph */
  RN_NORMALIZE_NMT,              /* SentencePiece's nmt: drops controls, odd blanks are blanks */
  RN_NORMALIZE_BYTES,            /* each byte by GPT-2's letter for it */
  /* the text as a whole */
  RN_NORMALIZE_STRIP,   /* white space at its ends */
  RN_NORMALIZE_PREPEND, /* `with` before it, unless it is empty */
  RN_NORMALIZE_REPLACE, /* every match of `what` (or of `pattern`) by `with` */
  RN_NORMALIZE_CHARSMAP /* SentencePiece's table of replacements */
} rn_normalizer_type;

typedef struct rn_normalizer {
  rn_normalizer_type type;
  bool left, right; /* STRIP */
  char *what, *with;
  size_t what_size, with_size;
  rn_pattern *pattern;
  rn_charsmap *charsmap;
  bool graphemes; /* CHARSMAP: as Hugging Face applies it */
} rn_normalizer;
void rn_normalizer_free(rn_normalizer *step);

/* What one thread needs; zeros at the beginning. */
typedef struct rn_normalize_work {
  rn_aligned_buffer buffers[2];
  rn_matcher matcher;
  int32_t *codes, *sorted; /* of a run of marks */
  size_t capacity;
} rn_normalize_work;
void rn_normalize_work_free(rn_normalize_work *work);

/* The text after all steps; it is `in`, or belongs to the workspace until the next call. The text is well-formed UTF-8. */
rn_status rn_normalize(const rn_normalizer *steps, int64_t n_steps, rn_normalize_work *work, rn_aligned in, rn_aligned *out, rn_error *err);

/* normalize_unicode.c: appends the text in one of the four forms. */
void rn_normalize_unicode(rn_normalizer_type form, rn_normalize_work *work, const rn_aligned *in, rn_aligned_buffer *out);
/* byte_letters.c's letters in place of bytes. */
void rn_normalize_bytes(const rn_aligned *in, rn_aligned_buffer *out);

#endif
