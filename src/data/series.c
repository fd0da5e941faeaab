/* series.c: sequences of numbers: which format it is, and what a cell is. */
#include "data/series.h"
#include "base/number.h"
#include "tensor/context.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

rn_series_options rn_series_options_default(void) { return (rn_series_options){0}; }

bool rn_steps_room(rn_steps *s, size_t n_cells, size_t n_seqs) {
  s->values = rn_reading_array(s->r, n_cells, sizeof *s->values);
  s->missing = rn_reading_array(s->r, n_cells, sizeof *s->missing);
  s->offset = rn_reading_array(s->r, n_seqs + 1, sizeof *s->offset);
  s->lines = rn_reading_array(s->r, n_seqs, sizeof *s->lines);
  if (s->r->no_memory) return false;
  s->offset[0] = 0;
  return true;
}

bool rn_steps_cell(rn_steps *s, rn_string cell, int64_t at) {
  cell = rn_string_trim(cell);
  double x = 0;
  bool none = cell.size == 0 || rn_string_is(cell, "?"), number = none || rn_number_read(cell.data, cell.size, &x);
  s->missing[at] = none || isnan(x);
  s->values[at] = s->missing[at] ? 0 : (float)x;
  if (number && isfinite(s->values[at])) return true;
  rn_reading_bad(s->r, cell.data, "expected a number, or NaN, ? or nothing for a missing one, got \"%.*s\"%s", RN_SHOW(cell),
                 number ? ": not finite as a float" : "");
  return false;
}

void rn_steps_end(rn_steps *s, int64_t end, int64_t line) {
  s->lines[s->n_seqs++] = line;
  s->offset[s->n_seqs] = end;
}

rn_string rn_steps_label(rn_steps *s, rn_string label) {
  double x;
  label = rn_string_trim(label);
  bool plain = !memchr(label.data, '.', label.size) && !memchr(label.data, 'e', label.size);
  if (plain || !rn_number_read(label.data, label.size, &x) || x != rint(x) || fabs(x) > 1e15) return label;
  char text[32];
  return rn_reading_keep(s->r, text, (size_t)snprintf(text, sizeof text, "%.0f", x));
}

/* Whether the first row has the column of times. */
static bool has_time(const rn_reading *r, char separator, const char *time) {
  rn_reading ahead = *r;
  if (!rn_reading_next(&ahead)) return false;
  const char *p = ahead.line.data, *end = p + ahead.line.size;
  while (p < end) {
    const char *stop = memchr(p, separator, (size_t)(end - p));
    if (!stop) stop = end;
    if (rn_string_is(rn_string_trim((rn_string){p, (size_t)(stop - p)}), time)) return true;
    p = stop + 1;
  }
  return false;
}

static char separator_of(const rn_reading *r) {
  rn_reading ahead = *r;
  while (rn_reading_next(&ahead))
    if (rn_string_trim(ahead.line).size) break;
  for (const char *c = ",;\t"; *c; c++)
    if (memchr(ahead.line.data, *c, ahead.line.size)) return *c;
  return ' ';
}

static rn_status no_steps(const rn_reading *r) {
  return rn_context_fail(r->ctx, RN_ERROR_ARGUMENT,
                         "%s: a label for each step; expected columns id, time and label, and a row for each step", r->name);
}

static rn_status read_text(rn_steps *s, rn_series_format *format) {
  char separator = separator_of(s->r);
  if (*format == RN_SERIES_GUESS) *format = has_time(s->r, separator, s->o->time ? s->o->time : "time") ? RN_SERIES_LONG : RN_SERIES_WIDE;
  if (s->o->per_step && *format != RN_SERIES_LONG) return no_steps(s->r);
  if (*format == RN_SERIES_TS) return rn_series_ts(s);
  return *format == RN_SERIES_LONG ? rn_series_long(s, separator) : rn_series_wide(s, separator);
}

rn_status rn_series_open(rn_context *ctx, const char *path, const rn_series_options *options, rn_series *out) {
  rn_series_options o = options ? *options : rn_series_options_default();
  *out = (rn_series){0};
  rn_series_format format = o.format;
  if (format == RN_SERIES_GUESS && rn_path_ends(path, ".npy")) format = RN_SERIES_NPY;
  if (format == RN_SERIES_GUESS && rn_path_ends(path, ".ts")) format = RN_SERIES_TS;
  bool npy = format == RN_SERIES_NPY;
  rn_reading *r = npy ? rn_reading_new(ctx, path, o.skip_bad) : rn_reading_open(ctx, path, o.skip_bad);
  if (!r) return rn_context_status(ctx);
  rn_steps s = {.r = r, .o = &o};
  uint64_t hash = r->corpus.hash;
  rn_status status = npy && o.per_step ? no_steps(r) : npy ? rn_series_npy(&s, path, &hash) : read_text(&s, &format);
  if (status == RN_OK) status = rn_reading_end(r);
  if (status == RN_OK && s.n_seqs == 0) status = rn_context_fail(ctx, RN_ERROR_DATA, "%s: no series in it", r->name);
  *out = (rn_series){s.n_vars, s.values, s.missing, 0, {s.n_seqs, s.offset}, s.labels, s.lines, format, r->n_bad, hash, r};
  if (status != RN_OK) {
    rn_series_free(out);
    return status;
  }
  int64_t n_cells = s.offset[s.n_seqs] * s.n_vars;
  for (int64_t i = 0; i < n_cells; i++) out->n_missing += s.missing[i];
  if (out->n_missing)
    rn_context_log(ctx, RN_LOG_WARNING, "%s: %lld of %lld values are missing", r->name, (long long)out->n_missing, (long long)n_cells);
  return RN_OK;
}

void rn_series_free(rn_series *series) {
  rn_reading_free(series->owner);
  *series = (rn_series){0};
}
