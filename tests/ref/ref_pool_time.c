/* y[s] = the last, the mean or the maximum of x[r] over the rows r of sequence s; zero when it has none */
#include "ref/ref.h"

void ref_pool_time(const rn_ref *r) {
  rn_pooling how = ((const rn_pool_time_attrs *)r->attrs)->how;
  int64_t n = ref_n_cols(&r->in[0]);
  for (int64_t s = 0; s < r->seqs->n_seqs; s++)
    for (int64_t i = 0; i < n; i++) {
      double y = 0;
      int64_t first = r->seqs->offset[s], end = r->seqs->offset[s + 1];
      for (int64_t row = first; row < end; row++) {
        double x = r->in[0].data[row * n + i];
        if (how == RN_MEAN) y += x / (double)(end - first);
        else if (how == RN_LAST || row == first || x > y) y = x;
      }
      r->out[0].data[s * n + i] = y;
    }
}
