/* y[s][i] = b + sum_k W[., ., k] x[s][i stride + (k - before) dilation], where that row is one of sequence s */
#include "ref/ref.h"

void ref_conv1d(const rn_ref *r) {
  const rn_conv1d_attrs *a = r->attrs;
  int64_t n_out = r->in[1].shape[0], n_in = r->in[1].shape[1], width = r->in[1].shape[2];
  int64_t before = a->causal ? width - 1 : (width - 1) / 2;
  double *y = r->out[0].data;
  for (int64_t s = 0; s < r->seqs->n_seqs; s++) {
    int64_t first = r->seqs->offset[s], length = r->seqs->offset[s + 1] - first;
    for (int64_t i = 0; i * a->stride < length; i++, y += n_out)
      for (int64_t o = 0; o < n_out; o++) {
        y[o] = r->in[2].data ? r->in[2].data[o] : 0;
        for (int64_t k = 0; k < width; k++) {
          int64_t t = i * a->stride + (k - before) * a->dilation;
          for (int64_t c = 0; c < n_in && t >= 0 && t < length; c++)
            y[o] += r->in[1].data[(o * n_in + c) * width + k] * r->in[0].data[(first + t) * n_in + c];
        }
      }
  }
}
