/* words_split.c: a text to words.
 *
 * RN_SPLIT_WORDS cuts at white space and then, from left to right, takes what the first of these rules takes:
 *
 *   address      http:// https:// ftp:// www. and all up to white space, without the punctuation at its end
 *   smiley       eyes : ; =, perhaps a nose - ^ ', a mouth ) ( ] [ | / \ *, and where white space is before it also D P p O o 3
 *   bracket      as Penn's files write them: -LRB- -RRB- -LSB- -RSB- -LCB- -RCB-
 *   clitic       n't 's 'm 'd 're 've 'll, with ' or U+2019, where no letter follows
 *   word         letters, digits, marks and '_', up to a clitic; joined inside, with the like on both sides, by - ' @ &, by a dot (in
 *                "Ph.D.", not in "end.Next"), and between digits by , : /
 *                A sign, a dot or ' that follows white space and stands before a digit begins it: -5 .5 '70s
 *                A dot behind it is part of it: U.N. e.g. Ph.D. (a dot inside, and one letter after that), the initial of a name (a capital
 *                other than I, where the text goes on), and Mr. Dr. etc. and their like
 *   run          of the same one of . - = * ~ # ! ? + < >, and `` and ''
 *   character    any other is a word of its own, with the marks behind it
 *
 * Scripts without blanks between words are left in one piece by these rules: RN_SPLIT_CHARACTERS is for them. */
#include "base/names.h"
#include "base/utf8.h"
#include <rondo/text.h>
#include <string.h>
#include <strings.h>

static const char *const names[] = {"space", "words", "characters", "tokens"};

const char *rn_split_name(rn_split split) { return names[split]; }

bool rn_split_parse(const char *name, rn_split *out) {
  int split = RN_NAME_INDEX(name, names);
  if (split >= 0) *out = (rn_split)split;
  return split >= 0;
}

/* A place in the text, and the character there; at the end of the text a white space of no bytes. */
typedef struct place {
  const char *at, *end;
  uint32_t code;
  size_t size;
  rn_char_class class;
} place;

static place look(const char *at, const char *end) {
  place p = {.at = at, .end = end, .class = RN_CHAR_SPACE};
  if (at == end) return p;
  p.code = rn_utf8_decode(at, (size_t)(end - at), &p.size, NULL);
  p.class = rn_utf8_class(p.code);
  return p;
}

static place after(place p) { return look(p.at + p.size, p.end); }
static bool is_space(place p) { return p.class == RN_CHAR_SPACE; }
static bool is_letter(place p) { return p.class == RN_CHAR_LOWER || p.class == RN_CHAR_UPPER || p.class == RN_CHAR_LETTER; }
static bool is_inside(place p) { return is_letter(p) || p.class == RN_CHAR_DIGIT || p.class == RN_CHAR_MARK || p.code == '_'; }
static bool is_apostrophe(place p) { return p.code == '\'' || p.code == 0x2019; }
static bool is_hyphen(place p) { return p.code == '-' || p.code == 0x2010 || p.code == 0x2011; }
static bool is_one_of(place p, const char *set) { return p.code > 0 && p.code < 0x80 && strchr(set, (int)p.code); }

static bool begins(place p, const char *word) {
  size_t n = strlen(word);
  return (size_t)(p.end - p.at) >= n && strncasecmp(p.at, word, n) == 0;
}

/* ---- the rules: each gives the end of what it takes, or NULL ---- */

static const char *take_address(place p) {
  static const char *const starts[] = {"http://", "https://", "ftp://", "www."};
  for (size_t i = 0; is_one_of(p, "hfwHFW") && i < sizeof starts / sizeof *starts; i++) {
    if (!begins(p, starts[i])) continue;
    place to = look(p.at + strlen(starts[i]), p.end);
    const char *stop = NULL;
    for (; !is_space(to); to = after(to))
      if (!is_one_of(to, ".,;:!?'\")]}>")) stop = to.at + to.size;
    return stop;
  }
  return NULL;
}

static const char *take_smiley(place p, bool after_space) {
  if (!is_one_of(p, ":;=")) return NULL;
  place mouth = after(p);
  if (is_one_of(mouth, "-^'")) mouth = after(mouth);
  if (!is_one_of(mouth, ")(][|/\\*") && !(after_space && is_one_of(mouth, "DPpOo3"))) return NULL;
  place to = after(mouth);
  while (to.code == mouth.code && to.size) to = after(to); /* :))) */
  return is_inside(to) || to.code == '/' ? NULL : to.at;
}

static const char *take_bracket(place p) {
  static const char *const brackets[] = {"-lrb-", "-rrb-", "-lsb-", "-rsb-", "-lcb-", "-rcb-"};
  for (size_t i = 0; p.code == '-' && i < sizeof brackets / sizeof *brackets; i++)
    if (begins(p, brackets[i])) return p.at + strlen(brackets[i]);
  return NULL;
}

static const char *take_clitic(place p) {
  static const char *const endings[] = {"s", "m", "d", "re", "ve", "ll"};
  place to = p;
  bool negation = p.code == 'n' || p.code == 'N';
  if (negation) to = after(to);
  if (!is_apostrophe(to)) return NULL;
  to = after(to);
  size_t n = 0;
  if (negation) n = begins(to, "t");
  for (size_t i = 0; !negation && i < sizeof endings / sizeof *endings; i++)
    if (begins(to, endings[i])) n = strlen(endings[i]);
  if (n == 0) return NULL;
  to = look(to.at + n, to.end);
  return is_inside(to) || (is_hyphen(to) && is_inside(after(to))) ? NULL : to.at;
}

/* Whether a character between two others of a word joins them. */
static bool joins(place before, place joint) {
  place next = after(joint);
  if (!is_inside(next) || next.class == RN_CHAR_MARK) return false;
  if (joint.code == '.') return before.class != RN_CHAR_LOWER || next.class != RN_CHAR_UPPER || after(next).code == '.';
  if (is_one_of(joint, ",:/")) return before.class == RN_CHAR_DIGIT && next.class == RN_CHAR_DIGIT;
  return is_hyphen(joint) || is_apostrophe(joint) || joint.code == '@' || joint.code == '&';
}

static bool is_abbreviation(const char *word, size_t size) {
  static const char *const table[] = {"Mr",  "Mrs", "Ms",  "Dr",  "Prof", "St",   "Jr",  "Sr",  "Rev", "Gov",  "Gen",
                                      "Sen", "Rep", "Col", "Lt",  "Sgt",  "Capt", "Inc", "Ltd", "Co",  "Corp", "Bros",
                                      "vs",  "etc", "Jan", "Feb", "Aug",  "Sept", "Oct", "Nov", "Dec"};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (size == strlen(table[i]) && strncasecmp(word, table[i], size) == 0) return true;
  return false;
}

/* Whether the dot behind a word is part of it; the last two places in the word are known. */
static bool keeps_dot(const char *word, place before, place last, place dot) {
  place next = after(dot);
  if (dot.code != '.' || next.code == '.') return false;
  if (before.code == '.' && is_letter(last)) return true;
  if (last.at == word && last.class == RN_CHAR_UPPER && last.code != 'I') {
    while (is_space(next) && next.size) next = after(next);
    return next.size > 0;
  }
  return is_abbreviation(word, (size_t)(dot.at - word));
}

static const char *take_word(place p, bool after_space) {
  const char *word = p.at;
  if (after_space && is_one_of(p, "+-.'") && after(p).class == RN_CHAR_DIGIT) p = after(p);
  if (!is_inside(p)) return NULL;
  place before = {0}, last = {0};
  for (; (p.at == word || !take_clitic(p)) && (is_inside(p) || (last.size && joins(last, p))); p = after(p)) {
    before = last;
    last = p;
  }
  return keeps_dot(word, before, last, p) ? p.at + p.size : p.at;
}

static const char *take_run(place p) {
  place to = after(p);
  bool quotes = p.code == '`' || p.code == '\'';
  if (!to.size || to.code != p.code || !(quotes || is_one_of(p, ".-=*~#!?+<>"))) return NULL;
  if (quotes) return to.at + to.size;
  while (to.size && to.code == p.code) to = after(to);
  return to.at;
}

static const char *take_character(place p) {
  place to = after(p);
  while (to.class == RN_CHAR_MARK) to = after(to);
  return to.at;
}

/* The end of the word that begins here. */
static const char *word_end(rn_split how, place p, bool after_space) {
  if (how == RN_SPLIT_CHARACTERS) return p.at + p.size;
  if (how == RN_SPLIT_SPACE) {
    while (!is_space(p)) p = after(p);
    return p.at;
  }
  const char *end = take_address(p);
  if (!end) end = take_smiley(p, after_space);
  if (!end) end = take_bracket(p);
  if (!end) end = take_clitic(p);
  if (!end) end = take_word(p, after_space);
  if (!end) end = take_run(p);
  return end ? end : take_character(p);
}

int64_t rn_words_split(rn_split how, const char *text, size_t size, rn_string *out, int64_t max) {
  int64_t n = 0;
  if (size == 0) return 0;
  bool after_space = true;
  for (place p = look(text, text + size); p.at < p.end;) {
    if (is_space(p)) {
      after_space = true;
      p = after(p);
      continue;
    }
    const char *end = word_end(how, p, after_space);
    if (n < max) out[n] = (rn_string){p.at, (size_t)(end - p.at)};
    n++;
    after_space = false;
    p = look(end, p.end);
  }
  return n;
}
