/* random.c: Philox4x32-10. J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. */
#include "base/random.h"
#include "base/file.h"

#include <math.h>
#include <string.h>

rn_random rn_random_init(uint64_t seed, uint64_t stream) { return (rn_random){seed, stream, 0}; }

/* Ten rounds of: (hi, lo) = M * c for two of the four words; the words are crossed and the key is mixed in; the key advances by the
 * golden ratio and sqrt(3) - 1. */
void rn_philox(uint64_t seed, uint64_t stream, uint64_t block, uint32_t out[4]) {
  uint32_t c0 = (uint32_t)block, c1 = (uint32_t)(block >> 32), c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

uint32_t rn_random_u32(rn_random *r) {
  uint32_t words[4];
  rn_philox(r->seed, r->stream, r->position / 4, words);
  return words[r->position++ % 4];
}

static uint64_t random_u64(rn_random *r) {
  uint64_t low = rn_random_u32(r);
  return (uint64_t)rn_random_u32(r) << 32 | low;
}

uint64_t rn_random_below(rn_random *r, uint64_t n) {
  /* 2^64 mod n values at the bottom are drawn again: what remains is a whole number of times 0 .. n-1. */
  uint64_t excess = -n % n, x;
  do x = random_u64(r);
  while (x < excess);
  return x % n;
}

float rn_random_uniform(rn_random *r) { return (float)(rn_random_u32(r) >> 8) * 0x1p-24f; }

double rn_random_uniform_double(rn_random *r) { return (double)(random_u64(r) >> 11) * 0x1p-53; }

float rn_random_normal(rn_random *r) {
  /* z = sqrt(-2 ln u) cos(2 pi v), u in (0, 1]. The sine's twin is not kept: two words a number, whatever came before. */
  double u = ((double)rn_random_u32(r) + 1.0) * 0x1p-32, v = (double)rn_random_u32(r) * 0x1p-32;
  return (float)(sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * v));
}

void rn_random_shuffle(rn_random *r, int64_t *v, int64_t n) {
  for (int64_t i = n - 1; i > 0; i--) {
    int64_t j = (int64_t)rn_random_below(r, (uint64_t)i + 1), t = v[i];
    v[i] = v[j];
    v[j] = t;
  }
}

uint64_t rn_random_stream(const char *name) { return rn_hash(name, strlen(name)); }
