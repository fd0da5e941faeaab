/* evaluation.h: how good a tagger or classifier is on labelled sequences, for people, scripts and pages. */
#ifndef CLI_EVALUATION_H
#define CLI_EVALUATION_H

#include "cli.h"

/* One of the two. */
typedef struct evaluation {
  rn_tagger_scores *tagger;
  rn_tagger_scores *baseline; /* of a tagger after its training, what a row's symbol alone says; else NULL */
  rn_input_kind input;        /* of the baseline */
  rn_classifier_scores *classifier;
} evaluation;

/* Errors stay in the context. Free with evaluation_free, also after a failure. */
rn_status evaluation_new(rn_context *ctx, const rn_model *model, const rn_sequences *data, evaluation *out);
void evaluation_free(evaluation *e);
/* Of a tagger, the baseline that its training data gives; of a classifier there is none. Errors stay in the context. */
rn_status evaluation_add_baseline(rn_context *ctx, const rn_model *model, const rn_sequences *train, const rn_sequences *data,
                                  evaluation *e);
bool evaluation_any(const evaluation *e); /* false for one that was never made */

/* The one number: F1 of chunks and of several labels, accuracy of all others; with its interval. */
const char *evaluation_metric(const evaluation *e);
const rn_interval *evaluation_interval(const evaluation *e);
/* "F1 84.26 ± 0.31 (83.65 .. 84.87)"; of a base's labels that are no chunks, beside a baseline, the macro F1 as well;
 * of several labels, the share of sequences that have exactly theirs. */
char *evaluation_headline(const evaluation *e, char *out, size_t size);
/* "F1 71.23 by the word alone", and the macro F1 likewise. */
char *evaluation_baseline_line(const evaluation *e, char *out, size_t size);

/* Labels of `path` that the model was never taught, which all count as errors. */
void evaluation_warn(const evaluation *e, const char *path);
/* Tables and the confusion matrix. */
void evaluation_put(FILE *out, const evaluation *e);
json_t *evaluation_json(const evaluation *e);

/* RUN/evaluation.json, which scripts and the report read: how good the model is on validation and test data (either may be empty), what the
 * training data is like, and samples of answers. data: that they are answers to; NULL: none. False after printing why not. */
bool evaluation_write(rn_context *ctx, const char *folder, const rn_model *model, const rn_sequences *train, const rn_sequences *data,
                      const evaluation *valid, const evaluation *test);
/* Before a training: what was said of an earlier model holds no more. */
void evaluation_remove(const char *folder);
/* Answers to a few sequences, as HTML in the classes of report_style. Errors stay in the context. (evaluation_samples.c) */
json_t *evaluation_samples(rn_context *ctx, const rn_model *model, const rn_sequences *data);

/* Measures a language model on the text that the second argument names. (eval_lm.c) */
int eval_lm(cli *c, const rn_model *model);
int eval_bilm(cli *c, const rn_model *model);
/* What `rondo eval --json` says of a text; baseline: nats a token by frequency alone. */
json_t *eval_lm_json(const rn_lm_metrics *m, double baseline);

/* What the two kinds say of themselves. (eval_tagger.c, eval_classifier.c) */
void eval_tagger_put(FILE *out, const rn_tagger_scores *s);
json_t *eval_tagger_json(const rn_tagger_scores *s);
double eval_tagger_macro_f1(const rn_tagger_scores *s); /* of the labels, row by row */
void eval_classifier_put(FILE *out, const rn_classifier_scores *s);
json_t *eval_classifier_json(const rn_classifier_scores *s);

/* Parts of both: an object for each label; rows of a matrix. */
json_t *evaluation_labels_json(int64_t n_labels, const char *const *names, const rn_counts *labels);
json_t *evaluation_matrix_json(int64_t n_labels, const int64_t *confusion);

#endif
