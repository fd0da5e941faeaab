/* graph_state.h: what a graph holds. For graph.c (running operations) and backward.c (walking them back) only. */
#ifndef RN_OPS_GRAPH_STATE_H
#define RN_OPS_GRAPH_STATE_H

#include "base/arena.h"
#include "ops/op.h"

/* A gradient buffer whose record has been walked: the next record that needs one takes it. Lies in the buffer itself. */
typedef struct spare {
  struct spare *next;
  size_t size;
} spare;

/* What an operation made of a parameter that does not change. */
typedef struct kept {
  struct kept *next;
  const rn_op *op;
  const rn_tensor *weight;
  size_t size; /* a layer packs its weights differently with and without W_ih */
  void *data;
} kept;

/* ||dL/dh_t||^2 of one direction of a recurrent layer, waiting for the end of backward. */
typedef struct trace_record {
  struct trace_record *next;
  const rn_node *node;
  bool reverse;
  int64_t n_steps;
  double *norm2;
} trace_record;

struct rn_graph {
  rn_context *context;
  rn_mode mode;
  uint64_t seed, step, n_dropouts;
  rn_status status;
  rn_arena *arena;   /* everything that lives as long as the pass */
  rn_arena *scratch; /* what one kernel needs while it runs */
  rn_node *last;     /* the tape, newest first */
  spare *spares;
  kept *kept;       /* of parameters that stay as they are: keeps */
  bool keeps;
  bool overwritten; /* a result was replaced by its gradient: the pass can not be differentiated again */
  rn_trace_fn trace;
  void *trace_user;
  trace_record *traces;
  rn_node nothing; /* what operations return after an error: its outputs are a tensor of no rows */
  rn_tensor nothing_tensor;
  rn_ragged nothing_seqs;
};

rn_status rn_graph_fail(rn_graph *g, rn_status status, const char *format, ...) RN_PRINTF(3, 4);
/* Scratch for one kernel call, given back by the release of `mark`; NULL for size 0, and when out of memory (sticky). */
void *rn_graph_scratch(rn_graph *g, size_t size);

#endif
