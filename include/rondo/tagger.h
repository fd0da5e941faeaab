/* tagger.h: a label for every row of a sequence: names, parts of speech, genes.      Huang et al. 2015, Lample et al. 2016, Ma & Hovy 2016
 *
 *     x_t = input (input.h),    h = stack(dropout(x)),    s_t = W dropout(h_t) + b
 *     p(y | x) = softmax(s_t)[y_t] for each t, or that of a CRF over s (rn_crf)
 */
#ifndef RONDO_TAGGER_H
#define RONDO_TAGGER_H

#include <rondo/input.h>
#include <rondo/metrics.h>
#include <rondo/tags.h>
#include <rondo/train.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_tagger_scheme {
  RN_TAGGER_SCHEME_AUTO, /* IOBES where the labels are chunks, NONE elsewhere */
  RN_TAGGER_SCHEME_NONE, /* labels as they stand in the data, all transitions allowed */
  RN_TAGGER_SCHEME_IOB1, RN_TAGGER_SCHEME_IOB2, RN_TAGGER_SCHEME_IOBES, /* chunks are learned written so, and answered as in the data */
} rn_tagger_scheme;

typedef struct rn_tagger_config {
  rn_input_config input;
  rn_stack_options stack; /* n_in is set from the input */
  bool crf;               /* else softmax by row */
  rn_tagger_scheme scheme;
  float dropout_input, dropout_output;
  rn_init init;           /* of every weight; RN_INIT_DEFAULT: by layer */
} rn_tagger_config;
/* Words: embedding 100, letters by LSTM 25 + 25, casing 8, one bidirectional LSTM of 100 + 100, CRF, dropout 0.5. Others: no dropout. */
RN_API rn_tagger_config rn_tagger_config_default(rn_input_kind input);

/* A model with drawn weights, whose vocabulary and labels are those of the training part. building NULL: all words, no vectors.
 * Errors: RN_ERROR_DATA (a single label, no labels), RN_ERROR_ARGUMENT, RN_ERROR_MEMORY. */
RN_API rn_status rn_tagger_new(rn_context *ctx, const rn_tagger_config *config, const rn_sequences *train,
                               const rn_input_building *building, uint64_t seed, rn_model **out);
/* What rn_tagger_new was given, read back. Errors: RN_ERROR_ARGUMENT, the model is not a tagger. */
RN_API rn_status rn_tagger_config_of(rn_context *ctx, const rn_model *model, rn_tagger_config *out);
/* The labels of its answers, as the data writes them, by id. Of a tagger. */
RN_API int64_t rn_tagger_n_labels(const rn_model *model);
RN_API const char *rn_tagger_label(const rn_model *model, int64_t id);
RN_API bool rn_tagger_has_spans(const rn_model *model); /* the labels are chunks */

typedef struct rn_tagger_data {
  const rn_sequences *train, *valid; /* valid NULL: no validation. Validated by span F1 where labels are chunks, else by accuracy */
  int64_t batch;                     /* sequences of a step */
  bool reverse_complement;           /* DNA: half of the training sequences, drawn anew each epoch, are read on the other strand */
  const char *swap_labels;           /* letters exchanged there, in pairs, "Cc"; NULL: none */
  uint64_t seed;
} rn_tagger_data;
/* The task that rn_train runs; the sequences must outlive it. Free with rn_tagger_task_free. Errors: RN_ERROR_DATA: labels that cannot be
 * encoded, with their line. */
RN_API rn_status rn_tagger_task_new(rn_context *ctx, rn_model *model, const rn_tagger_data *data, rn_task **out);
RN_API void rn_tagger_task_free(rn_task *task);

/* A tagger at work: one per thread, over a model that all may share. */
typedef struct rn_tagger rn_tagger;
RN_API rn_status rn_tagger_open(rn_context *ctx, const rn_model *model, rn_tagger **out);
RN_API void rn_tagger_free(rn_tagger *tagger);
/* Labels every row, in batches.
 *   labels      [n_rows]
 *   probability [n_rows, n_labels] or NULL: p(y_t | x), of the CRF by forward and backward. A tag of another scheme than the data's
 *               counts for the label that it most often is, that of the answer for the answer: their sum is 1 */
RN_API rn_status rn_tagger_run(rn_tagger *tagger, const rn_sequences *sequences, int32_t *labels, float *probability);
/* The same for one sentence. */
RN_API rn_status rn_tagger_words(rn_tagger *tagger, const rn_string *words, int64_t n, int32_t *labels, float *probability);

typedef struct rn_tagger_scores {
  int64_t n_labels;         /* of the model, and after them those that only the data has */
  const char *const *names; /* [n_labels] */
  int64_t n_model_labels;
  int64_t *confusion;       /* [n_labels, n_labels] expected, predicted */
  rn_tag_set *tags;         /* of names; NULL where the labels are no chunks */
  rn_span_scores *spans;    /* NULL where the labels are no chunks */
  int64_t n_rows, n_unknown; /* rows, and words that are not in the vocabulary, even folded */
  double accuracy;
  rn_interval interval;     /* of F1, or accuracy, over sequences */
  void *owner;              /* private */
} rn_tagger_scores;
/* How good it is on labelled sequences. Free with rn_tagger_scores_free. */
RN_API rn_status rn_tagger_eval(rn_tagger *tagger, const rn_sequences *sequences, rn_tagger_scores **out);
RN_API void rn_tagger_scores_free(rn_tagger_scores *scores);

#define RN_TAGGER_BASELINE_BASES 9
/* The trivial baseline: how good the label is that a row's symbol x most often had in training, whatever else stands around it.
 *
 *     y = argmax_y n(x, y),     of equal ones the smaller id;     of an x that training had not, argmax_y n(y)
 *
 *   words           x is the word as the model looks it up; one that is not in its vocabulary was not seen
 *   DNA             x is the k bases around, (k - 1) / 2 before and k / 2 behind; near an end, those of them that there are, which count
 *                   wherever they stand so around a base of the training sequences. All letters for sets of bases are one more base
 *   series, frames  there is no x
 *
 * k: of DNA, 1 .. 31; 0: RN_TAGGER_BASELINE_BASES. Labels of train that the model lacks are not counted. Free with rn_tagger_scores_free.
 * Errors: RN_ERROR_ARGUMENT (no tagger; sequences of another kind; k), RN_ERROR_DATA (no labels), RN_ERROR_MEMORY. */
RN_API rn_status rn_tagger_baseline(rn_context *ctx, const rn_model *model, const rn_sequences *train, const rn_sequences *sequences,
                                    int64_t k, rn_tagger_scores **out);

#ifdef __cplusplus
}
#endif
#endif
