/* model_bilm.h: two language models that read a text from both ends, for their tasks. See <rondo/bilm.h>. */
#ifndef RN_MODELS_MODEL_BILM_H
#define RN_MODELS_MODEL_BILM_H

#include "models/model_lm.h"
#include <rondo/bilm.h>

enum { RN_FORWARD, RN_BACKWARD, RN_N_DIRECTIONS };

/* The language models that a model is made of, each of a text in its own direction: of kind "lm" one, of kind "bilm" RN_N_DIRECTIONS.
 * NULL, and words in the context, for other kinds. */
const rn_lm *rn_lm_directions(rn_context *ctx, const rn_model *model, int *n);

/* Notes in the configuration of these whether every line is a sequence of its own. */
rn_status rn_lm_set_lines(rn_context *ctx, rn_model *model, bool lines);

typedef struct rn_bilm_names {
  const char *embed, *rnn[RN_N_DIRECTIONS], *out; /* out NULL: as rn_lm_names */
} rn_bilm_names;
/* Checks the configuration, and declares the parameters of both directions, direction [RN_N_DIRECTIONS], under these names.
 * Errors: RN_ERROR_ARGUMENT, also for a vocabulary that such a model cannot have. */
rn_status rn_bilm_declare(rn_context *ctx, rn_lm *direction, rn_params *params, const rn_bilm_names *names, const json_t *config,
                          const rn_vocab *vocab);
extern const rn_bilm_names rn_bilm_own_names; /* those in its file */

#endif
