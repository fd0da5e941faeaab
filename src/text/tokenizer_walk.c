/* tokenizer_walk.c: ill-formed bytes, added tokens, normalization, pre-tokenization; and pieces alone, for the trainers. */
#include "text/tokenizer_walk.h"
#include "base/alloc.h"
#include "base/utf8.h"
#include "text/byte_letters.h"

#include <string.h>

void rn_walk_free(rn_walk *walk) {
  rn_aligned_buffer_free(&walk->clean);
  rn_free(walk->outer.at);
  rn_free(walk->inner.at);
  rn_normalize_work_free(&walk->normalize);
  rn_pretoken_work_free(&walk->pretoken);
}

/* The text with U+FFFD for each ill-formed part, which it stands for. */
static rn_aligned clean(rn_walk *walk, rn_aligned in) {
  int64_t n_bad = rn_utf8_count_bad(in.data, in.size, NULL);
  if (!n_bad) return in;
  walk->n_invalid += n_bad;
  rn_aligned_begin_step(&walk->clean, in.size);
  for (size_t at = 0, used; at < in.size; at += used) {
    int bad;
    uint32_t code = rn_utf8_decode(in.data + at, in.size - at, &used, &bad);
    if (bad) rn_aligned_put_code(&walk->clean, code, in.base + at, in.base + at + used);
    else rn_aligned_copy(&walk->clean, &in, at, at + used);
  }
  return rn_aligned_view(&walk->clean);
}

static rn_status out_of_memory(const rn_aligned *text, rn_error *err) {
  return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for %zu bytes of text", text->size);
}

/* A part between added tokens that are looked for in the original text. */
static rn_status walk_part(rn_walk *walk, const rn_tokenizer *t, rn_aligned part, rn_walk_fn fn, void *user, rn_error *err) {
  rn_aligned text;
  rn_status status = rn_normalize(t->normalizers, t->n_normalizers, &walk->normalize, part, &text, err);
  if (status != RN_OK) return status;
  rn_added_tokens_find(&t->added, &t->added.normalized, text.data, text.size, &walk->inner);
  if (walk->inner.failed) return out_of_memory(&part, err);
  for (size_t i = 0; status == RN_OK && i < walk->inner.n; i++) {
    rn_segment s = walk->inner.at[i];
    rn_aligned segment = rn_aligned_slice(&text, s.begin, s.end);
    if (s.token >= 0) {
      status = fn(user, &t->added.at[s.token], &segment, NULL, err);
      continue;
    }
    status = rn_pretokenize(t->pretokenizers, t->n_pretokenizers, &walk->pretoken, segment, err);
    if (status == RN_OK) status = fn(user, NULL, &walk->pretoken.text, &walk->pretoken.pieces, err);
  }
  return status;
}

rn_status rn_walk_text(rn_walk *walk, const rn_tokenizer *t, const char *text, size_t size, size_t base, rn_walk_fn fn, void *user,
                       rn_error *err) {
  rn_aligned in = clean(walk, (rn_aligned){text, size, NULL, NULL, base});
  rn_added_tokens_find(&t->added, &t->added.original, in.data, in.size, &walk->outer);
  if (walk->clean.failed || walk->outer.failed) return out_of_memory(&in, err);
  rn_status status = RN_OK;
  for (size_t i = 0; status == RN_OK && i < walk->outer.n; i++) {
    rn_segment s = walk->outer.at[i];
    rn_aligned segment = rn_aligned_slice(&in, s.begin, s.end);
    if (s.token >= 0) status = fn(user, &t->added.at[s.token], &segment, NULL, err);
    else status = walk_part(walk, t, segment, fn, user, err);
  }
  return status;
}

static bool is_printable(char c) { return c > ' ' && c < 0x7F; }

size_t rn_walk_cut(const rn_tokenizer *t, const char *text, size_t size, size_t at) {
  if (!t->can_cut) return size;
  for (const char *end; at < size && (end = memchr(text + at, '\n', size - at));) {
    at = (size_t)(end - text) + 1;
    if (at >= 2 && at < size && is_printable(text[at - 2]) && is_printable(text[at])) return at;
  }
  return size;
}

/* ---- pieces for the trainers ---- */

typedef struct receiver {
  const rn_tokenizer *t;
  rn_piece_fn fn;
  void *user;
  rn_text letters;
  bool stopped;
} receiver;

static rn_status give_pieces(void *user, const rn_added_token *token, const rn_aligned *text, const rn_ranges *pieces, rn_error *err) {
  receiver *r = user;
  for (size_t i = 0; !token && i < pieces->n && !r->stopped; i++) {
    const char *piece = text->data + pieces->at[i].begin;
    size_t size = pieces->at[i].end - pieces->at[i].begin;
    if (!r->t->model.bpe.bytes) {
      r->stopped = !r->fn(r->user, piece, size);
      continue;
    }
    rn_text_clear(&r->letters);
    for (size_t b = 0; b < size; b++) {
      char letter[2];
      rn_text_append(&r->letters, letter, rn_byte_letter_write((uint8_t)piece[b], letter));
    }
    if (r->letters.failed) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for a piece of %zu bytes", size);
    r->stopped = !r->fn(r->user, r->letters.data, r->letters.size);
  }
  return RN_OK;
}

rn_status rn_tokenizer_pieces(const rn_tokenizer *t, const char *text, size_t size, rn_piece_fn fn, void *user, rn_error *err) {
  rn_walk walk = {0};
  receiver r = {.t = t, .fn = fn, .user = user};
  rn_status status = RN_OK;
  for (size_t at = 0, end; status == RN_OK && at < size && !r.stopped; at = end) {
    end = size - at > RN_WALK_BLOCK ? rn_walk_cut(t, text, size, at + RN_WALK_BLOCK) : size;
    status = rn_walk_text(&walk, t, text + at, end - at, at, give_pieces, &r, err);
  }
  rn_text_free(&r.letters);
  rn_walk_free(&walk);
  return status;
}
