/* op_gru.c: gated recurrent units
 *
 *   r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
 *   z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
 *   n = tanh(W_in x + b_in + r * (W_hn h + b_hn))          GRU          as in PyTorch and cuDNN
 *   n = tanh(W_in x + b_in + W_hn (r * h) + b_hn)          GRU_BEFORE   Cho et al. 2014
 *   n = tanh(W_in x + b_in + W_hn h + b_hn)                GRU_SIMPLE   no r; gates are z, n
 *   h' = (1 - z) * n + z * h
 *
 * With norm_ih, norm_hh the products are each layer-normalised before the biases are added: W_ih x and W_hh h over all their gates;
 * GRU_BEFORE has two products with h, of which the first is normalised over r and z together and the second over n. */
#include "ops/op_recurrent.h"

static rn_status shape(rn_node *node) {
  rn_cell cell = ((const rn_recurrent_attrs *)node->attrs)->cell;
  if (cell < RN_CELL_GRU || cell > RN_CELL_GRU_SIMPLE) return rn_node_fail(node, "the cell is one of the GRUs, not %d", (int)cell);
  return rn_recurrent_shape(node);
}

#define CELL(c, dirs, rev) .attrs = &(rn_recurrent_attrs){.cell = (c), .n_dir = (dirs), .reverse = (rev)}
/* The same cases for each kind. */
#define CASES_OF(cell, word, G) \
  {.name = word, CELL(cell, 1, false), RN_CASE_LENGTHS(3, 4, 4, 4), \
   .in = {RN_CASE_X(12, 5), RN_CASE_WEIGHTS(0, G, 5, 7, 7), RN_CASE_BIASES(0, G, 7)}}, \
  {.name = word ", ragged, h0, no bias", CELL(cell, 1, false), RN_CASE_LENGTHS(4, 2, 0, 5, 1), \
   .in = {RN_CASE_X(8, 3), [RN_IN_H0] = RN_CASE_MATRIX(4, 6), RN_CASE_WEIGHTS(0, G, 3, 6, 6)}}, \
  {.name = word ", reverse", CELL(cell, 1, true), RN_CASE_LENGTHS(3, 1, 0, 4), \
   .in = {RN_CASE_X(5, 3), [RN_IN_H0] = RN_CASE_MATRIX(3, 5), RN_CASE_WEIGHTS(0, G, 3, 5, 5), RN_CASE_BIASES(0, G, 5)}}, \
  {.name = word ", bidirectional", CELL(cell, 2, false), RN_CASE_LENGTHS(4, 3, 1, 0, 2), \
   .in = {RN_CASE_X(6, 3), [RN_IN_H0] = RN_CASE_MATRIX(8, 4), RN_CASE_WEIGHTS(0, G, 3, 4, 4), RN_CASE_BIASES(0, G, 4), \
          RN_CASE_WEIGHTS(1, G, 3, 4, 4), RN_CASE_BIASES(1, G, 4)}}
#define LAYER_NORM_CASE(cell, word, G) \
  {.name = word ", layer norm", CELL(cell, 1, false), RN_CASE_LENGTHS(3, 3, 0, 2), \
   .in = {RN_CASE_X(5, 4), [RN_IN_H0] = RN_CASE_MATRIX(3, 5), RN_CASE_WEIGHTS(0, G, 4, 5, 5), RN_CASE_BIASES(0, G, 5), \
          RN_CASE_NORMS(0, G, 5)}}
/* Shares of the input, read by number, and two directions of them. */
#define READING_CASES(cell_, word, G) \
  {.name = word ", shares read by number", \
   .attrs = &(rn_recurrent_attrs){.cell = (cell_), .n_dir = 1, .reverse = true, .seqs = RN_CASE_RAGGED(3, 0, 5, 5, 9)}, \
   RN_CASE_READS(9, 4), \
   .in = {RN_CASE_X(4, (G) * 7), [RN_IN_H0] = RN_CASE_MATRIX(3, 7), RN_CASE_WEIGHT_HH(0, G, 7, 7), RN_CASE_BIASES(0, G, 7)}}, \
  {.name = word ", bidirectional shares", \
   .attrs = &(rn_recurrent_attrs){.cell = (cell_), .n_dir = 2, .seqs = RN_CASE_RAGGED(2, 0, 2, 5)}, \
   RN_CASE_READS(5, 3), \
   .in = {RN_CASE_X(3, 2 * (G) * 5), RN_CASE_WEIGHT_HH(0, G, 5, 5), RN_CASE_BIASES(0, G, 5), RN_CASE_NORMS(0, G, 5), \
          RN_CASE_WEIGHT_HH(1, G, 5, 5), RN_CASE_BIASES(1, G, 5), RN_CASE_NORMS(1, G, 5)}}
static const rn_op_case cases[] = {
    CASES_OF(RN_CELL_GRU, "gru", 3),
    CASES_OF(RN_CELL_GRU_BEFORE, "before", 3),
    CASES_OF(RN_CELL_GRU_SIMPLE, "simple", 2),
    LAYER_NORM_CASE(RN_CELL_GRU, "gru", 3),
    LAYER_NORM_CASE(RN_CELL_GRU_BEFORE, "before", 3),
    LAYER_NORM_CASE(RN_CELL_GRU_SIMPLE, "simple", 2),
    READING_CASES(RN_CELL_GRU, "gru", 3),
    READING_CASES(RN_CELL_GRU_BEFORE, "before", 3),
    READING_CASES(RN_CELL_GRU_SIMPLE, "simple", 2),
    {.name = "19 units, 17 inputs", CELL(RN_CELL_GRU, 1, false), RN_CASE_LENGTHS(5, 2, 1, 3, 2, 2),
     .in = {RN_CASE_X(10, 17), RN_CASE_WEIGHTS(0, 3, 17, 19, 19), RN_CASE_BIASES(0, 3, 19)}},
    {.name = "one sequence, 41 units", CELL(RN_CELL_GRU, 1, false), RN_CASE_LENGTHS(1, 4),
     .in = {RN_CASE_X(4, 6), RN_CASE_WEIGHTS(0, 3, 6, 41, 41), RN_CASE_BIASES(0, 3, 41)}},
    {.name = "one of everything", CELL(RN_CELL_GRU, 1, false), RN_CASE_LENGTHS(1, 1),
     .in = {RN_CASE_X(1, 1), RN_CASE_WEIGHTS(0, 3, 1, 1, 1)}},
    {.name = "only empty sequences", CELL(RN_CELL_GRU, 1, false), RN_CASE_LENGTHS(2, 0, 0),
     .in = {RN_CASE_X(0, 3), [RN_IN_H0] = RN_CASE_MATRIX(2, 4), RN_CASE_WEIGHTS(0, 3, 3, 4, 4)}},
    {.name = "128 units, 50 x 50 steps", CELL(RN_CELL_GRU, 1, false), RN_CASE_EQUAL_LENGTHS(50, 50),
     RN_CASE_TRAINED(3, 2500, 128, 128)},
    {.name = "512 units, 50 x 10 steps", CELL(RN_CELL_GRU, 1, false), RN_CASE_EQUAL_LENGTHS(50, 10), RN_CASE_TRAINED(3, 500, 512, 512)},
};

RN_OP(gru, sizeof(rn_recurrent_attrs), shape, rn_recurrent_saved_size, rn_recurrent_scratch_size, rn_recurrent_run_forward,
      rn_recurrent_run_backward, rn_recurrent_supported, cases);

rn_recurrent_out rn_gru(rn_graph *g, rn_tensor *x, rn_cell cell, const rn_recurrent_weights *weights, int n_dir, bool reverse,
                        rn_tensor *h0) {
  return rn_recurrent_apply(g, &rn_op_gru, x, NULL, h0, NULL, weights, (rn_recurrent_attrs){cell, n_dir, reverse, NULL});
}
