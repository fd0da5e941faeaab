/* conll.c: a token a line, its columns separated by blanks or tabs, a blank line between sentences. */
#include "data/reading.h"
#include "tensor/context.h"
#include <rondo/data_conll.h>
#include <string.h>

rn_conll_options rn_conll_options_default(void) { return (rn_conll_options){0}; }

typedef struct layout {
  bool conllu, tabs;
  int64_t n_columns, token, tag; /* columns from 0 */
} layout;

/* The next column of a line from *at on; false when there is none. */
static bool next_column(rn_string line, size_t *at, bool tabs, rn_string *column) {
  const char *s = line.data;
  if (tabs) {
    if (*at > line.size) return false;
    const char *tab = memchr(s + *at, '\t', line.size - *at);
    *column = (rn_string){s + *at, tab ? (size_t)(tab - s) - *at : line.size - *at};
    *at += column->size + 1;
    return true;
  }
  while (*at < line.size && (s[*at] == ' ' || s[*at] == '\t')) ++*at;
  size_t begin = *at;
  while (*at < line.size && s[*at] != ' ' && s[*at] != '\t') ++*at;
  *column = (rn_string){s + begin, *at - begin};
  return column->size > 0;
}

static int64_t count_columns(rn_string line, bool tabs) {
  int64_t n = 0;
  rn_string column;
  for (size_t at = 0; next_column(line, &at, tabs, &column);) n++;
  return n;
}

static bool is_docstart(rn_string line) { return line.size >= 10 && memcmp(line.data, "-DOCSTART-", 10) == 0; }

/* "3", "-1" or a name of CoNLL-U, to a column from 0. */
static rn_status find_column(rn_context *ctx, const char *name, const layout *l, int64_t *column) {
  static const char *const names[] = {"id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc"};
  for (int64_t i = 0; l->conllu && i < 10; i++)
    if (strcmp(name, names[i]) == 0) return (*column = i, RN_OK);
  if (rn_column_number(name, l->n_columns, column)) return RN_OK;
  return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "column '%s': there are %lld, numbered from 1, or from the end by -1%s", name,
                         (long long)l->n_columns, l->conllu ? "; or id, form, lemma, upos, xpos, feats, head, deprel, deps, misc" : "");
}

/* What the first line of a token says. */
static rn_status find_layout(const rn_reading *r, const rn_conll_options *o, layout *l) {
  rn_reading ahead = *r;
  bool found = false;
  while (!found && rn_reading_next(&ahead)) {
    rn_string line = rn_string_trim(ahead.line);
    bool comment = line.size && line.data[0] == '#' && o->format != RN_CONLL_COLUMNS;
    found = line.size > 0 && !comment && (o->keep_docstart || !is_docstart(line));
  }
  if (!found) return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: no sentence in it: expected a token a line, with its tag", r->name);
  rn_string first = ahead.line;
  l->tabs = memchr(first.data, '\t', first.size) != NULL;
  l->n_columns = count_columns(first, l->tabs);
  bool is_conllu = l->tabs && l->n_columns == 10 && first.data[0] >= '0' && first.data[0] <= '9';
  l->conllu = o->format == RN_CONLL_U || (o->format == RN_CONLL_GUESS && is_conllu);
  if (l->conllu) l->tabs = true, l->n_columns = 10;
  if (l->n_columns < 2)
    return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s:%lld:1: one column; expected at least 2, a token and its tag", r->name,
                           (long long)ahead.line_number);
  rn_status status = find_column(r->ctx, o->token_column ? o->token_column : l->conllu ? "form" : "1", l, &l->token);
  if (status == RN_OK) status = find_column(r->ctx, o->column ? o->column : l->conllu ? "upos" : "-1", l, &l->tag);
  return status;
}

/* An id of CoNLL-U: 1, or 1-2 and 1.1, which are no words of the sentence. */
typedef enum id_kind { ID_BAD, ID_WORD, ID_OTHER } id_kind;
static id_kind id_of(rn_string id) {
  size_t i = 0, begin;
  while (i < id.size && id.data[i] >= '0' && id.data[i] <= '9') i++;
  if (i == 0) return ID_BAD;
  if (i == id.size) return ID_WORD;
  if (id.data[i] != '-' && id.data[i] != '.') return ID_BAD;
  for (begin = ++i; i < id.size && id.data[i] >= '0' && id.data[i] <= '9';) i++;
  return i > begin && i == id.size ? ID_OTHER : ID_BAD;
}

typedef enum line_kind { LINE_BAD, LINE_TOKEN, LINE_OTHER } line_kind;
static line_kind read_token(rn_reading *r, const layout *l, rn_string *token, rn_string *tag) {
  rn_string column, first = {0};
  size_t at = 0;
  int64_t n = 0;
  for (; next_column(r->line, &at, l->tabs, &column); n++) {
    if (n == 0) first = column;
    if (n == l->token) *token = column;
    if (n == l->tag) *tag = column;
  }
  if (n != l->n_columns) {
    rn_reading_bad(r, r->line.data + (n < l->n_columns ? r->line.size : 0), "expected %lld columns separated by %s, got %lld: \"%.*s\"",
                   (long long)l->n_columns, l->tabs ? "tabs" : "blanks", (long long)n, RN_SHOW(r->line));
    return LINE_BAD;
  }
  if (l->conllu) {
    id_kind id = id_of(first);
    if (id == ID_OTHER) return LINE_OTHER;
    if (id == ID_BAD) {
      rn_reading_bad(r, first.data, "the id \"%.*s\"; expected a number, or 1-2, or 1.1", RN_SHOW(first));
      return LINE_BAD;
    }
  }
  rn_string empty = token->size ? *tag : *token;
  if (empty.size) return LINE_TOKEN;
  rn_reading_bad(r, empty.data, "the %s is empty", token->size ? "tag" : "token");
  return LINE_BAD;
}

static void read_sentences(rn_reading *r, const rn_conll_options *o, const layout *l, rn_tagged *out) {
  size_t most = rn_reading_count(r, "");
  rn_string *tokens = rn_reading_array(r, most, sizeof *tokens), *tags = rn_reading_array(r, most, sizeof *tags);
  int64_t *lines = rn_reading_array(r, most, sizeof *lines), *offset = rn_reading_array(r, most + 1, sizeof *offset);
  if (r->no_memory) return;
  int64_t n = 0, n_seqs = 0;
  bool more = true, broken = false; /* broken: this sentence has a bad line */
  offset[0] = 0;
  while (more) {
    more = rn_reading_next(r);
    bool docstart = more && !o->keep_docstart && is_docstart(r->line);
    if (!more || docstart || rn_string_trim(r->line).size == 0) { /* the end of a sentence */
      if (broken) n = offset[n_seqs];
      else if (n > offset[n_seqs]) offset[++n_seqs] = n;
      broken = false;
    } else if (!(l->conllu && r->line.data[0] == '#')) {
      line_kind kind = read_token(r, l, &tokens[n], &tags[n]);
      if (kind == LINE_TOKEN) lines[n++] = r->line_number;
      broken |= kind == LINE_BAD;
    }
  }
  *out = (rn_tagged){.n_tokens = n, .tokens = tokens, .tags = tags, .lines = lines, .sentences = {n_seqs, offset}};
}

rn_status rn_tagged_open(rn_context *ctx, const char *path, const rn_conll_options *options, rn_tagged *out) {
  rn_conll_options o = options ? *options : rn_conll_options_default();
  *out = (rn_tagged){0};
  rn_reading *r = rn_reading_open(ctx, path, o.skip_bad);
  if (!r) return rn_context_status(ctx);
  layout l = {0};
  rn_status status = find_layout(r, &o, &l);
  if (status == RN_OK) {
    read_sentences(r, &o, &l, out);
    status = rn_reading_end(r);
  }
  if (status == RN_OK && out->n_tokens == 0)
    status = rn_context_fail(ctx, RN_ERROR_DATA, "%s: no sentence in it without a bad line", r->name);
  out->format = l.conllu ? RN_CONLL_U : RN_CONLL_COLUMNS;
  out->n_bad = r->n_bad;
  out->hash = r->corpus.hash;
  out->owner = r;
  if (status != RN_OK) rn_tagged_free(out);
  return status;
}

void rn_tagged_free(rn_tagged *tagged) {
  rn_reading_free(tagged->owner);
  *tagged = (rn_tagged){0};
}
