/* normalize.c: the steps of normalization. Each goes over the text once and carries along where every byte comes from; one that leaves
 * ASCII as it is skips a text of ASCII. */
#define _GNU_SOURCE /* memmem */
#include "text/normalize.h"
#include "base/alloc.h"
#include "base/utf8.h"
#include "text/byte_letters.h"
#include "text/char_classes.h"

#include <string.h>
#include <utf8proc.h>

void rn_normalizer_free(rn_normalizer *step) {
  rn_free(step->what);
  rn_free(step->with);
  rn_pattern_free(step->pattern);
  rn_charsmap_free(step->charsmap);
}

void rn_normalize_work_free(rn_normalize_work *work) {
  for (int i = 0; i < 2; i++) rn_aligned_buffer_free(&work->buffers[i]);
  rn_matcher_free(&work->matcher);
  rn_free(work->codes);
  rn_free(work->sorted);
}

/* ---- one character after the other: each becomes up to three ---- */

static size_t one(uint32_t code, uint32_t *out) { return out[0] = code, 1; }

static size_t lowercase(uint32_t code, uint32_t *out) {
  if (code != 0x130) return one(rn_utf8_lower(code), out);
  out[0] = 'i', out[1] = 0x307; /* I with a dot above: the only character whose lower case is two */
  return 2;
}

static size_t strip_accents(uint32_t code, uint32_t *out) { return rn_char_is_mark(code) ? 0 : one(code, out); }

static size_t strip_nonspacing(uint32_t code, uint32_t *out) { return rn_char_is_nonspacing(code) ? 0 : one(code, out); }

static size_t clean(uint32_t code, uint32_t *out) {
  bool line_or_tab = code == '\t' || code == '\n' || code == '\r';
  if (code == 0 || code == 0xFFFD || (!line_or_tab && rn_char_is_control(code))) return 0;
  return one(rn_char_is_space(code) ? ' ' : code, out);
}

/* The blocks of ideographs as BERT's authors list them. */
static bool is_chinese(uint32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

static size_t space_chinese(uint32_t code, uint32_t *out) {
  if (!is_chinese(code)) return one(code, out);
  out[0] = out[2] = ' ', out[1] = code;
  return 3;
}

static size_t nmt(uint32_t c, uint32_t *out) {
  if ((c >= 1 && c <= 8) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F) return 0;
  bool blank = c == 9 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 ||
               c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
  return one(blank ? ' ' : c, out);
}

typedef size_t (*char_map)(uint32_t code, uint32_t *out);

static char_map map_of(rn_normalizer_type type) {
  switch (type) {
  case RN_NORMALIZE_LOWERCASE: return lowercase;
  case RN_NORMALIZE_STRIP_ACCENTS: return strip_accents;
  case RN_NORMALIZE_STRIP_NONSPACING: return strip_nonspacing;
  case RN_NORMALIZE_CLEAN: return clean;
  case RN_NORMALIZE_SPACE_CHINESE: return space_chinese;
  case RN_NORMALIZE_NMT: return nmt;
  default: return NULL;
  }
}

static void map_chars(char_map map, const rn_aligned *in, rn_aligned_buffer *out) {
  for (size_t at = 0, next; at < in->size; at = next) {
    uint32_t code = rn_char_at(in->data, at, &next), mapped[3];
    size_t n = map(code, mapped);
    if (n == 1 && mapped[0] == code) {
      rn_aligned_copy(out, in, at, next);
      continue;
    }
    for (size_t i = 0; i < n; i++) rn_aligned_put_code(out, mapped[i], rn_aligned_begin(in, at), rn_aligned_end(in, next - 1));
  }
}

/* ---- the text as a whole ---- */

void rn_normalize_bytes(const rn_aligned *in, rn_aligned_buffer *out) {
  for (size_t at = 0; at < in->size; at++) {
    char letter[2];
    rn_aligned_put(out, letter, rn_byte_letter_write((uint8_t)in->data[at], letter), rn_aligned_begin(in, at), rn_aligned_end(in, at));
  }
}

static rn_aligned strip(const rn_normalizer *step, const rn_aligned *in) {
  size_t begin = 0, end = in->size, next;
  while (step->left && begin < end && rn_char_is_space(rn_char_at(in->data, begin, &next))) begin = next;
  while (step->right && end > begin) {
    size_t last = end - 1;
    while (((unsigned char)in->data[last] & 0xC0) == 0x80) last--;
    if (!rn_char_is_space(rn_char_at(in->data, last, &next))) break;
    end = last;
  }
  return rn_aligned_slice(in, begin, end);
}

/* What is put before a text stands for its first character. */
static void prepend(const rn_normalizer *step, const rn_aligned *in, rn_aligned_buffer *out) {
  size_t next;
  if (in->size == 0) return;
  rn_char_at(in->data, 0, &next);
  rn_aligned_put(out, step->with, step->with_size, rn_aligned_begin(in, 0), rn_aligned_end(in, next - 1));
  rn_aligned_copy(out, in, 0, in->size);
}

static void replace_match(const rn_normalizer *step, const rn_aligned *in, rn_aligned_buffer *out, size_t *from, size_t begin, size_t end) {
  rn_aligned_copy(out, in, *from, begin);
  if (end > begin) rn_aligned_put(out, step->with, step->with_size, rn_aligned_begin(in, begin), rn_aligned_end(in, end - 1));
  else if (in->size)
    rn_aligned_put(out, step->with, step->with_size, rn_aligned_begin(in, begin ? begin - 1 : 0),
                   rn_aligned_end(in, begin ? begin - 1 : 0));
  *from = end;
}

static void replace(const rn_normalizer *step, rn_normalize_work *work, const rn_aligned *in, rn_aligned_buffer *out, rn_error *err) {
  size_t from = 0;
  if (step->pattern) {
    rn_matches m = rn_matches_init(step->pattern, &work->matcher, in->data, in->size);
    while (rn_matches_next(&m, err)) replace_match(step, in, out, &from, m.begin, m.end);
  } else if (step->what_size) {
    for (const char *found; (found = memmem(in->data + from, in->size - from, step->what, step->what_size));) {
      size_t begin = (size_t)(found - in->data);
      replace_match(step, in, out, &from, begin, begin + step->what_size);
    }
  }
  rn_aligned_copy(out, in, from, in->size);
}

static void charsmap(const rn_normalizer *step, const rn_aligned *in, rn_aligned_buffer *out) {
  for (size_t at = 0, next; at < in->size; at = next) {
    size_t used, size;
    const char *with = rn_charsmap_find(step->charsmap, in->data + at, in->size - at, false, &used, &size);
    rn_char_at(in->data, at, &next);
    if (!with) {
      rn_aligned_copy(out, in, at, next);
      continue;
    }
    if (used > next - at) next = at + used;
    rn_aligned_put(out, with, size, rn_aligned_begin(in, at), rn_aligned_end(in, next - 1));
  }
}

/* Where the grapheme (what is read as one character) ends that begins at `at`. */
static size_t grapheme_end(const rn_aligned *in, size_t at) {
  size_t end, next;
  utf8proc_int32_t state = 0, before = (utf8proc_int32_t)rn_char_at(in->data, at, &end);
  for (; end < in->size; end = next) {
    utf8proc_int32_t code = (utf8proc_int32_t)rn_char_at(in->data, end, &next);
    if (utf8proc_grapheme_break_stateful(before, code, &state)) break;
    before = code;
  }
  return end;
}

/* Hugging Face's way with the same table: a grapheme of less than six bytes as a whole becomes what stands for the shortest entry that it
 * begins with, marks and all; otherwise each of its characters for itself. */
static void charsmap_graphemes(const rn_normalizer *step, const rn_aligned *in, rn_aligned_buffer *out) {
  for (size_t at = 0, end; at < in->size; at = end) {
    size_t used, size, next;
    end = grapheme_end(in, at);
    const char *with = end - at < 6 ? rn_charsmap_find(step->charsmap, in->data + at, end - at, true, &used, &size) : NULL;
    if (with) {
      rn_aligned_put(out, with, size, rn_aligned_begin(in, at), rn_aligned_end(in, end - 1));
      continue;
    }
    for (size_t c = at; c < end; c = next) {
      rn_char_at(in->data, c, &next);
      with = rn_charsmap_find(step->charsmap, in->data + c, next - c, true, &used, &size);
      if (with) rn_aligned_put(out, with, size, rn_aligned_begin(in, c), rn_aligned_end(in, next - 1));
      else rn_aligned_copy(out, in, c, next);
    }
  }
}

/* ---- all of them ---- */

static bool is_ascii(const char *text, size_t size) {
  unsigned char any = 0;
  for (size_t i = 0; i < size; i++) any |= (unsigned char)text[i];
  return any < 0x80;
}

/* Whether the step would change nothing: the common case of steps that are about accents and other scripts. */
static bool is_idle(const rn_normalizer *step, const rn_aligned *in) {
  switch (step->type) {
  case RN_NORMALIZE_NFC:
  case RN_NORMALIZE_NFD:
  case RN_NORMALIZE_NFKC:
  case RN_NORMALIZE_NFKD:
  case RN_NORMALIZE_STRIP_ACCENTS:
  case RN_NORMALIZE_STRIP_NONSPACING:
  case RN_NORMALIZE_SPACE_CHINESE: return is_ascii(in->data, in->size);
  case RN_NORMALIZE_REPLACE:
    if (step->pattern) return false;
    return !step->what_size || in->size < step->what_size || !memmem(in->data, in->size, step->what, step->what_size);
  default: return in->size == 0;
  }
}

static void apply(const rn_normalizer *step, rn_normalize_work *work, const rn_aligned *in, rn_aligned_buffer *out, rn_error *err) {
  char_map map = map_of(step->type);
  if (map) map_chars(map, in, out);
  else if (step->type <= RN_NORMALIZE_NFKD) rn_normalize_unicode(step->type, work, in, out);
  else if (step->type == RN_NORMALIZE_BYTES) rn_normalize_bytes(in, out);
  else if (step->type == RN_NORMALIZE_PREPEND) prepend(step, in, out);
  else if (step->type == RN_NORMALIZE_REPLACE) replace(step, work, in, out, err);
  else if (step->graphemes) charsmap_graphemes(step, in, out);
  else charsmap(step, in, out);
}

rn_status rn_normalize(const rn_normalizer *steps, int64_t n_steps, rn_normalize_work *work, rn_aligned in, rn_aligned *out,
                       rn_error *err) {
  rn_error none = {0};
  if (!err) err = &none;
  *out = in;
  for (int64_t i = 0, turn = 0; i < n_steps; i++) {
    if (is_idle(&steps[i], out)) continue;
    if (steps[i].type == RN_NORMALIZE_STRIP) {
      *out = strip(&steps[i], out);
      continue;
    }
    rn_aligned_buffer *b = &work->buffers[turn];
    turn = !turn; /* the text is in the other one */
    rn_aligned_begin_step(b, in.size);
    apply(&steps[i], work, out, b, err);
    if (err->status != RN_OK) return err->status;
    if (b->failed) return rn_aligned_failed(b, in.size, err);
    *out = rn_aligned_view(b);
  }
  return RN_OK;
}
