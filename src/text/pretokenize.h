/* pretokenize.h: the second step of a tokenizer: cutting a text where no token may reach across. The pre-tokenizers of tokenizer.json are
 * written in a few primitive steps: BertPreTokenizer, for one, is to cut out white space, then to set punctuation apart. */
#ifndef RN_TEXT_PRETOKENIZE_H
#define RN_TEXT_PRETOKENIZE_H

#include "text/aligned_text.h"
#include "text/pattern.h"

typedef enum rn_pretoken_type {
  RN_PRETOKEN_CUT_CHARS,    /* a match is a character of a class */
  RN_PRETOKEN_CUT_LITERAL,  /* ... `what` */
  RN_PRETOKEN_CUT_PATTERN,  /* ... of a regular expression */
  RN_PRETOKEN_CUT_GPT2,     /* GPT-2's pattern, by hand: cut_patterns.c */
  RN_PRETOKEN_CUT_CL100K,   /* the pattern of cl100k and Llama 3, likewise */
  RN_PRETOKEN_PREFIX_BLANK, /* a blank before each piece that has none */
  RN_PRETOKEN_MARK_BLANKS,  /* `what` for each blank, and before a piece by `scheme` */
  RN_PRETOKEN_BYTES         /* GPT-2's letters for bytes */
} rn_pretoken_type;

/* What becomes of a match: a.b|c cut at "." gives, in this order, a b|c; a . b|c; a. b|c; a .b|c; "..": as one. */
typedef enum rn_cut_behavior {
  RN_CUT_REMOVED,
  RN_CUT_ISOLATED,
  RN_CUT_MERGED_WITH_PREVIOUS,
  RN_CUT_MERGED_WITH_NEXT,
  RN_CUT_CONTIGUOUS
} rn_cut_behavior;
typedef enum rn_prepend_scheme { RN_PREPEND_ALWAYS, RN_PREPEND_FIRST, RN_PREPEND_NEVER } rn_prepend_scheme;

typedef struct rn_pretokenizer {
  rn_pretoken_type type;
  rn_cut_behavior behavior;
  bool invert;                     /* matches are what lies between them */
  bool (*is_match)(uint32_t code); /* CUT_CHARS */
  char *what;                      /* CUT_LITERAL, MARK_BLANKS */
  size_t what_size;
  rn_pattern *pattern;      /* CUT_PATTERN */
  int max_digits;           /* CUT_CL100K: of a number in one piece */
  rn_prepend_scheme scheme; /* MARK_BLANKS */
} rn_pretokenizer;
void rn_pretokenizer_free(rn_pretokenizer *step);

/* What one thread needs, and the result; zeros at the beginning. */
typedef struct rn_pretoken_work {
  rn_aligned text;  /* as the steps left it */
  rn_ranges pieces; /* of it, none of them empty */
  rn_ranges next;
  rn_aligned_buffer buffers[2];
  rn_matcher matcher;
} rn_pretoken_work;
void rn_pretoken_work_free(rn_pretoken_work *work);

/* Cuts a well-formed text; the result is in `work` until the next call. Errors: RN_ERROR_DATA (a pattern's limits), RN_ERROR_MEMORY. */
rn_status rn_pretokenize(const rn_pretokenizer *steps, int64_t n_steps, rn_pretoken_work *work, rn_aligned in, rn_error *err);

/* cut_patterns.c: the end of the piece that begins at `at` < size. */
size_t rn_cut_gpt2(const char *text, size_t size, size_t at);
size_t rn_cut_cl100k(const char *text, size_t size, size_t at, int max_digits);
/* A step of a regular expression, by hand where it is one of those patterns. Errors: rn_pattern_new's. */
rn_status rn_pretokenizer_pattern(const char *regex, size_t size, rn_pretokenizer *step, rn_error *err);
extern const char rn_gpt2_regex[];

#endif
