/* labelled_rows.c: texts and labels from columns, TSV and CSV: which they are, whether there is a header, and which rows are asked for. */
#include "data/labelled.h"
#include "data/rows.h"
#include "tensor/context.h"
#include <string.h>

typedef struct columns {
  int64_t n; /* columns of each row; 0: label and text, which goes to the end of the line */
  int64_t text, label, where;
  bool header;
  rn_string value; /* that column `where` must have; data NULL: any */
} columns;

static bool is_number(const char *name) {
  int64_t any;
  return rn_column_number(name, INT32_MAX, &any);
}

static bool has_cell(const rn_strings *cells, const char *name) {
  for (int64_t i = 0; i < cells->n; i++)
    if (rn_string_is(rn_string_trim(cells->at[i]), name)) return true;
  return false;
}

/* From the options and the first row. */
static rn_status find_columns(rn_rows *rows, const rn_labelled_options *o, columns *c) {
  char column[64] = "1"; /* of `where` */
  if (o->where) {
    const char *equals = strchr(o->where, '=');
    if (!equals || equals == o->where || equals - o->where >= (ptrdiff_t)sizeof column)
      return rn_context_fail(rows->r->ctx, RN_ERROR_ARGUMENT, "where '%s'; expected COLUMN=VALUE", o->where);
    memcpy(column, o->where, (size_t)(equals - o->where));
    column[equals - o->where] = '\0';
    c->value = (rn_string){equals + 1, strlen(equals + 1)};
  }
  bool named = (o->text && !is_number(o->text)) || (o->label && !is_number(o->label)) || !is_number(column);
  bool usual = !o->text && !o->label && has_cell(&rows->cells, "text") && has_cell(&rows->cells, "label");
  c->header = named || usual;
  rn_strings none = {0}, *names = c->header ? &rows->cells : &none;
  bool to_end = rows->separator == '\t' && !c->header && !o->text && !o->label && !o->where;
  c->n = to_end ? 0 : rows->cells.n;
  const char *text = o->text ? o->text : c->header ? "text" : "2";
  const char *label = o->label ? o->label : o->unlabelled ? text : c->header ? "label" : "1"; /* unlabelled: any column, it is not kept */
  rn_status status = rn_rows_column(rows, names, label, &c->label);
  if (status == RN_OK && !to_end) status = rn_rows_column(rows, names, text, &c->text);
  if (status == RN_OK) status = rn_rows_column(rows, names, column, &c->where);
  return status;
}

static void read_row(rn_examples *e, rn_rows *rows, const columns *c) {
  rn_string *cell = rows->cells.at, line = e->r->line;
  if (c->n == 0) {
    const char *tab = memchr(line.data, '\t', line.size);
    if (!tab) {
      rn_reading_bad(e->r, line.data + line.size, "expected label<TAB>text, got no tab: \"%.*s\"", RN_SHOW(line));
      return;
    }
    rn_string text = {tab + 1, line.size - (size_t)(tab + 1 - line.data)};
    rn_examples_label(e, cell[0]);
    rn_examples_text(e, text, rows->line, rn_string_trim(cell[0]).size ? text.data : cell[0].data);
    return;
  }
  if (!rn_rows_expect(rows, c->n)) return;
  rn_string at = cell[c->where];
  if (c->value.data && !(at.size == c->value.size && memcmp(at.data, c->value.data, at.size) == 0)) return;
  rn_examples_label(e, cell[c->label]);
  rn_examples_text(e, cell[c->text], rows->line, rn_string_trim(cell[c->label]).size ? cell[c->text].data : cell[c->label].data);
}

rn_status rn_labelled_rows(rn_examples *e, const rn_labelled_options *o, char separator) {
  rn_rows rows = {.r = e->r, .separator = separator};
  columns c = {0};
  bool more = rn_rows_next(&rows);
  if (!more) return RN_OK;
  rn_status status = find_columns(&rows, o, &c);
  if (status != RN_OK) return status;
  for (more = c.header ? rn_rows_next(&rows) : true; more; more = rn_rows_next(&rows)) read_row(e, &rows, &c);
  return RN_OK;
}
