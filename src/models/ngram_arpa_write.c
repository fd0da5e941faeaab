/* ngram_arpa_write.c: an n-gram model as an ARPA file:
 *
 *     \data\
 *     ngram 1=4                      so many n-grams of each order
 *
 *     \1-grams:
 *     -1.2041  the  -0.3010          log10 p, the words, log10 of the backoff where something continues them
 *
 *     \end\
 *
 * Of a model of lines, the line end is <s> where it begins an n-gram and </s> where it ends one. */
#include "base/file.h"
#include "base/text_buffer.h"
#include "models/ngram.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

#define LOG_0 (-99.0) /* what stands for the logarithm of nothing, as <s> has it, which is never predicted */
enum { FLUSH = 1 << 16 };

typedef struct arpa {
  rn_context *ctx;
  const rn_ngram *ngram;
  const rn_vocab *vocab;
  const char *path;
  rn_writer *file;
  rn_text text;        /* what is not in the file yet */
  rn_text context;     /* the words that all n-grams below a node begin with, a blank behind each */
  int32_t left_out[2]; /* words that are no n-gram there */
  int n_left_out;
} arpa;

static bool is_space(unsigned char c) { return c == 0 || isspace(c); }

/* A word of an ARPA file is what stands between white space. */
static rn_status check_words(const arpa *a) {
  for (int32_t id = 0; id < a->ngram->n_words; id++) {
    size_t size;
    const char *word = rn_vocab_symbol(a->vocab, id, &size);
    bool good = size > 0;
    for (size_t i = 0; i < size; i++) good &= !is_space((unsigned char)word[i]);
    if (!good)
      return rn_context_fail(
          a->ctx, RN_ERROR_ARGUMENT,
          "%s: symbol %d of the vocabulary is nothing or holds white space, which an ARPA file cannot hold: it is for words", a->path, id);
  }
  return RN_OK;
}

/* <s> and </s> mean the ends of lines there. A tokenizer may have a token of its own for what a model of lines has one for; that never
 * came, and is left out. */
static rn_status check_ends(arpa *a) {
  static const char *const ends[] = {"<s>", "</s>"};
  bool lines = a->ngram->config.lines;
  for (int i = 0; i < 2; i++) {
    int32_t id = rn_vocab_find(a->vocab, ends[i], strlen(ends[i]));
    if (id < 0 || (lines && id == a->ngram->start)) continue;
    if (!lines || rn_vocab_count(a->vocab, id) > 0)
      return rn_context_fail(a->ctx, RN_ERROR_ARGUMENT, "%s: %s is a word of this model; an ARPA file means the end of a line by it%s",
                             a->path, ends[i], lines ? "" : ", as a model trained with --lines does");
    a->left_out[a->n_left_out++] = id;
  }
  return RN_OK;
}

static void put_word(const arpa *a, int32_t id, bool begins, rn_text *out) {
  const rn_ngram *g = a->ngram;
  size_t size;
  const char *word = rn_vocab_symbol(a->vocab, id, &size);
  if (g->config.lines && id == g->start) rn_text_puts(out, begins ? "<s>" : "</s>");
  else rn_text_append(out, word, size);
}

/* The logarithm to the base 10 with seven decimals, which is all that a float of this size knows; printf would take most of the time. */
static void put_log_10(arpa *a, float log_x) {
  char digits[24];
  int64_t x = llround(fmax(log_x * M_LOG10E, LOG_0) * 1e7), left = x < 0 ? -x : x;
  int at = sizeof digits;
  for (int i = 0; i < 7; i++, left /= 10) digits[--at] = (char)('0' + left % 10);
  digits[--at] = '.';
  do digits[--at] = (char)('0' + left % 10);
  while (left /= 10);
  if (x < 0) digits[--at] = '-';
  rn_text_append(&a->text, digits + at, sizeof digits - (size_t)at);
}

static void put_backoff(arpa *a, const rn_ngram_value *value) {
  if (!value || value->backoff == 0) return;
  rn_text_append(&a->text, "\t", 1);
  put_log_10(a, value->backoff);
}

/* An n-gram that ends in a word, behind the context. */
static void put_ngram(arpa *a, int32_t word, float log_p, const rn_ngram_value *value) {
  put_log_10(a, log_p);
  rn_text_append(&a->text, "\t", 1);
  rn_text_append(&a->text, a->context.data, a->context.size);
  put_word(a, word, false, &a->text);
  put_backoff(a, value);
  rn_text_append(&a->text, "\n", 1);
  if (a->text.size < FLUSH) return;
  rn_writer_write(a->file, a->text.data, a->text.size);
  rn_text_clear(&a->text);
}

/* <s> is a unigram of its own there: what the line end is as a context. */
static void put_unigrams(arpa *a) {
  const rn_ngram *g = a->ngram;
  for (int32_t w = 0; w < g->n_words; w++) {
    const rn_ngram_value *value = g->level[0].values ? &g->level[0].values[w] : NULL;
    bool both = g->config.lines && w == g->start, out = false;
    for (int i = 0; i < a->n_left_out; i++) out |= a->left_out[i] == w;
    if (out) continue;
    if (both) {
      rn_text_printf(&a->text, "%g\t<s>", LOG_0);
      put_backoff(a, value);
      rn_text_puts(&a->text, "\n");
    }
    put_ngram(a, w, value ? value->log_p : g->level[0].log_p[w], both ? NULL : value);
  }
}

/* The n-grams of n words below a node, which is one of `length` words and ends in `word`. */
static void put_below(arpa *a, int length, int32_t node, int32_t word, int n) {
  const rn_ngram_links *at = &a->ngram->level[length - 1].links[node];
  const rn_ngram_level *next = &a->ngram->level[length];
  size_t outer = a->context.size;
  if (at[0].begin == at[1].begin) return;
  put_word(a, word, true, &a->context);
  rn_text_append(&a->context, " ", 1);
  for (int32_t i = at[0].begin; i < at[1].begin; i++) {
    if (length + 1 < n) put_below(a, length + 1, i, next->words[i], n);
    else put_ngram(a, next->words[i], next->values ? next->values[i].log_p : next->log_p[i], next->values ? &next->values[i] : NULL);
  }
  a->context.size = outer;
}

static void put_model(arpa *a) {
  const rn_ngram *g = a->ngram;
  rn_text_puts(&a->text, "\\data\\\n");
  for (int n = 1; n <= g->config.order; n++)
    rn_text_printf(&a->text, "ngram %d=%lld\n", n, (long long)(g->level[n - 1].n + (n == 1 ? g->config.lines - a->n_left_out : 0)));
  for (int n = 1; n <= g->config.order && !rn_context_stopping(a->ctx); n++) {
    rn_text_printf(&a->text, "\n\\%d-grams:\n", n);
    if (n == 1) put_unigrams(a);
    for (int32_t w = 0; n > 1 && w < g->n_words && !rn_context_stopping(a->ctx); w++) put_below(a, 1, w, w, n);
  }
  rn_text_puts(&a->text, "\n\\end\\\n");
  rn_writer_write(a->file, a->text.data, a->text.size);
}

rn_status rn_ngram_write_arpa(rn_context *ctx, const rn_model *model, const char *path) {
  arpa a = {.ctx = ctx, .ngram = rn_ngram_of(ctx, model), .vocab = model->vocab, .path = path};
  if (!a.ngram) return RN_ERROR_ARGUMENT;
  rn_status status = rn_ngram_sound(a.ngram) ? check_words(&a) : rn_context_fail(ctx, RN_ERROR_DATA, "the model's n-grams make no trie");
  if (status == RN_OK) status = check_ends(&a);
  if (status == RN_OK) status = rn_writer_open(path, &a.file, &ctx->error);
  if (status != RN_OK) return status;
  put_model(&a);
  bool failed = a.text.failed || a.context.failed;
  if (failed) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", path);
  else if (rn_context_stopping(ctx)) status = rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped");
  else status = rn_writer_commit(a.file, &ctx->error);
  if (failed || status == RN_ERROR_STOPPED) rn_writer_abandon(a.file);
  rn_text_free(&a.context);
  rn_text_free(&a.text);
  return status;
}
