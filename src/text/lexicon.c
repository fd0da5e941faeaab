/* lexicon.c: the forms, the casing and the letters of words. Building a vocabulary of them: vocab.c. */
#include "text/lexicon.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/text_buffer.h"
#include "base/utf8.h"
#include <string.h>

/* The code point at the front of what is left of a word; NUL as U+FFFD. */
static uint32_t next_code(const char **at, size_t *left) {
  size_t used;
  uint32_t code = rn_utf8_decode(*at, *left, &used, NULL);
  *at += used;
  *left -= used;
  return code ? code : 0xFFFD;
}

int64_t rn_form(const char *data, size_t size, bool fold, char *out, size_t room) {
  size_t n = 0;
  while (size > 0) {
    uint32_t code = next_code(&data, &size);
    if (fold) code = rn_utf8_class(code) == RN_CHAR_DIGIT ? '0' : rn_utf8_lower(code);
    char bytes[4];
    size_t used = rn_utf8_encode(code, bytes);
    if (used > room - n) return -1;
    memcpy(out + n, bytes, used);
    n += used;
  }
  return (int64_t)n;
}

rn_casing rn_lexicon_casing(const char *data, size_t size) {
  int64_t count[RN_CHAR_MARK + 1] = {0};
  bool begins_upper = false;
  while (size > 0) {
    rn_char_class class = rn_utf8_class(next_code(&data, &size));
    if (class == RN_CHAR_UPPER && !count[RN_CHAR_UPPER] && !count[RN_CHAR_LOWER]) begins_upper = true;
    count[class]++;
  }
  int64_t upper = count[RN_CHAR_UPPER], lower = count[RN_CHAR_LOWER], letters = upper + lower + count[RN_CHAR_LETTER];
  if (count[RN_CHAR_DIGIT]) return letters ? RN_CASING_HAS_DIGIT : RN_CASING_NUMBER;
  if (!letters) return count[RN_CHAR_OTHER] ? RN_CASING_PUNCTUATION : RN_CASING_OTHER;
  if (upper + lower == 0) return RN_CASING_OTHER;
  if (upper == 0) return RN_CASING_LOWER;
  if (upper == 1 && begins_upper) return RN_CASING_TITLE;
  return lower == 0 ? RN_CASING_UPPER : RN_CASING_MIXED;
}

char *rn_letters_of_words(const rn_string *words, int64_t n) {
  rn_map *seen = rn_map_new();
  rn_text letters = {0};
  rn_text_puts(&letters, "");
  letters.failed |= !seen;
  for (int64_t i = 0; i < n && !letters.failed; i++) {
    const char *at = words[i].data;
    for (size_t left = words[i].size; left > 0 && !letters.failed;) {
      char letter[4];
      size_t size = rn_utf8_encode(next_code(&at, &left), letter);
      bool fresh;
      if (!rn_map_insert(seen, letter, size, 0, &fresh)) letters.failed = true;
      else if (fresh) rn_text_append(&letters, letter, size);
    }
  }
  rn_map_free(seen);
  if (letters.failed) rn_text_free(&letters);
  return letters.data;
}

struct rn_lexicon {
  const rn_vocab *words;
  rn_vocab *letters; /* NULL: none */
  bool fold;
};

rn_status rn_lexicon_new(rn_context *ctx, const rn_vocab *words, const char *letters, bool fold, rn_lexicon **out) {
  *out = NULL;
  rn_lexicon *lexicon = rn_alloc_zero(1, sizeof *lexicon);
  if (!lexicon) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the words");
  *lexicon = (rn_lexicon){.words = words, .fold = fold};
  if (letters) {
    rn_vocab_options options = {.level = RN_LEVEL_CHAR, .min_count = 1, .unk = true};
    rn_status status = rn_vocab_build(ctx, letters, strlen(letters), &options, &lexicon->letters);
    if (status != RN_OK) {
      rn_free(lexicon);
      return status;
    }
  }
  *out = lexicon;
  return RN_OK;
}

void rn_lexicon_free(rn_lexicon *lexicon) {
  if (!lexicon) return;
  rn_vocab_free(lexicon->letters);
  rn_free(lexicon);
}

int32_t rn_lexicon_word(const rn_lexicon *lexicon, const char *data, size_t size) {
  if (rn_vocab_level(lexicon->words) == RN_LEVEL_TOKEN) return rn_vocab_find(lexicon->words, data, size);
  char form[RN_MAX_FORM];
  for (int fold = lexicon->fold; fold <= 1; fold++) {
    int64_t n = rn_form(data, size, fold, form, sizeof form);
    int32_t id = n > 0 ? rn_vocab_find(lexicon->words, form, (size_t)n) : -1;
    if (id >= 0) return id;
  }
  return rn_vocab_unk(lexicon->words);
}

int64_t rn_lexicon_n_letters(const rn_lexicon *lexicon) { return lexicon->letters ? rn_vocab_size(lexicon->letters) : 0; }

static int32_t letter_id(const rn_vocab *letters, uint32_t code) {
  char letter[4];
  int32_t id = rn_vocab_find(letters, letter, rn_utf8_encode(code, letter));
  return id >= 0 ? id : rn_vocab_unk(letters);
}

int64_t rn_lexicon_letters(const rn_lexicon *lexicon, const char *data, size_t size, int32_t *out, int64_t max) {
  if (!lexicon->letters) return 0;
  int64_t n = 0, written = 0;
  const char *at = data;
  for (size_t left = size; left > 0; n++) next_code(&at, &left);
  int64_t head = n > max ? max / 2 : max, tail = n - (max - head); /* letters head .. tail are not read */
  at = data;
  for (int64_t i = 0; i < n; i++) {
    uint32_t code = next_code(&at, &size);
    if (i < head || i >= tail) out[written++] = letter_id(lexicon->letters, code);
  }
  return written;
}
