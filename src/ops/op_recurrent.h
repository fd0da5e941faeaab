/* op_recurrent.h: what rnn, gru and lstm share: the checks, the two directions, and the way to the kernel. The cells differ in the kernel
 * and in what inputs they take. */
#ifndef RN_OPS_OP_RECURRENT_H
#define RN_OPS_OP_RECURRENT_H

#include "ops/attrs.h"
#include "ops/op.h"

rn_status rn_recurrent_shape(rn_node *node);
size_t rn_recurrent_saved_size(const rn_node *node);
size_t rn_recurrent_scratch_size(const rn_node *node, bool backward);
void rn_recurrent_run_forward(rn_node *node, void *scratch);
void rn_recurrent_run_backward(rn_node *node, void *scratch);
bool rn_recurrent_supported(const rn_backend *backend);

/* Lists the inputs and applies. row: what the rows of attrs.seqs read, when that is given. */
rn_recurrent_out rn_recurrent_apply(rn_graph *g, const rn_op *op, rn_tensor *x, const int32_t *row, rn_tensor *h0, rn_tensor *c0,
                                    const rn_recurrent_weights *weights, rn_recurrent_attrs attrs);

/* For case tables: x [n, I], and the weights of direction d of a cell of G gates. */
#define RN_CASE_X(n, I) [RN_IN_X] = RN_CASE_MATRIX(n, I)
#define RN_CASE_AT(d, which) [RN_IN_WEIGHTS + (d) * RN_W_COUNT + (which)]
#define RN_CASE_WEIGHT_HH(d, G, H, P) RN_CASE_AT(d, RN_W_HH) = RN_CASE_MATRIX((G) * (H), P)
#define RN_CASE_WEIGHTS(d, G, I, H, P) \
  RN_CASE_AT(d, RN_W_IH) = RN_CASE_MATRIX((G) * (H), I), RN_CASE_WEIGHT_HH(d, G, H, P)
#define RN_CASE_BIASES(d, G, H) \
  RN_CASE_AT(d, RN_B_IH) = RN_CASE_VECTOR((G) * (H)), RN_CASE_AT(d, RN_B_HH) = RN_CASE_VECTOR((G) * (H))
#define RN_CASE_NORMS(d, G, H) \
  RN_CASE_AT(d, RN_W_NORM_IH) = RN_CASE_MATRIX(2, (G) * (H)), RN_CASE_AT(d, RN_W_NORM_HH) = RN_CASE_MATRIX(2, (G) * (H))
/* A batch of so many rows that read `of` shares of the input by number. */
#define RN_CASE_READS(n, of) .n_ids = (n), .ids_below = (of)
#define RN_CASE_RAGGED(n, ...) (&(rn_ragged){.n_seqs = (n), .offset = (const int64_t[]){__VA_ARGS__}})
#define RN_CASE_WEIGHT(d, which, m, n) RN_CASE_AT(d, which) = RN_CASE_MATRIX(m, n)
/* For sizes of real use: weights as small as they are in training. Larger ones would make the layer chaotic. */
#define RN_CASE_SMALL(m, n) {.rank = 2, .shape = {m, n}, .low = -0.05f, .high = 0.05f}
#define RN_CASE_TRAINED(G, n, I, H) \
  .bench = true, .in = {RN_CASE_X(n, I), RN_CASE_AT(0, RN_W_IH) = RN_CASE_SMALL((G) * (H), I), \
                        RN_CASE_AT(0, RN_W_HH) = RN_CASE_SMALL((G) * (H), H), RN_CASE_BIASES(0, G, H)}

#endif
