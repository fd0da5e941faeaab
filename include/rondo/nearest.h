/* nearest.h: the nearest neighbour among labelled series (1-NN), which every classifier of series is compared with. */
#ifndef RONDO_NEAREST_H
#define RONDO_NEAREST_H

#include <rondo/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_distance {
  RN_EUCLIDEAN, /* sqrt(sum over time and variables of (x - y)^2); series of one length */
  RN_DTW,       /* dynamic time warping over the whole window (Sakoe and Chiba 1978), the variables warped together; any lengths:
                   sqrt of the least sum of |x_i - y_j|^2 over monotone paths from the first pair of points to the last */
} rn_distance;

/* Series of n_vars variables: rows [n_rows of seqs, n_vars]. */
typedef struct rn_series_rows {
  const float *rows;
  rn_ragged seqs;
  int64_t n_vars;
} rn_series_rows;

/* For each query the nearest known series; of several at the same distance the first.
 *   fold       [n_seqs of queries] or NULL. Cross-validation, where the queries are the known series themselves: those of a query's own
 *              fold are not its neighbours. Numbers that all differ leave one out
 *   neighbour  [n_seqs of queries]: a number of a known series; -1 where there is none at a finite distance (an empty query has only
 *              empty ones)
 *   distance   [n_seqs of queries] or NULL
 * Exact: a pair is given up only once it cannot be nearer than the best so far. Errors: RN_ERROR_DATA (a value that is not finite,
 * another number of variables, Euclidean with several lengths, folds of other series than the known ones), RN_ERROR_UNSUPPORTED,
 * RN_ERROR_MEMORY. */
RN_API rn_status rn_nearest(rn_context *ctx, rn_distance kind, const rn_series_rows *known, const rn_series_rows *queries,
                            const int32_t *fold, int64_t *neighbour, float *distance);

#ifdef __cplusplus
}
#endif
#endif
