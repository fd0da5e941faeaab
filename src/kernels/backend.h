/* backend.h: the contract of a device: one table of kernels on raw pointers and sizes.
 *
 * Rules, for every entry:
 *  - no tensors, no allocation, no globals, no failure: whoever calls has checked shapes. `scratch` and `saved` belong to the
 *    caller, 64-byte aligned, of the size the entry's query gives. `saved` is written by forward and read by backward.
 *  - matrices are row-major; [m, n] means m rows of n contiguous floats unless a leading dimension is given.
 *  - backward ADDS into every gradient it is given; a NULL gradient is not wanted.
 *  - a result does not depend on the number of threads of `pool` (which may be NULL: the caller alone), to the bit.
 *  - n = 0 is legal everywhere, and so is an empty sequence.
 *  - weights that many calls share can be packed once (*_pack, of *_pack_size bytes, by the calling thread; sizes and weights alone are
 *    looked at). With them a row's result is the same bits whatever other rows there are; without, a call of few rows may sum otherwise.
 *  - an entry that a device lacks is NULL: the operation then fails with RN_ERROR_UNSUPPORTED.
 */
#ifndef RN_KERNELS_BACKEND_H
#define RN_KERNELS_BACKEND_H

#include "base/pool.h"
#include <rondo/kinds.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* C [m, n] = (accumulate ? C : 0) + op(A) op(B) + bias.  op(A) is [m, k]: A is [m, k], or [k, m] when trans_a; op(B) is [k, n]: B is
 * [k, n], or [n, k] when trans_b (a weight matrix as PyTorch stores it). ld*: floats from one stored row to the next. */
typedef struct rn_gemm {
  bool trans_a, trans_b, accumulate;
  int64_t m, n, k;
  const float *a; int64_t lda;
  const float *b; int64_t ldb;
  float *c;       int64_t ldc;
  const float *bias;   /* [n], or NULL */
  const float *packed; /* op(B), made by gemm_pack, for a B that serves many products; or NULL */
} rn_gemm;

/* One recurrent layer in one direction over a ragged batch. G gates, H hidden units, P = n_proj ? n_proj : H the size of what
 * recurs and comes out, I = n_in.
 * The kernel orders sequences by length inside itself, so that the active rows of a step are contiguous. */
typedef struct rn_recurrent {
  rn_cell cell;
  bool reverse; /* from the last row of each sequence to the first */
  int64_t n_seqs, n_in, n_hidden, n_proj; /* n_proj: LSTM with projection (Sak et al. 2014), else 0 */
  const int64_t *offset;       /* [n_seqs + 1] */

  const float *x;              /* [n_rows, I] */
  const float *weight_ih;      /* [G H, I], or NULL: x is W_ih x already, the first G H of the I floats of a row */
  const int32_t *x_row;        /* [n_rows] without weight_ih, row r of the batch reads this row of x; NULL: row r */
  const float *weight_hh;      /* [G H, P] */
  const float *bias_ih;        /* [G H] or NULL */
  const float *bias_hh;        /* [G H] or NULL */
  const float *peephole;       /* [3, H] p_i, p_f, p_o or NULL: i and f see c, o sees c' (Gers 2000). LSTM only */
  const float *weight_hr;      /* [P, H] iff n_proj: h' = W_hr (o tanh(c')) */
  const float *norm_ih, *norm_hh; /* [2, G H] gain then bias, or NULL: W x and W h are each layer-normalised over all G H values
                                     (Ba et al. 2016, eps 1e-5) before the biases are added; both or none */
  const float *norm_c;         /* [2, H] or NULL: h' = o tanh(LN(c')). LSTM only */
  const float *packed;         /* weight_ih and weight_hh, made by recurrent_pack, for forward; or NULL */
  const float *h0, *c0;        /* [n_seqs, P], [n_seqs, H]; NULL: zero */

  float *y; int64_t ldy;       /* [n_rows, P]; ldy >= P, so that two directions can write halves of one row */
  float *h_n, *c_n;            /* [n_seqs, P], [n_seqs, H] last states (of the first row when reverse), or NULL. An empty sequence
                                  gives back its initial state */
  void *saved, *scratch;       /* sizes by the queries; saved may be NULL in inference */

  /* backward only */
  const float *dy; int64_t lddy; /* [n_rows, P] or NULL: zero */
  const float *dh_n, *dc_n;      /* or NULL: zero */
  float *dx, *dweight_ih, *dweight_hh, *dbias_ih, *dbias_hh, *dpeephole, *dweight_hr, *dnorm_ih, *dnorm_hh, *dnorm_c, *dh0, *dc0;
  double *norm_by_step;          /* [longest sequence] or NULL: adds ||dL/dh_t||^2 over the batch, t counted in the file's order */
} rn_recurrent;

/* A convolution over time. Each sequence of rows x gives ceil(length / s) rows of y; x is zero outside of its sequence.
 *
 *   y_i = b + sum_k W_k x_{i s + (k - p) d}          k < K
 *
 * The caller has checked that (rows of x + 1) K is at most INT32_MAX. */
typedef struct rn_convolution {
  int64_t n_seqs, n_in, n_out;             /* I, O */
  int64_t width, before, dilation, stride; /* K, p < K, d, s */
  const int64_t *offset, *y_offset;        /* [n_seqs + 1] of x, of y */
  const float *x, *weight, *bias;          /* [n, I], [O, I, K], [O] or NULL */
  const float *packed;                     /* the weight, made by convolution_pack, for forward; or NULL */
  float *y;                                /* [n', O]; forward only */
  const float *dy;                         /* backward only, as what follows */
  float *dx, *dweight;
} rn_convolution;

/* Sums of rows of a table [V, n], chosen by number: y_s = c_s sum_j w_j table[ids_j] over the ids of sequence s. */
typedef struct rn_bags {
  bool mean;              /* c_s is 1 / (how many ids); else 1 */
  int64_t n_seqs, n;
  const int64_t *offset;  /* [n_seqs + 1] */
  const int32_t *ids;     /* [offset[n_seqs]], 0 <= id < V; NULL: 0, 1, 2, ... */
  const float *weight;    /* [offset[n_seqs]] or NULL: ones */
} rn_bags;

#define RN_MAX_WINDOW 256 /* words that a window reaches to each side */

/* A batch of windows of a text, by which word vectors are learned (kernels/cpu/cpu_windows.c). Its positions read rows of a table `in`;
 * window w reads positions first[w] .. end[w] - 1 but centre[w], or their mean; its targets are rows of a table `out`. */
typedef struct rn_windows {
  /* Both tables are cut into parts by columns, which lie one behind the other: in [n_parts, n_in, width], out [n_parts, n_out, width]. */
  int64_t n_parts, width;    /* width: a multiple of 8 */
  int64_t n_in, n_out;
  int64_t n_positions;
  const int32_t *word;       /* [n_positions] */
  const int64_t *bag_offset; /* the rows of word v: bag[bag_offset[v]] .. bag[bag_offset[v + 1] - 1], at least one; NULL: row v alone */
  const int32_t *bag;
  bool mean;                 /* one input, the mean of a window's positions; else each of them is one */
  int64_t n;                 /* windows; none without a position */
  const int32_t *first, *centre, *end; /* [n] first <= centre < end, at most 2 RN_MAX_WINDOW + 1 positions */
  const int32_t *target_offset;        /* [n + 1] */
  const int32_t *target;               /* [target_offset[n]] row of a right one, ~row of a wrong one */
  const int32_t *error_offset;         /* [n + 1] pairs of an input and a target of the windows before */
  /* Pairs of an input and a target that are expected to meet on a row in a batch: of a bag's rows, parallel to bag, or of words; of targets.
   */
  const float *in_crowd, *out_crowd;
  float lr;
  bool wants_loss;
} rn_windows;

/* Pairs of words by which GloVe learns (kernels/cpu/cpu_glove.c). */
typedef struct rn_glove_pair {
  int32_t i, j;   /* rows of the table */
  float log_x, f; /* log x, and the weight of the pair's error */
} rn_glove_pair;
typedef struct rn_glove {
  int64_t dim, width; /* width: a multiple of 16, at least dim + 2 */
  float lr;
} rn_glove;

typedef enum rn_binary { RN_ADD, RN_SUB, RN_MUL, RN_BINARY_COUNT } rn_binary;

/* loss_r = -(1 - s) w[y_r] log p[y_r] - s/V sum_v w_v log p_v,  p = softmax(logits_r), s = smoothing, w = weight; 0 where target < 0. */
typedef struct rn_xent {
  int64_t n_rows, n_classes;
  const int32_t *target;  /* [n_rows]; negative: ignored */
  const float *weight;    /* [n_classes] or NULL: ones */
  float smoothing;        /* 0 .. 1 */
} rn_xent;

/* Linear chains of K labels: score(y) = start[y_0] + sum_t emission[t, y_t] + sum_t transition[y_t, y_{t+1}] + end[y_last].
 * -infinity forbids. */
typedef struct rn_chain {
  int64_t n_seqs, n_labels;    /* K */
  const int64_t *offset;       /* [n_seqs + 1] */
  const float *emission;       /* [n_rows, K] */
  const float *transition;     /* [K, K] from, to */
  const float *start, *end;    /* [K] or NULL: zero */
  const int32_t *target;       /* [n_rows] or NULL */

  double *loss;                /* [n_seqs] log Z - score(target), or log Z; 0 for an empty sequence */
  float *demission;            /* [n_rows, K] or NULL: d sum loss / d emission = p(y_t = k) - [target_t = k] */
  float *dtransition, *dstart, *dend; /* [K, K], [K], [K] or NULL, all three; with demission */
} rn_chain;

/* One update of n parameters, with PyTorch's conventions (torch.optim of the same name):
 * weight_decay is added to the gradient (L2), except in ADAMW where it shrinks the parameter. The gradient is first multiplied by
 * grad_scale, then clamped to [-clip_value, clip_value] when clip_value > 0. */
typedef struct rn_update {
  rn_optimizer_kind kind;
  float lr, momentum, beta1, beta2, alpha, eps, weight_decay, grad_scale, clip_value;
  int64_t step; /* from 1: bias correction */
} rn_update;

typedef struct rn_backend {
  const char *name; /* "cpu-avx2" */
  const char *isa;  /* "avx2" */

  /* matrix product */
  size_t (*gemm_scratch)(const rn_gemm *g, int n_threads);
  void (*gemm)(rn_pool *pool, const rn_gemm *g, void *scratch);
  size_t (*gemm_pack_size)(const rn_gemm *g);
  void (*gemm_pack)(const rn_gemm *g, float *packed);

  /* recurrences: n_dir (1 or 2) independent ones that share x, offset and sizes: the two directions of a bidirectional layer.
   * forward: y, h_n, c_n are overwritten. */
  size_t (*recurrent_saved)(const rn_recurrent *r);
  size_t (*recurrent_scratch)(const rn_recurrent *r, int n_dir, bool backward, int n_threads);
  void (*recurrent_forward)(rn_pool *pool, const rn_recurrent *r, int n_dir, void *scratch);
  void (*recurrent_backward)(rn_pool *pool, const rn_recurrent *r, int n_dir, void *scratch);
  size_t (*recurrent_pack_size)(const rn_recurrent *r);
  void (*recurrent_pack)(const rn_recurrent *r, float *packed);

  /* convolutions: y is overwritten */
  size_t (*convolution_scratch)(const rn_convolution *c, bool backward, int n_threads);
  void (*convolution)(rn_pool *pool, const rn_convolution *c, void *scratch);
  void (*convolution_grad)(rn_pool *pool, const rn_convolution *c, void *scratch);
  size_t (*convolution_pack_size)(const rn_convolution *c);
  void (*convolution_pack)(const rn_convolution *c, float *packed);

  /* element-wise over n contiguous floats */
  void (*unary)(rn_pool *pool, rn_activation f, int64_t n, const float *x, float *y);
  void (*unary_grad)(rn_pool *pool, rn_activation f, int64_t n, const float *x, const float *y, const float *dy, float *dx);
  void (*binary)(rn_pool *pool, rn_binary f, int64_t n, const float *a, const float *b, float *y);
  void (*axpy)(rn_pool *pool, int64_t n, float alpha, const float *x, float *y);            /* y += alpha x */
  void (*scale)(rn_pool *pool, int64_t n, float alpha, const float *x, float *y);           /* y = alpha x */
  void (*mul_add)(rn_pool *pool, int64_t n, const float *a, const float *b, float *y);      /* y += a b */

  /* rows [m, n] */
  void (*add_row)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *row, float *y); /* y = x + row, each row */
  void (*sum_rows)(rn_pool *pool, int64_t m, int64_t n, const float *x, int64_t ldx, float *row);   /* row += sum over rows */
  /* y_r = table[ids[r]]; id < 0: zeros */
  void (*gather_rows)(rn_pool *pool, int64_t m, int64_t n, const float *table, const int32_t *ids, float *y);
  /* table[ids[r]] += dy_r, in the order of r; id < 0 skipped */
  void (*scatter_add_rows)(rn_pool *pool, int64_t m, int64_t n, const float *dy, const int32_t *ids, float *table);
  /* y[r, 0..n) (+)= x[r, 0..n) with leading dimensions: slices and concatenations of columns */
  void (*copy_cols)(rn_pool *pool, int64_t m, int64_t n, const float *x, int64_t ldx, float *y, int64_t ldy, bool accumulate);

  /* y = (x - mean) / sqrt(var + eps) * gain + bias, by row. saved: [m, 2] mean and 1/sqrt(var + eps). gain, bias [n] or NULL */
  void (*layer_norm)(rn_pool *pool, int64_t m, int64_t n, float eps, const float *x, const float *gain, const float *bias, float *y,
                     float *saved);
  void (*layer_norm_grad)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *gain, const float *saved, const float *dy,
                          float *dx, float *dgain, float *dbias);

  /* y = x * keep / (1 - rate): element (r, c) is kept when the 32-bit draw of philox(seed, stream) number (row_of[r] or r) * n + c, word
   * number % 4 of block number / 4, is at least floor(rate 2^32).
   * row_of [m] or NULL lets rows of one sequence share a mask (variational dropout). Its own gradient with accumulate. */
  void (*dropout)(rn_pool *pool, int64_t m, int64_t n, float rate, uint64_t seed, uint64_t stream, const int32_t *row_of,
                  const float *x, float *y, bool accumulate);

  /* softmax: y = softmax(x) or, when log_form, log softmax, by row; y may be x */
  void (*softmax)(rn_pool *pool, int64_t m, int64_t n, const float *x, float *y, bool log_form);
  /* loss [n_rows] of each row (NULL allowed); saved [n_rows, 2]: the row's maximum and log of its sum of exponentials */
  void (*xent)(rn_pool *pool, const rn_xent *a, const float *logits, float *loss, float *saved);
  /* dlogits (+)= dloss[r] * d loss_r / d logits; dlogits may be logits when not accumulate */
  void (*xent_grad)(rn_pool *pool, const rn_xent *a, const float *logits, const float *saved, const float *dloss, float *dlogits,
                    bool accumulate);

  /* each row's sum_k -w_k z_k log sigma(x_k) - (1 - z_k) log(1 - sigma(x_k)).   x, z [m, n]   weight w [n] or NULL: ones */
  void (*sigmoid_xent)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *z, const float *weight, float *loss);
  void (*sigmoid_xent_grad)(rn_pool *pool, int64_t m, int64_t n, const float *x, const float *z, const float *weight, float dloss,
                            float *dx, float *dz);

  /* losses of chains, and their gradients in one go: these are overwritten */
  size_t (*crf_scratch)(const rn_chain *a);
  void (*crf)(rn_pool *pool, const rn_chain *a, void *scratch);

  /* over time: y [n_seqs, n] from x [n_rows, n]; an empty sequence gives zeros. argmax [n_seqs, n] (row numbers) for MAX only */
  void (*pool_time)(rn_pool *pool, rn_pooling how, int64_t n_seqs, const int64_t *offset, int64_t n, const float *x, float *y,
                    int32_t *argmax);
  void (*pool_time_grad)(rn_pool *pool, rn_pooling how, int64_t n_seqs, const int64_t *offset, int64_t n, const int32_t *argmax,
                         const float *dy, float *dx);

  /* y [n_seqs, n]; an empty sequence gives zeros */
  void (*bags)(rn_pool *pool, const rn_bags *b, const float *table, float *y);
  void (*bags_grad)(rn_pool *pool, const rn_bags *b, const float *table, const float *dy, float *dtable, float *dweight);

  /* one step of gradient descent for each batch in turn, of the same tables; *loss += the losses of those that want it. As many threads
   * take part as the tables have parts */
  size_t (*windows_scratch)(const rn_windows *batch, int64_t n_batches);
  void (*windows)(rn_pool *pool, const rn_windows *batch, int64_t n_batches, float *in, float *out, double *loss, void *scratch);

  /* a step for one pair after another, by the calling thread; table [V, 4, width]: w, c and their sums of squares of each word, where
   * columns dim and dim + 1 of w are b, 1 and of c 1, b. Returns the loss */
  double (*glove)(const rn_glove *g, int64_t n, const rn_glove_pair *pair, float *table);

  /* reductions in a fixed order, in double */
  double (*sum)(rn_pool *pool, int64_t n, const float *x);
  double (*sum_squares)(rn_pool *pool, int64_t n, const float *x); /* not finite if any x is not */

  /* one step of an optimiser; m and v are its moments (NULL where the kind has none) */
  void (*update)(rn_pool *pool, const rn_update *u, int64_t n, float *w, const float *g, float *m, float *v);

  /* the same for some rows of a table w (and m, v) [V, n], by the calling thread: w[row_i] by g_i, g [n_rows, n] */
  void (*update_rows)(const rn_update *u, int64_t n_rows, const int32_t *row, int64_t n, float *w, const float *g, float *m, float *v);

  /* distances of two series, by the calling thread; squared_distance: sum (x_i - y_i)^2 over n floats.
   * dtw: the least sum of squared distances |x_i - y_j|^2 over all warpings (Sakoe and Chiba 1978) of x [d, n] and y [d, m], a row for
   * each variable, y from its last point to its first. INFINITY, sooner, where it cannot be below `limit`, or where one is empty */
  float (*squared_distance)(int64_t n, const float *x, const float *y);
  size_t (*dtw_scratch)(int64_t n);
  float (*dtw)(int64_t d, int64_t n, const float *x, int64_t m, const float *y, float limit, void *scratch);

  const struct rn_space_kernels *space; /* neighbours and maps of vectors: kernels/space.h */

  /* for benchmarks: multiply-adds in registers, n rounds of them by the calling thread; returns how many FLOPs that was */
  double (*peak)(int64_t n);
} rn_backend;

/* The CPU's table for an instruction set: "portable", "avx2", "avx512"; NULL: the best of this machine. NULL is returned when the
 * name is unknown or the machine lacks it. */
const rn_backend *rn_backend_cpu(const char *isa);
/* The names rn_backend_cpu accepts on this machine, NULL-terminated, worst first. */
const char *const *rn_backend_cpu_names(void);

#endif
