/* ngram_sort.h: sorting rows of numbers, fast: what counting n-grams spends its time on. */
#ifndef RN_DATA_NGRAM_SORT_H
#define RN_DATA_NGRAM_SORT_H

#include "base/pool.h"
#include <stdbool.h>
#include <stdint.h>

/* Sorts rows [n, width] by their first `keys` columns, rising, in place; equal rows keep their order.
 *   scratch  [n, width]
 *   max      no key is larger
 * Runs on the pool's threads, to the same rows for any number of them. false: out of memory. */
bool rn_ngram_sort(rn_pool *pool, uint32_t *rows, uint32_t *scratch, int64_t n, int width, int keys, uint32_t max);

#endif
