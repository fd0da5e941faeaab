/* y = gamma sum_j a_j x_j,  a = softmax(s);  in: s, gamma, x_0, x_1, ... */
#include "ref/ref.h"
#include <math.h>

void ref_mix(const rn_ref *r) {
  const double *s = r->in[0].data, gamma = r->in[1].data[0];
  int n = ((const rn_mix_attrs *)r->attrs)->n;
  double sum = 0;
  for (int j = 0; j < n; j++) sum += exp(s[j]);
  for (int64_t i = 0; i < ref_size(&r->out[0]); i++) {
    double y = 0;
    for (int j = 0; j < n; j++) y += exp(s[j]) / sum * r->in[2 + j].data[i];
    r->out[0].data[i] = gamma * y;
  }
}
