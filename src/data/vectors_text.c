/* vectors_text.c: a word a line, and its numbers after it. Of a word that holds blanks only its end is known: `dim` numbers from the right.
 * A line of too many numbers looks like one, so a word whose other parts are all numbers is an error. */
#include "base/number.h"
#include "data/vectors.h"
#include "tensor/context.h"
#include <math.h>
#include <string.h>

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The last field of a line, which is cut off. */
static rn_string take_last(rn_string *line) {
  size_t end = line->size, begin;
  while (end > 0 && is_blank(line->data[end - 1])) end--;
  for (begin = end; begin > 0 && !is_blank(line->data[begin - 1]);) begin--;
  line->size = begin;
  return (rn_string){line->data + begin, end - begin};
}

static bool is_number(rn_string s) {
  double x;
  return rn_number_read(s.data, s.size, &x);
}

/* How many of the last fields are numbers; the first field is the word. */
static int64_t count_numbers(rn_string line) {
  int64_t n = 0;
  for (;;) {
    rn_string last = take_last(&line);
    if (!last.size || !rn_string_trim(line).size || !is_number(last)) return n;
    n++;
  }
}

/* The word of a line, and where its numbers begin; false when it has not so many, and is told. */
static bool find_word(rn_reading *r, int64_t dim, rn_string *word, const char **numbers) {
  rn_string line = rn_string_trim(r->line), rest = line;
  for (int64_t i = 0; i < dim && rest.size; i++) *numbers = take_last(&rest).data;
  rest = *word = rn_string_trim(rest);
  bool more = false; /* all of the word's parts but the first are numbers */
  for (rn_string part = take_last(&rest); rest.size; part = take_last(&rest)) {
    more = is_number(part);
    if (!more) break;
  }
  if (word->size && !more) return true;
  bool cut = !more && r->next == r->corpus.text + r->corpus.size && r->next[-1] != '\n';
  rn_reading_bad(r, line.data, "expected a word and %lld numbers, got %lld%s: \"%.*s\"", (long long)dim, (long long)count_numbers(line),
                 cut ? ", where the file ends" : "", RN_SHOW(line));
  return false;
}

/* The numbers from p on into a vector. */
static bool read_numbers(rn_reading *r, const char *p, int64_t dim, float *vector) {
  const char *end = r->line.data + r->line.size;
  for (int64_t i = 0; i < dim; i++) {
    while (p < end && is_blank(*p)) p++;
    const char *begin = p;
    while (p < end && !is_blank(*p)) p++;
    double x = NAN;
    rn_string number = rn_string_trim((rn_string){begin, (size_t)(p - begin)});
    bool read = rn_number_read(number.data, number.size, &x);
    vector[i] = (float)x;
    if (read && isfinite(vector[i])) continue;
    rn_reading_bad(r, begin, "expected a finite number, got \"%.*s\"", RN_SHOW(number));
    return false;
  }
  return true;
}

static void read_line(rn_reading *r, const rn_vectors_options *o, rn_vector_table *t) {
  rn_string word;
  const char *numbers = NULL;
  t->n_in_file++;
  if (!find_word(r, t->dim, &word, &numbers) || !rn_vector_wanted(o, word)) return;
  if (rn_vector_known(t, word)) {
    rn_reading_bad(r, word.data, "the word \"%.*s\" has a vector already, on a line above", RN_SHOW(word));
    return;
  }
  float *vector = rn_vector_room(t);
  if (!vector) r->no_memory = true;
  else if (read_numbers(r, numbers, t->dim, vector) && !rn_vector_add(t, word)) r->no_memory = true;
}

static rn_status read_lines(rn_reading *r, const rn_vectors_options *o, rn_vector_table *t) {
  int64_t promised = -1; /* words, by the header */
  bool begun = false, unk_is_last = false;
  while (rn_reading_next(r)) {
    if (!rn_string_trim(r->line).size) continue;
    if (!begun) {
      begun = true;
      if (rn_vectors_header(r->line, &promised, &t->dim)) {
        /* A word has a byte at least, and a number two, its blank and a digit. */
        if ((uint64_t)promised <= r->corpus.size / (2 * (size_t)t->dim + 1)) continue;
        return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: cut short: %zu bytes are too few for %lld words of %lld numbers", r->name,
                               r->corpus.size, (long long)promised, (long long)t->dim);
      }
      t->dim = count_numbers(r->line);
      if (t->dim < 1 || t->dim > RN_MAX_VECTOR)
        return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s:%lld:1: expected a word and its numbers, or \"WORDS WIDTH\": \"%.*s\"", r->name,
                               (long long)r->line_number, RN_SHOW(r->line));
    }
    read_line(r, o, t);
    unk_is_last = r->line.size > 6 && memcmp(r->line.data, "<unk> ", 6) == 0;
  }
  rn_status status = rn_reading_end(r);
  if (status != RN_OK) return status;
  if (!begun) return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: no vector in it", r->name);
  if (promised < 0 && r->corpus.text[r->corpus.size - 1] != '\n')
    rn_context_log(r->ctx, RN_LOG_WARNING, "%s:%lld: the last line has no end: is the file cut short?", r->name, (long long)r->line_number);
  if (promised == t->n_in_file - 1 && unk_is_last) return RN_OK; /* GloVe's own program does not count this one */
  if (promised >= 0 && promised != t->n_in_file)
    return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: its first line says %lld words, and there are %lld%s", r->name, (long long)promised,
                           (long long)t->n_in_file, t->n_in_file < promised ? ": the file is cut short" : "");
  return RN_OK;
}

rn_status rn_vectors_read_text(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash) {
  rn_reading *r = rn_reading_open(ctx, path, o->skip_bad);
  if (!r) return rn_context_status(ctx);
  rn_status status = read_lines(r, o, t);
  t->n_bad = r->n_bad;
  *hash = r->corpus.hash;
  rn_reading_free(r);
  return status;
}
