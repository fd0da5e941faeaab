/* word_sets.c: see word_sets.h. */
#include <rondo/word_sets.h>

#include "base/number.h"
#include "data/reading.h"
#include "tensor/context.h"
#include <math.h>

static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool is_separator(char c) { return is_blank(c) || c == ',' || c == ';'; }

/* The next field of a line, which is cut off; size 0 at its end. */
static rn_string take_field(rn_string *line, bool (*separates)(char)) {
  while (line->size && separates(line->data[0])) line->data++, line->size--;
  size_t n = 0;
  while (n < line->size && !separates(line->data[n])) n++;
  rn_string field = {line->data, n};
  line->data += n, line->size -= n;
  return field;
}

/* The end of every reader here: `n` of them were read, or words. */
static rn_status finish(rn_reading *r, int64_t n, const char *what) {
  rn_status status = rn_reading_end(r);
  if (status == RN_OK && n == 0) status = rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: no %s in it", r->name, what);
  if (status != RN_OK) rn_reading_free(r);
  return status;
}

rn_status rn_questions_open(rn_context *ctx, const char *path, rn_questions *out) {
  *out = (rn_questions){0};
  rn_reading *r = rn_reading_open(ctx, path, false);
  if (!r) return rn_context_status(ctx);
  size_t most = rn_reading_count(r, "");
  rn_string *word = rn_reading_array(r, most, 4 * sizeof *word), *name = rn_reading_array(r, most + 1, sizeof *name);
  int32_t *section = rn_reading_array(r, most, sizeof *section);
  int64_t n = 0, n_sections = 0;
  while (word && name && section && rn_reading_next(r)) {
    rn_string line = rn_string_trim(r->line);
    if (!line.size) continue;
    if (line.data[0] == ':') {
      name[n_sections++] = rn_string_trim((rn_string){line.data + 1, line.size - 1});
      continue;
    }
    if (n_sections == 0) name[n_sections++] = (rn_string){"questions", 9};
    int64_t found = 0;
    for (rn_string rest = line, field; (field = take_field(&rest, is_blank)).size; found++)
      if (found < 4) word[4 * n + found] = field;
    if (found != 4)
      rn_reading_bad(r, line.data, "expected four words \"a b c d\" or \": SECTION\", got %lld: \"%.*s\"", (long long)found, RN_SHOW(line));
    else section[n++] = (int32_t)(n_sections - 1);
  }
  uint64_t hash = r->corpus.hash;
  rn_status status = finish(r, n, "question");
  if (status == RN_OK) *out = (rn_questions){n, n_sections, word, section, name, hash, r};
  return status;
}

void rn_questions_free(rn_questions *q) {
  rn_reading_free(q->owner);
  *q = (rn_questions){0};
}

rn_status rn_word_pairs_open(rn_context *ctx, const char *path, bool scored, rn_word_pairs *out) {
  *out = (rn_word_pairs){0};
  rn_reading *r = rn_reading_open(ctx, path, false);
  if (!r) return rn_context_status(ctx);
  size_t most = rn_reading_count(r, "");
  rn_string *word = rn_reading_array(r, most, 2 * sizeof *word);
  double *score = scored ? rn_reading_array(r, most, sizeof *score) : NULL;
  int64_t n = 0;
  bool begun = false;
  while (word && (score || !scored) && rn_reading_next(r)) {
    rn_string line = rn_string_trim(r->line), rest = line;
    if (!line.size || line.data[0] == '#') continue;
    rn_string a = take_field(&rest, is_separator), b = take_field(&rest, is_separator), number = take_field(&rest, is_separator);
    double x = 0;
    bool good = b.size && (!scored || (number.size && rn_number_read(number.data, number.size, &x) && isfinite(x)));
    bool heading = !begun && scored && b.size && number.size && !rn_number_read(number.data, number.size, &x);
    begun = true;
    if (heading) continue;
    if (!good || take_field(&rest, is_separator).size || (!scored && number.size)) {
      rn_reading_bad(r, line.data, "expected two words%s: \"%.*s\"", scored ? " and a finite number" : "", RN_SHOW(line));
      continue;
    }
    word[2 * n] = a, word[2 * n + 1] = b;
    if (score) score[n] = x;
    n++;
  }
  uint64_t hash = r->corpus.hash;
  rn_status status = finish(r, n, "pair of words");
  if (status == RN_OK) *out = (rn_word_pairs){n, word, score, hash, r};
  return status;
}

void rn_word_pairs_free(rn_word_pairs *p) {
  rn_reading_free(p->owner);
  *p = (rn_word_pairs){0};
}

rn_status rn_word_list_open(rn_context *ctx, const char *path, rn_word_list *out) {
  *out = (rn_word_list){0};
  rn_reading *r = rn_reading_open(ctx, path, false);
  if (!r) return rn_context_status(ctx);
  rn_string *word = rn_reading_array(r, rn_reading_count(r, ""), sizeof *word);
  int64_t n = 0;
  while (word && rn_reading_next(r)) {
    rn_string line = rn_string_trim(r->line);
    if (line.size && line.data[0] != '#') word[n++] = line;
  }
  rn_status status = finish(r, n, "word");
  if (status == RN_OK) *out = (rn_word_list){n, word, r};
  return status;
}

void rn_word_list_free(rn_word_list *l) {
  rn_reading_free(l->owner);
  *l = (rn_word_list){0};
}
