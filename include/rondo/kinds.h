/* kinds.h: the enumerations that kernels, operations and layers share. */
#ifndef RONDO_KINDS_H
#define RONDO_KINDS_H

typedef enum rn_cell {
  RN_CELL_TANH,       /* h' = tanh(W_ih x + b_ih + W_hh h + b_hh)                                    Elman 1990; torch.nn.RNN */
  RN_CELL_RELU,       /* the same with max(0, .) */
  RN_CELL_GRU,        /* r, z, n gates; n = tanh(W_in x + b_in + r * (W_hn h + b_hn)); h' = (1-z) n + z h      torch.nn.GRU, cuDNN */
  RN_CELL_GRU_BEFORE, /* reset gate before the product: n = tanh(W_in x + b_in + W_hn (r * h) + b_hn)            Cho et al. 2014 */
  RN_CELL_GRU_SIMPLE, /* no reset gate, gates z, n: n = tanh(W_in x + b_in + W_hn h + b_hn); h' = (1-z) n + z h */
  RN_CELL_LSTM        /* i, f, g, o gates; c' = f c + i g; h' = o tanh(c')                           Hochreiter 1997; torch.nn.LSTM */
} rn_cell;

/* Number of gates of a cell: 1, 1, 3, 3, 2, 4. */
static inline int rn_cell_gates(rn_cell cell) {
  return cell <= RN_CELL_RELU ? 1 : cell == RN_CELL_LSTM ? 4 : cell == RN_CELL_GRU_SIMPLE ? 2 : 3;
}

/* Element-wise functions whose gradient needs only x, y and dy. */
typedef enum rn_activation {
  RN_NONE,
  RN_TANH,
  RN_SIGMOID,
  RN_RELU,
  RN_GELU /* tanh form */,
  RN_EXP,
  RN_SQUARE,
  RN_ACTIVATION_COUNT
} rn_activation;

/* What the letters of a word say of it. */
typedef enum rn_characters {
  RN_CHARACTERS_NONE,
  RN_CHARACTERS_LSTM, /* last states of a bidirectional LSTM over the letters (Lample et al. 2016) */
  RN_CHARACTERS_CNN   /* convolution of width 3 over them, the largest over time (Ma & Hovy 2016) */
} rn_characters;

/* Over the rows of a sequence. */
typedef enum rn_pooling { RN_LAST, RN_MEAN, RN_MAX } rn_pooling;

typedef enum rn_optimizer_kind { RN_SGD, RN_MOMENTUM, RN_NESTEROV, RN_ADAGRAD, RN_RMSPROP, RN_ADAM, RN_ADAMW } rn_optimizer_kind;

#endif
