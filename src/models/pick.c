/* pick.c: some sequences out of a data set. */
#include "models/pick.h"
#include "ops/op.h"
#include <string.h>

int64_t *rn_pick_offsets(rn_graph *g, const rn_ragged *all, const int64_t *pick, int64_t n) {
  int64_t *offset = rn_graph_alloc(g, (size_t)(n + 1) * sizeof *offset);
  if (!offset) return NULL;
  offset[0] = 0;
  for (int64_t i = 0; i < n; i++) offset[i + 1] = offset[i] + rn_ragged_length(all, pick[i]);
  return offset;
}

void *rn_pick_rows(rn_graph *g, const rn_ragged *all, const int64_t *pick, const rn_ragged *seqs, const void *rows, size_t size) {
  char *out = rn_graph_alloc(g, (size_t)rn_ragged_rows(seqs) * size);
  for (int64_t i = 0; out && i < seqs->n_seqs; i++)
    memcpy(out + (size_t)seqs->offset[i] * size, (const char *)rows + (size_t)all->offset[pick[i]] * size,
           (size_t)rn_ragged_length(seqs, i) * size);
  return out;
}
