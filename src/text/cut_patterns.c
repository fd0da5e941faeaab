/* cut_patterns.c: two regular expressions that most byte-level tokenizers use, by hand: one look at each character. The tests hold them
 * against PCRE2 on hostile texts. */
#include "base/alloc.h"
#include "text/char_classes.h"
#include "text/pretokenize.h"

#include <string.h>

const char rn_gpt2_regex[] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
#define CL100K(digits)                                                                                                                     \
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

typedef enum kind { OTHER, LETTER, NUMBER, SPACE } kind;

/* ASCII by table; 0 is OTHER. */
static const unsigned char ascii[128] = {
    ['\t'] = SPACE, ['\n'] = SPACE,         ['\v'] = SPACE,         ['\f'] = SPACE,         ['\r'] = SPACE,
    [' '] = SPACE,  ['0' ... '9'] = NUMBER, ['A' ... 'Z'] = LETTER, ['a' ... 'z'] = LETTER,
};

static kind wide_kind(const char *text, size_t at, size_t *next) {
  uint32_t code = rn_char_at(text, at, next);
  if (rn_char_is_letter(code)) return LETTER;
  if (rn_char_is_number(code)) return NUMBER;
  return rn_char_is_space(code) ? SPACE : OTHER;
}

static inline kind kind_at(const char *text, size_t at, size_t *next) {
  unsigned char byte = (unsigned char)text[at];
  if (byte >= 0x80) return wide_kind(text, at, next);
  *next = at + 1;
  return ascii[byte];
}

/* The end of the run of one kind that goes on at `at`. */
static inline size_t run(const char *text, size_t size, size_t at, kind of) {
  for (size_t next; at < size && kind_at(text, at, &next) == of; at = next) {}
  return at;
}

/* The end of an 's 't 're 've 'm 'll 'd at `at`, or `at`. With `fold`, in any case; U+017F is an s then. */
static size_t contraction(const char *text, size_t size, size_t at, bool fold) {
  unsigned char mask = fold ? 0x20 : 0;
  if (size - at < 2) return at;
  unsigned char a = (unsigned char)text[at + 1] | mask;
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return at + 2;
  if (size - at < 3) return at;
  unsigned char b = (unsigned char)text[at + 2] | mask;
  if (((a == 'r' || a == 'v') && b == 'e') || (a == 'l' && b == 'l')) return at + 3;
  return fold && memcmp(text + at + 1, "\xC5\xBF", 2) == 0 ? at + 3 : at;
}

/* \s+(?!\S)|\s+ of a run of white space [at, end): all of it at the end of the text, else all but its last character, if there are two. */
static size_t blanks(const char *text, size_t size, size_t at, size_t end) {
  if (end == size) return end;
  size_t last = end - 1, next;
  while (((unsigned char)text[last] & 0xC0) == 0x80) last--;
  if (last > at) return last;
  rn_char_at(text, at, &next);
  return next;
}

size_t rn_cut_gpt2(const char *text, size_t size, size_t at) {
  size_t next, after;
  if (text[at] == '\'' && (next = contraction(text, size, at, false)) > at) return next;
  kind first = kind_at(text, at, &next);
  if (first != SPACE) return run(text, size, next, first);
  if (text[at] == ' ' && next < size) {
    kind second = kind_at(text, next, &after);
    if (second != SPACE) return run(text, size, after, second);
  }
  return blanks(text, size, at, run(text, size, next, SPACE));
}

static bool is_line_end(char c) { return c == '\r' || c == '\n'; }

size_t rn_cut_cl100k(const char *text, size_t size, size_t at, int max_digits) {
  size_t next, after;
  if (text[at] == '\'' && (next = contraction(text, size, at, true)) > at) return next;
  kind first = kind_at(text, at, &next), second = next < size ? kind_at(text, next, &after) : SPACE;
  if (first == LETTER) return run(text, size, next, LETTER);
  if (first == NUMBER) {
    for (int i = 1; i < max_digits && next < size && kind_at(text, next, &after) == NUMBER; i++) next = after;
    return next;
  }
  if (!is_line_end(text[at]) && second == LETTER && next < size) return run(text, size, after, LETTER);
  if (first == OTHER || (text[at] == ' ' && next < size && second == OTHER)) {
    for (next = run(text, size, first == OTHER ? next : after, OTHER); next < size && is_line_end(text[next]);) next++;
    return next;
  }
  size_t end = run(text, size, next, SPACE);
  for (size_t i = end; i > at; i--) /* \s*[\r\n]+: to the last line end */
    if (is_line_end(text[i - 1])) return i;
  return blanks(text, size, at, end);
}

rn_status rn_pretokenizer_pattern(const char *regex, size_t size, rn_pretokenizer *step, rn_error *err) {
  bool plain = !step->invert && step->behavior == RN_CUT_ISOLATED;
  bool inverted = step->invert && step->behavior == RN_CUT_REMOVED; /* the same: all is match */
  struct {
    const char *regex;
    rn_pretoken_type type;
    int max_digits;
  } const known[] = {{rn_gpt2_regex, RN_PRETOKEN_CUT_GPT2, 0},
                     {CL100K("\\p{N}{1,3}"), RN_PRETOKEN_CUT_CL100K, 3},
                     {CL100K("\\p{N}"), RN_PRETOKEN_CUT_CL100K, 1}};
  for (size_t i = 0; i < sizeof known / sizeof *known && (plain || inverted); i++)
    if (strlen(known[i].regex) == size && memcmp(known[i].regex, regex, size) == 0) {
      step->type = known[i].type;
      step->max_digits = known[i].max_digits;
      return RN_OK;
    }
  step->type = RN_PRETOKEN_CUT_PATTERN;
  return rn_pattern_new(regex, size, &step->pattern, err);
}
