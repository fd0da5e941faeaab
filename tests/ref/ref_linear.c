/* y[r][o] = act(sum_i x[r][i] W[o][i] + b[o]) */
#include "ref/ref.h"

void ref_linear(const rn_ref *r) {
  int64_t n = ref_n_rows(&r->in[0]), n_in = ref_n_cols(&r->in[0]), n_out = r->in[1].shape[0];
  for (int64_t row = 0; row < n; row++)
    for (int64_t o = 0; o < n_out; o++) {
      double z = r->in[2].data ? r->in[2].data[o] : 0;
      for (int64_t i = 0; i < n_in; i++) z += r->in[0].data[row * n_in + i] * r->in[1].data[o * n_in + i];
      r->out[0].data[row * n_out + o] = ref_activation(((const rn_linear_attrs *)r->attrs)->act, z);
    }
}
