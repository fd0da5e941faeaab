/* data_check.h: what a data set holds, and what it shares with another: to be known before a model is trained on it. */
#ifndef RONDO_DATA_CHECK_H
#define RONDO_DATA_CHECK_H

#include <rondo/sequences.h>
#include <rondo/tags.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RN_MAX_FINDINGS 10 /* as many places of each kind are kept */

/* A label and how often it stands in the data. */
typedef struct rn_label_count {
  const char *label;
  int64_t count;
} rn_label_count;

/* Sequence `seq` has the rows of `first`, the first one of its kind. */
typedef struct rn_duplicate {
  int64_t seq, first;
} rn_duplicate;

/* Tag `place` of a sequence may not stand behind the one before it, or begin (0), or the last may not end (place = its length). */
typedef struct rn_tag_fault {
  int64_t seq, place;
} rn_tag_fault;

/* A variable over all rows where it is not missing; NaN where it always is. */
typedef struct rn_variable_range {
  double low, high, mean, deviation;
  int64_t n_missing;
} rn_variable_range;

typedef struct rn_data_check {
  /* Labels, in the order of their values where all are numbers, else of their bytes. */
  int64_t n_labels; /* 0: the data has none */
  const rn_label_count *labels;
  int64_t n_several; /* sequences of more labels than one */
  /* Sequences. */
  int64_t n_duplicates;     /* that have the rows of an earlier one */
  int64_t n_contradictions; /* and, of these, other labels than it */
  rn_duplicate duplicates[RN_MAX_FINDINGS], contradictions[RN_MAX_FINDINGS];
  /* Words. */
  int64_t n_words, n_once; /* distinct ones, and those that are seen once */
  int64_t n_malformed, first_malformed; /* words that are not UTF-8, and the row of the first */
  /* Labels of rows that are chunks. */
  bool chunks;
  rn_tag_scheme scheme; /* the one that is broken least often, and how often it is */
  int64_t n_faults;
  rn_tag_fault faults[RN_MAX_FINDINGS];
  /* Numbers. */
  const rn_variable_range *variables; /* [n_vars]; NULL for words */
  int64_t n_missing;
  int64_t n_ambiguous; /* DNA: rows that are no single base */
  void *owner;         /* private */
} rn_data_check;

/* Looks a data set over; the sequences must outlive the result. Free with rn_data_check_free. Errors: RN_ERROR_MEMORY. */
RN_API rn_status rn_data_check_new(rn_context *ctx, const rn_sequences *sequences, rn_data_check **out);
RN_API void rn_data_check_free(rn_data_check *check); /* NULL is allowed */

/* Another part of the data, beside the one that is trained on. */
typedef struct rn_data_overlap {
  int64_t n_shared; /* of its sequences have the rows of one in training */
  rn_duplicate shared[RN_MAX_FINDINGS]; /* seq: here; first: in training */
  int64_t n_unknown; /* rows whose word training lacks, in lower case and with 0 for digits too */
  int64_t n_new;     /* labels that only this part has */
  const rn_label_count *new_labels;
  void *owner; /* private */
} rn_data_overlap;

/* Free with rn_data_overlap_free. Errors: RN_ERROR_DATA (rows of another width), RN_ERROR_MEMORY. */
RN_API rn_status rn_data_overlap_new(rn_context *ctx, const rn_data_check *training, const rn_sequences *other, rn_data_overlap **out);
RN_API void rn_data_overlap_free(rn_data_overlap *overlap); /* NULL is allowed */

#ifdef __cplusplus
}
#endif
#endif
