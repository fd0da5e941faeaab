/* ngram_arpa_read.c: an ARPA file: its counts, its words, and what is between. (The format: ngram_arpa_write.c.) */
#include "base/alloc.h"
#include "base/map.h"
#include "base/number.h"
#include "base/stream.h"
#include "base/text_buffer.h"
#include "base/utf8.h"
#include "models/ngram_arpa.h"
#include "text/symbols.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define BLOCK ((size_t)4 << 20)
#define COUNTS_OF_ONE 1e9
enum { HEADER = 0, END = RN_NGRAM_MAX_ORDER + 1, BEFORE };

typedef struct reader {
  rn_arpa arpa;
  rn_map *words;   /* word -> id */
  rn_text symbols; /* of the vocabulary, a line each */
  int section;     /* the order of the n-grams that are read, or HEADER, END, BEFORE */
  int64_t n_lines; /* of the section */
  rn_arpa_line line;
  bool has_unk, has_begin, has_end; /* <unk>, <s>, </s> */
} reader;

static rn_status no_memory(const reader *r) { return rn_context_fail(r->arpa.ctx, RN_ERROR_MEMORY, "out of memory for %s", r->arpa.name); }

static bool starts(rn_string s, const char *word) { return s.size >= strlen(word) && memcmp(s.data, word, strlen(word)) == 0; }

/* ---- words ---- */

/* A word of the vocabulary, which the line end may enter twice. */
static rn_status add_word(reader *r, rn_string word, int32_t *id) {
  rn_arpa *a = &r->arpa;
  rn_string symbol = rn_arpa_symbol(word);
  bool *end = rn_arpa_is(word, "<s>") ? &r->has_begin : rn_arpa_is(word, "</s>") ? &r->has_end : NULL, fresh;
  if (word.size > RN_MAX_WORD) return rn_arpa_fail(&r->line, word.data, "a word of %zu bytes (%d are possible)", word.size, RN_MAX_WORD);
  if (rn_utf8_count_bad(word.data, word.size, NULL)) return rn_arpa_fail(&r->line, word.data, "this word is not UTF-8");
  const int64_t *found = rn_map_insert(r->words, symbol.data, symbol.size, a->n_words, &fresh);
  if (!found) return no_memory(r);
  *id = (int32_t)*found;
  if (!fresh && !(end && !*end && *id == a->eos))
    return rn_arpa_fail(&r->line, word.data, "the word %.*s is there already", (int)(word.size < 100 ? word.size : 100), word.data);
  if (end) {
    a->eos = *id;
    *end = true;
  }
  r->has_unk |= rn_arpa_is(symbol, RN_UNK);
  if (!fresh) return RN_OK;
  if (++a->n_words >= INT32_MAX - 1) return rn_arpa_fail(&r->line, word.data, "more words than this model can hold");
  if (a->n_words > 1) rn_text_puts(&r->symbols, "\n");
  rn_text_append(&r->symbols, symbol.data, symbol.size);
  return RN_OK;
}

/* ---- lines ---- */

/* <s> and </s> share a row: what one is as a context, and the other as a word. */
static rn_status add_unigram(reader *r, rn_string word, float log_p, float backoff) {
  rn_arpa_section *s = &r->arpa.section[0];
  int32_t id = 0;
  int64_t before = r->arpa.n_words;
  rn_status status = add_word(r, word, &id);
  if (status != RN_OK) return status;
  uint32_t row[1 + RN_ARPA_EXTRA] = {(uint32_t)id};
  rn_arpa_put(row + 1 + RN_ARPA_LOG_P, rn_arpa_is(word, "<s>") ? RN_ARPA_LOG_0 : log_p);
  rn_arpa_put(row + 1 + RN_ARPA_BACKOFF, rn_arpa_is(word, "</s>") ? 0 : backoff);
  row[1 + RN_ARPA_LINE] = r->line.number;
  if (id == before) return rn_arpa_append(s, 1 + RN_ARPA_EXTRA, row, 1) ? RN_OK : no_memory(r);
  rn_arpa_put(s->rows + (int64_t)id * (1 + RN_ARPA_EXTRA) + (rn_arpa_is(word, "<s>") ? 1 + RN_ARPA_BACKOFF : 1 + RN_ARPA_LOG_P),
              rn_arpa_is(word, "<s>") ? backoff : log_p);
  return RN_OK;
}

static rn_status read_unigram(reader *r) {
  rn_arpa_ngram g;
  rn_status status = rn_arpa_parse(&r->line, 1, &g);
  return status == RN_OK ? add_unigram(r, g.words[0], g.log_p, g.backoff) : status;
}

/* "ngram 2=1234" */
static rn_status read_count(reader *r) {
  rn_arpa *a = &r->arpa;
  rn_string s = r->line.text;
  s.data += strlen("ngram "), s.size -= strlen("ngram ");
  const char *equals = memchr(s.data, '=', s.size);
  double order, count;
  size_t left = equals ? (size_t)(equals - s.data) : 0;
  while (left > 0 && *s.data == ' ') s.data++, s.size--, left--;
  rn_string after = {equals ? equals + 1 : s.data, equals ? s.size - left - 1 : 0}, number = rn_arpa_field(&after);
  if (!equals || !rn_number_read(s.data, left, &order) || !rn_number_read(number.data, number.size, &count) ||
      !(count >= 0 && count < 1e15))
    return rn_arpa_fail(&r->line, s.data, "expected ngram ORDER=COUNT");
  if (order != a->order + 1) return rn_arpa_fail(&r->line, s.data, "the count of order %d is expected here", a->order + 1);
  if (a->order == RN_NGRAM_MAX_ORDER)
    return rn_arpa_fail(&r->line, s.data, "n-grams of more than %d words: this program holds up to %d", RN_NGRAM_MAX_ORDER,
                        RN_NGRAM_MAX_ORDER);
  a->section[a->order++].said = (int64_t)count;
  return RN_OK;
}

/* Where a section ends, its lines are counted. */
static rn_status finish_section(reader *r) {
  int n = r->section;
  int64_t lines = r->n_lines, said = n > 0 ? r->arpa.section[n - 1].said : lines;
  r->n_lines = 0;
  if (lines == said) return RN_OK;
  return rn_arpa_fail(&r->line, r->line.text.data, "%lld %d-grams are above; \\data\\ says %lld", (long long)lines, n, (long long)said);
}

static rn_status begin_section(reader *r) {
  char title[32];
  bool last = r->section == r->arpa.order;
  snprintf(title, sizeof title, last ? "\\end\\" : "\\%d-grams:", r->section + 1);
  if (r->arpa.order == 0) return rn_arpa_fail(&r->line, r->line.text.data, "\\data\\ says no count: expected ngram 1=COUNT");
  if (!rn_arpa_is(r->line.text, title)) return rn_arpa_fail(&r->line, r->line.text.data, "expected %s here", title);
  r->section = last ? END : r->section + 1;
  return RN_OK;
}

static rn_status read_line(reader *r) {
  rn_string *s = &r->line.text;
  while (s->size > 0 && rn_arpa_is_blank(s->data[s->size - 1])) s->size--;
  if (r->section == END || s->size == 0) return RN_OK;
  if (r->section == BEFORE) {
    if (rn_arpa_is(*s, "\\data\\")) r->section = HEADER;
    return RN_OK;
  }
  if (*s->data == '\\') {
    rn_status status = finish_section(r);
    return status == RN_OK ? begin_section(r) : status;
  }
  if (r->section == HEADER) return starts(*s, "ngram ") ? read_count(r) : rn_arpa_fail(&r->line, s->data, "expected ngram ORDER=COUNT");
  r->n_lines++;
  return read_unigram(r);
}

/* From a line of n-grams of two words and more to the end of a block, or of their section. */
static rn_status read_rows(reader *r, rn_string *left) {
  const char *end = left->data + left->size, *title = left->data;
  while ((title = memchr(title + 1, '\\', (size_t)(end - title - 1))) && title[-1] != '\n') continue;
  rn_string text = {left->data, (size_t)((title ? title : end) - left->data)};
  const rn_arpa_section *s = &r->arpa.section[r->section - 1];
  int64_t before = s->n;
  uint32_t n_lines = 0;
  rn_status status = rn_arpa_read_rows(&r->arpa, r->words, r->section, text, r->line.number + 1, &n_lines);
  r->line.number += n_lines;
  r->n_lines += s->n - before;
  left->data += text.size;
  left->size -= text.size;
  return status;
}

static rn_status read_block(reader *r, rn_string block) {
  rn_status status = RN_OK;
  while (block.size > 0 && status == RN_OK) {
    if (r->section > 1 && r->section <= r->arpa.order && *block.data != '\\') {
      status = read_rows(r, &block);
      continue;
    }
    const char *newline = memchr(block.data, '\n', block.size);
    size_t size = newline ? (size_t)(newline - block.data) : block.size, whole = size + (newline != NULL);
    r->line.text = (rn_string){block.data, size};
    r->line.number++;
    status = read_line(r);
    block.data += whole;
    block.size -= whole;
  }
  if (status == RN_OK && rn_context_stopping(r->arpa.ctx)) status = rn_context_fail(r->arpa.ctx, RN_ERROR_STOPPED, "stopped");
  return status;
}

static rn_status read_file(reader *r, const char *path) {
  rn_stream *stream;
  rn_string block;
  rn_error *err = &r->arpa.ctx->error;
  rn_status status = rn_stream_open(path, BLOCK, &stream, err);
  if (status != RN_OK) return status;
  while ((status = rn_stream_next(stream, &block, err)) == RN_OK && block.size > 0)
    if ((status = read_block(r, block)) != RN_OK) break;
  rn_stream_close(stream);
  if (status != RN_OK || r->section == END) return status;
  return rn_context_fail(r->arpa.ctx, RN_ERROR_DATA,
                         r->section == BEFORE ? "%s: no ARPA file: it has no line \\data\\" : "%s: it ends before \\end\\: cut short",
                         r->arpa.name);
}

/* ---- the model ---- */

/* Words have counts that say what their probabilities do: guessing by frequency alone is measured by them. */
static rn_status make_vocab(reader *r, rn_vocab **out) {
  const int64_t *unk = rn_map_find(r->words, RN_UNK, strlen(RN_UNK));
  int64_t n = r->arpa.n_words, *counts = rn_alloc((size_t)n * sizeof *counts);
  if (!counts || r->symbols.failed) {
    rn_free(counts);
    return no_memory(r);
  }
  for (int64_t w = 0; w < n; w++) {
    float log_p;
    memcpy(&log_p, r->arpa.section[0].rows + w * (1 + RN_ARPA_EXTRA) + 1 + RN_ARPA_LOG_P, sizeof log_p);
    counts[w] = llround(exp(log_p) * COUNTS_OF_ONE);
  }
  rn_status status = rn_vocab_from_lines(r->symbols.data, r->symbols.size, counts, n, *unk, r->arpa.name, out, &r->arpa.ctx->error);
  rn_free(counts);
  return status;
}

/* A file without <unk> gets one that is as good as impossible. */
static rn_status complete(reader *r) {
  r->line.text = (rn_string){RN_UNK, strlen(RN_UNK)};
  if (r->arpa.n_words == 0) return rn_context_fail(r->arpa.ctx, RN_ERROR_DATA, "%s: no unigram is in it", r->arpa.name);
  if (r->has_unk) return RN_OK;
  rn_context_log(r->arpa.ctx, RN_LOG_INFO, "%s: <unk> is not in it; it is added, with a probability of 1e-99", r->arpa.name);
  return add_unigram(r, r->line.text, RN_ARPA_LOG_0, 0);
}

rn_status rn_ngram_read_arpa(rn_context *ctx, const char *path, rn_model **out) {
  *out = NULL;
  reader r = {
      .arpa = {.ctx = ctx, .name = strcmp(path, "-") == 0 ? "standard input" : path, .eos = -1}, .section = BEFORE, .words = rn_map_new()};
  r.line = (rn_arpa_line){.name = r.arpa.name, .error = &ctx->error};
  rn_trie trie = {0};
  rn_vocab *vocab = NULL;
  rn_status status = r.words ? read_file(&r, path) : no_memory(&r);
  if (status == RN_OK) status = complete(&r);
  if (status == RN_OK) status = make_vocab(&r, &vocab);
  if (status == RN_OK) status = rn_arpa_trie(&r.arpa, &trie);
  if (status == RN_OK) {
    rn_ngram_config config = {.order = r.arpa.order, .smoothing = RN_NGRAM_READ, .lines = r.arpa.eos >= 0, .alpha = 1};
    status = rn_trie_model(&trie, &config, vocab, out);
    vocab = NULL;
  }
  rn_vocab_free(vocab);
  rn_trie_free(&trie);
  for (int i = 0; i < RN_NGRAM_MAX_ORDER; i++) rn_free(r.arpa.section[i].rows);
  for (int i = 0; i < RN_ARPA_PARTS; i++) rn_free(r.arpa.part[i].rows);
  rn_map_free(r.words);
  rn_text_free(&r.symbols);
  return status;
}
