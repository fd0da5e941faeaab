/* graph.h: a pass: operations that run when called, and the tape that remembers them.
 *
 *     rn_graph_begin(g, RN_TRAIN, seed, step);
 *     rn_tensor *e = rn_embedding(g, table, ids, &seqs);
 *     rn_recurrent_out r = rn_lstm(g, e, &weights, 1, false, NULL, NULL);
 *     rn_tensor *loss = rn_cross_entropy(g, rn_linear(g, r.y, w, b, RN_NONE), targets, NULL);
 *     rn_graph_backward(g, loss);
 *     if (rn_graph_status(g) != RN_OK) puts(rn_context_error(context));
 *
 * Errors are sticky: after the first, every operation returns a harmless tensor (never NULL, of no rows) and does nothing, so model
 * code needs no checks. Tensors of a pass live until the next rn_graph_begin. After the first pass of a shape, a pass allocates nothing.
 */
#ifndef RONDO_GRAPH_H
#define RONDO_GRAPH_H

#include <rondo/kinds.h>
#include <rondo/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rn_graph rn_graph;

typedef enum rn_mode { RN_INFER, RN_TRAIN } rn_mode;

/* NULL when out of memory. The graph uses the context's threads and reports into it. */
RN_API rn_graph *rn_graph_new(rn_context *context);
RN_API void rn_graph_free(rn_graph *graph);

/* Forgets the last pass and begins one. In RN_TRAIN operations are recorded and dropout drops; its masks are a function of
 * (seed, step, which dropout of the pass) alone. */
RN_API void rn_graph_begin(rn_graph *graph, rn_mode mode, uint64_t seed, uint64_t step);

/* Gradients of a scalar (rank 0 or one element) with respect to everything it was computed from: added into rn_tensor.grad of parameters
 * and variables. Those of results in between are given up as soon as they have been used, and a loss may overwrite the scores it alone
 * reads with their gradient: read scores before this. */
RN_API rn_status rn_graph_backward(rn_graph *graph, rn_tensor *loss);
/* The same from a given cotangent: dL/dy, as many floats as y has. */
RN_API rn_status rn_graph_backward_from(rn_graph *graph, rn_tensor *y, const float *dy);

/* RN_OK, or the first error of the pass; its words are in the context. */
RN_API rn_status rn_graph_status(const rn_graph *graph);
RN_API rn_context *rn_graph_context(const rn_graph *graph);
RN_API rn_mode rn_graph_mode(const rn_graph *graph);
/* Bytes the current pass holds. */
RN_API size_t rn_graph_memory(const rn_graph *graph);

/* Receives ||dL/dh_t|| of every recurrent layer in backward: called once a layer and direction, in order of the forward pass.
 * norm [n_steps]: by time step, in the order of the rows. NULL turns it off (the default). */
typedef void (*rn_trace_fn)(void *user, int layer, bool reverse, int64_t n_steps, const double *norm);
RN_API void rn_graph_trace(rn_graph *graph, rn_trace_fn trace, void *user);

/* ---- inputs ---- */

/* A constant: the data is used where it lies and must outlive the pass. seqs may be NULL; it is copied. */
RN_API rn_tensor *rn_constant(rn_graph *g, const float *data, int rank, const int64_t *shape, const rn_ragged *seqs);
/* The same, with a gradient: for checks and for looking inside. */
RN_API rn_tensor *rn_variable(rn_graph *g, const float *data, int rank, const int64_t *shape, const rn_ragged *seqs);
/* A copy of a batch's offsets that lives as long as the pass. */
RN_API const rn_ragged *rn_graph_ragged(rn_graph *g, const rn_ragged *seqs);

/* ---- rows ---- */

/* y = act(x W^T + b).            x [n, I]   weight [O, I]   bias [O] or NULL   ->  [n, O] */
RN_API rn_tensor *rn_linear(rn_graph *g, rn_tensor *x, rn_tensor *weight, rn_tensor *bias, rn_activation act);
/* y_r = table[ids_r].            table [V, D]   ids [n_rows of seqs], 0 <= id < V   ->  [n, D]
 * seqs NULL: n rows, no sequences. The gradient touches only the rows used. */
RN_API rn_tensor *rn_embedding(rn_graph *g, rn_tensor *table, const int32_t *ids, int64_t n, const rn_ragged *seqs);
typedef enum rn_bag { RN_BAG_MEAN, RN_BAG_SUM } rn_bag;
/* y_s = c_s sum_j w_j table[ids_j] over the ids of sequence s; c_s = 1 / (how many) for RN_BAG_MEAN, 1 for RN_BAG_SUM.
 * table [V, D]   ids [n], n the rows of seqs, 0 <= id < V   weight [n] or NULL: ones   ->  [n_seqs, D]; an empty sequence gives zeros.
 * The rows are never copied side by side. The gradient touches only the rows used.   (Joulin et al. 2017) */
RN_API rn_tensor *rn_embedding_bag(rn_graph *g, rn_tensor *table, const int32_t *ids, rn_tensor *weight, const rn_ragged *seqs, rn_bag how);
/* By row: (x - mean) / sqrt(var + eps) gain + bias.     x [n, D]   gain, bias [D] or NULL   (Ba et al. 2016) */
RN_API rn_tensor *rn_layer_norm(rn_graph *g, rn_tensor *x, rn_tensor *gain, rn_tensor *bias, float eps);

typedef enum rn_dropout_kind {
  RN_DROPOUT_PLAIN,       /* every element on its own (Srivastava et al. 2014; between layers: Zaremba et al. 2014) */
  RN_DROPOUT_VARIATIONAL, /* one mask for all steps of a sequence (Gal & Ghahramani 2016) */
  RN_DROPOUT_ROWS         /* whole rows: of an embedding table it drops word types (embedding dropout, Merity et al. 2018) */
} rn_dropout_kind;
/* y = x keep / (1 - rate) in training, x otherwise (the same tensor). 0 <= rate < 1. */
RN_API rn_tensor *rn_dropout(rn_graph *g, rn_tensor *x, float rate, rn_dropout_kind kind);

/* ---- recurrences ---- */

/* The weights of one direction of a recurrent layer. G gates (RNN 1; GRU 3: r, z, n; simplified 2: z, n; LSTM 4: i, f, g, o), H hidden
 * units, P = H, or the projection's size. */
typedef struct rn_recurrent_weights {
  rn_tensor *weight_ih;        /* [G H, I]; NULL: x is W_ih x already */
  rn_tensor *weight_hh;        /* [G H, P] */
  rn_tensor *bias_ih, *bias_hh; /* [G H] or NULL */
  rn_tensor *peephole;         /* [3, H] or NULL; LSTM */
  rn_tensor *weight_hr;        /* [P, H] or NULL; LSTM with projection */
  rn_tensor *norm_ih, *norm_hh; /* [2, G H] or NULL; layer-normalised cell */
  rn_tensor *norm_c;           /* [2, H] or NULL; layer-normalised LSTM */
} rn_recurrent_weights;

typedef struct rn_recurrent_out {
  rn_tensor *y;   /* [n, D P]: D directions side by side */
  rn_tensor *h_n; /* [D n_seqs, P]: last hidden state, first direction's sequences first */
  rn_tensor *c_n; /* [D n_seqs, H]: last cell state; NULL but for the LSTM */
} rn_recurrent_out;

/* A layer over a ragged batch x [n, I], as one operation. weights[n_dir]; n_dir 2 is bidirectional (the second runs from the last row
 * to the first); reverse turns a single direction round. h0 [n_dir n_seqs, P], c0 [n_dir n_seqs, H], or NULL for zero.
 * cell: RN_CELL_TANH or RELU for rn_rnn; RN_CELL_GRU, GRU_BEFORE or GRU_SIMPLE for rn_gru.
 * weight_ih NULL: x is the share of the input, W_ih x of each direction side by side, [n, n_dir G H]. */
RN_API rn_recurrent_out rn_rnn(rn_graph *g, rn_tensor *x, rn_cell cell, const rn_recurrent_weights *weights, int n_dir, bool reverse,
                               rn_tensor *h0);

RN_API rn_recurrent_out rn_gru(rn_graph *g, rn_tensor *x, rn_cell cell, const rn_recurrent_weights *weights, int n_dir, bool reverse,
                               rn_tensor *h0);
RN_API rn_recurrent_out rn_lstm(rn_graph *g, rn_tensor *x, const rn_recurrent_weights *weights, int n_dir, bool reverse, rn_tensor *h0,
                                rn_tensor *c0);

/* Any of the three, by its cell. With row and seqs, share r of the batch is x[row[r]]: symbols that come often are multiplied once.
 *     gates_r = x[row_r] + b_ih + W_hh h + b_hh
 * x [m, n_dir G H]   row [n_rows of seqs], 0 <= row < m   weight_ih NULL.   row and seqs NULL: as above. c0 NULL but for the LSTM. */
RN_API rn_recurrent_out rn_recurrent_layer(rn_graph *g, rn_cell cell, rn_tensor *x, const int32_t *row, const rn_ragged *seqs,
                                           const rn_recurrent_weights *weights, int n_dir, bool reverse, rn_tensor *h0, rn_tensor *c0);

/* ---- element-wise and shape ---- */

RN_API rn_tensor *rn_activate(rn_graph *g, rn_tensor *x, rn_activation act);
RN_API rn_tensor *rn_add(rn_graph *g, rn_tensor *a, rn_tensor *b); /* same shape; or b [cols of a]: added to every row */
RN_API rn_tensor *rn_sub(rn_graph *g, rn_tensor *a, rn_tensor *b);
RN_API rn_tensor *rn_mul(rn_graph *g, rn_tensor *a, rn_tensor *b);
RN_API rn_tensor *rn_scale(rn_graph *g, rn_tensor *x, float alpha);
RN_API rn_tensor *rn_concat(rn_graph *g, rn_tensor *const *x, int n); /* columns side by side; n <= 8 */
RN_API rn_tensor *rn_slice(rn_graph *g, rn_tensor *x, int64_t first, int64_t count); /* columns first .. first + count - 1 */
/* y_r = x[row[r]], rows in any order, repeats allowed.   row [n]   ->  [n, D] */
RN_API rn_tensor *rn_rows(rn_graph *g, rn_tensor *x, const int32_t *row, int64_t n, const rn_ragged *seqs);
/* row [D] repeated n times: a learned initial state for n sequences.   ->  [n, D] */
RN_API rn_tensor *rn_repeat(rn_graph *g, rn_tensor *row, int64_t n);

/* y = gamma sum_j softmax(s)_j x_j: layers into one, each as much as is learned.   x_j [n, D], n_layers of them, at most 16
 * s [n_layers]   gamma [1]   ->  [n, D]   (Peters et al. 2018) */
RN_API rn_tensor *rn_mix(rn_graph *g, rn_tensor *const *x, int n_layers, rn_tensor *s, rn_tensor *gamma);

/* Over time: x [n, D] with sequences -> [n_seqs, D]; an empty sequence gives zeros. */
RN_API rn_tensor *rn_pool_time(rn_graph *g, rn_tensor *x, rn_pooling how);

typedef struct rn_pool_attention_out {
  rn_tensor *y;       /* [n_seqs, D] */
  rn_tensor *weights; /* [n, 1]: a */
} rn_pool_attention_out;
/* y_s = sum_t a_t x_t, a = softmax of the scores over the rows of sequence s.     x [n, D] with sequences   score [n, 1]
 * An empty sequence gives zeros.   (Yang et al. 2016) */
RN_API rn_pool_attention_out rn_pool_attention(rn_graph *g, rn_tensor *x, rn_tensor *score);

/* ---- convolution ---- */

typedef struct rn_conv1d_options {
  int64_t dilation, stride; /* 1 or more */
  bool causal;              /* y_i sees its own row and those before; false: as many after as before */
  rn_activation act;
} rn_conv1d_options;
RN_API rn_conv1d_options rn_conv1d_options_default(void); /* dilation 1, stride 1, centred, no activation */
/* Over time, within each sequence; x is zero outside of it.     dilation d, stride s, width K
 *     y_i = act(b + sum_k W_k x_{i s + (k - p) d})              p = K - 1 when causal, else (K - 1) / 2 rounded down
 * x [n, I] with sequences   weight [O, I, K] as PyTorch's Conv1d   bias [O] or NULL   ->  [n', O], ceil(length / s) rows a sequence.
 * An odd width with stride 1 is PyTorch's padding="same"; an even one looks at one row more after than before. options NULL: defaults. */
RN_API rn_tensor *rn_conv1d(rn_graph *g, rn_tensor *x, rn_tensor *weight, rn_tensor *bias, const rn_conv1d_options *options);

/* ---- losses ---- */

typedef struct rn_cross_entropy_options {
  float smoothing;     /* label smoothing, 0 .. 1 (Szegedy et al. 2016); with weights, each class's share of it is weighted, as PyTorch */
  const float *weight; /* [V] class weights, or NULL */
  bool sum;            /* false: the mean over counted targets (weighted mean when weight is given), as PyTorch; true: the sum */
  double denominator;  /* when > 0: the sum divided by this instead */
} rn_cross_entropy_options;
/* -log softmax(logits)[target].   logits [n, V]   targets [n], negative: ignored   ->  scalar, in nats; 0 when all are ignored.
 * options NULL: defaults; the class weights must outlive the pass. */
RN_API rn_tensor *rn_cross_entropy(rn_graph *g, rn_tensor *logits, const int32_t *targets, const rn_cross_entropy_options *options);
/* The same where classes do not exclude each other (multi-label): the mean of -w z log sigma(x) - (1 - z) log(1 - sigma(x)).
 * logits x, targets z [n, C], 0 <= z <= 1   positive_weight w [C] or NULL: ones (PyTorch's pos_weight), kept until the pass ends
 *   ->  scalar */
RN_API rn_tensor *rn_sigmoid_cross_entropy(rn_graph *g, rn_tensor *logits, rn_tensor *targets, const float *positive_weight);
/* Labels in an order (stars): P(y > k) = sigma(score - thresholds[k]), thresholds learned; the sum over k of the cross-entropies of
 * "y > k?", mean over rows. Stays finite when thresholds cross. The label to answer: how many thresholds lie below the score.
 * score [n, 1]   thresholds [K - 1]   targets [n], 0 <= target < K   ->  scalar   (McCullagh 1980; Rennie & Srebro 2005) */
RN_API rn_tensor *rn_ordinal(rn_graph *g, rn_tensor *score, rn_tensor *thresholds, const int32_t *targets);
/* Linear-chain conditional random field: -log p(targets | emissions) of each sequence, summed, by n: in nats a row, as rn_cross_entropy.
 *     score(y) = start[y_0] + sum_t emissions[t, y_t] + sum_t transitions[y_t, y_{t+1}] + end[y_last]       p = e^score / sum_y e^score(y)
 * emissions [n, K] with sequences   transitions [K, K] from, to   start, end [K] or NULL: zero   targets [n], 0 <= target < K   ->  scalar
 * -infinity forbids, and has a gradient of exactly zero: add a constant of 0 and -infinity to the parameter (rn_add), which stays finite.
 * Targets that are forbidden themselves are an error. Labels: rn_crf_decode.   (Lafferty et al. 2001; Lample et al. 2016) */
RN_API rn_tensor *rn_crf(rn_graph *g, rn_tensor *emissions, rn_tensor *transitions, rn_tensor *start, rn_tensor *end,
                         const int32_t *targets);
/* mean of (a - b)^2.   same shapes  ->  scalar */
RN_API rn_tensor *rn_mean_squared_error(rn_graph *g, rn_tensor *a, rn_tensor *b);
/* Sum of all elements  ->  scalar */
RN_API rn_tensor *rn_sum(rn_graph *g, rn_tensor *x);
/* By row.  x [n, V]  ->  [n, V]; the log form when log_form. */
RN_API rn_tensor *rn_softmax(rn_graph *g, rn_tensor *x, bool log_form);

#ifdef __cplusplus
}
#endif
#endif
