/* classifier.h: labels for a whole sequence: the stars of a review, the kind of a heartbeat, a promoter.
 *
 *     bag:        v = mean of the embeddings of words and n-grams                          Joulin et al. 2017
 *     rnn:        v = last, mean or largest of h over time,  h = stack(x)                  x = input (input.h)
 *     attention:  v = sum_t a_t h_t,  a = softmax_t(u tanh(W h_t + c))                     Yang et al. 2016
 *     cnn:        v = [largest or mean over time of act(conv_k(x))] for each width k       Kim 2014
 *     scores      s = W_out dropout(v) + b_out
 */
#ifndef RONDO_CLASSIFIER_H
#define RONDO_CLASSIFIER_H

#include <rondo/input.h>
#include <rondo/metrics.h>
#include <rondo/train.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_classifier_kind { RN_CLASSIFIER_BAG, RN_CLASSIFIER_RNN, RN_CLASSIFIER_ATTENTION, RN_CLASSIFIER_CNN } rn_classifier_kind;
RN_API const char *rn_classifier_kind_name(rn_classifier_kind kind); /* "bag", "rnn", "attention", "cnn" */
RN_API bool rn_classifier_kind_parse(const char *name, rn_classifier_kind *out);

typedef enum rn_classifier_labels {
  RN_LABELS_SINGLE,  /* one of several: softmax */
  RN_LABELS_MULTI,   /* any number: a sigmoid each (rn_sigmoid_cross_entropy); answered where p >= 1/2 */
  RN_LABELS_ORDINAL, /* steps of a scale, in the order of their numbers or names (rn_ordinal) */
} rn_classifier_labels;
RN_API const char *rn_classifier_labels_name(rn_classifier_labels labels); /* "single", "multi", "ordinal" */
RN_API bool rn_classifier_labels_parse(const char *name, rn_classifier_labels *out);

/* What is read of a sequence longer than max_length rows. */
typedef enum rn_long {
  RN_LONG_HEAD,    /* the first rows */
  RN_LONG_ENDS,    /* the first and the last half as many */
  RN_LONG_WINDOWS, /* all, in parts of equal length of at most max_length; the scores of a sequence are the mean of its parts' */
} rn_long;
RN_API const char *rn_long_name(rn_long how); /* "head", "ends", "windows" */
RN_API bool rn_long_parse(const char *name, rn_long *out);

#define RN_MAX_WIDTHS 8

typedef struct rn_classifier_config {
  rn_classifier_kind kind;
  rn_classifier_labels labels;
  rn_input_config input;
  int64_t max_length; /* rows of a sequence; 0: any */
  rn_long long_how;
  /* bag: words, runs of up to word_ngrams words, and runs of letters of each word, min_subword to max_subword long (0: none), hashed
   * into `buckets` rows of the same table as fastText does. Its width is input.embed. */
  int64_t word_ngrams, min_subword, max_subword, buckets;
  /* rnn, attention */
  rn_stack_options stack; /* n_in is set from the input */
  rn_pooling pooling;     /* rnn, and cnn (max or mean) */
  /* cnn: n_widths convolutions side by side, of n_filters each; then n_layers - 1 further ones of width 3 on all of them */
  int64_t widths[RN_MAX_WIDTHS], n_widths, n_filters, n_layers;
  float dropout_input, dropout_output;
  rn_init init; /* of every weight; RN_INIT_DEFAULT: by layer */
} rn_classifier_config;
RN_API rn_classifier_config rn_classifier_config_default(rn_classifier_kind kind, rn_input_kind input);

/* A model with drawn weights, whose vocabulary, labels, mean and deviation are those of the training part. building NULL: all words,
 * no vectors. Errors: RN_ERROR_DATA (a single label, no labels; several labels of a sequence where only MULTI has them),
 * RN_ERROR_ARGUMENT, RN_ERROR_MEMORY. */
RN_API rn_status rn_classifier_new(rn_context *ctx, const rn_classifier_config *config, const rn_sequences *train,
                                   const rn_input_building *building, uint64_t seed, rn_model **out);
RN_API rn_status rn_classifier_config_of(rn_context *ctx, const rn_model *model, rn_classifier_config *out);
RN_API int64_t rn_classifier_n_labels(const rn_model *model);
RN_API const char *rn_classifier_label(const rn_model *model, int64_t id);

typedef struct rn_classifier_data {
  const rn_sequences *train, *valid; /* valid NULL: no validation. By accuracy; MULTI by micro F1; ORDINAL by mean absolute error */
  int64_t batch;                     /* sequences of a step */
  bool balance;                      /* SINGLE: classes weigh as much as each other; MULTI: those with a label as much as those without */
  bool reverse_complement;           /* DNA: half of the training sequences, drawn anew each epoch, are read on the other strand */
  uint64_t seed;
} rn_classifier_data;
/* The task that rn_train runs; the sequences must outlive it. Free with rn_classifier_task_free. */
RN_API rn_status rn_classifier_task_new(rn_context *ctx, rn_model *model, const rn_classifier_data *data, rn_task **out);
RN_API void rn_classifier_task_free(rn_task *task);

/* A classifier at work: one per thread, over a model that all may share. */
typedef struct rn_classifier rn_classifier;
RN_API rn_status rn_classifier_open(rn_context *ctx, const rn_model *model, rn_classifier **out);
RN_API void rn_classifier_free(rn_classifier *classifier);
/* p(label | sequence), in batches. MULTI: each label on its own.
 *   probability [n_seqs, n_labels]
 *   attention   [n_rows] or NULL: of the attention model a_t, 0 for rows not read; of others an error (RN_ERROR_ARGUMENT) */
RN_API rn_status rn_classifier_run(rn_classifier *classifier, const rn_sequences *sequences, float *probability, float *attention);
/* The same for one text, cut as the training data was. */
RN_API rn_status rn_classifier_text(rn_classifier *classifier, const char *text, size_t size, float *probability);
/* The answer to a row of probabilities: the likeliest label; ORDINAL: the median step. */
RN_API int64_t rn_classifier_answer(const rn_model *model, const float *probability);

typedef struct rn_classifier_scores {
  int64_t n_labels;         /* of the model, and after them those that only the data has */
  const char *const *names; /* [n_labels] */
  int64_t n_model_labels;
  int64_t *confusion;       /* [n_labels, n_labels] expected, predicted; NULL for MULTI */
  rn_counts *labels;        /* [n_labels] */
  int64_t n;                /* sequences */
  double accuracy;          /* MULTI: exactly the right labels */
  double nats;              /* mean of -log p(expected) over those whose labels the model has */
  rn_ordinal_score ordinal; /* where all names are numbers, else NaN */
  double roc_auc;           /* of two labels: that of the second; of more: the mean over labels; NaN where there is none */
  rn_interval interval;     /* of the accuracy, MULTI: of the micro F1, over sequences */
  void *owner;              /* private */
} rn_classifier_scores;
/* How good it is on labelled sequences. Free with rn_classifier_scores_free. */
RN_API rn_status rn_classifier_eval(rn_classifier *classifier, const rn_sequences *sequences, rn_classifier_scores **out);
RN_API void rn_classifier_scores_free(rn_classifier_scores *scores);

#ifdef __cplusplus
}
#endif
#endif
