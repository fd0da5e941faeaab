/* series_wide.c: one series of one variable a row. */
#include "base/number.h"
#include "data/series.h"

/* A first row of names: a cell of it, the label's apart, is neither a number nor missing. */
static bool is_header(const rn_rows *rows, int64_t label) {
  double x;
  for (int64_t i = 0; i < rows->cells.n; i++) {
    rn_string cell = rn_string_trim(rows->cells.at[i]);
    if (i != label && cell.size && !rn_string_is(cell, "?") && !rn_number_read(cell.data, cell.size, &x)) return true;
  }
  return false;
}

/* The label's column of a row: one that is counted from the end moves with the length. */
static int64_t label_column(const rn_rows *rows, const char *name, int64_t first) {
  int64_t column = first;
  if (name) rn_column_number(name, rows->cells.n, &column);
  return column;
}

static void read_row(rn_steps *s, rn_rows *rows, int64_t label) {
  int64_t at = s->offset[s->n_seqs], n = rows->cells.n;
  const rn_string *cell = rows->cells.at;
  if (label >= n) {
    rn_reading_bad(s->r, cell[n - 1].data + cell[n - 1].size, "expected a label in column %lld, got %lld columns", (long long)label + 1,
                   (long long)n);
    return;
  }
  while (n > 0 && (n - 1 == label || !rn_string_trim(cell[n - 1]).size)) n--; /* the cells behind are not part of it */
  for (int64_t i = 0; i < n; i++)
    if (i != label && !rn_steps_cell(s, cell[i], at++)) return;
  if (at == s->offset[s->n_seqs]) {
    rn_reading_bad(s->r, s->r->line.data, "a series without a value");
    return;
  }
  if (label >= 0) {
    s->labels[s->n_seqs] = rn_steps_label(s, cell[label]);
    if (!s->labels[s->n_seqs].size && !s->r->no_memory) {
      rn_reading_bad(s->r, cell[label].data, "the label is empty");
      return;
    }
  }
  rn_steps_end(s, at, rows->line);
}

rn_status rn_series_wide(rn_steps *s, char separator) {
  const char *name = s->o->label;
  bool labelled = !name || *name;
  char set[2] = {separator, 0};
  size_t most = rn_reading_count(s->r, "");
  if (!rn_steps_room(s, rn_reading_count(s->r, separator == ' ' ? " \t" : set), most)) return RN_OK;
  if (labelled && !(s->labels = rn_reading_array(s->r, most, sizeof *s->labels))) return RN_OK;
  s->n_vars = 1;
  rn_rows rows = {.r = s->r, .separator = separator};
  if (!rn_rows_next(&rows)) return RN_OK;
  int64_t first = labelled ? 0 : -1, number;
  bool named = labelled && name && !rn_column_number(name, rows.cells.n, &number);
  if (labelled && name) {
    rn_strings none = {0};
    rn_status status = rn_rows_column(&rows, named ? &rows.cells : &none, name, &first);
    if (status != RN_OK) return status;
  }
  bool header = named || is_header(&rows, first);
  if (named || !labelled) name = NULL; /* the column is known */
  for (bool more = header ? rn_rows_next(&rows) : true; more; more = rn_rows_next(&rows))
    read_row(s, &rows, label_column(&rows, name, first));
  return RN_OK;
}
