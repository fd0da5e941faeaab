/* layer_linear.c: y = act(x W^T + b). */
#include "nn/params.h"
#include <math.h>
#include <stdio.h>

void rn_layer_linear_init(rn_layer_linear *l, rn_params *p, const char *name, int64_t n_in, int64_t n_out, bool bias, rn_init init,
                          rn_param *tied) {
  char full[256];
  rn_init weights = init;
  if (init.kind == RN_INIT_DEFAULT) weights = (rn_init){.kind = RN_INIT_UNIFORM, .scale = 1 / sqrtf((float)n_in)};
  *l = (rn_layer_linear){.weight = tied};
  if (tied) {
    tied->sparse = false; /* as a weight, every row has a gradient */
  } else {
    snprintf(full, sizeof full, "%s.weight", name);
    l->weight = rn_params_add(p, full, 2, (int64_t[]){n_out, n_in}, weights);
  }
  if (!bias) return;
  snprintf(full, sizeof full, "%s.bias", name);
  l->bias = rn_params_add(p, full, 1, (int64_t[]){n_out}, rn_init_for_bias(init, weights));
}

rn_tensor *rn_layer_linear_apply(const rn_layer_linear *l, rn_graph *g, rn_tensor *x, rn_activation act) {
  return rn_linear(g, x, &l->weight->tensor, l->bias ? &l->bias->tensor : NULL, act);
}
