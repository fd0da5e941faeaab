/* series_long.c: one time step a row, of the series that its id names. Rows of several ids may be mixed; they are read in the order of the
 * file, and then put together by a stable sort. */
#include "base/map.h"
#include "base/number.h"
#include "data/series.h"
#include <string.h>

typedef struct columns {
  int64_t n, id, time, label; /* label -1: none */
} columns;

/* What is known of the series so far; one for each id, in the order in which they come. */
typedef struct ids {
  rn_map *index;
  rn_string *last; /* its last time */
  int64_t *steps;  /* how many it has */
  int64_t *of_row; /* the series of each row */
  int64_t n_rows;
} ids;

/* Whether time b comes after a: as numbers, or as text where they are none, as dates are. */
static bool is_later(rn_string a, rn_string b) {
  double x, y;
  if (rn_number_read(a.data, a.size, &x) && rn_number_read(b.data, b.size, &y)) return y > x;
  int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
  return order < 0 || (order == 0 && a.size < b.size);
}

static rn_status find_columns(rn_rows *rows, const rn_series_options *o, columns *c) {
  c->n = rows->cells.n;
  c->label = -1;
  rn_status status = rn_rows_column(rows, &rows->cells, o->id ? o->id : "id", &c->id);
  if (status == RN_OK) status = rn_rows_column(rows, &rows->cells, o->time ? o->time : "time", &c->time);
  if (status != RN_OK || (o->label && !*o->label)) return status;
  if (o->label) return rn_rows_column(rows, &rows->cells, o->label, &c->label);
  for (int64_t i = 0; i < c->n; i++)
    if (rn_string_is(rn_string_trim(rows->cells.at[i]), "label")) c->label = i;
  return RN_OK;
}

static void read_row(rn_steps *s, rn_rows *rows, const columns *c, ids *d) {
  const rn_string *cell = rows->cells.at;
  if (!rn_rows_expect(rows, c->n)) return;
  rn_string id = rn_string_trim(cell[c->id]), time = rn_string_trim(cell[c->time]), label = {"", 0};
  int64_t *found = rn_map_find(d->index, id.data, id.size), series = found ? *found : s->n_seqs;
  if (found && !is_later(d->last[series], time)) {
    rn_reading_bad(s->r, time.data, "time \"%.*s\" does not come after \"%.*s\", the last one of series \"%.*s\"", RN_SHOW(time),
                   RN_SHOW(d->last[series]), RN_SHOW(id));
    return;
  }
  if (c->label >= 0) label = rn_steps_label(s, cell[c->label]);
  rn_string *known = c->label < 0 ? NULL : s->o->per_step ? &s->labels[d->n_rows] : &s->labels[series];
  bool is_first = !found || s->o->per_step; /* label of what it is for */
  if (known && (!label.size || (!is_first && (known->size != label.size || memcmp(known->data, label.data, label.size) != 0)))) {
    rn_reading_bad(s->r, cell[c->label].data, "the label \"%.*s\" of series \"%.*s\"; expected %s", RN_SHOW(label), RN_SHOW(id),
                   is_first ? "a label" : "the one of its first row");
    return;
  }
  int64_t at = d->n_rows * s->n_vars;
  for (int64_t i = 0; i < c->n; i++)
    if (i != c->id && i != c->time && i != c->label && !rn_steps_cell(s, cell[i], at++)) return;
  if (!found) {
    if (!rn_map_insert(d->index, id.data, id.size, series, NULL)) {
      s->r->no_memory = true;
      return;
    }
    s->lines[s->n_seqs++] = rows->line;
    d->steps[series] = 0;
  }
  if (known) *known = label;
  d->last[series] = time;
  d->steps[series]++;
  d->of_row[d->n_rows++] = series;
}

/* Rows in the order of their series. */
static void sort_rows(rn_steps *s, const ids *d) {
  size_t n = (size_t)s->n_vars, cells = (size_t)d->n_rows * n;
  float *values = rn_reading_array(s->r, cells, sizeof *values);
  uint8_t *missing = rn_reading_array(s->r, cells, sizeof *missing);
  int64_t *next = rn_reading_array(s->r, (size_t)s->n_seqs, sizeof *next);
  rn_string *labels = s->labels && s->o->per_step ? rn_reading_array(s->r, (size_t)d->n_rows, sizeof *labels) : NULL;
  if (s->r->no_memory) return;
  for (int64_t i = 0; i < s->n_seqs; i++) {
    next[i] = s->offset[i];
    s->offset[i + 1] = s->offset[i] + d->steps[i];
  }
  for (int64_t i = 0; i < d->n_rows; i++) {
    size_t to = (size_t)next[d->of_row[i]]++;
    memcpy(values + to * n, s->values + (size_t)i * n, n * sizeof *values);
    memcpy(missing + to * n, s->missing + (size_t)i * n, n);
    if (labels) labels[to] = s->labels[i];
  }
  s->values = values;
  s->missing = missing;
  if (labels) s->labels = labels;
}

rn_status rn_series_long(rn_steps *s, char separator) {
  rn_rows rows = {.r = s->r, .separator = separator};
  columns c;
  if (!rn_rows_next(&rows)) return RN_OK;
  rn_status status = find_columns(&rows, s->o, &c);
  if (status != RN_OK) return status;
  s->n_vars = c.n - 2 - (c.label >= 0);
  if (s->n_vars < 1) {
    rn_reading_bad(s->r, s->r->line.data, "no column but id, time and label; expected one for each variable");
    return RN_OK;
  }
  char set[2] = {separator, 0};
  size_t most = rn_reading_count(s->r, "");
  ids d = {.index = rn_map_new()};
  d.last = rn_reading_array(s->r, most, sizeof *d.last);
  d.steps = rn_reading_array(s->r, most, sizeof *d.steps);
  d.of_row = rn_reading_array(s->r, most, sizeof *d.of_row);
  if (c.label >= 0) s->labels = rn_reading_array(s->r, most, sizeof *s->labels);
  if (!d.index) s->r->no_memory = true;
  if (rn_steps_room(s, rn_reading_count(s->r, separator == ' ' ? " \t" : set), most)) {
    while (rn_rows_next(&rows)) read_row(s, &rows, &c, &d);
    sort_rows(s, &d);
  }
  rn_map_free(d.index);
  return RN_OK;
}
