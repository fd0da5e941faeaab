/* cooccurrence.h: which words of a text are neighbours, and how often: what GloVe learns from.                 Pennington et al. 2014 */
#ifndef RN_DATA_COOCCURRENCE_H
#define RN_DATA_COOCCURRENCE_H

#include "data/word_ids.h"

/* Calls each(user, i, j, x) once for every pair i <= j of words that come within `window` of one another in a line:
 *
 *     x = X_ij = X_ji = sum of 1 / distance over all places;    X_ii counts each place from both its ends
 *
 * in the same order and to the same bits for any number of threads and any amount of memory.
 *   memory  bytes for what is counted; beyond it sorted runs go to a temporary file in `folder` (NULL: the working folder)
 * Stops where `each` fails. Errors: RN_ERROR_MEMORY, RN_ERROR_IO, RN_ERROR_STOPPED. */
rn_status rn_cooccurrence_count(rn_context *ctx, const rn_word_ids *text, int64_t window, int64_t memory, const char *folder,
                                rn_status (*each)(void *user, int32_t i, int32_t j, double x), void *user);

#endif
