/* series.h: what each format of series fills: cells row by row, and where each series ends. */
#ifndef RN_DATA_SERIES_H
#define RN_DATA_SERIES_H

#include "data/rows.h"
#include <rondo/data_series.h>

typedef struct rn_steps {
  rn_reading *r;
  const rn_series_options *o;
  float *values;    /* [n_steps, n_vars]: of the series that are complete */
  uint8_t *missing; /* the same */
  int64_t n_vars, n_seqs;
  int64_t *offset;   /* [n_seqs + 1], in steps */
  int64_t *lines;    /* [n_seqs]; NULL: there are no lines */
  rn_string *labels; /* [n_seqs], or per_step [n_steps]; NULL: there are no labels */
} rn_steps;

/* Room for so many cells, and so many series (labels are made by the format that has them). */
bool rn_steps_room(rn_steps *s, size_t n_cells, size_t n_seqs);
/* Reads a cell into place `at`: a number, or NaN, '?' and nothing for a missing one; anything else is told, and false. */
bool rn_steps_cell(rn_steps *s, rn_string cell, int64_t at);
/* The series of the steps up to `end` is complete. */
void rn_steps_end(rn_steps *s, int64_t end, int64_t line);
/* A label, a whole number written as such. */
rn_string rn_steps_label(rn_steps *s, rn_string label);

/* One for each format. A failure is one of the options or of the whole file: bad lines are kept by the reading. */
rn_status rn_series_ts(rn_steps *s);
rn_status rn_series_wide(rn_steps *s, char separator);
rn_status rn_series_long(rn_steps *s, char separator);
rn_status rn_series_npy(rn_steps *s, const char *path, uint64_t *hash);

#endif
