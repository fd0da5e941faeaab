/* layer_embedding.c: y_r = table[ids_r]. */
#include "nn/params.h"
#include "nn/shares.h"
#include <stdio.h>

void rn_layer_embedding_init(rn_layer_embedding *l, rn_params *p, const char *name, int64_t n_words, int64_t dim, rn_init init) {
  char full[256];
  if (init.kind == RN_INIT_DEFAULT) init = (rn_init){.kind = RN_INIT_NORMAL, .scale = 1};
  snprintf(full, sizeof full, "%s.weight", name);
  *l = (rn_layer_embedding){.weight = rn_params_add(p, full, 2, (int64_t[]){n_words, dim}, init)};
  l->weight->sparse = true;
}

rn_tensor *rn_layer_embedding_distinct(const rn_layer_embedding *l, rn_graph *g, const rn_distinct *distinct) {
  rn_tensor *rows = rn_embedding(g, &l->weight->tensor, distinct->id, distinct->n, NULL);
  return rn_dropout(g, rows, l->row_dropout, RN_DROPOUT_ROWS);
}

/* What row dropout drops is a symbol wherever it stands. */
rn_tensor *rn_layer_embedding_apply(const rn_layer_embedding *l, rn_graph *g, const int32_t *ids, int64_t n, const rn_ragged *seqs) {
  rn_distinct distinct;
  seqs = rn_graph_ragged(g, seqs);
  bool drops = l->row_dropout > 0 && rn_graph_mode(g) == RN_TRAIN;
  if (drops && rn_distinct_find(g, ids, n, rn_tensor_rows(&l->weight->tensor), n, &distinct))
    return rn_rows(g, rn_layer_embedding_distinct(l, g, &distinct), distinct.row, n, seqs);
  return rn_embedding(g, &l->weight->tensor, ids, n, seqs);
}
