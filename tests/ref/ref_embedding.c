/* y[r] = table[id[r]] */
#include "ref/ref.h"

void ref_embedding(const rn_ref *r) {
  int64_t n = ref_n_cols(&r->in[0]);
  for (int64_t row = 0; row < r->n_ids; row++)
    for (int64_t i = 0; i < n; i++) r->out[0].data[row * n + i] = r->in[0].data[r->ids[row] * n + i];
}
