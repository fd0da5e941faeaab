/* detokenize.c: the steps of decoding: each makes a new list of tokens out of the old. */
#define _GNU_SOURCE /* memmem */
#include "text/detokenize.h"
#include "base/alloc.h"
#include "base/utf8.h"
#include "text/byte_letters.h"
#include "text/char_classes.h"

#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

void rn_detokenizer_free(rn_detokenizer *step) {
  rn_free(step->what);
  rn_free(step->with);
  rn_pattern_free(step->pattern);
}

/* ---- lists of tokens ---- */

void rn_token_texts_free(rn_token_texts *t) {
  rn_text_free(&t->text);
  rn_free(t->ends);
}

/* What was appended to the text since the last end is a token. */
static void end_token(rn_token_texts *t) {
  if (t->n == t->capacity && !t->failed) {
    size_t capacity = 2 * t->capacity + 64;
    size_t *ends = rn_realloc(t->ends, capacity * sizeof *ends);
    t->failed = !ends;
    if (ends) t->ends = ends, t->capacity = capacity;
  }
  if (!t->failed) t->ends[t->n++] = t->text.size;
}

void rn_token_texts_add(rn_token_texts *t, const char *token, size_t size) {
  if (size) rn_text_append(&t->text, token, size);
  end_token(t);
}

static rn_string token_at(const rn_token_texts *t, size_t i) {
  size_t begin = i ? t->ends[i - 1] : 0;
  return (rn_string){t->text.data ? t->text.data + begin : "", t->ends[i] - begin};
}

/* ---- helpers ---- */

static void append_valid(rn_text *out, const char *bytes, size_t size) {
  for (size_t at = 0, used; at < size; at += used) {
    int bad;
    rn_utf8_decode(bytes + at, size - at, &used, &bad);
    if (bad) rn_text_puts(out, REPLACEMENT);
    else rn_text_append(out, bytes + at, used);
  }
}

/* What replaces comes from a file, which is not trusted: texts that become longer than this are given up (rn_detokenize). */
static size_t limit_of(const rn_token_texts *tokens) { return ((size_t)1 << 20) + 64 * tokens->text.size; }

static void replace_all(rn_text *out, size_t limit, rn_string s, const char *what, size_t what_size, const char *with, size_t with_size) {
  const char *from = s.data, *end = s.data + s.size;
  for (const char *found; what_size && out->size <= limit && (found = memmem(from, (size_t)(end - from), what, what_size));
       from = found + what_size) {
    if (found > from) rn_text_append(out, from, (size_t)(found - from));
    if (with_size) rn_text_append(out, with, with_size);
  }
  if (end > from) rn_text_append(out, from, (size_t)(end - from));
}

/* ---- the steps ---- */

/* A token with a character that is no letter of a byte is itself: an added one. */
static void bytes(const rn_token_texts *in, rn_token_texts *out) {
  rn_text all = {0};
  for (size_t i = 0; i < in->n; i++) {
    rn_string t = token_at(in, i);
    size_t before = all.size;
    for (size_t at = 0, next; at < t.size; at = next) {
      int byte = rn_byte_of_letter(rn_char_at(t.data, at, &next));
      if (byte < 0) {
        all.size = before;
        rn_text_append(&all, t.data, t.size);
        break;
      }
      rn_text_append(&all, &(char){(char)byte}, 1);
    }
  }
  if (all.size) append_valid(&out->text, all.data, all.size);
  out->failed |= all.failed;
  end_token(out);
  rn_text_free(&all);
}

/* Blanks that the tokenizer of BERT puts where none were, taken away one rule after the other. */
static void clean_up(rn_text *text, size_t from) {
  static const char *const rules[][2] = {{" .", "."},   {" ?", "?"},     {" !", "!"},    {" ,", ","},
                                         {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},  {" do not", " don't"},
                                         {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (size_t i = 0; i < sizeof rules / sizeof *rules && !text->failed; i++) {
    if (!memmem(text->data + from, text->size - from, rules[i][0], strlen(rules[i][0]))) continue;
    rn_text cleaned = {0};
    replace_all(&cleaned, SIZE_MAX, (rn_string){text->data + from, text->size - from}, rules[i][0], strlen(rules[i][0]), rules[i][1],
                strlen(rules[i][1]));
    text->size = from;
    rn_text_append(text, cleaned.data, cleaned.size);
    text->failed |= cleaned.failed;
    rn_text_free(&cleaned);
  }
}

static void wordpiece(const rn_detokenizer *step, rn_string t, size_t i, rn_token_texts *out) {
  size_t from = out->text.size;
  bool continues = i > 0 && t.size >= step->what_size && memcmp(t.data, step->what, step->what_size) == 0;
  if (continues) t.data += step->what_size, t.size -= step->what_size;
  else if (i > 0) rn_text_puts(&out->text, " ");
  if (t.size) rn_text_append(&out->text, t.data, t.size);
  if (step->cleanup && out->text.size > from) clean_up(&out->text, from);
  end_token(out);
}

static int hex_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes that follow each other are one token; those of a run that is no UTF-8 are a U+FFFD each. */
static void byte_fallback(const rn_token_texts *in, rn_token_texts *out) {
  rn_text run = {0};
  for (size_t i = 0; i <= in->n; i++) {
    rn_string t = i < in->n ? token_at(in, i) : (rn_string){"", 0};
    bool is_byte =
        t.size == 6 && memcmp(t.data, "<0x", 3) == 0 && t.data[5] == '>' && hex_digit(t.data[3]) >= 0 && hex_digit(t.data[4]) >= 0;
    if (is_byte) {
      rn_text_append(&run, &(char){(char)(16 * hex_digit(t.data[3]) + hex_digit(t.data[4]))}, 1);
      continue;
    }
    if (run.size && rn_utf8_count_bad(run.data, run.size, NULL) == 0) rn_token_texts_add(out, run.data, run.size);
    else
      for (size_t b = 0; b < run.size; b++) rn_token_texts_add(out, REPLACEMENT, 3);
    run.size = 0;
    if (i < in->n) rn_token_texts_add(out, t.data, t.size);
  }
  out->failed |= run.failed;
  rn_text_free(&run);
}

static rn_string strip(const rn_detokenizer *step, rn_string t) {
  size_t n = step->what_size;
  for (int64_t i = 0; n && i < step->left && t.size >= n && memcmp(t.data, step->what, n) == 0; i++) t.data += n, t.size -= n;
  for (int64_t i = 0; n && i < step->right && t.size >= n && memcmp(t.data + t.size - n, step->what, n) == 0; i++) t.size -= n;
  return t;
}

static void replace_matches(const rn_detokenizer *step, size_t limit, rn_string t, rn_text *out, rn_error *err) {
  rn_matcher matcher = {0};
  size_t from = 0;
  rn_matches m = rn_matches_init(step->pattern, &matcher, t.data, t.size);
  while (out->size <= limit && rn_matches_next(&m, err)) {
    if (m.begin > from) rn_text_append(out, t.data + from, m.begin - from);
    if (step->with_size) rn_text_append(out, step->with, step->with_size);
    from = m.end;
  }
  if (t.size > from) rn_text_append(out, t.data + from, t.size - from);
  rn_matcher_free(&matcher);
}

static void each_token(const rn_detokenizer *step, size_t limit, const rn_token_texts *in, rn_token_texts *out, rn_error *err) {
  for (size_t i = 0; i < in->n && out->text.size <= limit; i++) {
    rn_string t = token_at(in, i);
    if (step->type == RN_DETOKEN_WORDPIECE) {
      wordpiece(step, t, i, out);
      continue;
    }
    if (step->type == RN_DETOKEN_STRIP) t = strip(step, t);
    if (step->type == RN_DETOKEN_METASPACE) {
      bool drop = i == 0 && step->drop_first;
      replace_all(&out->text, limit, t, step->what, step->what_size, " ", drop ? 0 : 1);
    } else if (step->type == RN_DETOKEN_SUFFIX) {
      replace_all(&out->text, limit, t, step->what, step->what_size, " ", i + 1 == in->n ? 0 : 1);
    } else if (step->type == RN_DETOKEN_REPLACE && step->pattern) {
      replace_matches(step, limit, t, &out->text, err);
    } else if (step->type == RN_DETOKEN_REPLACE) {
      replace_all(&out->text, limit, t, step->what, step->what_size, step->with, step->with_size);
    } else {
      rn_text_append(&out->text, t.data, t.size);
    }
    if (step->type != RN_DETOKEN_FUSE) end_token(out);
  }
  if (step->type == RN_DETOKEN_FUSE) end_token(out);
}

rn_status rn_detokenize(const rn_detokenizer *steps, int64_t n_steps, rn_token_texts *tokens, rn_text *out, rn_error *err) {
  rn_error none = {0};
  if (!err) err = &none;
  rn_token_texts lists[2] = {*tokens};
  size_t limit = limit_of(tokens);
  int at = 0;
  for (int64_t i = 0; i < n_steps && err->status == RN_OK; i++, at = !at) {
    rn_token_texts *to = &lists[!at];
    to->n = to->text.size = 0;
    if (steps[i].type == RN_DETOKEN_BYTES) bytes(&lists[at], to);
    else if (steps[i].type == RN_DETOKEN_BYTE_FALLBACK) byte_fallback(&lists[at], to);
    else each_token(&steps[i], limit, &lists[at], to, err);
    if (to->text.size > limit)
      rn_error_set(err, RN_ERROR_DATA, "what the tokenizer replaces makes the text of %zu tokens longer than %zu bytes", tokens->n, limit);
    if (to->failed || to->text.failed) rn_error_set(err, RN_ERROR_MEMORY, "out of memory for the text of %zu tokens", tokens->n);
  }
  for (size_t i = 0; i < lists[at].n && err->status == RN_OK; i++) {
    rn_string t = token_at(&lists[at], i);
    if (n_steps == 0 && i > 0) rn_text_puts(out, " ");
    append_valid(out, t.data, t.size);
  }
  if (out->failed) rn_error_set(err, RN_ERROR_MEMORY, "out of memory for the text of %zu tokens", tokens->n);
  *tokens = lists[0];
  rn_token_texts_free(&lists[1]);
  return err->status;
}
