/* lm_kind.c: the kinds of language model. */
#include "tasks/lm_kind.h"
#include "models/model_bilm.h"
#include "tasks/lm_mixture.h"
#include <string.h>

static const rn_lm_kind *const kinds[] = {&rn_lm_kind_recurrent, &rn_lm_kind_nplm, &rn_lm_kind_ngram, &rn_lm_kind_mixture};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static const rn_lm_kind *find(const rn_model *model) {
  for (int i = 0; i < N_KINDS; i++)
    if (strcmp(rn_model_kind(model), kinds[i]->kind) == 0) return kinds[i];
  return NULL;
}

bool rn_lm_is(const rn_model *model) { return find(model) != NULL; }

const rn_lm_kind *rn_lm_kind_of(rn_context *ctx, const rn_model *model) {
  const rn_lm_kind *kind = find(model);
  if (!kind && rn_bilm_is(model))
    rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                    "a language model of one direction is needed; this one reads from both ends, and so has no probability of a text");
  else if (!kind)
    rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a language model is needed; this is a model of kind \"%s\"", rn_model_kind(model));
  return kind;
}
