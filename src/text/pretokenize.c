/* pretokenize.c: the steps of cutting. */
#define _GNU_SOURCE /* memmem */
#include "text/pretokenize.h"
#include "base/alloc.h"
#include "text/char_classes.h"
#include "text/normalize.h"

#include <string.h>

void rn_pretokenizer_free(rn_pretokenizer *step) {
  rn_free(step->what);
  rn_pattern_free(step->pattern);
}

void rn_pretoken_work_free(rn_pretoken_work *work) {
  rn_free(work->pieces.at);
  rn_free(work->next.at);
  for (int i = 0; i < 2; i++) rn_aligned_buffer_free(&work->buffers[i]);
  rn_matcher_free(&work->matcher);
}

/* ---- cutting: a piece is a row of matches and of what lies between them ---- */

typedef struct cutter {
  const rn_pretokenizer *step;
  rn_ranges *out;
  size_t first;      /* of this piece's parts in `out` */
  bool previous;     /* whether the part before was a match ... */
  bool previous_out; /* ... that is the last of `out`: not an empty one */
} cutter;

static void part(cutter *c, size_t begin, size_t end, bool is_match) {
  rn_ranges *out = c->out;
  bool match = is_match != c->step->invert, any = out->n > c->first, joined = false;
  switch (c->step->behavior) {
  case RN_CUT_REMOVED:
    if (match) begin = end;
    break;
  case RN_CUT_ISOLATED: break;
  case RN_CUT_MERGED_WITH_PREVIOUS: joined = any && match && !c->previous; break;
  case RN_CUT_MERGED_WITH_NEXT: joined = !match && c->previous_out; break;
  case RN_CUT_CONTIGUOUS: joined = any && match == c->previous; break;
  }
  c->previous = match;
  c->previous_out = match && end > begin;
  if (joined) out->at[out->n - 1].end = end;
  else if (end > begin) rn_ranges_push(out, begin, end);
}

static void cut_chars(cutter *c, const char *text, rn_range piece) {
  size_t from = piece.begin;
  for (size_t at = from, next; at < piece.end; at = next) {
    if (!c->step->is_match(rn_char_at(text, at, &next))) continue;
    if (at > from) part(c, from, at, false);
    part(c, at, next, true);
    from = next;
  }
  if (piece.end > from) part(c, from, piece.end, false);
}

static void cut_literal(cutter *c, const char *text, rn_range piece) {
  const rn_pretokenizer *step = c->step;
  size_t from = piece.begin;
  for (const char *found; step->what_size && (found = memmem(text + from, piece.end - from, step->what, step->what_size));) {
    size_t at = (size_t)(found - text);
    if (at > from) part(c, from, at, false);
    part(c, at, at + step->what_size, true);
    from = at + step->what_size;
  }
  if (piece.end > from) part(c, from, piece.end, false);
}

static void cut_pattern(cutter *c, const char *text, rn_range piece, rn_matcher *matcher, rn_error *err) {
  size_t from = piece.begin;
  rn_matches m = rn_matches_init(c->step->pattern, matcher, text + piece.begin, piece.end - piece.begin);
  while (rn_matches_next(&m, err)) {
    size_t begin = piece.begin + m.begin, end = piece.begin + m.end;
    if (begin > from) part(c, from, begin, false);
    part(c, begin, end, true);
    from = end;
  }
  if (piece.end > from) part(c, from, piece.end, false);
}

static void cut(const rn_pretokenizer *step, rn_pretoken_work *w, rn_range piece, rn_error *err) {
  const char *text = w->text.data;
  cutter c = {step, &w->next, w->next.n, false, false};
  if (step->type == RN_PRETOKEN_CUT_CHARS) {
    cut_chars(&c, text, piece);
  } else if (step->type == RN_PRETOKEN_CUT_LITERAL) {
    cut_literal(&c, text, piece);
  } else if (step->type == RN_PRETOKEN_CUT_PATTERN) {
    cut_pattern(&c, text, piece, &w->matcher, err);
  } else { /* these two leave nothing between their matches */
    const char *from = text + piece.begin;
    size_t size = piece.end - piece.begin;
    bool gpt2 = step->type == RN_PRETOKEN_CUT_GPT2;
    for (size_t at = 0, end; at < size; at = end) {
      end = gpt2 ? rn_cut_gpt2(from, size, at) : rn_cut_cl100k(from, size, at, step->max_digits);
      rn_ranges_push(&w->next, piece.begin + at, piece.begin + end);
    }
  }
}

/* ---- rewriting: each piece in its turn into a new text ---- */

static bool begins_with(const rn_aligned *t, const char *what, size_t size) { return t->size >= size && memcmp(t->data, what, size) == 0; }

/* What is put before a piece stands for its first character. */
static void put_before(const rn_aligned *piece, const char *what, size_t size, rn_aligned_buffer *out) {
  size_t next;
  rn_char_at(piece->data, 0, &next);
  rn_aligned_put(out, what, size, rn_aligned_begin(piece, 0), rn_aligned_end(piece, next - 1));
}

static void mark_blanks(const rn_pretokenizer *step, const rn_aligned *piece, rn_aligned_buffer *out) {
  bool marked = piece->data[0] == ' ' || begins_with(piece, step->what, step->what_size);
  bool wanted = step->scheme == RN_PREPEND_ALWAYS || (step->scheme == RN_PREPEND_FIRST && rn_aligned_begin(piece, 0) == 0);
  if (wanted && !marked) put_before(piece, step->what, step->what_size, out);
  for (size_t at = 0, end; at < piece->size; at = end) {
    const char *blank = memchr(piece->data + at, ' ', piece->size - at);
    end = blank ? (size_t)(blank - piece->data) : piece->size;
    rn_aligned_copy(out, piece, at, end);
    if (blank) rn_aligned_put(out, step->what, step->what_size, rn_aligned_begin(piece, end), rn_aligned_end(piece, end));
    end += blank != NULL;
  }
}

static void rewrite(const rn_pretokenizer *step, rn_pretoken_work *w, rn_range range, rn_aligned_buffer *out) {
  rn_aligned piece = rn_aligned_slice(&w->text, range.begin, range.end);
  size_t begin = out->size;
  if (step->type == RN_PRETOKEN_BYTES) {
    rn_normalize_bytes(&piece, out);
  } else if (step->type == RN_PRETOKEN_MARK_BLANKS) {
    mark_blanks(step, &piece, out);
  } else {
    if (piece.data[0] != ' ') put_before(&piece, " ", 1, out);
    rn_aligned_copy(out, &piece, 0, piece.size);
  }
  rn_ranges_push(&w->next, begin, out->size);
}

rn_status rn_pretokenize(const rn_pretokenizer *steps, int64_t n_steps, rn_pretoken_work *w, rn_aligned in, rn_error *err) {
  rn_error none = {0};
  if (!err) err = &none;
  int turn = 0;
  w->text = in;
  w->pieces.n = 0;
  if (in.size) rn_ranges_push(&w->pieces, 0, in.size);
  for (int64_t s = 0; s < n_steps && err->status == RN_OK; s++) {
    bool rewrites = steps[s].type >= RN_PRETOKEN_PREFIX_BLANK;
    rn_aligned_buffer *b = &w->buffers[turn];
    rn_aligned_begin_step(b, in.size);
    w->next.n = 0;
    for (size_t i = 0; i < w->pieces.n && err->status == RN_OK; i++) {
      if (rewrites) rewrite(&steps[s], w, w->pieces.at[i], b);
      else cut(&steps[s], w, w->pieces.at[i], err);
    }
    if (w->pieces.failed || w->next.failed) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for cutting %zu bytes", in.size);
    if (b->failed) return rn_aligned_failed(b, in.size, err);
    rn_ranges pieces = w->pieces;
    w->pieces = w->next;
    w->next = pieces;
    if (!rewrites) continue;
    w->text = rn_aligned_view(b);
    turn = !turn;
  }
  if (w->pieces.failed) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for cutting %zu bytes", in.size);
  return err->status;
}
