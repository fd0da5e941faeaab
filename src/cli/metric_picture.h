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

/* A bar for each of at most 12 ranges of length of a batch's sequences. */
void metric_picture_lengths(FILE *out, const rn_ragged *seqs, int width);

/* The matrix as an SVG figure of the report; the counts are in the page. */
void metric_picture_svg(FILE *out, int64_t n_labels, const char *const *names, const int64_t *confusion);

#endif
