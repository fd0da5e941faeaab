/* ref_recurrent.h: the loop over directions, sequences and steps; a cell is the function that takes (x, h, c) to the next (h, c). */
#ifndef RN_TESTS_REF_RECURRENT_H
#define RN_TESTS_REF_RECURRENT_H

#include "ref/ref.h"

#define REF_MAX 256 /* values of a step: gates times hidden units */

typedef struct ref_cell {
  rn_cell kind;
  int64_t I, H, P;
  const double *weight[RN_W_COUNT]; /* by RN_W_IH, ... ; NULL: not given */
} ref_cell;

/* x [I], h [P] and c [H] before the step; h and c after it. */
typedef void (*ref_step)(const ref_cell *cell, const double *x, double *h, double *c);

/* y = LN(W v) + b over m values: W [m, k], or NULL: one; norm [2, ld] gain then bias, whose first m are taken, and b may be NULL */
void ref_affine(int64_t m, int64_t k, const double *W, const double *v, const double *norm, int64_t ld, const double *b, double *y);
/* a = LN(W_ih x) + b_ih and u = LN(W_hh h) + b_hh, all gates. */
void ref_gates(const ref_cell *cell, const double *x, const double *h, double *a, double *u);
void ref_recurrent(const rn_ref *r, ref_step step);

#endif
