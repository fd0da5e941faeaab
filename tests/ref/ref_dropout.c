/* y = x / (1 - rate) where the draw u >= rate 2^32, else 0. Draw number k of the stream is word k mod 4 of block k div 4; element (r, c)
 * takes number r D + c (plain), s D + c with s the row's sequence (variational), or r (rows). */
#include "base/random.h"
#include "ref/ref.h"

static int64_t sequence_of(const rn_ragged *seqs, int64_t row) {
  int64_t s = 0;
  while (seqs->offset[s + 1] <= row) s++;
  return s;
}

void ref_dropout(const rn_ref *r) {
  const rn_dropout_attrs *a = r->attrs;
  int64_t n = ref_n_cols(&r->in[0]);
  for (int64_t i = 0; i < ref_size(&r->in[0]); i++) {
    int64_t row = i / n, col = i % n;
    int64_t k = a->kind == RN_DROPOUT_ROWS ? row : a->kind == RN_DROPOUT_VARIATIONAL ? sequence_of(r->seqs, row) * n + col : i;
    uint32_t words[4];
    rn_philox(a->seed, a->stream, (uint64_t)k / 4, words);
    bool keep = words[k % 4] >= (double)a->rate * 4294967296.0;
    r->out[0].data[i] = keep ? r->in[0].data[i] / (1 - (double)a->rate) : 0;
  }
}
