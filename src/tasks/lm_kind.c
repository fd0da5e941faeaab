/* lm_kind.c: the kinds of language model. */
#include "tasks/lm_kind.h"
#include <string.h>

static const rn_lm_kind *const kinds[] = {&rn_lm_kind_recurrent};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

const rn_lm_kind *rn_lm_kind_of(rn_context *ctx, const rn_model *model) {
  const char *kind = rn_model_kind(model);
  for (int i = 0; i < N_KINDS; i++)
    if (strcmp(kind, kinds[i]->kind) == 0) return kinds[i];
  rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a language model is needed; this is a model of kind \"%s\"", kind);
  return NULL;
}
