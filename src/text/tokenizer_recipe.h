/* tokenizer_recipe.h: the steps around the model of a tokenizer that is to be trained, as tokenizer.json says them. */
#ifndef RN_TEXT_TOKENIZER_RECIPE_H
#define RN_TEXT_TOKENIZER_RECIPE_H

#include "base/json.h"
#include "text/word_counts.h"

#define RN_WORD_END "</w>"
#define RN_CONTINUES "##"

/* What the options leave out, by type. Errors: RN_ERROR_ARGUMENT where they make no sense. */
rn_status rn_recipe_complete(rn_context *ctx, const rn_tokenizer_options *options, rn_tokenizer_options *out);
/* The special token that stands for what is not known, or NULL. */
const char *rn_recipe_unknown(const rn_tokenizer_options *options);
/* The whole file; the model is taken over. NULL when out of memory. */
json_t *rn_recipe_json(const rn_tokenizer_options *options, json_t *model);

#endif
