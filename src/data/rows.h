/* rows.h: rows of cells: CSV as RFC 4180 has it, cells between tabs, and cells between runs of blanks. Blank lines are passed over. */
#ifndef RN_DATA_ROWS_H
#define RN_DATA_ROWS_H

#include "data/reading.h"

typedef struct rn_rows {
  rn_reading *r;
  char separator;   /* ' ': runs of blanks; with ',' and ';' a cell may be quoted, and then hold separators, newlines, and "" for a quote */
  rn_strings cells; /* of the current row */
  int64_t line;     /* where it begins */
} rn_rows;

/* The next row; rows whose quotes are wrong are told (rn_reading_bad) and passed over. False at the end of the reading. */
bool rn_rows_next(rn_rows *rows);
/* A column by its number, or by its name where `header` (the first row's cells) has one. Errors: RN_ERROR_ARGUMENT. */
rn_status rn_rows_column(const rn_rows *rows, const rn_strings *header, const char *name, int64_t *column);
/* Whether the current row has so many cells; told when not. */
bool rn_rows_expect(rn_rows *rows, int64_t n_cells);

#endif
