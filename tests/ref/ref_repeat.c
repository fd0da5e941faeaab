/* y[r] = row */
#include "ref/ref.h"

void ref_repeat(const rn_ref *r) {
  int64_t n = ref_size(&r->in[0]);
  for (int64_t i = 0; i < ref_size(&r->out[0]); i++) r->out[0].data[i] = r->in[0].data[i % n];
}
