/* order.h: a ragged batch in the order of time: sequences longest first, rows step after step, so that the rows of a step are the
 * first so many sequences, next to each other. */
#ifndef RN_KERNELS_ORDER_H
#define RN_KERNELS_ORDER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rn_order {
  int64_t n_seqs, n_rows, n_steps; /* n_steps: the longest sequence */
  int32_t *seq;    /* [n_seqs] the caller's sequence; ties keep the caller's order */
  int32_t *start;  /* [n_steps + 1] first row of a step */
  int32_t *row;    /* [n_rows] the caller's row */
  int32_t *before; /* [n_rows] the state before, as a row of a buffer of states: n_seqs initial ones, then one after each row */
} rn_order;

/* n_seqs, n_rows and n_steps, from which the arrays are sized. */
rn_order rn_order_sizes(int64_t n_seqs, const int64_t *offset);
/* Fills the four arrays, which the caller has set. reverse: a sequence begins at its last row. */
void rn_order_fill(rn_order *order, const int64_t *offset, bool reverse);

static inline int64_t rn_order_active(const rn_order *o, int64_t step) { return o->start[step + 1] - o->start[step]; }
/* Row of a buffer of states where the states before a step begin. */
static inline int64_t rn_order_before(const rn_order *o, int64_t step) { return step ? o->n_seqs + o->start[step - 1] : 0; }

#endif
