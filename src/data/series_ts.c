/* series_ts.c: .ts of the UCR and UEA archives: '#' comments, '@' lines up to @data, and then a series a line:
 *
 *     x_1(1),x_1(2),..,x_1(T):x_2(1),..,x_2(T):..:label
 *
 * Variables come one after the other there, and step after step here. */
#define _GNU_SOURCE /* memrchr */
#include "data/series.h"
#include "tensor/context.h"
#include <string.h>
#include <strings.h>

typedef struct header {
  bool labelled;
  rn_strings classes; /* that there are; none: any */
} header;

/* The next word of a line, from *at on. */
static rn_string next_word(rn_string line, size_t *at) {
  while (*at < line.size && (line.data[*at] == ' ' || line.data[*at] == '\t')) ++*at;
  size_t begin = *at;
  while (*at < line.size && line.data[*at] != ' ' && line.data[*at] != '\t') ++*at;
  return (rn_string){line.data + begin, *at - begin};
}

static bool is_word(rn_string s, const char *word) { return s.size == strlen(word) && strncasecmp(s.data, word, s.size) == 0; }

static rn_status read_header(rn_steps *s, header *h) {
  rn_reading *r = s->r;
  while (rn_reading_next(r)) {
    rn_string line = rn_string_trim(r->line);
    if (!line.size || line.data[0] == '#') continue;
    if (line.data[0] != '@')
      return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s:%lld:1: expected a line of the header, or @data before the first series: \"%.*s\"",
                             r->name, (long long)r->line_number, RN_SHOW(line));
    size_t at = 0;
    rn_string name = next_word(line, &at), value = next_word(line, &at);
    if (is_word(name, "@data")) return RN_OK;
    if (is_word(name, "@timestamps") && is_word(value, "true"))
      return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s:%lld:1: series with time stamps; expected @timeStamps false", r->name,
                             (long long)r->line_number);
    if (is_word(name, "@targetlabel")) h->labelled = is_word(value, "true");
    if (!is_word(name, "@classlabel")) continue;
    h->labelled = is_word(value, "true");
    while ((value = next_word(line, &at)).size) rn_strings_push(r, &h->classes, value);
  }
  return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: no @data in it", r->name);
}

/* Cuts a string at the first c: what is before it; *rest is what is after, data NULL when there is none. */
static rn_string cut(rn_string s, char c, rn_string *rest) {
  const char *at = memchr(s.data, c, s.size);
  if (!at) return (*rest = (rn_string){0}, s);
  size_t n = (size_t)(at - s.data);
  *rest = (rn_string){at + 1, s.size - n - 1};
  return (rn_string){s.data, n};
}

static int64_t count(rn_string s, char c) {
  int64_t n = 0;
  for (size_t i = 0; i < s.size; i++) n += s.data[i] == c;
  return n;
}

/* The variables of one series: as many numbers in each. */
static bool read_variables(rn_steps *s, rn_string line, int64_t *steps) {
  int64_t n_vars = count(line, ':') + 1, row = s->offset[s->n_seqs];
  if (!s->n_vars) s->n_vars = n_vars;
  if (n_vars != s->n_vars) {
    rn_reading_bad(s->r, line.data, "expected %lld variables separated by ':', got %lld", (long long)s->n_vars, (long long)n_vars);
    return false;
  }
  rn_string rest = line;
  for (int64_t v = 0; v < n_vars; v++) { /* before anything is put in its place, since there is room for a whole matrix only */
    rn_string variable = cut(rest, ':', &rest);
    int64_t n = count(variable, ',') + 1;
    if (v == 0) *steps = n;
    if (n == *steps) continue;
    rn_reading_bad(s->r, variable.data, "variable %lld has %lld values, and the first one %lld", (long long)v + 1, (long long)n,
                   (long long)*steps);
    return false;
  }
  rest = line;
  for (int64_t v = 0; v < n_vars; v++) {
    rn_string values = cut(rest, ':', &rest);
    for (int64_t t = 0; t < *steps; t++)
      if (!rn_steps_cell(s, cut(values, ',', &values), (row + t) * n_vars + v)) return false;
  }
  return true;
}

static bool read_label(rn_steps *s, const header *h, rn_string label) {
  label = rn_string_trim(label);
  bool known = label.size && h->classes.n == 0;
  for (int64_t i = 0; i < h->classes.n && !known; i++)
    known = h->classes.at[i].size == label.size && memcmp(h->classes.at[i].data, label.data, label.size) == 0;
  if (known) s->labels[s->n_seqs] = label;
  else rn_reading_bad(s->r, label.data, "the label \"%.*s\"; expected one of those of @classLabel", RN_SHOW(label));
  return known;
}

rn_status rn_series_ts(rn_steps *s) {
  header h = {0};
  rn_status status = read_header(s, &h);
  if (status != RN_OK) return status;
  size_t most = rn_reading_count(s->r, "");
  if (!rn_steps_room(s, rn_reading_count(s->r, ",:"), most)) return RN_OK;
  if (h.labelled && !(s->labels = rn_reading_array(s->r, most, sizeof *s->labels))) return RN_OK;
  while (rn_reading_next(s->r)) {
    rn_string line = rn_string_trim(s->r->line), label = {0};
    if (!line.size || line.data[0] == '#') continue;
    const char *colon = h.labelled ? memrchr(line.data, ':', line.size) : NULL;
    if (h.labelled && !colon) {
      rn_reading_bad(s->r, line.data + line.size, "expected ':' and a label at the end");
      continue;
    }
    if (colon) {
      label = (rn_string){colon + 1, line.size - (size_t)(colon + 1 - line.data)};
      line.size = (size_t)(colon - line.data);
    }
    int64_t steps;
    if (!read_variables(s, line, &steps) || (colon && !read_label(s, &h, label))) continue;
    rn_steps_end(s, s->offset[s->n_seqs] + steps, s->r->line_number);
  }
  return RN_OK;
}
