/* shuffle.h: training examples in batches, in an order that is a function of (seed, epoch) alone. */
#ifndef RN_DATA_SHUFFLE_H
#define RN_DATA_SHUFFLE_H

#include "tensor/context.h"

typedef struct rn_shuffle {
  int64_t n, batch; /* examples; of a batch (the last one of an epoch may be smaller) */
  uint64_t seed;
  int64_t *order, epoch; /* order [n] of this epoch; -1: of none yet */
  int64_t *twins;        /* [batch] what rn_shuffle_twins gave */
} rn_shuffle;

/* Errors: RN_ERROR_ARGUMENT (a batch below 1), RN_ERROR_DATA (no example), RN_ERROR_MEMORY. Free with rn_shuffle_free. */
rn_status rn_shuffle_init(rn_context *ctx, int64_t n, int64_t batch, uint64_t seed, rn_shuffle *out);
void rn_shuffle_free(rn_shuffle *shuffle);
int64_t rn_shuffle_count(const rn_shuffle *shuffle); /* batches of an epoch */
/* Batch i of an epoch: *pick holds so many examples as it returns, until the next call. */
int64_t rn_shuffle_batch(rn_shuffle *shuffle, int64_t epoch, int64_t i, const int64_t **pick);
/* What to read of them where example k has a twin, n + k (its other strand): one of the two, by a coin that is thrown for each example
 * anew each epoch. pick [n_picked] of rn_shuffle_batch; the answer holds until the next call. */
const int64_t *rn_shuffle_twins(rn_shuffle *shuffle, int64_t epoch, const int64_t *pick, int64_t n_picked);

#endif
