/* nn.h: what owns learned weights: parameter sets and layers. A layer is a plain struct of pointers into a parameter set; `init` adds
 * its parameters under PyTorch's names, `apply` runs it on a pass. */
#ifndef RONDO_NN_H
#define RONDO_NN_H

#include <rondo/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- parameters ---- */

typedef enum rn_init_kind {
  RN_INIT_DEFAULT,    /* what PyTorch does for this layer: uniform +-1/sqrt(H) for recurrences, +-1/sqrt(I) for linear, N(0,1) for
                         embeddings */
  RN_INIT_ZERO, RN_INIT_ONE,
  RN_INIT_UNIFORM,    /* +-scale */
  RN_INIT_NORMAL,     /* N(0, scale^2) */
  RN_INIT_XAVIER,     /* uniform +-scale sqrt(6 / (fan_in + fan_out))       Glorot & Bengio 2010 */
  RN_INIT_HE,         /* N(0, scale^2 2 / fan_in)                           He et al. 2015 */
  RN_INIT_ORTHOGONAL  /* scale Q, by gate blocks for recurrent weights      Saxe et al. 2014 */
} rn_init_kind;

typedef struct rn_init {
  rn_init_kind kind;
  float scale; /* 0: 1 (0.1 for UNIFORM, 0.01 for NORMAL) */
  /* For layers: gates are blocks of rows, each drawn as a matrix of its own; one may start at a constant instead (a forget bias). */
  int n_blocks;       /* 0: one */
  int constant_block; /* from 1; 0: none */
  float constant;
} rn_init;

typedef struct rn_param {
  const char *name;
  rn_tensor tensor;   /* tensor.data and tensor.grad point into the set's blocks */
  rn_init init;
  int64_t offset;     /* floats from the start of the blocks */
  bool frozen;        /* the optimiser leaves it alone, and no gradient is computed */
  /* An embedding table: of its gradient there is only what steps have touched, row i of tensor.grad that of row touched[i]. */
  bool sparse;
  int64_t n_touched;  /* rows with a gradient since rn_params_zero_grad; -1: all have one, in their own places */
  int32_t *touched;   /* [rows + 1], each row once, in order of first touch */
  int32_t *place;     /* [rows], from 1, where a row stands in touched[]; 0: nowhere */
} rn_param;

/* Named parameters: values in one block, gradients in one block. */
typedef struct rn_params rn_params;

RN_API rn_params *rn_params_new(rn_context *context); /* NULL when out of memory */
RN_API void rn_params_free(rn_params *params);
/* Declares a parameter; the name is copied. Sticky: after a failure returns a harmless parameter and rn_params_build reports it.
 * The pointer is stable. */
RN_API rn_param *rn_params_add(rn_params *params, const char *name, int rank, const int64_t *shape, rn_init init);
/* Allocates the value block and draws the initial values: each a function of (seed, name) alone. with_grad false: for inference. */
RN_API rn_status rn_params_build(rn_params *params, uint64_t seed, bool with_grad);
/* Gives a set without gradients (a model opened from a file, whose values lie in the mapping) value and gradient blocks of its own. */
RN_API rn_status rn_params_make_trainable(rn_params *params);
RN_API int64_t rn_params_count(const rn_params *params);       /* parameters (tensors) */
RN_API int64_t rn_params_size(const rn_params *params);        /* floats in a block, padding included */
RN_API int64_t rn_params_elements(const rn_params *params);    /* learned numbers */
RN_API rn_param *rn_params_at(const rn_params *params, int64_t i);
RN_API rn_param *rn_params_find(const rn_params *params, const char *name); /* NULL when absent */
RN_API float *rn_params_values(const rn_params *params); /* NULL for a model opened from a file */
RN_API float *rn_params_grads(const rn_params *params);
/* Zeroes gradients: of sparse parameters only the touched rows. */
RN_API void rn_params_zero_grad(rn_params *params);
/* Puts every gradient of sparse parameters in its own place: rn_params_grads stands beside rn_params_values then. */
RN_API void rn_params_spread_grads(rn_params *params);
/* Freezes every parameter whose name matches a shell pattern ("encoder.*"); *matched counts them. */
RN_API void rn_params_freeze(rn_params *params, const char *pattern, int64_t *matched);

/* ---- layers ---- */

typedef struct rn_layer_linear {
  rn_param *weight, *bias; /* "NAME.weight" [O, I], "NAME.bias" [O] or NULL */
} rn_layer_linear;
/* tied: use this parameter [O, I] as the weight instead of a new one (tied embeddings, Press & Wolf 2017); else NULL. */
RN_API void rn_layer_linear_init(rn_layer_linear *l, rn_params *p, const char *name, int64_t n_in, int64_t n_out, bool bias, rn_init init,
                                 rn_param *tied);
RN_API rn_tensor *rn_layer_linear_apply(const rn_layer_linear *l, rn_graph *g, rn_tensor *x, rn_activation act);

typedef struct rn_layer_embedding {
  rn_param *weight;   /* "NAME.weight" [V, D], sparse */
  float row_dropout;  /* embedding dropout (Merity et al. 2018) */
} rn_layer_embedding;
RN_API void rn_layer_embedding_init(rn_layer_embedding *l, rn_params *p, const char *name, int64_t n_words, int64_t dim, rn_init init);
RN_API rn_tensor *rn_layer_embedding_apply(const rn_layer_embedding *l, rn_graph *g, const int32_t *ids, int64_t n, const rn_ragged *seqs);

typedef struct rn_layer_norm_layer {
  rn_param *weight, *bias; /* "NAME.weight" [D] ones, "NAME.bias" [D] zeros */
} rn_layer_norm_layer;
RN_API void rn_layer_norm_init(rn_layer_norm_layer *l, rn_params *p, const char *name, int64_t dim);
RN_API rn_tensor *rn_layer_norm_apply(const rn_layer_norm_layer *l, rn_graph *g, rn_tensor *x);

typedef struct rn_layer_conv1d {
  rn_param *weight, *bias; /* "NAME.weight" [O, I, K], "NAME.bias" [O] */
} rn_layer_conv1d;
RN_API void rn_layer_conv1d_init(rn_layer_conv1d *l, rn_params *p, const char *name, int64_t n_in, int64_t n_out, int64_t width,
                                 rn_init init);
/* options NULL: the defaults of rn_conv1d. */
RN_API rn_tensor *rn_layer_conv1d_apply(const rn_layer_conv1d *l, rn_graph *g, rn_tensor *x, const rn_conv1d_options *options);

/* "rnn", "relu", "gru", "gru-before", "gru-simple", "lstm"; false when unknown. */
RN_API bool rn_cell_parse(const char *name, rn_cell *out);
RN_API const char *rn_cell_name(rn_cell kind);

#define RN_MAX_LAYERS 32

typedef struct rn_stack_options {
  rn_cell cell;
  int n_layers;
  int64_t n_in, n_hidden, n_proj; /* n_proj 0: none */
  bool bidirectional, reverse, peephole, layer_norm;
  bool residual;      /* y_l = layer(x_l) + x_l from the second layer on (all layers of one width) */
  bool skip;          /* each layer also sees the stack's input, concatenated (Graves 2013) */
  bool learned_state; /* initial states are parameters; else zero unless given */
  bool bias;
  float forget_bias;  /* initial b_f of the LSTM, in bias_ih; bias_hh's is 0 there (Jozefowicz et al. 2015). Default 0: PyTorch's */
  float dropout;      /* between layers */
  rn_dropout_kind dropout_kind;
  rn_init init_ih, init_hh;
} rn_stack_options;
RN_API rn_stack_options rn_stack_options_default(void);
/* The numbers P of a state h of one direction: n_proj, or n_hidden where there is no projection. */
RN_API int64_t rn_stack_state_size(const rn_stack_options *options);

/* The states of a stack: h[l] [D n_seqs, P], c[l] [D n_seqs, H] (NULL but for LSTMs). Of a pass that was run also y[l] [n, D P], what layer
 * l gave at every row. */
typedef struct rn_stack_state {
  rn_tensor *h[RN_MAX_LAYERS], *c[RN_MAX_LAYERS], *y[RN_MAX_LAYERS];
} rn_stack_state;

/* The parameters of one direction of one layer; NULL where it has none. Two directions share h0 and c0, [2, P] and [2, H], kept with the
 * first. */
typedef struct rn_stack_cell {
  rn_param *weight_ih, *weight_hh, *bias_ih, *bias_hh, *peephole, *weight_hr, *norm_ih, *norm_hh, *norm_c, *h0, *c0;
} rn_stack_cell;

/* Stacked recurrent layers. Parameters are named as torch.nn.LSTM names them: "NAME.weight_ih_l0", ..., "_reverse". */
typedef struct rn_layer_stack {
  rn_stack_options options;
  rn_stack_cell layer[RN_MAX_LAYERS][2];
} rn_layer_stack;
RN_API void rn_layer_stack_init(rn_layer_stack *l, rn_params *p, const char *name, const rn_stack_options *options);
/* x [n, I] with sequences -> [n, D P]. state NULL: zero or learned. out_state NULL: not wanted. */
RN_API rn_tensor *rn_layer_stack_apply(const rn_layer_stack *l, rn_graph *g, rn_tensor *x, const rn_stack_state *state,
                                       rn_stack_state *out_state);
/* The same over embed[ids], ids [n_rows of seqs] -> [n, D P]: equal but for rounding, and quicker where symbols come often, since then each
 * distinct one meets the first layer's W_ih once. */
RN_API rn_tensor *rn_layer_stack_apply_ids(const rn_layer_stack *l, const rn_layer_embedding *embed, rn_graph *g, const int32_t *ids,
                                           const rn_ragged *seqs, const rn_stack_state *state, rn_stack_state *out_state);

#ifdef __cplusplus
}
#endif
#endif
