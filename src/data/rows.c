/* rows.c: a line to cells; a row of CSV may take several lines. */
#include "data/rows.h"
#include "tensor/context.h"

#include <stdio.h>
#include <string.h>

/* "" to ", in a copy. */
static rn_string undouble(rn_reading *r, rn_string cell) {
  rn_string kept = rn_reading_keep(r, cell.data, cell.size);
  char *to = (char *)kept.data; /* the copy is ours */
  for (size_t i = 0; i < kept.size; i++) {
    *to++ = kept.data[i];
    if (kept.data[i] == '"') i++;
  }
  kept.size = (size_t)(to - kept.data);
  return kept;
}

/* The quoted cell at p: what follows it, or NULL when it is wrong. */
static const char *read_quoted(rn_rows *w, const char *p, const char *end) {
  const char *begin = p + 1, *quote = begin;
  bool doubled = false;
  for (; (quote = memchr(quote, '"', (size_t)(end - quote))) && quote + 1 < end && quote[1] == '"'; quote += 2) doubled = true;
  if (!quote) {
    rn_reading_bad(w->r, p, "a quote that is never closed; a quote in a cell is written twice");
    return NULL;
  }
  const char *after = quote + 1;
  while (after > w->r->line.data + w->r->line.size && rn_reading_next(w->r)) continue; /* the lines that the cell takes */
  if (after < end && *after != w->separator && *after != '\n') {
    rn_reading_bad(w->r, after, "expected '%c' after the closing quote; a quote in a cell is written twice", w->separator);
    return NULL;
  }
  rn_string cell = {begin, (size_t)(quote - begin)};
  rn_strings_push(w->r, &w->cells, doubled ? undouble(w->r, cell) : cell);
  return after;
}

static const char *read_plain(rn_rows *w, const char *p) {
  size_t left = (size_t)(w->r->line.data + w->r->line.size - p);
  const char *stop = memchr(p, w->separator, left);
  if (!stop) stop = p + left;
  rn_strings_push(w->r, &w->cells, (rn_string){p, (size_t)(stop - p)});
  return stop;
}

static bool split(rn_rows *w) {
  const char *end = w->r->corpus.text + w->r->corpus.size;
  for (const char *p = w->r->line.data;; p++) {
    bool quoted = w->separator != '\t' && p < end && *p == '"';
    p = quoted ? read_quoted(w, p, end) : read_plain(w, p);
    if (!p || w->r->no_memory) return false;
    if (p == w->r->line.data + w->r->line.size) return true;
  }
}

static bool split_blanks(rn_rows *w) {
  const char *p = w->r->line.data, *end = p + w->r->line.size;
  for (;;) {
    while (p < end && (*p == ' ' || *p == '\t')) p++;
    const char *begin = p;
    while (p < end && *p != ' ' && *p != '\t') p++;
    if (p == begin) return true;
    rn_strings_push(w->r, &w->cells, (rn_string){begin, (size_t)(p - begin)});
  }
}

bool rn_rows_next(rn_rows *w) {
  while (rn_reading_next(w->r)) {
    if (rn_string_trim(w->r->line).size == 0) continue;
    w->cells.n = 0;
    w->line = w->r->line_number;
    if (w->separator == ' ' ? split_blanks(w) : split(w)) return !w->r->no_memory;
  }
  return false;
}

rn_status rn_rows_column(const rn_rows *w, const rn_strings *header, const char *name, int64_t *column) {
  for (int64_t i = 0; i < header->n; i++)
    if (rn_string_is(rn_string_trim(header->at[i]), name)) return (*column = i, RN_OK);
  if (rn_column_number(name, w->cells.n, column)) return RN_OK;
  char names[256] = "";
  size_t at = 0;
  for (int64_t i = 0; i < header->n && at + 48 < sizeof names; i++)
    at += (size_t)snprintf(names + at, sizeof names - at, "%s\"%.*s\"", i ? ", " : "; the first row has ", RN_SHOW(header->at[i]));
  return rn_context_fail(w->r->ctx, RN_ERROR_ARGUMENT, "%s: column '%s': there are %lld, numbered from 1, or from the end by -1%s",
                         w->r->name, name, (long long)w->cells.n, names);
}

bool rn_rows_expect(rn_rows *w, int64_t n_cells) {
  if (w->cells.n == n_cells) return true;
  rn_string last = w->cells.at[w->cells.n - 1];
  rn_reading_bad(w->r, w->cells.n > n_cells ? w->cells.at[n_cells].data : last.data + last.size, "expected %lld columns, got %lld",
                 (long long)n_cells, (long long)w->cells.n);
  return false;
}
