/* op_rnn.c: the vanilla recurrent network (Elman 1990)
 *
 *   h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)          f = tanh or max(0, .)
 *
 * With norm_ih, norm_hh: f(LN(W_ih x_t) + b_ih + LN(W_hh h_{t-1}) + b_hh)          (Ba et al. 2016) */
#include "ops/op_recurrent.h"

static rn_status shape(rn_node *node) {
  rn_cell cell = ((const rn_recurrent_attrs *)node->attrs)->cell;
  if (cell != RN_CELL_TANH && cell != RN_CELL_RELU) return rn_node_fail(node, "the cell is tanh or relu, not %d", (int)cell);
  return rn_recurrent_shape(node);
}

#define CELL(c, dirs, rev) .attrs = &(rn_recurrent_attrs){.cell = (c), .n_dir = (dirs), .reverse = (rev)}
static const rn_op_case cases[] = {
    {.name = "tanh",
     CELL(RN_CELL_TANH, 1, false),
     RN_CASE_LENGTHS(3, 4, 4, 4),
     .in = {RN_CASE_X(12, 5), RN_CASE_WEIGHTS(0, 1, 5, 7, 7), RN_CASE_BIASES(0, 1, 7)}},
    {.name = "relu, ragged",
     CELL(RN_CELL_RELU, 1, false),
     RN_CASE_LENGTHS(4, 2, 0, 5, 1),
     .in = {RN_CASE_X(8, 3), RN_CASE_WEIGHTS(0, 1, 3, 6, 6), RN_CASE_BIASES(0, 1, 6)}},
    {.name = "no bias", CELL(RN_CELL_TANH, 1, false), RN_CASE_LENGTHS(2, 3, 5), .in = {RN_CASE_X(8, 2), RN_CASE_WEIGHTS(0, 1, 2, 9, 9)}},
    {.name = "bias_ih alone, h0",
     CELL(RN_CELL_TANH, 1, false),
     RN_CASE_LENGTHS(3, 3, 0, 2),
     .in = {RN_CASE_X(5, 4), [RN_IN_H0] = RN_CASE_MATRIX(3, 5), RN_CASE_WEIGHTS(0, 1, 4, 5, 5),
            [RN_IN_WEIGHTS + RN_B_IH] = RN_CASE_VECTOR(5)}},
    {.name = "reverse, ragged",
     CELL(RN_CELL_TANH, 1, true),
     RN_CASE_LENGTHS(4, 1, 3, 0, 4),
     .in = {RN_CASE_X(8, 3), [RN_IN_H0] = RN_CASE_MATRIX(4, 6), RN_CASE_WEIGHTS(0, 1, 3, 6, 6), RN_CASE_BIASES(0, 1, 6)}},
    {.name = "bidirectional, ragged",
     CELL(RN_CELL_TANH, 2, false),
     RN_CASE_LENGTHS(4, 3, 1, 0, 4),
     .in = {RN_CASE_X(8, 3), [RN_IN_H0] = RN_CASE_MATRIX(8, 5), RN_CASE_WEIGHTS(0, 1, 3, 5, 5), RN_CASE_BIASES(0, 1, 5),
            RN_CASE_WEIGHTS(1, 1, 3, 5, 5), RN_CASE_BIASES(1, 1, 5)}},
    {.name = "layer norm",
     CELL(RN_CELL_TANH, 1, false),
     RN_CASE_LENGTHS(3, 3, 0, 2),
     .in = {RN_CASE_X(5, 4), [RN_IN_H0] = RN_CASE_MATRIX(3, 6), RN_CASE_WEIGHTS(0, 1, 4, 6, 6), RN_CASE_BIASES(0, 1, 6),
            RN_CASE_NORMS(0, 1, 6)}},
    {.name = "shares read by number",
     .attrs = &(rn_recurrent_attrs){.cell = RN_CELL_TANH, .n_dir = 1, .seqs = RN_CASE_RAGGED(3, 0, 5, 5, 9)},
     RN_CASE_READS(9, 4),
     .in = {RN_CASE_X(4, 7), [RN_IN_H0] = RN_CASE_MATRIX(3, 7), RN_CASE_WEIGHT_HH(0, 1, 7, 7), RN_CASE_BIASES(0, 1, 7)}},
    {.name = "shares read by number, layer norm",
     .attrs = &(rn_recurrent_attrs){.cell = RN_CELL_TANH, .n_dir = 1, .seqs = RN_CASE_RAGGED(2, 0, 2, 5)},
     RN_CASE_READS(5, 3),
     .in = {RN_CASE_X(3, 18), RN_CASE_WEIGHT_HH(0, 1, 18, 18), RN_CASE_BIASES(0, 1, 18), RN_CASE_NORMS(0, 1, 18)}},
    {.name = "one sequence, 41 units",
     CELL(RN_CELL_TANH, 1, false),
     RN_CASE_LENGTHS(1, 4),
     .in = {RN_CASE_X(4, 6), RN_CASE_WEIGHTS(0, 1, 6, 41, 41), RN_CASE_BIASES(0, 1, 41)}},
    {.name = "one of everything",
     CELL(RN_CELL_TANH, 1, false),
     RN_CASE_LENGTHS(1, 1),
     .in = {RN_CASE_X(1, 1), RN_CASE_WEIGHTS(0, 1, 1, 1, 1)}},
    {.name = "19 units, 17 inputs",
     CELL(RN_CELL_TANH, 1, false),
     RN_CASE_LENGTHS(5, 2, 1, 3, 2, 2),
     .in = {RN_CASE_X(10, 17), RN_CASE_WEIGHTS(0, 1, 17, 19, 19), RN_CASE_BIASES(0, 1, 19)}},
    {.name = "only empty sequences",
     CELL(RN_CELL_TANH, 1, false),
     RN_CASE_LENGTHS(2, 0, 0),
     .in = {RN_CASE_X(0, 3), [RN_IN_H0] = RN_CASE_MATRIX(2, 4), RN_CASE_WEIGHTS(0, 1, 3, 4, 4)}},
    {.name = "128 units, 50 x 50 steps", CELL(RN_CELL_TANH, 1, false), RN_CASE_EQUAL_LENGTHS(50, 50), RN_CASE_TRAINED(1, 2500, 128, 128)},
    {.name = "512 units, 50 x 10 steps", CELL(RN_CELL_TANH, 1, false), RN_CASE_EQUAL_LENGTHS(50, 10), RN_CASE_TRAINED(1, 500, 512, 512)},
};

RN_OP(rnn, sizeof(rn_recurrent_attrs), shape, rn_recurrent_saved_size, rn_recurrent_scratch_size, rn_recurrent_run_forward,
      rn_recurrent_run_backward, rn_recurrent_supported, cases);

rn_recurrent_out rn_rnn(rn_graph *g, rn_tensor *x, rn_cell cell, const rn_recurrent_weights *weights, int n_dir, bool reverse,
                        rn_tensor *h0) {
  return rn_recurrent_apply(g, &rn_op_rnn, x, NULL, h0, NULL, weights, (rn_recurrent_attrs){cell, n_dir, reverse, NULL});
}
