/* cpu_crf.h: what the two ways of going through a chain share: in scaled probabilities (cpu_crf.c), and in logarithms (cpu_crf_log.c)
 * where probabilities would underflow. */
#ifndef RN_KERNELS_CPU_CRF_H
#define RN_KERNELS_CPU_CRF_H

#include "kernels/backend.h"
#include "kernels/cpu/vec.h"

/* Rows of K doubles are ld long: whole vectors, zeros behind. */
typedef struct crf {
  const rn_chain *chain;
  int64_t K, ld, n_pieces;
  bool tame;                    /* no transition, start or end is so unlikely that a product with it could underflow */
  double top, top_start, top_end; /* the largest transition, start, end */
  double *A, *A_t;              /* [K, ld] e^(transition - top), and its transpose */
  double *S, *F;                /* [ld] e^(start - top_start), e^(end - top_end) */
  double *alpha, *w;            /* [n_rows, ld] */
  double *sums;                 /* [n_pieces] of crf_sums */
} crf;

/* What one piece of the batch adds up, and its own rows. */
typedef struct crf_sums {
  double *pairs;              /* [K, ld] sum of alpha_t[i] w_{t+1}[j]: expected transitions but for A[i, j] */
  double *transition;         /* [K, ld] the rest of them, less those of the targets */
  double *start, *end;        /* [ld] */
  double *beta, *row;         /* [ld] scratch */
} crf_sums;

/* d log Z / d emission of a row, less the target's one: what the chain is asked for, when it is. */
RN_INLINE void crf_put(const crf *c, int64_t r, const double *p) {
  if (!c->chain->demission) return;
  float *out = c->chain->demission + r * c->K;
  for (int64_t k = 0; k < c->K; k++) out[k] = (float)p[k];
  if (c->chain->target) out[c->chain->target[r]] = (float)(p[c->chain->target[r]] - 1);
}

/* log Z of the rows first .. first + length - 1 (length > 0), their marginals, their transitions added to sums->transition. */
double RN_K(crf_log)(const crf *c, int64_t first, int64_t length, const crf_sums *sums);

#endif
