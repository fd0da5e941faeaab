/* shares.h: symbols that come often are multiplied once.
 *
 * A text of n symbols has U distinct ones. The first recurrent layer needs W_ih e of each row, and rows of one symbol need the same:
 *     share [U, D G H] = E[distinct] W_ih^T,      gates_r begins as share[row_r] + b,      distinct[row_r] = id_r */
#ifndef RN_NN_SHARES_H
#define RN_NN_SHARES_H

#include <rondo/nn.h>

/* The distinct ones of n ids, in order of first occurrence, and which of them each is: id[row[r]] == ids[r]. */
typedef struct rn_distinct {
  int64_t n;
  int32_t *id, *row; /* [n], [n ids], in memory of the pass */
} rn_distinct;
/* false: there are more than `most`, one is outside of 0 .. below - 1, or the pass has failed. */
bool rn_distinct_find(rn_graph *g, const int32_t *ids, int64_t n, int64_t below, int64_t most, rn_distinct *out);

/* Rows of the table, row dropout applied: [n, dim]. */
rn_tensor *rn_layer_embedding_distinct(const rn_layer_embedding *l, rn_graph *g, const rn_distinct *distinct);

/* Does the first layer alone read the stack's input? */
bool rn_layer_stack_shares(const rn_layer_stack *stack);
/* The share of the input in the gates of the first layer, W_ih x without biases, directions side by side: [n, D G H]. */
rn_tensor *rn_layer_stack_share(const rn_layer_stack *stack, rn_graph *g, rn_tensor *x);
/* As rn_layer_stack_apply over rows whose shares are share[row[r]]; rn_layer_stack_shares must hold. */
rn_tensor *rn_layer_stack_apply_share(const rn_layer_stack *stack, rn_graph *g, rn_tensor *share, const int32_t *row,
                                      const rn_ragged *seqs, const rn_stack_state *state, rn_stack_state *out_state);

#endif
