/* ngram_arpa_read.c: an ARPA file, line by line. (The format: ngram_arpa_write.c.) */
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
#define LOG_0 (-99 * (float)M_LN10)
#define COUNTS_OF_ONE 1e9
enum { HEADER = 0, END = RN_NGRAM_MAX_ORDER + 1, BEFORE };

typedef struct reader {
  rn_arpa arpa;
  rn_map *words;   /* word -> id */
  rn_text symbols; /* of the vocabulary, a line each */
  int section;     /* the order of the n-grams that are read, or HEADER, END, BEFORE */
  int64_t n_lines; /* of the section */
  uint32_t n_line; /* of the file, and what it holds */
  rn_string line;
  struct { /* the words of the line before, inside the same block: as a rule many of them come again */
    rn_string word[RN_NGRAM_MAX_ORDER];
    int32_t id[RN_NGRAM_MAX_ORDER];
    int n;
  } last;
  bool has_unk, has_begin, has_end; /* <unk>, <s>, </s> */
} reader;

/* "FILE:LINE:COLUMN: ..." */
static rn_status fail(reader *r, const char *at, const char *format, ...) RN_PRINTF(3, 4);
static rn_status fail(reader *r, const char *at, const char *format, ...) {
  char words[512];
  va_list args;
  int64_t line, column;
  va_start(args, format);
  vsnprintf(words, sizeof words, format, args);
  va_end(args);
  rn_utf8_place(r->line.data, at, &line, &column);
  return rn_context_fail(r->arpa.ctx, RN_ERROR_DATA, "%s:%u:%lld: %s", r->arpa.name, r->n_line, (long long)column, words);
}

static rn_status no_memory(const reader *r) { return rn_context_fail(r->arpa.ctx, RN_ERROR_MEMORY, "out of memory for %s", r->arpa.name); }

static bool is(rn_string s, const char *word) { return s.size == strlen(word) && memcmp(s.data, word, s.size) == 0; }
static bool starts(rn_string s, const char *word) { return s.size >= strlen(word) && memcmp(s.data, word, strlen(word)) == 0; }
static bool is_blank(char c) {
  static const bool blank[256] = {[0] = true, [' '] = true, ['\t'] = true, ['\r'] = true, ['\v'] = true, ['\f'] = true};
  return blank[(unsigned char)c];
}

/* The next field of what is left of a line; size 0, at its end: there is none. */
static rn_string field(rn_string *left) {
  rn_string f = *left;
  while (f.size > 0 && is_blank(*f.data)) f.data++, f.size--;
  left->data = f.data;
  left->size = f.size;
  for (f.size = 0; f.size < left->size && !is_blank(f.data[f.size]);) f.size++;
  left->data += f.size;
  left->size -= f.size;
  return f;
}

/* ---- words ---- */

/* The name of an n-gram file's word in a vocabulary of ours. */
static rn_string symbol_of(rn_string word) {
  if (is(word, "<s>") || is(word, "</s>")) return (rn_string){RN_EOS, strlen(RN_EOS)};
  if (is(word, "<UNK>")) return (rn_string){RN_UNK, strlen(RN_UNK)};
  return word;
}

/* A word of the vocabulary, which the line end may enter twice. */
static rn_status add_word(reader *r, rn_string word, int32_t *id) {
  rn_arpa *a = &r->arpa;
  rn_string symbol = symbol_of(word);
  bool *end = is(word, "<s>") ? &r->has_begin : is(word, "</s>") ? &r->has_end : NULL, fresh;
  if (word.size > RN_MAX_WORD) return fail(r, word.data, "a word of %zu bytes (%d are possible)", word.size, RN_MAX_WORD);
  if (rn_utf8_count_bad(word.data, word.size, NULL)) return fail(r, word.data, "this word is not UTF-8");
  const int64_t *found = rn_map_insert(r->words, symbol.data, symbol.size, a->n_words, &fresh);
  if (!found) return no_memory(r);
  *id = (int32_t)*found;
  if (!fresh && !(end && !*end && *id == a->eos))
    return fail(r, word.data, "the word %.*s is there already", (int)(word.size < 100 ? word.size : 100), word.data);
  if (end) {
    a->eos = *id;
    *end = true;
  }
  r->has_unk |= is(symbol, RN_UNK);
  if (!fresh) return RN_OK;
  if (++a->n_words >= INT32_MAX - 1) return fail(r, word.data, "more words than this model can hold");
  if (a->n_words > 1) rn_text_puts(&r->symbols, "\n");
  rn_text_append(&r->symbols, symbol.data, symbol.size);
  return RN_OK;
}

static rn_status find_word(reader *r, rn_string word, int i, int n, int32_t *id) {
  rn_string *last = &r->last.word[i];
  if (r->last.n == n && last->size == word.size && memcmp(last->data, word.data, word.size) == 0) return *id = r->last.id[i], RN_OK;
  if (i > 0 && is(word, "<s>")) return fail(r, word.data, "<s> stands behind a word: a line begins with it");
  if (i + 1 < n && is(word, "</s>")) return fail(r, word.data, "</s> stands before a word: a line ends with it");
  rn_string symbol = symbol_of(word);
  const int64_t *found = rn_map_find(r->words, symbol.data, symbol.size);
  if (!found) return fail(r, word.data, "the word %.*s is not among the unigrams", (int)(word.size < 100 ? word.size : 100), word.data);
  *last = word;
  *id = r->last.id[i] = (int32_t)*found;
  return RN_OK;
}

/* ---- lines ---- */

/* A logarithm to the base 10, as a natural one. */
static rn_status read_log(reader *r, rn_string text, const char *what, bool probability, float *out) {
  double x;
  if (text.size == 0) return fail(r, text.data, "the %s is missing", what);
  if (!rn_number_read(text.data, text.size, &x) || isnan(x) || x == INFINITY || (!probability && !isfinite(x)) || fabs(x) > 1e30)
    if (!(probability && x == -INFINITY))
      return fail(r, text.data, "the %s is not a number: %.*s", what, (int)(text.size < 40 ? text.size : 40), text.data);
  if (probability && x > 1e-4) return fail(r, text.data, "a log probability of %g: a probability above 1", x);
  *out = (float)(x * M_LN10);
  if (probability && *out > 0) *out = 0;
  if (probability && !(*out > LOG_0)) *out = LOG_0;
  return RN_OK;
}

static void put_float(uint32_t *to, float x) { memcpy(to, &x, sizeof x); }

/* <s> and </s> share a row: what one is as a context, and the other as a word. */
static rn_status add_unigram(reader *r, rn_string word, float log_p, float backoff) {
  rn_arpa_section *s = &r->arpa.section[0];
  int32_t id = 0;
  int64_t before = r->arpa.n_words;
  rn_status status = add_word(r, word, &id);
  if (status != RN_OK) return status;
  uint32_t row[1 + RN_ARPA_EXTRA] = {(uint32_t)id};
  put_float(row + 1 + RN_ARPA_LOG_P, is(word, "<s>") ? LOG_0 : log_p);
  put_float(row + 1 + RN_ARPA_BACKOFF, is(word, "</s>") ? 0 : backoff);
  row[1 + RN_ARPA_LINE] = r->n_line;
  if (id == before) return rn_arpa_append(s, 1 + RN_ARPA_EXTRA, row) ? RN_OK : no_memory(r);
  put_float(s->rows + (int64_t)id * (1 + RN_ARPA_EXTRA) + (is(word, "<s>") ? 1 + RN_ARPA_BACKOFF : 1 + RN_ARPA_LOG_P),
            is(word, "<s>") ? backoff : log_p);
  return RN_OK;
}

static rn_status read_ngram(reader *r) {
  int n = r->section;
  rn_arpa_section *s = &r->arpa.section[n - 1];
  rn_string left = r->line, word = {0}, text;
  uint32_t row[RN_NGRAM_MAX_ORDER + RN_ARPA_EXTRA];
  float log_p, backoff = 0;
  rn_status status = read_log(r, field(&left), "log probability", true, &log_p);
  for (int i = 0; i < n && status == RN_OK; i++) {
    word = field(&left);
    if (word.size == 0) status = fail(r, word.data, "%d words are here; a %d-gram has %d", i, n, n);
    int32_t id = 0;
    if (n > 1 && status == RN_OK) status = find_word(r, word, i, n, &id);
    row[i] = (uint32_t)id;
  }
  text = field(&left);
  if (status == RN_OK && text.size > 0) status = read_log(r, text, "backoff", false, &backoff);
  text = field(&left);
  if (status == RN_OK && text.size > 0) status = fail(r, text.data, "more than a log probability, %d words and a backoff", n);
  if (status != RN_OK) return status;
  if (n == 1) return add_unigram(r, word, log_p, backoff);
  r->last.n = n;
  put_float(row + n + RN_ARPA_LOG_P, log_p);
  put_float(row + n + RN_ARPA_BACKOFF, backoff);
  row[n + RN_ARPA_LINE] = r->n_line;
  if (s->n == INT32_MAX - 1) return fail(r, r->line.data, "more %d-grams than this model can hold", n);
  return rn_arpa_append(s, n + RN_ARPA_EXTRA, row) ? RN_OK : no_memory(r);
}

/* "ngram 2=1234" */
static rn_status read_count(reader *r) {
  rn_arpa *a = &r->arpa;
  rn_string s = r->line;
  s.data += strlen("ngram "), s.size -= strlen("ngram ");
  const char *equals = memchr(s.data, '=', s.size);
  double order, count;
  size_t left = equals ? (size_t)(equals - s.data) : 0;
  while (left > 0 && *s.data == ' ') s.data++, s.size--, left--;
  rn_string after = {equals ? equals + 1 : s.data, equals ? s.size - left - 1 : 0}, number = field(&after);
  if (!equals || !rn_number_read(s.data, left, &order) || !rn_number_read(number.data, number.size, &count) ||
      !(count >= 0 && count < 1e15))
    return fail(r, s.data, "expected ngram ORDER=COUNT");
  if (order != a->order + 1) return fail(r, s.data, "the count of order %d is expected here", a->order + 1);
  if (a->order == RN_NGRAM_MAX_ORDER)
    return fail(r, s.data, "n-grams of more than %d words: this program holds up to %d", RN_NGRAM_MAX_ORDER, RN_NGRAM_MAX_ORDER);
  a->section[a->order++].said = (int64_t)count;
  return RN_OK;
}

/* Where a section ends, its lines are counted. */
static rn_status finish_section(reader *r) {
  int n = r->section;
  int64_t lines = r->n_lines, said = n > 0 ? r->arpa.section[n - 1].said : lines;
  r->n_lines = 0;
  if (lines == said) return RN_OK;
  return fail(r, r->line.data, "%lld %d-grams are above; \\data\\ says %lld", (long long)lines, n, (long long)said);
}

static rn_status begin_section(reader *r) {
  char title[32];
  bool last = r->section == r->arpa.order;
  snprintf(title, sizeof title, last ? "\\end\\" : "\\%d-grams:", r->section + 1);
  if (r->arpa.order == 0) return fail(r, r->line.data, "\\data\\ says no count: expected ngram 1=COUNT");
  if (!is(r->line, title)) return fail(r, r->line.data, "expected %s here", title);
  r->section = last ? END : r->section + 1;
  return RN_OK;
}

static rn_status read_line(reader *r) {
  rn_string *s = &r->line;
  while (s->size > 0 && is_blank(s->data[s->size - 1])) s->size--;
  if (r->section == END || s->size == 0) return RN_OK;
  if (r->section == BEFORE) {
    if (is(*s, "\\data\\")) r->section = HEADER;
    return RN_OK;
  }
  if (*s->data == '\\') {
    rn_status status = finish_section(r);
    return status == RN_OK ? begin_section(r) : status;
  }
  if (r->section == HEADER) return starts(*s, "ngram ") ? read_count(r) : fail(r, s->data, "expected ngram ORDER=COUNT");
  r->n_lines++;
  return read_ngram(r);
}

static rn_status read_block(reader *r, rn_string block) {
  rn_status status = RN_OK;
  r->last.n = 0;
  for (const char *at = block.data, *end = block.data + block.size; at < end && status == RN_OK;) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    r->line = (rn_string){at, (size_t)((newline ? newline : end) - at)};
    r->n_line++;
    status = read_line(r);
    at = newline ? newline + 1 : end;
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
  r->line = (rn_string){RN_UNK, strlen(RN_UNK)};
  if (r->arpa.n_words == 0) return rn_context_fail(r->arpa.ctx, RN_ERROR_DATA, "%s: no unigram is in it", r->arpa.name);
  if (r->has_unk) return RN_OK;
  rn_context_log(r->arpa.ctx, RN_LOG_INFO, "%s: <unk> is not in it; it is added, with a probability of 1e-99", r->arpa.name);
  return add_unigram(r, r->line, LOG_0, 0);
}

rn_status rn_ngram_read_arpa(rn_context *ctx, const char *path, rn_model **out) {
  *out = NULL;
  reader r = {
      .arpa = {.ctx = ctx, .name = strcmp(path, "-") == 0 ? "standard input" : path, .eos = -1}, .section = BEFORE, .words = rn_map_new()};
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
  rn_map_free(r.words);
  rn_text_free(&r.symbols);
  return status;
}
