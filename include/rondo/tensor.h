/* tensor.h: ragged batches and the tensor header.
 *
 * A batch of sequences is stored row after row: rows [n_rows, dim], and offset[n_seqs + 1] says where each begins. There is no
 * padding and no mask anywhere; an empty sequence is legal.
 *
 *     sequence 0: a b c      rows:  a b c d e        offset: 0 3 3 5
 *     sequence 1: (empty)           0 1 2 3 4
 *     sequence 2: d e
 */
#ifndef RONDO_TENSOR_H
#define RONDO_TENSOR_H

#include <rondo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RN_MAX_RANK 8

/* Where each sequence of a batch begins. */
typedef struct rn_ragged {
  int64_t n_seqs;
  const int64_t *offset; /* [n_seqs + 1], offset[0] == 0, never decreasing; offset[n_seqs] is n_rows */
} rn_ragged;

/* The header of an array of floats, row-major and contiguous. Data, so its fields are open; whoever made it owns it: a graph owns
 * the tensors of its pass until the next rn_graph_begin, a parameter set owns its parameters. */
typedef struct rn_tensor {
  int rank;
  int64_t shape[RN_MAX_RANK];
  float *data;
  float *grad;            /* dL/d(data), same shape; NULL until backward reaches it, or when nothing needs it */
  const rn_ragged *seqs;  /* how rows (shape[0]) group into sequences; NULL where the tensor is not a batch of sequences */
  bool needs_grad;        /* a parameter, or computed from one */
  struct rn_param *param; /* the parameter this is the header of, else NULL */
  struct rn_node *maker;  /* private: the record of the pass that computed it, else NULL */
} rn_tensor;

/* Number of elements. rank 0 is one number. */
static inline int64_t rn_tensor_size(const rn_tensor *t) {
  int64_t n = 1;
  for (int i = 0; i < t->rank; i++) n *= t->shape[i];
  return n;
}

/* Rows and columns of a tensor seen as a matrix: shape[0] by the product of the rest. */
static inline int64_t rn_tensor_rows(const rn_tensor *t) { return t->rank > 0 ? t->shape[0] : 1; }
static inline int64_t rn_tensor_cols(const rn_tensor *t) {
  int64_t n = 1;
  for (int i = 1; i < t->rank; i++) n *= t->shape[i];
  return n;
}

static inline int64_t rn_ragged_rows(const rn_ragged *r) { return r->offset[r->n_seqs]; }
static inline int64_t rn_ragged_length(const rn_ragged *r, int64_t seq) { return r->offset[seq + 1] - r->offset[seq]; }

#ifdef __cplusplus
}
#endif
#endif
