/* hash.c: the checksum of everything, and the clock. */
#include "base/file.h"

#include <time.h>
#include <xxhash.h>

uint64_t rn_hash(const void *data, size_t size) { return XXH3_64bits(data, size); }

double rn_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
