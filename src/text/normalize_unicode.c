/* normalize_unicode.c: Unicode's normalization forms (UAX 15): decompose every character, put marks in the order of their combining class,
 * and, for NFC and NFKC, compose again. None of that reaches beyond a character and the marks (or the letters of a Korean syllable) that
 * follow it: such a run is normalized at a time, and what comes out of it stands for all of it. */
#include "text/normalize.h"
#include "base/alloc.h"
#include "text/char_classes.h"

#include <string.h>
#include <utf8proc.h>

/* Letters of Korean syllables, whole syllables, and the half-wide and the compatible letters: they compose with letters that follow ... */
static bool is_korean(uint32_t c) {
  return (c >= 0x1100 && c <= 0x11FF) || (c >= 0x3131 && c <= 0x318E) || (c >= 0xAC00 && c <= 0xD7FB) || (c >= 0xFFA0 && c <= 0xFFDC);
}

/* ... unless those begin a syllable. */
static bool begins_syllable(uint32_t c) { return (c >= 0x1100 && c <= 0x115F) || (c >= 0xAC00 && c <= 0xD7A3); }

/* Whether a character may change together with the one before it. */
static bool clings(uint32_t before, uint32_t c) {
  if (c < 0x300) return false;
  return rn_char_is_mark(c) || c == 0xFF9E || c == 0xFF9F /* half-wide voicing */ ||
         (is_korean(c) && is_korean(before) && !begins_syllable(c));
}

static int combining_class(int32_t code) { return utf8proc_get_property(code)->combining_class; }

/* Room for n codes, of which those there are kept. */
static bool reserve(rn_normalize_work *w, size_t n) {
  if (n <= w->capacity) return true;
  size_t capacity = n + w->capacity, bytes;
  if (!rn_mul_size(capacity, sizeof *w->codes, &bytes)) return false;
  int32_t *codes = rn_realloc(w->codes, bytes);
  if (codes) w->codes = codes;
  int32_t *sorted = rn_realloc(w->sorted, bytes);
  if (sorted) w->sorted = sorted;
  if (codes && sorted) w->capacity = capacity;
  return codes && sorted;
}

/* Canonical order: a stable sort of each run of marks by combining class, which is counted, since a hostile run may be long. */
static void order_marks(int32_t *codes, int32_t *sorted, size_t n) {
  for (size_t begin = 0, end; begin < n; begin = end) {
    end = begin + 1;
    if (!combining_class(codes[begin])) continue;
    size_t first[257] = {0};
    while (end < n && combining_class(codes[end])) end++;
    if (end - begin == 1) continue;
    for (size_t i = begin; i < end; i++) first[combining_class(codes[i]) + 1]++;
    for (int c = 0; c < 256; c++) first[c + 1] += first[c];
    for (size_t i = begin; i < end; i++) sorted[first[combining_class(codes[i])]++] = codes[i];
    memcpy(codes + begin, sorted, (end - begin) * sizeof *codes);
  }
}

/* One run, bytes [begin, end) of the text. */
static void normalize_run(rn_normalizer_type form, rn_normalize_work *w, const rn_aligned *in, size_t begin, size_t end,
                          rn_aligned_buffer *out) {
  bool compose = form == RN_NORMALIZE_NFC || form == RN_NORMALIZE_NFKC;
  utf8proc_option_t options = compose ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
  if (form == RN_NORMALIZE_NFKC || form == RN_NORMALIZE_NFKD) options |= UTF8PROC_COMPAT;
  size_t n = 0;
  for (size_t at = begin, next; at < end; at = next) {
    int32_t code = (int32_t)rn_char_at(in->data, at, &next);
    enum { LONGEST = 32 }; /* of a character's decomposition: 18, of U+FDFA */
    if (!reserve(w, n + LONGEST)) {
      out->failed = true;
      return;
    }
    utf8proc_ssize_t got = utf8proc_decompose_char(code, w->codes + n, LONGEST, options, NULL);
    if (got < 0 || got > LONGEST) w->codes[n++] = code;
    else n += (size_t)got;
  }
  order_marks(w->codes, w->sorted, n);
  if (compose) {
    utf8proc_ssize_t composed = utf8proc_normalize_utf32(w->codes, (utf8proc_ssize_t)n, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (composed >= 0) n = (size_t)composed;
  }
  for (size_t i = 0; i < n; i++) rn_aligned_put_code(out, (uint32_t)w->codes[i], rn_aligned_begin(in, begin), rn_aligned_end(in, end - 1));
}

void rn_normalize_unicode(rn_normalizer_type form, rn_normalize_work *work, const rn_aligned *in, rn_aligned_buffer *out) {
  for (size_t at = 0, end, next; at < in->size; at = end) {
    uint32_t code = rn_char_at(in->data, at, &end), before = code;
    bool simple = code < 0x80;
    while (end < in->size) {
      uint32_t c = rn_char_at(in->data, end, &next);
      if (!clings(before, c)) break;
      before = c;
      end = next;
      simple = false;
    }
    if (simple) rn_aligned_copy(out, in, at, end);
    else normalize_run(form, work, in, at, end, out);
  }
}
