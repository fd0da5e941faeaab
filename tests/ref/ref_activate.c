/* y = f(x); gelu is x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))          Hendrycks & Gimpel 2016, the tanh form */
#include "ref/ref.h"

double ref_activation(rn_activation f, double x) {
  switch (f) {
    case RN_TANH: return tanh(x);
    case RN_SIGMOID: return ref_sigmoid(x);
    case RN_RELU: return x > 0 ? x : 0;
    case RN_GELU: return x / 2 * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case RN_EXP: return exp(x);
    case RN_SQUARE: return x * x;
    default: return x;
  }
}

void ref_activate(const rn_ref *r) {
  rn_activation f = ((const rn_activate_attrs *)r->attrs)->act;
  for (int64_t i = 0; i < ref_size(&r->in[0]); i++) r->out[0].data[i] = ref_activation(f, r->in[0].data[i]);
}
