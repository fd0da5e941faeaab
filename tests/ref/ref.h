/* ref.h: what an operation means: for each, a naive forward in double precision, ref_NAME.c. Nothing here is fast, shared or clever: these
 * are the equations. An operation of RN_OPS without a reference does not link. */
#ifndef RN_TESTS_REF_H
#define RN_TESTS_REF_H

#include "ops/attrs.h"
#include "ops/op.h"
#include <math.h>
#include <stdlib.h>

typedef struct rn_ref_array {
  int rank;
  int64_t shape[RN_MAX_RANK];
  double *data; /* NULL: not given */
} rn_ref_array;

typedef struct rn_ref {
  rn_ref_array in[RN_NODE_MAX_IN];
  rn_ref_array out[RN_NODE_MAX_OUT]; /* shapes are set and data is there to be written; NULL where there is no such output */
  const rn_ragged *seqs;             /* of input 0, or NULL */
  const int32_t *ids;
  int64_t n_ids;
  const void *attrs;
} rn_ref;

typedef void (*rn_ref_fn)(const rn_ref *r);

static inline int64_t ref_n_rows(const rn_ref_array *a) { return a->rank > 0 ? a->shape[0] : 1; }
static inline int64_t ref_size(const rn_ref_array *a) {
  int64_t n = 1;
  for (int i = 0; i < a->rank; i++) n *= a->shape[i];
  return n;
}
static inline int64_t ref_n_cols(const rn_ref_array *a) {
  int64_t n = 1;
  for (int i = 1; i < a->rank; i++) n *= a->shape[i];
  return n;
}

static inline double ref_sigmoid(double x) { return 1 / (1 + exp(-x)); }

double ref_activation(rn_activation f, double x);

#define REF_DECLARE(name) void ref_##name(const rn_ref *r);
RN_OPS(REF_DECLARE)
#undef REF_DECLARE

/* The reference of an operation. */
rn_ref_fn ref_of(const rn_op *op);

#endif
