/* op_lstm.c: long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000)
 *
 *   i = sigmoid(W_ii x + b_ii + W_hi h + b_hi + p_i * c)
 *   f = sigmoid(W_if x + b_if + W_hf h + b_hf + p_f * c)
 *   g = tanh   (W_ig x + b_ig + W_hg h + b_hg)
 *   c' = f * c + i * g
 *   o = sigmoid(W_io x + b_io + W_ho h + b_ho + p_o * c')
 *   h' = o * tanh(c')          with projection: W_hr (o * tanh(c'))          (Sak et al. 2014)
 *
 * p are the peepholes. With norm_ih, norm_hh the two products are each layer-normalised before the biases are added; with norm_c
 * h' = o * tanh(LN(c'))          (Ba et al. 2016). */
#include "ops/op_recurrent.h"

static rn_status shape(rn_node *node) {
  if (((const rn_recurrent_attrs *)node->attrs)->cell != RN_CELL_LSTM) return rn_node_fail(node, "the cell is not an LSTM");
  return rn_recurrent_shape(node);
}

#define CELL(dirs, rev) .attrs = &(rn_recurrent_attrs){.cell = RN_CELL_LSTM, .n_dir = (dirs), .reverse = (rev)}
#define READING(dirs, rev, batch) .attrs = &(rn_recurrent_attrs){.cell = RN_CELL_LSTM, .n_dir = (dirs), .reverse = (rev), .seqs = (batch)}
#define STATES(n, P, H) [RN_IN_H0] = RN_CASE_MATRIX(n, P), [RN_IN_C0] = RN_CASE_MATRIX(n, H)
#define PEEPHOLE(d, H) RN_CASE_WEIGHT(d, RN_W_PEEPHOLE, 3, H)
#define PROJECTION(d, P, H) RN_CASE_WEIGHT(d, RN_W_HR, P, H)
#define NORM_C(d, H) RN_CASE_WEIGHT(d, RN_W_NORM_C, 2, H)
static const rn_op_case cases[] = {
    {.name = "plain",
     CELL(1, false),
     RN_CASE_LENGTHS(3, 4, 4, 4),
     .in = {RN_CASE_X(12, 5), RN_CASE_WEIGHTS(0, 4, 5, 7, 7), RN_CASE_BIASES(0, 4, 7)}},
    {.name = "ragged, states",
     CELL(1, false),
     RN_CASE_LENGTHS(4, 2, 0, 5, 1),
     .in = {RN_CASE_X(8, 3), STATES(4, 6, 6), RN_CASE_WEIGHTS(0, 4, 3, 6, 6), RN_CASE_BIASES(0, 4, 6)}},
    {.name = "no bias", CELL(1, false), RN_CASE_LENGTHS(2, 3, 2), .in = {RN_CASE_X(5, 2), RN_CASE_WEIGHTS(0, 4, 2, 9, 9)}},
    {.name = "bias_hh alone",
     CELL(1, false),
     RN_CASE_LENGTHS(2, 3, 2),
     .in = {RN_CASE_X(5, 2), RN_CASE_WEIGHTS(0, 4, 2, 5, 5), [RN_IN_WEIGHTS + RN_B_HH] = RN_CASE_VECTOR(20)}},
    {.name = "c0 alone",
     CELL(1, false),
     RN_CASE_LENGTHS(2, 3, 2),
     .in = {RN_CASE_X(5, 2), [RN_IN_C0] = RN_CASE_MATRIX(2, 5), RN_CASE_WEIGHTS(0, 4, 2, 5, 5), RN_CASE_BIASES(0, 4, 5)}},
    {.name = "reverse",
     CELL(1, true),
     RN_CASE_LENGTHS(4, 1, 0, 3, 2),
     .in = {RN_CASE_X(6, 3), STATES(4, 5, 5), RN_CASE_WEIGHTS(0, 4, 3, 5, 5), RN_CASE_BIASES(0, 4, 5)}},
    {.name = "bidirectional",
     CELL(2, false),
     RN_CASE_LENGTHS(4, 3, 1, 0, 2),
     .in = {RN_CASE_X(6, 3), STATES(8, 4, 4), RN_CASE_WEIGHTS(0, 4, 3, 4, 4), RN_CASE_BIASES(0, 4, 4), RN_CASE_WEIGHTS(1, 4, 3, 4, 4),
            RN_CASE_BIASES(1, 4, 4)}},
    {.name = "peepholes",
     CELL(1, false),
     RN_CASE_LENGTHS(3, 3, 0, 2),
     .in = {RN_CASE_X(5, 3), STATES(3, 5, 5), RN_CASE_WEIGHTS(0, 4, 3, 5, 5), RN_CASE_BIASES(0, 4, 5), PEEPHOLE(0, 5)}},
    {.name = "projection",
     CELL(1, false),
     RN_CASE_LENGTHS(3, 3, 0, 2),
     .in = {RN_CASE_X(5, 3), STATES(3, 3, 6), RN_CASE_WEIGHTS(0, 4, 3, 6, 3), RN_CASE_BIASES(0, 4, 6), PROJECTION(0, 3, 6)}},
    {.name = "projection, bidirectional",
     CELL(2, false),
     RN_CASE_LENGTHS(3, 3, 0, 2),
     .in = {RN_CASE_X(5, 2), STATES(6, 3, 4), RN_CASE_WEIGHTS(0, 4, 2, 4, 3), RN_CASE_BIASES(0, 4, 4), PROJECTION(0, 3, 4),
            RN_CASE_WEIGHTS(1, 4, 2, 4, 3), RN_CASE_BIASES(1, 4, 4), PROJECTION(1, 3, 4)}},
    {.name = "peepholes, projection, reverse",
     CELL(1, true),
     RN_CASE_LENGTHS(3, 1, 3, 2),
     .in = {RN_CASE_X(6, 3), STATES(3, 2, 5), RN_CASE_WEIGHTS(0, 4, 3, 5, 2), RN_CASE_BIASES(0, 4, 5), PEEPHOLE(0, 5),
            PROJECTION(0, 2, 5)}},
    {.name = "layer norm",
     CELL(1, false),
     RN_CASE_LENGTHS(3, 3, 0, 2),
     .in = {RN_CASE_X(5, 4), STATES(3, 5, 5), RN_CASE_WEIGHTS(0, 4, 4, 5, 5), RN_CASE_BIASES(0, 4, 5), RN_CASE_NORMS(0, 4, 5),
            NORM_C(0, 5)}},
    {.name = "layer norm of products alone",
     CELL(1, true),
     RN_CASE_LENGTHS(2, 3, 2),
     .in = {RN_CASE_X(5, 4), STATES(2, 5, 5), RN_CASE_WEIGHTS(0, 4, 4, 5, 5), RN_CASE_NORMS(0, 4, 5)}},
    {.name = "everything at once",
     CELL(2, false),
     RN_CASE_LENGTHS(3, 2, 0, 3),
     .in = {RN_CASE_X(5, 3), STATES(6, 3, 5), RN_CASE_WEIGHTS(0, 4, 3, 5, 3), RN_CASE_BIASES(0, 4, 5), PEEPHOLE(0, 5), PROJECTION(0, 3, 5),
            RN_CASE_NORMS(0, 4, 5), NORM_C(0, 5), RN_CASE_WEIGHTS(1, 4, 3, 5, 3), RN_CASE_BIASES(1, 4, 5), PEEPHOLE(1, 5),
            PROJECTION(1, 3, 5), RN_CASE_NORMS(1, 4, 5), NORM_C(1, 5)}},
    {.name = "shares given",
     CELL(1, false),
     RN_CASE_LENGTHS(3, 3, 0, 2),
     .in = {RN_CASE_X(5, 4 * 7), STATES(3, 7, 7), RN_CASE_WEIGHT_HH(0, 4, 7, 7), RN_CASE_BIASES(0, 4, 7)}},
    {.name = "shares read by number",
     READING(1, false, RN_CASE_RAGGED(3, 0, 5, 5, 9)),
     RN_CASE_READS(9, 4),
     .in = {RN_CASE_X(4, 4 * 7), STATES(3, 7, 7), RN_CASE_WEIGHT_HH(0, 4, 7, 7), RN_CASE_BIASES(0, 4, 7)}},
    {.name = "shares read by number, everything at once",
     READING(2, false, RN_CASE_RAGGED(3, 0, 2, 2, 5)),
     RN_CASE_READS(5, 3),
     .in = {RN_CASE_X(3, 2 * 4 * 5), STATES(6, 3, 5), RN_CASE_WEIGHT_HH(0, 4, 5, 3), RN_CASE_BIASES(0, 4, 5), PEEPHOLE(0, 5),
            PROJECTION(0, 3, 5), RN_CASE_NORMS(0, 4, 5), NORM_C(0, 5), RN_CASE_WEIGHT_HH(1, 4, 5, 3), RN_CASE_BIASES(1, 4, 5),
            PEEPHOLE(1, 5), PROJECTION(1, 3, 5), RN_CASE_NORMS(1, 4, 5), NORM_C(1, 5)}},
    {.name = "19 units, 17 inputs",
     CELL(1, false),
     RN_CASE_LENGTHS(5, 2, 1, 3, 2, 2),
     .in = {RN_CASE_X(10, 17), RN_CASE_WEIGHTS(0, 4, 17, 19, 19), RN_CASE_BIASES(0, 4, 19)}},
    {.name = "one sequence, 41 units",
     CELL(1, false),
     RN_CASE_LENGTHS(1, 4),
     .in = {RN_CASE_X(4, 6), RN_CASE_WEIGHTS(0, 4, 6, 41, 41), RN_CASE_BIASES(0, 4, 41)}},
    {.name = "one of everything", CELL(1, false), RN_CASE_LENGTHS(1, 1), .in = {RN_CASE_X(1, 1), RN_CASE_WEIGHTS(0, 4, 1, 1, 1)}},
    {.name = "only empty sequences",
     CELL(1, false),
     RN_CASE_LENGTHS(2, 0, 0),
     .in = {RN_CASE_X(0, 3), STATES(2, 4, 4), RN_CASE_WEIGHTS(0, 4, 3, 4, 4)}},
    {.name = "128 units, 50 x 50 steps", CELL(1, false), RN_CASE_EQUAL_LENGTHS(50, 50), RN_CASE_TRAINED(4, 2500, 128, 128)},
    {.name = "128 units, 5 x 500 steps, 65 shares",
     .bench = true,
     READING(1, false, RN_CASE_RAGGED(5, 0, 500, 1000, 1500, 2000, 2500)),
     RN_CASE_READS(2500, 65),
     .in = {RN_CASE_X(65, 4 * 128), RN_CASE_AT(0, RN_W_HH) = RN_CASE_SMALL(4 * 128, 128), RN_CASE_BIASES(0, 4, 128)}},
    {.name = "200 units, 20 x 20 steps", CELL(1, false), RN_CASE_EQUAL_LENGTHS(20, 20), RN_CASE_TRAINED(4, 400, 200, 200)},
    {.name = "512 units, 50 x 10 steps", CELL(1, false), RN_CASE_EQUAL_LENGTHS(50, 10), RN_CASE_TRAINED(4, 500, 512, 512)},
    {.name = "100 units, 32 x 5 to 50 steps",
     CELL(1, false),
     RN_CASE_LENGTHS(32, 5, 50, 12, 33, 41, 8, 27, 19, 46, 14, 38, 22, 9, 31, 44, 17, 25, 6, 49, 36, 11, 29, 40, 20, 15, 47, 34, 7, 23, 43,
                     28, 10),
     RN_CASE_TRAINED(4, 839, 100, 100)},
};

RN_OP(lstm, sizeof(rn_recurrent_attrs), shape, rn_recurrent_saved_size, rn_recurrent_scratch_size, rn_recurrent_run_forward,
      rn_recurrent_run_backward, rn_recurrent_supported, cases);

rn_recurrent_out rn_lstm(rn_graph *g, rn_tensor *x, const rn_recurrent_weights *weights, int n_dir, bool reverse, rn_tensor *h0,
                         rn_tensor *c0) {
  return rn_recurrent_apply(g, &rn_op_lstm, x, NULL, h0, c0, weights, (rn_recurrent_attrs){RN_CELL_LSTM, n_dir, reverse, NULL});
}
