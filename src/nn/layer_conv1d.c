/* layer_conv1d.c: y_i = act(b + sum_k W_k x_{i + k - p}), with the initial values of torch.nn.Conv1d. */
#include "nn/params.h"
#include <math.h>
#include <stdio.h>

void rn_layer_conv1d_init(rn_layer_conv1d *l, rn_params *p, const char *name, int64_t n_in, int64_t n_out, int64_t width, rn_init init) {
  char full[256];
  rn_init torch = {.kind = RN_INIT_UNIFORM, .scale = 1 / sqrtf((float)(n_in * width))};
  snprintf(full, sizeof full, "%s.weight", name);
  l->weight = rn_params_add(p, full, 3, (int64_t[]){n_out, n_in, width}, init.kind == RN_INIT_DEFAULT ? torch : init);
  snprintf(full, sizeof full, "%s.bias", name);
  l->bias = rn_params_add(p, full, 1, (int64_t[]){n_out}, rn_init_for_bias(init, torch));
}

rn_tensor *rn_layer_conv1d_apply(const rn_layer_conv1d *l, rn_graph *g, rn_tensor *x, const rn_conv1d_options *options) {
  return rn_conv1d(g, x, &l->weight->tensor, &l->bias->tensor, options);
}
