/* y = a + b; b of a's shape, or one row added to every row */
#include "ref/ref.h"

void ref_add(const rn_ref *r) {
  for (int64_t i = 0; i < ref_size(&r->in[0]); i++) r->out[0].data[i] = r->in[0].data[i] + r->in[1].data[i % ref_size(&r->in[1])];
}
