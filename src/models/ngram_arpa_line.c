/* ngram_arpa_line.c: what lines of an ARPA file are made of. */
#include "base/number.h"
#include "base/utf8.h"
#include "models/ngram_arpa.h"
#include "text/symbols.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

rn_status rn_arpa_fail(const rn_arpa_line *l, const char *at, const char *format, ...) {
  char words[512];
  va_list args;
  int64_t line, column;
  va_start(args, format);
  vsnprintf(words, sizeof words, format, args);
  va_end(args);
  rn_utf8_place(l->text.data, at, &line, &column);
  return rn_error_set(l->error, RN_ERROR_DATA, "%s:%u:%lld: %s", l->name, l->number, (long long)column, words);
}

bool rn_arpa_is(rn_string s, const char *word) { return s.size == strlen(word) && memcmp(s.data, word, s.size) == 0; }

bool rn_arpa_is_blank(char c) {
  static const bool blank[256] = {[0] = true, [' '] = true, ['\t'] = true, ['\r'] = true, ['\v'] = true, ['\f'] = true};
  return blank[(unsigned char)c];
}

rn_string rn_arpa_field(rn_string *left) {
  rn_string f = *left;
  while (f.size > 0 && rn_arpa_is_blank(*f.data)) f.data++, f.size--;
  left->data = f.data;
  left->size = f.size;
  for (f.size = 0; f.size < left->size && !rn_arpa_is_blank(f.data[f.size]);) f.size++;
  left->data += f.size;
  left->size -= f.size;
  return f;
}

/* A logarithm to the base 10, as a natural one. */
static rn_status read_log(const rn_arpa_line *l, rn_string text, const char *what, bool probability, float *out) {
  double x;
  if (text.size == 0) return rn_arpa_fail(l, text.data, "the %s is missing", what);
  if (!rn_number_read(text.data, text.size, &x) || isnan(x) || x == INFINITY || (!probability && !isfinite(x)) || fabs(x) > 1e30)
    if (!(probability && x == -INFINITY))
      return rn_arpa_fail(l, text.data, "the %s is not a number: %.*s", what, (int)(text.size < 40 ? text.size : 40), text.data);
  if (probability && x > 1e-4) return rn_arpa_fail(l, text.data, "a log probability of %g: a probability above 1", x);
  *out = (float)(x * M_LN10);
  if (probability && *out > 0) *out = 0;
  if (probability && !(*out > RN_ARPA_LOG_0)) *out = RN_ARPA_LOG_0;
  return RN_OK;
}

rn_status rn_arpa_parse(const rn_arpa_line *l, int n, rn_arpa_ngram *out) {
  rn_string left = l->text, text;
  out->backoff = 0;
  rn_status status = read_log(l, rn_arpa_field(&left), "log probability", true, &out->log_p);
  for (int i = 0; i < n && status == RN_OK; i++) {
    text = out->words[i] = rn_arpa_field(&left);
    if (text.size == 0) status = rn_arpa_fail(l, text.data, "%d words are here; a %d-gram has %d", i, n, n);
  }
  text = rn_arpa_field(&left);
  if (status == RN_OK && text.size > 0) status = read_log(l, text, "backoff", false, &out->backoff);
  text = rn_arpa_field(&left);
  if (status == RN_OK && text.size > 0)
    status = rn_arpa_fail(l, text.data, "more than a log probability, %d word%s and a backoff", n, n > 1 ? "s" : "");
  return status;
}

rn_string rn_arpa_symbol(rn_string word) {
  if (word.size == 0 || *word.data != '<') return word;
  if (rn_arpa_is(word, "<s>") || rn_arpa_is(word, "</s>")) return (rn_string){RN_EOS, strlen(RN_EOS)};
  if (rn_arpa_is(word, "<UNK>")) return (rn_string){RN_UNK, strlen(RN_UNK)};
  return word;
}
