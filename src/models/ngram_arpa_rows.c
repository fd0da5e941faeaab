/* ngram_arpa_rows.c: the n-grams of an ARPA file, which are nearly all of it: parts of a block of lines are read side by side. */
#include "models/ngram_arpa.h"

typedef struct part {
  const rn_map *words;
  int n; /* words of an n-gram */
  rn_string text;
  rn_arpa_line line;
  rn_error error;
  rn_arpa_section *rows;
  struct { /* the words of the line before: as a rule many of them come again */
    rn_string word[RN_NGRAM_MAX_ORDER];
    int32_t id[RN_NGRAM_MAX_ORDER];
    bool known;
  } last;
} part;

static rn_status find_word(part *p, rn_string word, int i, int32_t *id) {
  rn_string *last = &p->last.word[i];
  if (p->last.known && last->size == word.size && memcmp(last->data, word.data, word.size) == 0) return *id = p->last.id[i], RN_OK;
  if (i > 0 && rn_arpa_is(word, "<s>")) return rn_arpa_fail(&p->line, word.data, "<s> stands behind a word: a line begins with it");
  if (i + 1 < p->n && rn_arpa_is(word, "</s>")) return rn_arpa_fail(&p->line, word.data, "</s> stands before a word: a line ends with it");
  rn_string symbol = rn_arpa_symbol(word);
  const int64_t *found = rn_map_find(p->words, symbol.data, symbol.size);
  if (!found)
    return rn_arpa_fail(&p->line, word.data, "the word %.*s is not among the unigrams", (int)(word.size < 100 ? word.size : 100),
                        word.data);
  *last = word;
  *id = p->last.id[i] = (int32_t)*found;
  return RN_OK;
}

static rn_status read_ngram(part *p) {
  int n = p->n;
  rn_arpa_ngram g;
  uint32_t row[RN_NGRAM_MAX_ORDER + RN_ARPA_EXTRA];
  rn_status status = rn_arpa_parse(&p->line, n, &g);
  for (int i = 0; i < n && status == RN_OK; i++) {
    int32_t id = 0;
    status = find_word(p, g.words[i], i, &id);
    row[i] = (uint32_t)id;
  }
  if (status != RN_OK) return status;
  p->last.known = true;
  rn_arpa_put(row + n + RN_ARPA_LOG_P, g.log_p);
  rn_arpa_put(row + n + RN_ARPA_BACKOFF, g.backoff);
  row[n + RN_ARPA_LINE] = p->line.number;
  if (rn_arpa_append(p->rows, n + RN_ARPA_EXTRA, row, 1)) return RN_OK;
  return rn_error_set(&p->error, RN_ERROR_MEMORY, "out of memory for %s", p->line.name);
}

static void read_part(void *arg, int64_t i) {
  part *p = (part *)arg + i;
  rn_status status = RN_OK;
  p->line.error = &p->error;
  for (const char *at = p->text.data, *end = at + p->text.size; at < end && status == RN_OK; p->line.number++) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    rn_string *line = &p->line.text;
    *line = (rn_string){at, (size_t)((newline ? newline : end) - at)};
    while (line->size > 0 && rn_arpa_is_blank(line->data[line->size - 1])) line->size--;
    if (line->size > 0) status = read_ngram(p);
    at = newline ? newline + 1 : end;
  }
}

static uint32_t count_lines(rn_string text) {
  uint32_t n = 0;
  for (const char *at = text.data, *end = at + text.size; at < end; n++) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    at = newline ? newline + 1 : end;
  }
  return n;
}

/* The first lines of a text, `size` bytes of them or a little more. */
static rn_string take_lines(rn_string *text, size_t size) {
  const char *newline = size < text->size ? memchr(text->data + size, '\n', text->size - size) : NULL;
  rn_string taken = {text->data, newline ? (size_t)(newline + 1 - text->data) : text->size};
  text->data += taken.size;
  text->size -= taken.size;
  return taken;
}

rn_status rn_arpa_read_rows(rn_arpa *a, const rn_map *words, int n, rn_string text, uint32_t first, uint32_t *n_lines) {
  part parts[RN_ARPA_PARTS];
  size_t size = text.size / RN_ARPA_PARTS + 1;
  uint32_t number = first;
  for (int i = 0; i < RN_ARPA_PARTS; i++) {
    parts[i] =
        (part){.words = words, .n = n, .text = take_lines(&text, size), .rows = &a->part[i], .line = {.name = a->name, .number = number}};
    number += count_lines(parts[i].text);
  }
  *n_lines = number - first;
  rn_pool_for(a->ctx->pool, RN_ARPA_PARTS, read_part, parts);
  rn_arpa_section *s = &a->section[n - 1];
  rn_status status = RN_OK;
  for (int i = 0; i < RN_ARPA_PARTS; i++) {
    part *p = &parts[i];
    if (status == RN_OK && p->error.status != RN_OK) status = rn_context_fail(a->ctx, p->error.status, "%s", p->error.text);
    if (status == RN_OK && s->n + p->rows->n >= INT32_MAX)
      status = rn_context_fail(a->ctx, RN_ERROR_DATA, "%s: more %d-grams than this model can hold", a->name, n);
    if (status == RN_OK && !rn_arpa_append(s, n + RN_ARPA_EXTRA, p->rows->rows, p->rows->n))
      status = rn_context_fail(a->ctx, RN_ERROR_MEMORY, "out of memory for %s", a->name);
    p->rows->n = 0;
  }
  return status;
}
