/* nearest_baseline.h: --nearest: how good the nearest neighbour is where a classifier of series is measured. */
#ifndef CLI_NEAREST_BASELINE_H
#define CLI_NEAREST_BASELINE_H

#include "cli.h"

/* Series that were answered with the label of the nearest one of a training part. Values count as they stand in the file; a missing one
 * is the mean of its variable over the training part, which is what a network reads there. */
typedef struct nearest_baseline {
  int64_t n;        /* 0: nothing was answered */
  int64_t right[2]; /* by rn_distance */
  bool ragged;      /* lengths differ, and so there is no Euclidean distance */
} nearest_baseline;

/* The sequences pick[0 .. n) of a file; pick NULL: the first n. */
typedef struct nearest_part {
  const rn_sequences *of;
  const int64_t *pick;
  int64_t n;
} nearest_part;

/* What of a file cannot be answered so: other input than series, any number of labels. An exit code, after printing why not. */
int nearest_baseline_check(const cli *c, rn_input_kind input, const char *path, const rn_sequences *s);
/* Answers the queries from the known series, and counts them. Errors stay in the context. */
rn_status nearest_baseline_add(nearest_baseline *b, rn_context *ctx, const nearest_part *known, const nearest_part *queries);
/* A share; NaN where there is none. */
double nearest_baseline_accuracy(const nearest_baseline *b, rn_distance kind);

/* "Euclidean", "DTW" for people; "euclidean", "dtw" as keys of JSON. */
const char *nearest_baseline_name(rn_distance kind, bool json);
/* "accuracy 94.00 (Euclidean), 93.80 (DTW)" */
char *nearest_baseline_line(const nearest_baseline *b, char *out, size_t size);
json_t *nearest_baseline_json(const nearest_baseline *b);

#endif
