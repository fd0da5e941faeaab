/* y[r][i] = x[r][first + i] */
#include "ref/ref.h"

void ref_slice(const rn_ref *r) {
  const rn_slice_attrs *a = r->attrs;
  for (int64_t row = 0; row < ref_n_rows(&r->in[0]); row++)
    for (int64_t i = 0; i < a->count; i++) r->out[0].data[row * a->count + i] = r->in[0].data[row * ref_n_cols(&r->in[0]) + a->first + i];
}
