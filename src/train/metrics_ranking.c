/* metrics_ranking.c: how well scores put the positives first. See metrics.h. */
#include <rondo/metrics.h>

#include "base/alloc.h"
#include "tensor/context.h"
#include <math.h>
#include <stdlib.h>

typedef struct ranked {
  float score;
  bool positive;
} ranked;

static int descending(const void *a, const void *b) {
  float x = ((const ranked *)a)->score, y = ((const ranked *)b)->score;
  return (x < y) - (x > y);
}

/* From the highest threshold to the lowest. Rows of one score pass together: P_t positives and N_t negatives, after `positives` and
 * `negatives` above them.
 *   roc_auc           = sum_t N_t (positives + P_t / 2) / (P N)
 *   average_precision = sum_t P_t / P  (positives + P_t) / (positives + P_t + negatives + N_t) */
static rn_ranking walk(ranked *rows, int64_t n) {
  double positives = 0, negatives = 0, pairs = 0, precisions = 0;
  qsort(rows, (size_t)n, sizeof *rows, descending);
  for (int64_t i = 0, end; i < n; i = end) {
    double p = 0;
    for (end = i; end < n && rows[end].score == rows[i].score; end++) p += rows[end].positive;
    pairs += ((double)(end - i) - p) * (positives + p / 2);
    positives += p;
    negatives += (double)(end - i) - p;
    precisions += p * positives / (positives + negatives);
  }
  return (rn_ranking){pairs / (positives * negatives), precisions / positives}; /* 0 / 0: not a number */
}

static rn_status ranked_new(rn_context *ctx, int64_t n, int64_t n_labels, const float *scores, ranked **out) {
  *out = NULL;
  for (int64_t i = 0; i < n * n_labels; i++) {
    if (!isnan(scores[i])) continue;
    return rn_context_fail(ctx, RN_ERROR_DATA, "ranking: the score of row %lld is not a number", (long long)(i / n_labels));
  }
  *out = rn_alloc_zero((size_t)n, sizeof **out);
  return *out ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the ranking of %lld rows", (long long)n);
}

rn_status rn_ranking_score(rn_context *ctx, int64_t n, const float *score, const uint8_t *positive, rn_ranking *out) {
  ranked *rows;
  rn_status status = ranked_new(ctx, n, 1, score, &rows);
  if (status != RN_OK) return status;
  for (int64_t i = 0; i < n; i++) rows[i] = (ranked){score[i], positive[i]};
  *out = walk(rows, n);
  rn_free(rows);
  return RN_OK;
}

rn_status rn_ranking_macro(rn_context *ctx, int64_t n, int64_t n_labels, const float *scores, const int32_t *expected, rn_ranking *out) {
  ranked *rows;
  rn_status status = ranked_new(ctx, n, n_labels, scores, &rows);
  if (status != RN_OK) return status;
  rn_ranking sum = {0};
  int64_t n_ranked = 0;
  for (int64_t l = 0; l < n_labels; l++) {
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
      if (expected[i] >= 0) rows[kept++] = (ranked){scores[i * n_labels + l], expected[i] == l};
    rn_ranking one = walk(rows, kept);
    if (isnan(one.roc_auc)) continue;
    sum.roc_auc += one.roc_auc;
    sum.average_precision += one.average_precision;
    n_ranked++;
  }
  *out = (rn_ranking){sum.roc_auc / (double)n_ranked, sum.average_precision / (double)n_ranked};
  rn_free(rows);
  return RN_OK;
}
