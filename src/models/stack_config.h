/* stack_config.h: recurrent stacks and initialisations in a model's configuration. */
#ifndef RN_MODELS_STACK_CONFIG_H
#define RN_MODELS_STACK_CONFIG_H

#include "base/json.h"
#include "tensor/context.h"
#include <rondo/nn.h>

/* A new object {"cell", "layers", "hidden", ...}, to which a model adds its own keys; NULL when out of memory. n_in is not in it: it
 * follows from what feeds the stack. */
json_t *rn_stack_config_new(const rn_stack_options *options);
/* Reads it back. Errors: RN_ERROR_ARGUMENT for a name that does not exist; sizes are checked by rn_layer_stack_init. */
rn_status rn_stack_config_read(rn_context *ctx, const json_t *config, int64_t n_in, rn_stack_options *out);

json_t *rn_init_config_new(rn_init init);
/* json NULL: the default. */
rn_status rn_init_config_read(rn_context *ctx, const json_t *json, rn_init *out);

#endif
