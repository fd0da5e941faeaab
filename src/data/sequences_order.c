/* sequences_order.c: an order of sequences that a seed draws. */
#include "base/random.h"
#include <rondo/sequences.h>

void rn_sequences_order(uint64_t seed, int64_t n, int64_t *out) {
  rn_random random = rn_random_init(seed, rn_random_stream("sequences order"));
  for (int64_t i = 0; i < n; i++) out[i] = i;
  rn_random_shuffle(&random, out, n);
}
