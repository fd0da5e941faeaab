/* shares.c: a stack over symbols, each distinct one multiplied once. */
#include "nn/shares.h"
#include "ops/op.h"
#include <string.h>

bool rn_distinct_find(rn_graph *g, const int32_t *ids, int64_t n, int64_t below, int64_t most, rn_distinct *out) {
  if (rn_graph_status(g) != RN_OK) return false;
  int32_t *place = rn_graph_alloc(g, (size_t)below * sizeof *place); /* of each symbol among the distinct ones; -1: not seen */
  *out = (rn_distinct){.id = rn_graph_alloc(g, (size_t)most * sizeof *out->id), .row = rn_graph_alloc(g, (size_t)n * sizeof *out->row)};
  if (!place || !out->id || !out->row) return false;
  memset(place, -1, (size_t)below * sizeof *place);
  for (int64_t r = 0; r < n; r++) {
    if (ids[r] < 0 || ids[r] >= below) return false;
    int32_t *at = &place[ids[r]];
    if (*at < 0) {
      if (out->n == most) return false;
      *at = (int32_t)out->n;
      out->id[out->n++] = ids[r];
    }
    out->row[r] = *at;
  }
  return true;
}

/* Half as many products must pay for looking up what was multiplied. */
rn_tensor *rn_layer_stack_apply_ids(const rn_layer_stack *stack, const rn_layer_embedding *embed, rn_graph *g, const int32_t *ids,
                                    const rn_ragged *seqs, const rn_stack_state *state, rn_stack_state *out_state) {
  rn_distinct distinct;
  seqs = rn_graph_ragged(g, seqs);
  int64_t n = rn_ragged_rows(seqs), n_words = rn_tensor_rows(&embed->weight->tensor);
  if (!rn_layer_stack_shares(stack) || !rn_distinct_find(g, ids, n, n_words, n / 2, &distinct))
    return rn_layer_stack_apply(stack, g, rn_layer_embedding_apply(embed, g, ids, n, seqs), state, out_state);
  rn_tensor *share = rn_layer_stack_share(stack, g, rn_layer_embedding_distinct(embed, g, &distinct));
  return rn_layer_stack_apply_share(stack, g, share, distinct.row, seqs, state, out_state);
}
