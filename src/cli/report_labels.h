/* report_labels.h: the sections of a page that only runs with labels have: how good, what is confused, what the data is like, samples. */
#ifndef CLI_REPORT_LABELS_H
#define CLI_REPORT_LABELS_H

#include "report_run.h"

/* Cards of the headline: the metric on validation and test data. */
void report_labels_cards(FILE *out, const report_run *run);
/* Writes nothing where the run has no evaluation.json. */
void report_labels_write(FILE *out, const report_run *run);

#endif
