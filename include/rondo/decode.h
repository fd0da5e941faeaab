/* decode.h: from scores to symbols. */
#ifndef RONDO_DECODE_H
#define RONDO_DECODE_H

#include <rondo/base.h>

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

#ifdef __cplusplus
}
#endif
#endif
