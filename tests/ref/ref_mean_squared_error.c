/* 1/N sum (a - b)^2 */
#include "ref/ref.h"

void ref_mean_squared_error(const rn_ref *r) {
  int64_t n = ref_size(&r->in[0]);
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += pow(r->in[0].data[i] - r->in[1].data[i], 2);
  r->out[0].data[0] = n ? sum / (double)n : 0;
}
