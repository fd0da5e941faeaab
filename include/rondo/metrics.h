/* metrics.h: how good predictions are: labels, spans, rankings; and how sure one can be of that.
 *
 * A precision, recall or F1 whose denominator is 0 is 0. Every result is a share, 0 .. 1, unless said otherwise. */
#ifndef RONDO_METRICS_H
#define RONDO_METRICS_H

#include <rondo/spans.h>
#include <rondo/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- precision, recall, F1 ---- */

/* What there is to count of a label: how often it was predicted rightly, was predicted, and was true. */
typedef struct rn_counts {
  int64_t correct, found, expected;
} rn_counts;

/* precision = correct / found,  recall = correct / expected,  F1 = 2 precision recall / (precision + recall) */
typedef struct rn_f1_score {
  double precision, recall, f1;
} rn_f1_score;
RN_API rn_f1_score rn_f1_of(rn_counts counts);

/* Over labels: the score of the counts' sum; the mean of the scores; or their mean weighted by `expected`. As in scikit-learn, a label
 * that was neither predicted nor true is not there. */
typedef enum rn_average { RN_AVERAGE_MICRO, RN_AVERAGE_MACRO, RN_AVERAGE_WEIGHTED } rn_average;
RN_API rn_f1_score rn_f1_average(rn_average how, int64_t n_labels, const rn_counts *labels);

/* ---- one label for each row ---- */

/* Adds rows to a confusion matrix.
 *   expected  [n], negative: the row is skipped
 *   predicted [n]
 *   confusion [n_labels, n_labels], zeros at first: rows of confusion[e] are expected as e, columns predicted
 * Errors: RN_ERROR_DATA, a label that is not below n_labels; then nothing was added. */
RN_API rn_status rn_confusion_add(rn_context *ctx, int64_t n, const int32_t *expected, const int32_t *predicted, int64_t n_labels,
                                  int64_t *confusion);
/* The counts of each label, [n_labels]. */
RN_API void rn_confusion_counts(int64_t n_labels, const int64_t *confusion, rn_counts *labels);
RN_API double rn_confusion_accuracy(int64_t n_labels, const int64_t *confusion);

/* Labels whose names are numbers, stars say: mean |predicted - expected|, and the share of rows where that is at most 1. NaN where a name
 * is no number. */
typedef struct rn_ordinal_score {
  double mean_absolute_error, within_one;
} rn_ordinal_score;
RN_API rn_ordinal_score rn_confusion_ordinal(int64_t n_labels, const char *const *names, const int64_t *confusion);

/* ---- any number of labels for each row ---- */

/* Adds rows to the counts of each label.
 *   expected, predicted [n, n_labels], nonzero: the row has the label
 *   labels [n_labels], zeros at first */
RN_API void rn_multilabel_add(int64_t n, int64_t n_labels, const uint8_t *expected, const uint8_t *predicted, rn_counts *labels);

/* ---- spans ---- */

typedef struct rn_span_scores {
  int32_t n_types;
  rn_counts *by_type; /* [n_types], of rn_tag_set_type */
  int64_t n_seqs;
  rn_counts *by_seq;  /* [n_seqs]: what rn_statistic_f1 draws from */
  rn_counts all;
  int64_t n_tokens, n_right; /* tags, one by one */
} rn_span_scores;

/* Counts spans that agree in begin, end and type, as the conlleval script does (spans.h).
 *   expected, predicted [n_rows of seqs], ids of tags
 * Free with rn_span_scores_free. Errors: RN_ERROR_DATA, an id that is no tag; RN_ERROR_MEMORY. */
RN_API rn_status rn_span_scores_new(rn_context *ctx, const rn_tag_set *tags, const rn_ragged *seqs, const int32_t *expected,
                                    const int32_t *predicted, rn_span_scores **out);
RN_API void rn_span_scores_free(rn_span_scores *scores); /* NULL is allowed */

/* ---- rankings ---- */

/* roc_auc:           P(score of a positive > score of a negative) + P(equal) / 2   (Hanley and McNeil 1982)
 * average_precision: sum over thresholds t of (recall_t - recall_before) precision_t
 * Not a number where there is no positive; roc_auc, where there is no negative either. */
typedef struct rn_ranking {
  double roc_auc, average_precision;
} rn_ranking;

/*   score    [n]
 *   positive [n], nonzero: yes
 * Errors: RN_ERROR_DATA, a score that is not a number; RN_ERROR_MEMORY. */
RN_API rn_status rn_ranking_score(rn_context *ctx, int64_t n, const float *score, const uint8_t *positive, rn_ranking *out);
/* The mean over labels of "this label" against "the rest"; a label that every row has, or none, is left out.
 *   scores   [n, n_labels]
 *   expected [n], negative: the row is skipped */
RN_API rn_status rn_ranking_macro(rn_context *ctx, int64_t n, int64_t n_labels, const float *scores, const int32_t *expected,
                                  rn_ranking *out);

/* ---- how sure ---- */

/* The value of a metric on the sequences pick[0 .. n), where one may stand more than once. Called from several threads at once. */
typedef double (*rn_statistic)(const void *user, const int64_t *pick, int64_t n);
/* F1 of the summed counts. user: const rn_counts *, one for each sequence. With {right, tokens, tokens} it is the accuracy. */
RN_API double rn_statistic_f1(const void *user, const int64_t *pick, int64_t n);
/* The mean. user: const double *, one for each sequence. */
RN_API double rn_statistic_mean(const void *user, const int64_t *pick, int64_t n);

typedef struct rn_bootstrap_options {
  int64_t draws;
  double level; /* of the interval */
  uint64_t seed;
} rn_bootstrap_options;
RN_API rn_bootstrap_options rn_bootstrap_options_default(void); /* 1000 draws, 0.95, seed 42 */

typedef struct rn_interval {
  double value;     /* on the sequences as they are */
  double low, high; /* percentiles of the draws */
  double deviation; /* of the draws */
} rn_interval;

/* Draws n sequences of n with replacement, again and again (Efron 1979). A draw whose value is not a number is left out. options may
 * be NULL for the defaults. Errors: RN_ERROR_ARGUMENT (no sequence, no draw, a level outside 0 .. 1), RN_ERROR_MEMORY. */
RN_API rn_status rn_bootstrap(rn_context *ctx, int64_t n, rn_statistic statistic, const void *user, const rn_bootstrap_options *options,
                              rn_interval *out);

typedef struct rn_comparison {
  rn_interval difference; /* b - a */
  double p_value;         /* of a difference as large as this where there is none, to either side */
} rn_comparison;
/* Two systems on the same sequences: each draw picks the same ones for both (Koehn 2004; the p-value as in Berg-Kirkpatrick et al. 2012:
 * how often the draws stray from the difference by as much as it is away from zero; the difference itself counts as a draw). */
RN_API rn_status rn_bootstrap_compare(rn_context *ctx, int64_t n, rn_statistic statistic, const void *a, const void *b,
                                      const rn_bootstrap_options *options, rn_comparison *out);

/* Over several seeds: mean, and deviation = sqrt(sum (v - mean)^2 / (n - 1)), 0 for a single value. */
typedef struct rn_spread {
  double mean, deviation;
} rn_spread;
RN_API rn_spread rn_spread_of(int64_t n, const double *values);

#ifdef __cplusplus
}
#endif
#endif
