/* pick.h: some sequences out of a data set, behind each other, in memory of a pass. */
#ifndef RN_MODELS_PICK_H
#define RN_MODELS_PICK_H

#include "tensor/context.h"
#include <rondo/graph.h>

/* The offsets of sequences pick[0 .. n), [n + 1]; NULL when there is no memory. */
int64_t *rn_pick_offsets(rn_graph *g, const rn_ragged *all, const int64_t *pick, int64_t n);
/* Their rows of `size` bytes; seqs: of these offsets. NULL when there is no memory. */
void *rn_pick_rows(rn_graph *g, const rn_ragged *all, const int64_t *pick, const rn_ragged *seqs, const void *rows, size_t size);

#endif
