/* touched.c: the gradient of a table of which a step reads a few rows. */
#include "ops/touched.h"
#include <string.h>

/* Whether a row is new can not be predicted, so there is no branch: touched[] has room for one more. */
void rn_param_touch(rn_param *p, const int32_t *ids, int64_t n, int32_t *at) {
  int32_t n_touched = (int32_t)p->n_touched;
  for (int64_t i = 0; i < n; i++) {
    int32_t place = p->place[ids[i]];
    p->touched[n_touched] = ids[i]; /* stays when it is new */
    n_touched += !place;
    place = place ? place : n_touched;
    p->place[ids[i]] = place;
    at[i] = place - 1;
  }
  p->n_touched = n_touched;
}

static void swap_rows(float *a, float *b, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    float t = a[i];
    a[i] = b[i];
    b[i] = t;
  }
}

/* In place: row i changes with the row of its destination until what lies there belongs there, or is empty (-1). Rows from n_touched on
 * are zero, and are empty until they are reached, which is once. */
void rn_param_spread_grad(rn_param *p) {
  if (!p->sparse || p->n_touched < 0) return;
  int64_t cols = rn_tensor_cols(&p->tensor);
  int32_t *to = p->touched, n = (int32_t)p->n_touched;
  float *grad = p->tensor.grad;
  for (int32_t i = 0; i < n; i++)
    while (to[i] >= 0 && to[i] != i) {
      int32_t there = to[i], next = there < n ? to[there] : -1;
      swap_rows(grad + i * cols, grad + there * cols, cols);
      if (there < n) to[there] = there;
      to[i] = next;
    }
  p->n_touched = -1;
}
