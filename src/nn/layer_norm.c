/* layer_norm.c: by row, (x - mean) / sqrt(var + eps) * weight + bias.                                      Ba et al. 2016 */
#include "nn/params.h"
#include <stdio.h>

void rn_layer_norm_init(rn_layer_norm_layer *l, rn_params *p, const char *name, int64_t dim) {
  char full[256];
  snprintf(full, sizeof full, "%s.weight", name);
  l->weight = rn_params_add(p, full, 1, &dim, (rn_init){.kind = RN_INIT_ONE});
  snprintf(full, sizeof full, "%s.bias", name);
  l->bias = rn_params_add(p, full, 1, &dim, (rn_init){.kind = RN_INIT_ZERO});
}

rn_tensor *rn_layer_norm_apply(const rn_layer_norm_layer *l, rn_graph *g, rn_tensor *x) {
  return rn_layer_norm(g, x, &l->weight->tensor, &l->bias->tensor, 1e-5f);
}
