/* classifier_config.h: the configuration of a classifier, as JSON and back. */
#ifndef RN_MODELS_CLASSIFIER_CONFIG_H
#define RN_MODELS_CLASSIFIER_CONFIG_H

#include "base/json.h"
#include "tensor/context.h"
#include <rondo/classifier.h>

/* A new object, without the input and the names of the labels; NULL when out of memory. */
json_t *rn_classifier_config_to_json(const rn_classifier_config *config);
/* Reads it back and checks every number; the input is left alone. Errors: RN_ERROR_ARGUMENT. */
rn_status rn_classifier_config_from_json(rn_context *ctx, const json_t *json, rn_classifier_config *out);
/* What a kind can not read. Errors: RN_ERROR_ARGUMENT. */
rn_status rn_classifier_input_check(rn_context *ctx, const rn_classifier_config *config);

#endif
