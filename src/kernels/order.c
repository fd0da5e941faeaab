#include "kernels/order.h"

rn_order rn_order_sizes(int64_t n_seqs, const int64_t *offset) {
  rn_order o = {.n_seqs = n_seqs, .n_rows = n_seqs ? offset[n_seqs] - offset[0] : 0};
  for (int64_t s = 0; s < n_seqs; s++) {
    int64_t length = offset[s + 1] - offset[s];
    if (length > o.n_steps) o.n_steps = length;
  }
  return o;
}

void rn_order_fill(rn_order *o, const int64_t *offset, bool reverse) {
  /* A counting sort by length, in `start`: first start[l] = how many sequences are longer than l, that is, where those of length l go
   * and how many rows step l has. */
  for (int64_t l = 0; l <= o->n_steps; l++) o->start[l] = 0;
  for (int64_t s = 0; s < o->n_seqs; s++) {
    int64_t length = offset[s + 1] - offset[s];
    if (length > 0) o->start[length - 1]++;
  }
  for (int64_t l = o->n_steps - 1; l > 0; l--) o->start[l - 1] += o->start[l];
  /* Placing a sequence of length l moves start[l] on, to the end of its kind, which is what start[l - 1] was. */
  for (int64_t s = 0; s < o->n_seqs; s++) o->seq[o->start[offset[s + 1] - offset[s]]++] = (int32_t)s;
  /* So now start[l] = how many are longer than l - 1; the sum of these is the first row of the step after. */
  int32_t first = 0;
  for (int64_t t = 1; t <= o->n_steps; t++) {
    int32_t active = o->start[t];
    o->start[t - 1] = first;
    first += active;
  }
  o->start[o->n_steps] = first;
  for (int64_t t = 0; t < o->n_steps; t++)
    for (int64_t i = 0; i < rn_order_active(o, t); i++) {
      int64_t s = o->seq[i], at = o->start[t] + i;
      o->row[at] = (int32_t)(reverse ? offset[s + 1] - 1 - t : offset[s] + t);
      o->before[at] = (int32_t)(rn_order_before(o, t) + i);
    }
}
