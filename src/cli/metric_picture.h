/* metric_picture.h: confusion matrices and histograms, in a terminal and, the matrix, as SVG for the report. */
#ifndef CLI_METRIC_PICTURE_H
#define CLI_METRIC_PICTURE_H

#include <rondo/tensor.h>
#include <stdbool.h>
#include <stdio.h>

/* A matrix of counts [n_labels, n_labels], expected by predicted, each cell shaded by its share of the row; with `color` as background.
 * Where it is wider than `width` columns, the most frequent confusions instead. */
void metric_picture_confusion(FILE *out, int64_t n_labels, const char *const *names, const int64_t *confusion, bool color, int width);

/* The n largest confusions, "expected -> predicted  count  share of the expected"; of equal ones the first. */
void metric_picture_confusions(FILE *out, int64_t n_labels, const char *const *names, const int64_t *confusion, int64_t n);

/* A bar for each name. */
void metric_picture_histogram(FILE *out, int64_t n, const char *const *names, const int64_t *counts, int width);

/* At most METRIC_BINS ranges of equal size that the lengths of sequences fall into, "0 .. 4" and how many; returns how many ranges. */
enum { METRIC_BINS = 12 };
typedef struct metric_bin {
  char name[48];
  int64_t count;
} metric_bin;
int metric_picture_bins(const rn_ragged *seqs, metric_bin bins[METRIC_BINS]);
/* A bar for each range of length of a batch's sequences. */
void metric_picture_lengths(FILE *out, const rn_ragged *seqs, int width);

/* The matrix as an SVG figure of the report; the counts are in the page. */
void metric_picture_svg(FILE *out, int64_t n_labels, const char *const *names, const int64_t *confusion);

#endif
