/* op_check.h: a row of a case table made into numbers, run by a kernel, and judged by the double-precision reference.
 *
 * The gradient that is expected is the central difference of the *reference*, never of the kernel: a kernel whose forward and backward
 * agree on the wrong function is found as well. */
#ifndef RN_TESTS_OP_CHECK_H
#define RN_TESTS_OP_CHECK_H

#include "ref/ref.h"

/* Random inputs and cotangents of one case, and what the reference makes of them. */
typedef struct rn_problem {
  const rn_op *op;
  const rn_op_case *a_case;
  rn_ragged seqs; /* n_seqs 0: none */
  int32_t *ids;
  float *in[RN_NODE_MAX_IN]; /* NULL: not given */
  int out_rank[RN_NODE_MAX_OUT];
  int64_t out_shape[RN_NODE_MAX_OUT][RN_MAX_RANK];
  bool has_out[RN_NODE_MAX_OUT];
  float *cotangent[RN_NODE_MAX_OUT];
  double *y[RN_NODE_MAX_OUT];   /* the reference's outputs; NULL until rn_problem_refer */
  double *grad[RN_NODE_MAX_IN]; /* the reference's gradients; NAN where an element was not drawn */
} rn_problem;

/* What a kernel computed. */
typedef struct rn_outcome {
  float *y[RN_NODE_MAX_OUT], *grad[RN_NODE_MAX_IN];
} rn_outcome;

int64_t rn_case_size(const rn_case_input *in); /* elements */
int64_t rn_problem_out_size(const rn_problem *p, int i);

/* Draws a case. False, with words, when the operation refuses it. */
bool rn_problem_make(rn_problem *p, const rn_op *op, const rn_op_case *c, char *why, size_t size);
/* Fills y and grad: all elements of small inputs, 200 drawn ones of large. */
void rn_problem_refer(rn_problem *p, rn_ref_fn ref);
void rn_problem_free(rn_problem *p);

/* How the cotangents are given: to each output in a walk of its own, to all at once, the first way twice; or not at all, in RN_INFER. */
typedef enum rn_walks { RN_WALKS_EACH, RN_WALKS_AT_ONCE, RN_WALKS_TWICE, RN_WALKS_NONE } rn_walks;
bool rn_problem_run(const rn_problem *p, const char *isa, int n_threads, rn_walks walks, rn_outcome *out, char *why, size_t size);
void rn_outcome_free(rn_outcome *o);
/* The same bits? */
bool rn_outcome_same(const rn_problem *p, const rn_outcome *a, const rn_outcome *b, char *why, size_t size);
/* The same numbers, gradients of b times `factor`, within a relative error? */
bool rn_outcome_close(const rn_problem *p, const rn_outcome *a, const rn_outcome *b, double factor, double tolerance, char *why,
                      size_t size);
/* What the reference says? Gradients, where there are any, within the case's tolerance, sign kept, not all zero. */
bool rn_outcome_judge(const rn_problem *p, const rn_outcome *o, char *why, size_t size);

/* All of it for one case: each instruction set of this machine, one thread, two and three, one walk, all at once, twice, none. */
bool rn_op_check(const rn_op *op, rn_ref_fn ref, const rn_op_case *c, char *why, size_t size);

#endif
