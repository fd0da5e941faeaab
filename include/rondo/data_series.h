/* data_series.h: sequences of numbers with their labels. */
#ifndef RONDO_DATA_SERIES_H
#define RONDO_DATA_SERIES_H

#include <rondo/data.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rn_series_format {
  RN_SERIES_GUESS, /* by the path's end, .ts or .npy (before .gz or .zst); else a first row that has the time column is LONG, others WIDE */
  RN_SERIES_TS,    /* .ts of the UCR and UEA archives: variables separated by ':', the label last; no time stamps */
  RN_SERIES_WIDE,  /* one series of one variable a row, label in a column; cells after the last that is not empty are not part of it */
  RN_SERIES_LONG,  /* one time step a row: a header, and columns id, time, perhaps label, and a variable each; times of an id increase */
  RN_SERIES_NPY,   /* little-endian f4 f8 i4 i8 u1 in C order: [series, steps, variables], or [series, steps] of one variable */
} rn_series_format;

/* Cells are separated by ',' or else ';' or tabs where the first line has one, else by blanks. A column is a number, from 1 or from the
 * end by -1, or a name in the first row. WIDE: the first row is a header when a cell of it is named, or is no number (the label's apart).
 * A whole number as a label is written as such: 1.0e+00 is 1. */
typedef struct rn_series_options {
  rn_series_format format;
  const char *label;     /* column of the label; "" for none. NULL: WIDE the first one; LONG the one named "label", if there is */
  const char *id, *time; /* LONG; NULL: "id" and "time" */
  bool per_step;         /* LONG: each step has a label of its own */
  bool frames;           /* NPY: two axes are one series, [steps, variables] */
  bool skip_bad;         /* bad lines are left out and counted */
} rn_series_options;
RN_API rn_series_options rn_series_options_default(void);

/* NaN, '?' and empty cells are missing. */
typedef struct rn_series {
  int64_t n_vars;
  const float *values;    /* [rows of seqs, n_vars]; 0 where missing */
  const uint8_t *missing; /* [rows of seqs, n_vars], 1 where missing */
  int64_t n_missing;
  rn_ragged seqs;
  const rn_string *labels; /* [n_seqs], or per_step [rows of seqs]; NULL: there are none */
  const int64_t *lines;    /* [n_seqs] where each begins in the file, from 1; NULL for NPY */
  rn_series_format format; /* in which it was read */
  int64_t n_bad;           /* lines that were bad and are left out */
  uint64_t hash;           /* of the file */
  void *owner;             /* private */
} rn_series;

/* Reads a file, a text or NPY. Free with rn_series_free. Errors: RN_ERROR_DATA: what is wrong in up to twenty lines (no number, infinity,
 * rows of other widths, times that go back), with line and column, or what kind of NPY was found; RN_ERROR_ARGUMENT: a column that there
 * is not, or labels by step of another format than LONG; RN_ERROR_IO, RN_ERROR_MEMORY. */
RN_API rn_status rn_series_open(rn_context *ctx, const char *path, const rn_series_options *options, rn_series *out);
RN_API void rn_series_free(rn_series *series);

#ifdef __cplusplus
}
#endif
#endif
