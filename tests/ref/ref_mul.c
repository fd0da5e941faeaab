/* y = a b */
#include "ref/ref.h"

void ref_mul(const rn_ref *r) {
  for (int64_t i = 0; i < ref_size(&r->in[0]); i++) r->out[0].data[i] = r->in[0].data[i] * r->in[1].data[i];
}
