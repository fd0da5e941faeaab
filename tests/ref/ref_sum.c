/* sum of x */
#include "ref/ref.h"

void ref_sum(const rn_ref *r) {
  double sum = 0;
  for (int64_t i = 0; i < ref_size(&r->in[0]); i++) sum += r->in[0].data[i];
  r->out[0].data[0] = sum;
}
