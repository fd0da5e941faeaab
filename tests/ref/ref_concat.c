/* y[r] = x_0[r], then x_1[r], ... */
#include "ref/ref.h"

void ref_concat(const rn_ref *r) {
  double *y = r->out[0].data;
  for (int64_t row = 0; row < ref_n_rows(&r->in[0]); row++)
    for (int p = 0; p < ((const rn_concat_attrs *)r->attrs)->n; p++)
      for (int64_t i = 0; i < ref_n_cols(&r->in[p]); i++) *y++ = r->in[p].data[row * ref_n_cols(&r->in[p]) + i];
}
