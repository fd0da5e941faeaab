/* y[s] = the sum of w[j] table[id[j]] over the ids of sequence s, or that sum divided by how many they are */
#include "ref/ref.h"

void ref_embedding_bag(const rn_ref *r) {
  const rn_embedding_bag_attrs *a = r->attrs;
  int64_t n = ref_n_cols(&r->in[0]);
  for (int64_t s = 0; s < a->seqs->n_seqs; s++)
    for (int64_t i = 0; i < n; i++) {
      double y = 0;
      int64_t first = a->seqs->offset[s], end = a->seqs->offset[s + 1];
      for (int64_t j = first; j < end; j++) y += (r->in[1].data ? r->in[1].data[j] : 1) * r->in[0].data[r->ids[j] * n + i];
      r->out[0].data[s * n + i] = a->how == RN_BAG_MEAN && end > first ? y / (double)(end - first) : y;
    }
}
