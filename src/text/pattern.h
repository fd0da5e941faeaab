/* pattern.h: regular expressions out of tokenizer files: PCRE2 with UTF and limits. */
#ifndef RN_TEXT_PATTERN_H
#define RN_TEXT_PATTERN_H

#include "base/error.h"

typedef struct rn_pattern rn_pattern; /* constant once made */

/* Compiles a regular expression in the syntax of tokenizer.json (Oniguruma's and Rust's): \s is White_Space, \w Alphabetic, marks, decimal
 * digits and connectors. Errors: RN_ERROR_DATA, with PCRE2's words and the place; RN_ERROR_MEMORY. */
rn_status rn_pattern_new(const char *regex, size_t size, rn_pattern **out, rn_error *err);
void rn_pattern_free(rn_pattern *pattern); /* NULL is allowed */

/* What one thread needs to match. Zeros at the beginning; made at its first use. */
typedef struct rn_matcher {
  void *data, *context, *stack;
} rn_matcher;
void rn_matcher_free(rn_matcher *matcher);

/* The matches of a pattern in well-formed UTF-8, from left to right, without overlap. An empty match is never next to the one before. */
typedef struct rn_matches {
  const rn_pattern *pattern;
  rn_matcher *matcher;
  const char *text;
  size_t size;
  size_t at;         /* where the next search begins; past `size` at the end */
  size_t begin, end; /* the match found */
  bool any;          /* whether one was found before */
} rn_matches;
rn_matches rn_matches_init(const rn_pattern *pattern, rn_matcher *matcher, const char *text, size_t size);
/* Advances to the next match. False at the end, and when err is set: RN_ERROR_DATA (the limits of steps or memory), RN_ERROR_MEMORY. */
bool rn_matches_next(rn_matches *matches, rn_error *err);

#endif
