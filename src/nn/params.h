/* params.h: what is inside a parameter set, for the floors above. */
#ifndef RN_NN_PARAMS_H
#define RN_NN_PARAMS_H

#include "base/random.h"
#include "tensor/context.h"
#include <rondo/nn.h>

/* Declares nothing more and makes rn_params_build fail with these words. For layers whose options make no sense. */
void rn_params_fail(rn_params *params, const char *format, ...) RN_PRINTF(2, 3);
/* The status of the declarations so far, recorded in the context. */
rn_status rn_params_check(rn_params *params);

/* Instead of rn_params_build, for a set that will only be run: parameter i takes its values from memory that outlives the set ... */
void rn_params_borrow(rn_params *params, int64_t i, const float *values);
/* ... or from uninitialised memory of its own, to be filled by the caller; NULL when out of memory. */
float *rn_params_own(rn_params *params, int64_t i);

/* Draws the initial values of a parameter: a function of (seed, name) alone. false: out of memory. */
bool rn_param_draw(rn_param *param, uint64_t seed);

/* The rule for biases: a plain uniform recipe covers them as well (as in Zaremba et al. 2014), any other leaves them at zero;
 * RN_INIT_DEFAULT gives `fallback`. */
rn_init rn_init_for_bias(rn_init weights, rn_init fallback);

#endif
