/* debias_study.h: vectors before and after a difference was taken out of them, and the page about that. */
#ifndef CLI_DEBIAS_STUDY_H
#define CLI_DEBIAS_STUDY_H

#include "cli.h"

enum { DEBIAS_SHOWN = 8 }; /* words on each side */

/* A neutral word, and what "a is to word as b is to ?" was answered with, by the first pair; rows, -1: nothing. */
typedef struct debias_word {
  int64_t word, a, b, answer_before, answer_after;
  double before, after; /* the cosine with the direction */
} debias_word;

typedef struct debias_study {
  rn_vectors v;
  rn_word_pairs pairs, equalize;
  rn_debias_options o;
  int64_t *pair, *same; /* rows of both lists */
  bool *neutral;
  int64_t n_neutral;
  float *out; /* [n, dim] */
  rn_debias_result r;
  debias_word words[2 * DEBIAS_SHOWN]; /* those that leaned most to either side */
  int n_words;
} debias_study;

/* The cosine of a row with the first direction; and as it is shown, 0 where three digits are. */
double debias_along(const debias_study *s, const float *rows, int64_t row);
double debias_shown(double cosine);

/* A page that needs nothing else. Returns an exit code, after printing what went wrong. */
int debias_page(const debias_study *s, const char *path, const char *title);

#endif
