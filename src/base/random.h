/* random.h: Philox4x32-10 (Salmon et al. 2011), a counter-based generator: the n-th number of a stream is a function of
 * (seed, stream, n) alone, so nothing has to be saved to resume and threads may draw in any order. */
#ifndef RN_BASE_RANDOM_H
#define RN_BASE_RANDOM_H

#include <stdint.h>

typedef struct rn_random { /* caller-owned; copy it to copy the state */
  uint64_t seed, stream, position; /* position counts 32-bit words */
} rn_random;

rn_random rn_random_init(uint64_t seed, uint64_t stream);
/* Four words: counter (block, stream), key seed. */
void rn_philox(uint64_t seed, uint64_t stream, uint64_t block, uint32_t out[4]);
uint32_t rn_random_u32(rn_random *r);
uint64_t rn_random_below(rn_random *r, uint64_t n); /* uniform in 0 .. n-1, unbiased; n > 0 */
float rn_random_uniform(rn_random *r);              /* [0, 1), 24 bits */
double rn_random_uniform_double(rn_random *r);      /* [0, 1), 53 bits */
float rn_random_normal(rn_random *r);               /* N(0, 1), Box-Muller */
void rn_random_shuffle(rn_random *r, int64_t *v, int64_t n);
/* A stream number from words: rn_random_stream("dropout") etc. */
uint64_t rn_random_stream(const char *name);

#endif
