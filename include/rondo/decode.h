/* decode.h: from scores to symbols. */
#ifndef RONDO_DECODE_H
#define RONDO_DECODE_H

#include <rondo/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RN_REJECT_UNK (-2)

typedef struct rn_sampling {
  float temperature; /* 1; 0: the most probable (greedy) */
  int64_t top_k;     /* 0: all (Fan et al. 2018) */
  float top_p;       /* 1: all; the smallest set of at least this mass (Holtzman et al. 2020) */
  float min_p;       /* 0: all; drop symbols below min_p times the most probable's probability */
  int32_t reject;    /* an id never drawn, or -1; RN_REJECT_UNK (the default) is <unk> in rn_lm_generate and nothing in rn_sample */
  uint64_t seed;
} rn_sampling;
RN_API rn_sampling rn_sampling_default(void);
/* Draws an id from logits [n]; a function of (logits, options, position) alone. scratch [2 n] floats. Errors are none: when everything
 * is cut off the most probable is returned. */
RN_API int32_t rn_sample(const float *logits, int64_t n, const rn_sampling *options, uint64_t position, float *scratch);

/* ---- linear-chain conditional random fields ---- */

/* What rn_crf has of a batch, as arrays. -infinity, anywhere, forbids. K = n_labels. */
typedef struct rn_crf_scores {
  rn_ragged seqs;
  int64_t n_labels;
  const float *emissions;   /* [n_rows, K] */
  const float *transitions; /* [K, K] from, to */
  const float *start, *end; /* [K] or NULL: zero */
} rn_crf_scores;
/* The best labels of each sequence (Viterbi 1967): argmax_y score(y); of equals, the one with the smallest last label, and so on back.
 *   tags [n_rows]
 *   score [n_seqs] or NULL: score(y) of these; with log Z below, their probability is exp(score - log Z)
 * Errors: RN_ERROR_ARGUMENT (a sequence in which every labelling is forbidden, or the scores are not numbers), RN_ERROR_MEMORY. */
RN_API rn_status rn_crf_decode(rn_context *ctx, const rn_crf_scores *scores, int32_t *tags, double *score);
/* p(y_t = k | x), by forward and backward.
 *   p [n_rows, K]   log_z [n_seqs] or NULL
 * Errors: those of rn_crf_decode. */
RN_API rn_status rn_crf_marginals(rn_context *ctx, const rn_crf_scores *scores, float *p, double *log_z);

#ifdef __cplusplus
}
#endif
#endif
