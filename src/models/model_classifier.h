/* model_classifier.h: the classifier, for its tasks. */
#ifndef RN_MODELS_MODEL_CLASSIFIER_H
#define RN_MODELS_MODEL_CLASSIFIER_H

#include "models/bag_ids.h"
#include "models/input.h"
#include "text/label_set.h"
#include <rondo/classifier.h>

#define RN_MAX_CONVOLUTIONS 32

typedef struct rn_classifier_net {
  rn_classifier_config config;
  rn_label_set *labels;
  rn_input input;
  rn_layer_stack rnn;                                              /* rnn, attention */
  rn_layer_linear attention, attention_context;                    /* attention: W and c; u */
  rn_layer_conv1d side[RN_MAX_WIDTHS], above[RN_MAX_CONVOLUTIONS]; /* cnn: by width; the layers after them */
  rn_layer_linear out;
  rn_param *thresholds; /* ordinal: [labels - 1] */
} rn_classifier_net;

/* The layers of a classifier; NULL, and words in the context, when the model is of another kind. */
const rn_classifier_net *rn_classifier_net_of(rn_context *ctx, const rn_model *model);

/* Errors: RN_ERROR_DATA: no labels, or several of a sequence where only MULTI has them. */
rn_status rn_classifier_labels_check(rn_context *ctx, rn_classifier_labels kind, const rn_sequences *sequences);

/* Sequences as a classifier reads them: cut to its greatest length, and encoded, once for all epochs. */
typedef struct rn_classifier_rows {
  rn_ragged parts_of;  /* by sequence of the data: its parts */
  rn_ragged parts;     /* their rows: read */
  int64_t *row;        /* [rows read] which row of the data each is; NULL: all, in order */
  rn_encoded *encoded; /* of the parts; NULL for bags: */
  rn_bag_ids bag;
} rn_classifier_rows;
rn_status rn_classifier_rows_new(rn_context *ctx, const rn_classifier_net *net, const rn_model *model, const rn_sequences *sequences,
                                 rn_classifier_rows **out);
void rn_classifier_rows_free(rn_classifier_rows *reading);

typedef struct rn_classifier_out {
  rn_tensor *scores;    /* [n, labels]; ORDINAL: [n, 1] */
  rn_tensor *attention; /* [rows read, 1]; NULL but for the attention model */
} rn_classifier_out;
/* Sequences pick[0 .. n) on a pass. In training, what is read as <unk> is a function of (seed, position) alone. */
rn_classifier_out rn_classifier_apply(const rn_classifier_net *net, rn_graph *g, const rn_classifier_rows *reading, const int64_t *pick,
                                      int64_t n, uint64_t seed, uint64_t position);

#endif
