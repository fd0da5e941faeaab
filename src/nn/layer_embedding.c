/* layer_embedding.c: y_r = table[ids_r]. */
#include "nn/params.h"
#include <stdio.h>

void rn_layer_embedding_init(rn_layer_embedding *l, rn_params *p, const char *name, int64_t n_words, int64_t dim, rn_init init) {
  char full[256];
  if (init.kind == RN_INIT_DEFAULT) init = (rn_init){.kind = RN_INIT_NORMAL, .scale = 1};
  snprintf(full, sizeof full, "%s.weight", name);
  *l = (rn_layer_embedding){.weight = rn_params_add(p, full, 2, (int64_t[]){n_words, dim}, init)};
  l->weight->sparse = true;
}

rn_tensor *rn_layer_embedding_apply(const rn_layer_embedding *l, rn_graph *g, const int32_t *ids, int64_t n, const rn_ragged *seqs) {
  rn_tensor *table = &l->weight->tensor;
  if (l->row_dropout > 0) table = rn_dropout(g, table, l->row_dropout, RN_DROPOUT_ROWS);
  return rn_embedding(g, table, ids, n, seqs);
}
