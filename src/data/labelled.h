/* labelled.h: what each format of labelled text fills: texts, and the labels of each. */
#ifndef RN_DATA_LABELLED_H
#define RN_DATA_LABELLED_H

#include "data/reading.h"
#include <rondo/data_labelled.h>

typedef struct rn_examples {
  rn_reading *r;
  rn_string *texts;
  int64_t *lines, *offset; /* offset[i]: the first label of text i */
  int64_t n;
  bool unlabelled;   /* labels are not kept */
  rn_strings labels; /* those past offset[n] are the next text's */
} rn_examples;

/* One label of the next text, forgotten where none are asked for. */
void rn_examples_label(rn_examples *e, rn_string label);
/* The next text, whose labels have been given. An empty text or label is told, as of `where`, and then the example is left out. */
void rn_examples_text(rn_examples *e, rn_string text, int64_t line, const char *where);
/* The next text is bad, and has been told: its labels are forgotten. */
void rn_examples_drop(rn_examples *e);

/* One for each format; a failure is one of the options, since bad lines are kept by the reading. */
rn_status rn_labelled_rows(rn_examples *e, const rn_labelled_options *o, char separator);
rn_status rn_labelled_jsonl(rn_examples *e, const rn_labelled_options *o);

#endif
