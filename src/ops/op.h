/* op.h: what an operation is. One file each (op_NAME.c) defines `const rn_op rn_op_NAME`, with RN_OP below, which does not compile
 * unless it is given a forward, a backward and a table of cases. The case table drives the reference check, the gradient check, the
 * parity of instruction sets and the benchmark; tests/ref/ref_NAME.c holds the double-precision forward that is its meaning.
 *
 * Adding one: a kernel entry (backend.h), op_NAME.c, its line in RN_OPS, its declaration in <rondo/graph.h>, its reference. */
#ifndef RN_OPS_OP_H
#define RN_OPS_OP_H

#include "tensor/context.h"
#include <rondo/graph.h>

#define RN_NODE_MAX_IN 24
#define RN_NODE_MAX_OUT 3

typedef struct rn_op rn_op;

/* One call of an operation: a record of the tape. */
typedef struct rn_node {
  const rn_op *op;
  rn_graph *graph;
  rn_tensor *in[RN_NODE_MAX_IN]; /* optional inputs that were not given are NULL */
  rn_tensor *out[RN_NODE_MAX_OUT]; /* an output an operation does not have in this call is NULL */
  const int32_t *ids;            /* integer input (embedding rows, targets), or NULL; copied into the pass */
  int64_t n_ids;
  const void *attrs;             /* the operation's own options struct; copied into the pass */
  void *saved;                   /* what backward needs beyond inputs and outputs, `saved_size` bytes; NULL in RN_INFER unless the
                                    operation asks */
  bool train;                    /* a backward may follow: RN_TRAIN, and some input needs a gradient */
  bool outputs_free;             /* set by `shape`: backward does not read the outputs, so the one operation that consumes such an
                                    output may overwrite it with its gradient (rn_node_grad_reuse) */
  int n_uses[RN_NODE_MAX_OUT];   /* how many inputs of later records each output is */
  struct rn_node *before;        /* the record before this one on the tape */
} rn_node;

/* A row of an operation's case table: enough to call it on random data. Plain data; see any op_*.c. */
#define RN_CASE_VECTOR(n) {.rank = 1, .shape = {(n)}}
#define RN_CASE_MATRIX(m, n) {.rank = 2, .shape = {(m), (n)}}
#define RN_CASE_LENGTHS(n, ...) .n_lengths = (n), .lengths = {__VA_ARGS__}
#define RN_CASE_EQUAL_LENGTHS(n, length) .n_lengths = (n), .lengths = {[0 ... (n) - 1] = (length)}
#define RN_CASE_MAX_LENGTHS 64
typedef struct rn_case_input {
  int rank;                 /* 0 here and shape[0] = 0: the optional input is not given */
  int64_t shape[3];
  float low, high;          /* uniform draw; both 0: -1 .. 1 */
} rn_case_input;
typedef struct rn_op_case {
  const char *name;                       /* "ragged, reverse" */
  rn_case_input in[RN_NODE_MAX_IN];
  int n_lengths;                          /* > 0: input 0 is a ragged batch of these lengths (zeros allowed) */
  int64_t lengths[RN_CASE_MAX_LENGTHS];
  int64_t n_ids; int32_t ids_below;       /* integer input: n_ids draws of 0 .. ids_below - 1; every 5th is -1 when ids_ignore */
  bool ids_ignore;
  const void *attrs;                      /* the options struct */
  bool bench;                             /* sizes of real use: for `rondo bench` (skipped by the slow reference and gradient checks) */
  double tolerance;                       /* relative, of gradients; 0: 2e-3. A kink (ReLU, max) is avoided by the draw, not by this */
} rn_op_case;

struct rn_op {
  const char *name;
  size_t attrs_size;
  /* Checks inputs and attrs and makes the outputs (rn_node_output), or fails with words (rn_node_fail). */
  rn_status (*shape)(rn_node *node);
  /* Bytes of `saved` and of scratch; NULL: none. */
  size_t (*saved_size)(const rn_node *node);
  size_t (*scratch_size)(const rn_node *node, bool backward);
  void (*forward)(rn_node *node, void *scratch);
  /* Adds into the gradients of the inputs that want one (rn_node_grad). Called only when some output has a gradient. */
  void (*backward)(rn_node *node, void *scratch);
  bool (*supported)(const rn_backend *backend); /* every backend entry it calls is there */
  const rn_op_case *cases;
  int n_cases;
};

#define RN_OP(op_name, attrs_type_size, shape_fn, saved_fn, scratch_fn, forward_fn, backward_fn, supported_fn, case_table) \
  const rn_op rn_op_##op_name = {.name = #op_name, .attrs_size = (attrs_type_size), .shape = (shape_fn), .saved_size = (saved_fn), \
    .scratch_size = (scratch_fn), .forward = (forward_fn), .backward = (backward_fn), .supported = (supported_fn),                 \
    .cases = (case_table), .n_cases = (int)(sizeof(case_table) / sizeof((case_table)[0]))};                                        \
  _Static_assert(sizeof(case_table) / sizeof((case_table)[0]) > 0, "an operation without cases")

/* The list. X(name). */
#define RN_OPS(X) \
  X(linear) X(embedding) X(layer_norm) X(dropout) X(rnn) X(gru) X(lstm) X(activate) X(add) X(sub) X(mul) X(scale) X(concat) X(slice) \
  X(rows) X(repeat) X(pool_time) X(pool_attention) X(conv1d) X(embedding_bag) X(cross_entropy) X(sigmoid_cross_entropy) X(crf) \
  X(mean_squared_error) X(sum) X(softmax) X(mix)

#define RN_OP_EXTERN(name) extern const rn_op rn_op_##name;
RN_OPS(RN_OP_EXTERN)
#undef RN_OP_EXTERN

/* All of them, NULL-terminated. */
extern const rn_op *const rn_ops[];

/* ---- for operations ---- */

/* Applies an operation: checks, makes outputs, runs, records. Returns the node; on a sticky error its outputs are harmless tensors. */
rn_node *rn_graph_apply(rn_graph *g, const rn_op *op, rn_tensor *const *in, int n_in, const int32_t *ids, int64_t n_ids, const void *attrs);
/* Makes output i: data uninitialised, needs_grad if any input needs one, seqs as given. */
rn_status rn_node_output(rn_node *node, int i, int rank, const int64_t *shape, const rn_ragged *seqs);
rn_status rn_node_fail(rn_node *node, const char *format, ...) RN_PRINTF(2, 3); /* RN_ERROR_ARGUMENT, prefixed by the operation's name */
/* RN_OK when input i was given and, for cols >= 0, has so many columns; else words that name it. */
rn_status rn_node_check(rn_node *node, int i, const char *name, int64_t cols);
/* RN_OK when every id is in [0, below), or is negative and negatives are allowed. */
rn_status rn_node_check_ids(rn_node *node, const char *name, int64_t below, bool negatives);

/* The gradient buffer of input i, made and zeroed at first use; NULL when it needs none or was not given. */
float *rn_node_grad(rn_node *node, int i);
/* As rn_node_grad, but *fresh says that the buffer is new, uninitialised and must be overwritten, not added to. */
float *rn_node_grad_fresh(rn_node *node, int i, bool *fresh);
/* As rn_node_grad_fresh, but a new buffer may be the input's own data, which nothing else needs: what is written there replaces it. */
float *rn_node_grad_reuse(rn_node *node, int i, bool *fresh);
/* As rn_node_grad, when only the rows named by the node's ids are going to be added to: that of ids[k] is (*row)[k]. The others of a sparse
 * parameter stay untouched. */
float *rn_node_grad_rows(rn_node *node, int i, const int32_t **row);
/* The gradient of output i, or NULL: zero. */
static inline const float *rn_node_dy(const rn_node *node, int i) { return node->out[i] ? node->out[i]->grad : NULL; }

const rn_backend *rn_node_backend(const rn_node *node);
rn_pool *rn_node_pool(const rn_node *node);

/* Memory of the pass; NULL, and the sticky error RN_ERROR_MEMORY, when there is none. For layers too. */
void *rn_graph_alloc(rn_graph *g, size_t size);
/* The parameters do not change any more while this graph lives, which only infers: what operations make of them alone stays from pass to
 * pass, and a row's result is the same bits whatever else is in its batch. For whoever answers with a constant model. */
void rn_graph_keep_weights(rn_graph *g);
/* Such memory of an operation for one of its parameters, of `size` bytes; *fresh: it is new and must be filled. NULL where weights may
 * change, or are no parameter, and when out of memory (sticky). */
void *rn_node_kept(rn_node *node, const rn_tensor *weight, size_t size, bool *fresh);
/* The seed of the pass, and the stream of its next dropout: each dropout of a pass has its own, the same in every pass of that step. */
uint64_t rn_graph_seed(const rn_graph *g);
uint64_t rn_graph_dropout_stream(rn_graph *g);
/* n_steps zeros for sum over the batch of ||dL/dh_t||^2, reported when backward ends; NULL when nobody asked (rn_graph_trace). */
double *rn_node_trace(rn_node *node, bool reverse, int64_t n_steps);

#endif
