/* metric_text.h: metrics as text for people and for scripts that read conlleval's. */
#ifndef CLI_METRIC_TEXT_H
#define CLI_METRIC_TEXT_H

#include <rondo/metrics.h>
#include <stdio.h>

/* What the conlleval script prints, to the digit. */
void metric_text_spans(FILE *out, const rn_tag_set *tags, const rn_span_scores *scores);

/* Precision, recall, F1 and how often each label is true, then the averages. */
void metric_text_labels(FILE *out, int64_t n_labels, const char *const *names, const rn_counts *labels);

/* "84.26 ± 0.31 (83.65 .. 84.87)" for shares: in percent, deviation, interval. */
char *metric_text_interval(char *out, size_t size, const rn_interval *interval);

#endif
