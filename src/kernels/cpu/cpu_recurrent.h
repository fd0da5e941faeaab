/* cpu_recurrent.h: the recurrent layers, for the table, and what their files share.
 *
 * A cell (cpu_rnn.c, cpu_gru.c, cpu_lstm.c) is element-wise arithmetic and a few numbers that say which product feeds which gate.
 * Everything else, the order of time, the products, threads, the gradients of the weights, is the same for all (cpu_recurrent.c).
 *
 * A row of `gates` has slots of Hp floats, Hp = H rounded up to whole vectors; slot g begins as gate g's share of the input,
 * W_ih x + b, receives its share of the state, and ends as the activated gate. Padding stays zero through every equation.
 *
 * The caller may have multiplied: without W_ih, x holds shares, of few distinct rows, say, which a slot begins with just before its
 * product. */
#ifndef RN_KERNELS_CPU_RECURRENT_H
#define RN_KERNELS_CPU_RECURRENT_H

#include "kernels/cpu/cpu_gemm.h"
#include "kernels/order.h"

/* The entries of the table. */
size_t RN_K(recurrent_saved)(const rn_recurrent *r);
size_t RN_K(recurrent_scratch)(const rn_recurrent *r, int n_dir, bool backward, int n_threads);
void RN_K(recurrent_forward)(rn_pool *pool, const rn_recurrent *r, int n_dir, void *scratch);
void RN_K(recurrent_backward)(rn_pool *pool, const rn_recurrent *r, int n_dir, void *scratch);
size_t RN_K(recurrent_pack_size)(const rn_recurrent *r);
void RN_K(recurrent_pack)(const rn_recurrent *r, float *packed);

typedef struct rn_layer rn_layer;

/* The rows of one step and the units [u0, u1) (whole vectors) that a worker has in hand. i-th row of each: base + i * ld. */
typedef struct rn_step {
  int64_t first, n, u0, u1;          /* first: the number of the first row in the order of time */
  const int32_t *row;                /* [n] the caller's rows, for y and dy */
  float *gates;
  float *h; const float *h_before;
  float *c; const float *c_before;   /* LSTM only */
  float *dgates, *dh, *dc;           /* backward only; dh, dc: of the state after, then of the state before */
  float *dout;                       /* dL/do, where the cell's output is not what comes out (cpu_recurrent_variants.c) */
} rn_step;

/* A product with the state and what can be computed once it is there. */
typedef struct rn_stage {
  int gate, n_gates; /* W_hh's blocks */
  int input;         /* -1: they see the state before; else this slot of gates */
  int dslot;         /* slots of dgates with the gradients of these products, in the order of rn_cell_kind.dgate */
  bool adds;         /* backward leaves a part of the gradient of the input, to which the product is added */
  void (*forward)(const rn_layer *l, const rn_step *s);
  void (*backward)(const rn_layer *l, const rn_step *s); /* leaves dL/d input in dh when input is -1, else in dc */
} rn_stage;

typedef struct rn_cell_kind {
  int n_gates, n_slots, n_dslots, n_stages;
  int to[4];     /* slot in which the product of a gate ends: its own, added to the input's share, or another, kept apart */
  int dgate[4];  /* gate of each slot of dgates */
  int x_dslot;   /* the n_gates slots from here on are the gradient of the input's share; the first n_gates are that of the state's */
  bool has_c;
  rn_stage stage[2];
} rn_cell_kind;

extern const rn_cell_kind RN_K(cell_rnn_tanh), RN_K(cell_rnn_relu), RN_K(cell_gru), RN_K(cell_gru_before), RN_K(cell_gru_simple),
    RN_K(cell_lstm), RN_K(cell_lstm_apart);

/* One direction of a layer while it runs. */
struct rn_layer {
  const rn_recurrent *r;
  const rn_cell_kind *kind;
  rn_order order;
  int64_t units, width;              /* Hp; and floats of a row of c: units, moved off powers of two */
  int64_t state, state_units, state_width; /* the same of h: P, which is H without a projection */
  int64_t gates_ld, dgates_ld;
  float *gates, *h, *c;              /* saved: [n_rows][gates_ld], and states [n_seqs + n_rows][width] */
  float *bias;                       /* [n_slots][units] */
  float *peephole;                   /* [3][units] or NULL */
  float *panels;                     /* W_hh, packed; in a forward pass perhaps by the caller */
  float *dgates, *dh, *dc;           /* backward: [n_rows][dgates_ld], [n_seqs][width] */
  int32_t *gate_row, *dgate_row;     /* row of the weights for each column of gates and of dgates; -1: padding */
  double *row_norm;                  /* [n_rows] ||dL/dh||^2, iff norm_by_step */
  bool direct;                       /* too few rows to pack W_hh for, and it is not packed */
  struct rn_variants {               /* cpu_recurrent_variants.c */
    bool norm, norm_c, apart;        /* apart: norm_c or a projection stand between o tanh(c') and h' */
    float *share_ih, *share_hh;      /* saved: [n_rows][n_gates * units], normalised */
    float *rate_ih, *rate_hh;        /* saved: [n_rows][2] 1 / standard deviation; a stage has its own */
    float *c, *rate_c, *out;         /* saved: [n_rows][width] normalised c', [n_rows] its rate, [n_rows][width] o tanh(.) before W_hr */
    float *norm_ih, *norm_hh, *gain_c; /* [2][n_gates * units], [2][units], padded */
    float *panels;                   /* W_hr, packed */
    float *dshare_hh;                /* backward: [n_rows][dgates_ld] the gradient of W_hh h before its norm */
    float *dout, *dc, *dstate;       /* backward: [n_seqs][width], [n_rows][width] of the normalised c', [n_rows][state_width] of h' */
    int32_t *state_row;              /* [state_units] 0 .. P - 1, -1: padding */
  } v;
};

/* The row of x that the n-th row in the order of time reads. */
RN_INLINE int64_t layer_x_row(const rn_layer *l, int64_t n) {
  int64_t row = l->order.row[n];
  return l->r->x_row ? l->r->x_row[row] : row;
}

/* The walk through time, and before it the packing, of sequences [s0, s1) in the order of time and units [b0, b1) * RN_VL. With a pool,
 * the others walk the other units of the same sequences, and all meet after every stage. */
void RN_K(layer_pack)(const rn_layer *l, bool backward, int64_t b0, int64_t b1);
void RN_K(layer_forward)(const rn_layer *l, rn_pool *pool, int64_t s0, int64_t s1, int64_t b0, int64_t b1);
void RN_K(layer_backward)(const rn_layer *l, rn_pool *pool, int64_t s0, int64_t s1, int64_t b0, int64_t b1);

/* The products over all rows at once: before the walk the share of the input, after it the gradients. A list of those that can occur,
 * at most half of RN_PRODUCTS_MAX; a NULL c is not wanted. */
int RN_K(layer_products)(const rn_layer *l, bool backward, rn_product *list);
/* Gradients of biases, peepholes and norms: sums over rows. */
void RN_K(layer_sums)(const rn_layer *l, rn_pool *pool);
/* dx += dgates, where x is the share of the input. */
void RN_K(layer_share_grad)(const rn_layer *l, rn_pool *pool);

/* Layer norm and projection: what they add before, at and after a step; nothing, in a layer that lacks them. */
void RN_K(variant_input)(const rn_layer *l, rn_pool *pool);                                  /* gates = LN(gates) + b, all rows */
void RN_K(variant_share)(const rn_layer *l, const rn_stage *st, const rn_step *s);           /* gates += LN(share_hh) */
void RN_K(variant_output)(const rn_layer *l, const rn_step *s);                              /* h from o and c */
void RN_K(variant_output_grad)(const rn_layer *l, rn_step *s);                               /* dout and dc from dh and dy */
void RN_K(variant_share_grad)(const rn_layer *l, const rn_stage *st, const rn_step *s);      /* dshare_hh from dgates */
void RN_K(variant_input_grad)(const rn_layer *l, rn_pool *pool);                             /* dgates through LN, all rows */
void RN_K(variant_pack)(const rn_layer *l, bool backward);

#endif
