/* model_tagger.h: a label for every row, for its tasks. See <rondo/tagger.h>. */
#ifndef RN_MODELS_MODEL_TAGGER_H
#define RN_MODELS_MODEL_TAGGER_H

#include "models/input.h"
#include "models/tagger_labels.h"
#include <rondo/tagger.h>

typedef struct rn_tagger_model {
  rn_tagger_config config;
  rn_input input;
  rn_tagger_labels labels;
  rn_layer_stack rnn;
  rn_layer_linear out;
  rn_param *transitions, *start, *end; /* CRF: "crf.transitions" [K, K], "crf.start", "crf.end" [K], K tags */
  float *mask;                         /* of a CRF over chunks, what the scheme forbids: [K, K], [K], [K]; else NULL */
} rn_tagger_model;

/* The layers of a tagger; NULL, and words in the context, when the model is of another kind. */
const rn_tagger_model *rn_tagger_of(rn_context *ctx, const rn_model *model);

/* s_t of the rows of sequences pick[0 .. n): [n_rows, K]. seed, position: of rn_input_apply. */
rn_tensor *rn_tagger_emissions(const rn_tagger_model *m, rn_graph *g, const rn_encoded *encoded, const int64_t *pick, int64_t n,
                               uint64_t seed, uint64_t position);
/* The same of rows whose shares of the first layer's input are given, share[row[r]] (nn/shares.h). */
rn_tensor *rn_tagger_emissions_of_shares(const rn_tagger_model *m, rn_graph *g, rn_tensor *share, const int32_t *row,
                                         const rn_ragged *seqs);
/* The transitions, start and end of a CRF with what is forbidden. */
typedef struct rn_tagger_chain {
  rn_tensor *transitions, *start, *end;
} rn_tagger_chain;
rn_tagger_chain rn_tagger_chain_of(const rn_tagger_model *m, rn_graph *g);
/* -log p(tags | x) by row, its mean. tags [n_rows]. */
rn_tensor *rn_tagger_loss(const rn_tagger_model *m, rn_graph *g, rn_tensor *emissions, const int32_t *tags);

#endif
