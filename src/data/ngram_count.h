/* ngram_count.h: counting n-grams of any length in bounded memory.
 *
 * N-grams are rows of numbers. They are gathered until the memory is full, sorted and counted, and written to a temporary file as a sorted
 * run; at the end the runs are merged (as external sorting always did; for language models Heafield et al. 2013). */
#ifndef RN_DATA_NGRAM_COUNT_H
#define RN_DATA_NGRAM_COUNT_H

#include "tensor/context.h"
#include <rondo/ngram.h>

typedef struct rn_ngram_counter rn_ngram_counter;

/*   order   numbers of an n-gram
 *   max     no number is larger
 *   memory  bytes that may be used, at least 1 MB
 *   folder  of the temporary file, which is made when it is needed; NULL: the working folder
 * Errors: RN_ERROR_MEMORY. */
rn_status rn_ngram_counter_new(rn_context *ctx, int order, uint32_t max, int64_t memory, const char *folder, rn_ngram_counter **out);
void rn_ngram_counter_free(rn_ngram_counter *counter); /* NULL is allowed */
/* Counts an n-gram [order] once. Errors: RN_ERROR_IO (the disk is full), RN_ERROR_MEMORY. */
rn_status rn_ngram_counter_add(rn_ngram_counter *counter, const uint32_t *ngram);

typedef rn_status (*rn_ngram_fn)(void *user, const uint32_t *ngram, uint32_t count);
/* Hands out every distinct n-gram with its count, in rising order, until `take` fails; the counter is then empty. Errors: those of `take`,
 * RN_ERROR_DATA (an n-gram stands there more than 4,294,967,295 times), RN_ERROR_IO, RN_ERROR_MEMORY. */
rn_status rn_ngram_counter_finish(rn_ngram_counter *counter, rn_ngram_fn take, void *user);
int64_t rn_ngram_counter_runs(const rn_ngram_counter *counter); /* that have gone to the disk */

#endif
