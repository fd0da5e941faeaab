/* tokenizer_sentencepiece.c: SentencePiece's .model (Kudo & Richardson 2018), a protocol-buffer message, read by hand:
 *
 *   ModelProto      1 pieces (SentencePiece, repeated), 2 trainer_spec, 3 normalizer_spec
 *   SentencePiece   1 piece (bytes), 2 score (float), 3 type
 *   TrainerSpec     3 model_type, 24 treat_whitespace_as_suffix, 35 byte_fallback
 *   NormalizerSpec  2 precompiled_charsmap (bytes), 3 add_dummy_prefix, 4 remove_extra_whitespaces, 5 escape_whitespaces
 *
 * What tokenizer.json has no words for stands in a key of our own, "sentencepiece", which other readers pass over: the pieces that are
 * never found in a text; that all merges to one piece have one rank; that scores are summed in single precision. */
#include "base/alloc.h"
#include "base/cursor.h"
#include "base/utf8.h"
#include "text/char_classes.h"
#include "text/tokenizer_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 1024 };    /* bytes of a piece */
#define MARK "\xE2\x96\x81" /* U+2581, for a blank */

typedef enum piece_type { NORMAL = 1, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE } piece_type;
typedef enum model_type { UNIGRAM = 1, BPE, WORD, CHAR } model_type;

typedef struct piece {
  const char *text;
  size_t size;
  float score;
  piece_type type;
} piece;

typedef struct model {
  rn_context *ctx;
  const char *name;
  piece *pieces;
  int64_t n, capacity;
  model_type type;
  bool byte_fallback, suffix;
  const char *charsmap;
  size_t charsmap_size;
  bool dummy_prefix, remove_extra, escape;
  rn_token_table ids; /* of the pieces */
  bool inner_mark;    /* a piece goes on behind a blank */
} model;

/* ---- the message ---- */

typedef struct field {
  uint64_t number, value; /* of a varint or of 4 bytes */
  rn_cursor bytes;        /* of a block */
} field;

static uint64_t varint(rn_cursor *c) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !c->failed; shift += 7) {
    uint8_t byte = rn_cursor_u8(c);
    value |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  c->failed = true;
  return 0;
}

/* The next field of a message; false at its end, or where it is damaged (c->failed). */
static bool next_field(rn_cursor *c, field *f) {
  if (c->failed || rn_cursor_left(c) == 0) return false;
  uint64_t key = varint(c);
  *f = (field){.number = key >> 3};
  switch (key & 7) {
  case 0: f->value = varint(c); break;
  case 1: f->value = rn_cursor_u64(c); break;
  case 5: f->value = rn_cursor_u32(c); break;
  case 2: {
    uint64_t size = varint(c);
    const void *at = c->failed || size > rn_cursor_left(c) ? NULL : rn_cursor_take(c, (size_t)size);
    if (!at) c->failed = true;
    else f->bytes = rn_cursor_init(at, (size_t)size);
    break;
  }
  default: c->failed = true;
  }
  return !c->failed;
}

static float float_of(uint64_t bits) {
  uint32_t low = (uint32_t)bits;
  float value;
  memcpy(&value, &low, sizeof value);
  return value;
}

static rn_status damaged(const model *m, const rn_cursor *c) {
  return rn_context_fail(m->ctx, RN_ERROR_DATA, "%s: at byte %zu of a message: damaged or cut short; no SentencePiece model", m->name,
                         c->at);
}

static rn_status out_of_memory(const model *m) { return rn_context_fail(m->ctx, RN_ERROR_MEMORY, "%s: out of memory", m->name); }

static rn_status read_piece(model *m, rn_cursor c) {
  piece p = {.text = "", .type = NORMAL};
  for (field f; next_field(&c, &f);) {
    if (f.number == 1) p.text = (const char *)f.bytes.data, p.size = f.bytes.size;
    if (f.number == 2) p.score = float_of(f.value);
    if (f.number == 3) p.type = (piece_type)f.value;
  }
  if (c.failed) return damaged(m, &c);
  if (p.size > LONGEST) return rn_context_fail(m->ctx, RN_ERROR_DATA, "%s: piece %lld has %zu bytes", m->name, (long long)m->n, p.size);
  if (!p.text || p.size == 0 || memchr(p.text, 0, p.size) || rn_utf8_count_bad(p.text, p.size, NULL) || !isfinite(p.score))
    return rn_context_fail(m->ctx, RN_ERROR_DATA, "%s: piece %lld should be a text with a finite score", m->name, (long long)m->n);
  if (m->n == m->capacity) {
    int64_t capacity = 2 * m->capacity + 1024;
    piece *pieces = rn_realloc(m->pieces, (size_t)capacity * sizeof *pieces);
    if (!pieces) return out_of_memory(m);
    m->pieces = pieces;
    m->capacity = capacity;
  }
  rn_error err = {0};
  if (rn_token_table_add(&m->ids, p.text, p.size, m->n, m->name, &err) != RN_OK) return rn_context_fail(m->ctx, err.status, "%s", err.text);
  m->pieces[m->n++] = p;
  return RN_OK;
}

static rn_status read_message(model *m, rn_cursor c) {
  rn_status status = RN_OK;
  for (field f; status == RN_OK && next_field(&c, &f);) {
    rn_cursor inner = f.bytes;
    if (f.number == 1) status = read_piece(m, inner);
    else if (f.number == 2) {
      for (field g; next_field(&inner, &g);) {
        if (g.number == 3) m->type = (model_type)g.value;
        if (g.number == 24) m->suffix = g.value != 0;
        if (g.number == 35) m->byte_fallback = g.value != 0;
      }
    } else if (f.number == 3) {
      for (field g; next_field(&inner, &g);) {
        if (g.number == 2) m->charsmap = (const char *)g.bytes.data, m->charsmap_size = g.bytes.size;
        if (g.number == 3) m->dummy_prefix = g.value != 0;
        if (g.number == 4) m->remove_extra = g.value != 0;
        if (g.number == 5) m->escape = g.value != 0;
      }
    }
    if (status == RN_OK && inner.failed && f.number != 1) status = damaged(m, &inner);
  }
  if (status != RN_OK) return status;
  if (c.failed) return damaged(m, &c);
  if (m->n == 0) return rn_context_fail(m->ctx, RN_ERROR_DATA, "%s: no pieces: no SentencePiece model", m->name);
  if (m->type < UNIGRAM || m->type > CHAR)
    return rn_context_fail(m->ctx, RN_ERROR_DATA, "%s: the model type %d is not known here", m->name, (int)m->type);
  return RN_OK;
}

/* ---- normalizer and pre-tokenizer ---- */

static char *base64(const char *bytes, size_t size) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char *out = rn_alloc(size / 3 * 4 + 5), *to = out;
  for (size_t i = 0; out && i < size; i += 3) {
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; k++) bits = bits << 8 | (i + k < size ? (unsigned char)bytes[i + k] : 0);
    for (size_t k = 0; k < 4; k++) *to++ = i + k <= size ? letters[bits >> (18 - 6 * k) & 63] : '=';
  }
  if (out) *to = '\0';
  return out;
}

static json_t *replace(const char *kind, const char *what, const char *with) {
  return json_pack("{s:s, s:{s:s}, s:s}", "type", "Replace", "pattern", kind, what, "content", with);
}

static bool append(json_t *list, json_t *value) { return json_array_append_new(list, value) == 0; }

static json_t *normalizer(const model *m) {
  json_t *list = json_array();
  bool ok = list;
  if (m->charsmap_size) {
    char *text = base64(m->charsmap, m->charsmap_size);
    ok = ok && text && append(list, json_pack("{s:s, s:s}", "type", "Precompiled", "precompiled_charsmap", text));
    rn_free(text);
  }
  if (m->remove_extra) ok = ok && append(list, replace("Regex", "\\A +| +\\z", "")) && append(list, replace("Regex", " {2,}", " "));
  const char *blank = m->escape ? MARK : " ";
  if (m->dummy_prefix && m->suffix) ok = ok && append(list, replace("Regex", "(?s)(?<=.)\\z", blank));
  else if (m->dummy_prefix) ok = ok && append(list, json_pack("{s:s, s:s}", "type", "Prepend", "prepend", blank));
  if (m->escape) ok = ok && append(list, replace("String", " ", MARK));
  if (ok) return json_pack("{s:s, s:o}", "type", "Sequence", "normalizers", list);
  json_decref(list);
  return NULL;
}

/* No piece goes on behind a blank: then a text may be cut at each, which is faster and gives the same pieces. */
static json_t *pretokenizer(const model *m) {
  const char *behavior = m->suffix ? "MergedWithPrevious" : "MergedWithNext";
  if (m->type == CHAR)
    return json_pack("{s:s, s:{s:s}, s:s, s:b}", "type", "Split", "pattern", "Regex", "(?s).", "behavior", "Isolated", "invert", 0);
  if (m->inner_mark && m->type != WORD) return json_null();
  return json_pack("{s:s, s:{s:s}, s:s, s:b}", "type", "Split", "pattern", "String", MARK, "behavior", behavior, "invert", 0);
}

static bool has_inner_mark(const model *m) {
  size_t n = strlen(MARK);
  for (int64_t i = 0; i < m->n; i++) {
    const piece *p = &m->pieces[i];
    if (p->type != NORMAL && p->type != USER_DEFINED) continue;
    for (size_t at = 0; at + n <= p->size; at++) {
      bool at_edge = m->suffix ? at + n == p->size : at == 0;
      if (!at_edge && memcmp(p->text + at, MARK, n) == 0) return true;
    }
  }
  return false;
}

/* ---- the model ---- */

typedef struct merge {
  int64_t id; /* of what it makes */
  float score;
  size_t left_size;
} merge;

/* The best score first; of equals, the smaller id. */
static int by_score(const void *pa, const void *pb) {
  const merge *a = pa, *b = pb;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  if (a->id != b->id) return a->id < b->id ? -1 : 1;
  return (a->left_size > b->left_size) - (a->left_size < b->left_size);
}

static bool is_found(const model *m, int64_t id) { return m->pieces[id].type == NORMAL || m->pieces[id].type == USER_DEFINED; }

/* A piece can come of any two others that make it up: SentencePiece knows no merges, only pieces and the order of their scores. */
static json_t *merges(const model *m) {
  size_t n = 0, capacity = 0;
  merge *all = NULL;
  bool ok = true;
  for (int64_t id = 0; ok && id < m->n; id++) {
    const piece *p = &m->pieces[id];
    if (p->type != NORMAL) continue;
    for (size_t at = 0, next; ok && at < p->size; at = next) {
      rn_char_at(p->text, at, &next);
      if (next == p->size) break;
      int32_t left = rn_token_table_find(&m->ids, p->text, next), right = rn_token_table_find(&m->ids, p->text + next, p->size - next);
      if (left < 0 || right < 0 || !is_found(m, left) || !is_found(m, right)) continue;
      if (n == capacity) {
        capacity = 2 * capacity + 1024;
        merge *more = rn_realloc(all, capacity * sizeof *all);
        if (more) all = more;
        ok = more;
      }
      if (ok) all[n++] = (merge){id, p->score, next};
    }
  }
  if (ok && n) qsort(all, n, sizeof *all, by_score);
  json_t *list = ok ? json_array() : NULL;
  for (size_t i = 0; list && i < n; i++) {
    const piece *p = &m->pieces[all[i].id];
    json_t *pair = json_pack("[s#, s#]", p->text, (int)all[i].left_size, p->text + all[i].left_size, (int)(p->size - all[i].left_size));
    if (append(list, pair)) continue;
    json_decref(list);
    list = NULL;
  }
  rn_free(all);
  return list;
}

/* {TOKEN: ID}, or for unigram [[TOKEN, SCORE], ...]. */
static json_t *vocabulary(const model *m) {
  json_t *vocab = m->type == UNIGRAM ? json_array() : json_object();
  for (int64_t id = 0; vocab && id < m->n; id++) {
    const piece *p = &m->pieces[id];
    const char *token = rn_token_table_token(&m->ids, id, NULL);
    bool ok =
        m->type == UNIGRAM ? append(vocab, json_pack("[s, f]", token, (double)p->score)) : rn_tokenizer_put(vocab, token, json_integer(id));
    if (ok) continue;
    json_decref(vocab);
    vocab = NULL;
  }
  return vocab;
}

static json_t *subword_model(const model *m, int64_t unk) {
  const char *unk_token = unk >= 0 ? rn_token_table_token(&m->ids, unk, NULL) : NULL;
  json_t *vocab = vocabulary(m);
  if (!vocab) return NULL;
  switch (m->type) {
  case UNIGRAM:
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "Unigram", "vocab", vocab, "unk_id", unk < 0 ? json_null() : json_integer(unk),
                     "byte_fallback", m->byte_fallback);
  case BPE:
    return json_pack("{s:s, s:n, s:s?, s:n, s:n, s:b, s:b, s:o, s:o}", "type", "BPE", "dropout", "unk_token", unk_token,
                     "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", 1, "byte_fallback", m->byte_fallback, "vocab", vocab,
                     "merges", merges(m));
  default: return json_pack("{s:s, s:o, s:s}", "type", "WordLevel", "vocab", vocab, "unk_token", unk_token ? unk_token : "<unk>");
  }
}

/* ---- the whole ---- */

static json_t *decoder(const model *m) {
  json_t *list = json_array();
  bool ok = list && append(list, replace("String", MARK, " ")) && append(list, json_pack("{s:s}", "type", "ByteFallback")) &&
            append(list, json_pack("{s:s}", "type", "Fuse"));
  if (m->dummy_prefix)
    ok =
        ok && append(list, json_pack("{s:s, s:s, s:i, s:i}", "type", "Strip", "content", " ", "start", !m->suffix, "stop", (int)m->suffix));
  if (ok) return json_pack("{s:s, s:o}", "type", "Sequence", "decoders", list);
  json_decref(list);
  return NULL;
}

static rn_status build(model *m, rn_tokenizer **out) {
  json_t *root = rn_tokenizer_root(), *unmatched = json_array();
  int64_t unk = -1;
  bool ok = root && unmatched;
  m->inner_mark = has_inner_mark(m);
  for (int64_t id = 0; ok && id < m->n; id++) {
    const piece *p = &m->pieces[id];
    if (p->type == UNKNOWN) unk = id;
    if (!is_found(m, id)) ok = append(unmatched, json_integer(id));
    if (p->type == UNKNOWN || p->type == CONTROL || p->type == USER_DEFINED)
      ok = ok && rn_tokenizer_put_added(root, rn_token_table_token(&m->ids, id, NULL), id, p->type != USER_DEFINED);
  }
  ok = ok && rn_tokenizer_put(root, "normalizer", normalizer(m)) && rn_tokenizer_put(root, "pre_tokenizer", pretokenizer(m)) &&
       rn_tokenizer_put(root, "model", subword_model(m, unk)) && rn_tokenizer_put(root, "decoder", decoder(m));
  ok = ok && rn_tokenizer_put(root, "sentencepiece", json_pack("{s:O}", "unmatched", unmatched));
  json_decref(unmatched);
  return rn_tokenizer_finish(m->ctx, root, ok, m->name, out);
}

rn_status rn_tokenizer_read_sentencepiece(rn_context *ctx, const void *bytes, size_t size, const char *name, rn_tokenizer **out) {
  *out = NULL;
  model m = {.ctx = ctx, .name = name, .type = UNIGRAM, .dummy_prefix = true, .remove_extra = true, .escape = true};
  rn_status status = rn_token_table_init(&m.ids) ? RN_OK : out_of_memory(&m);
  if (status == RN_OK) status = read_message(&m, rn_cursor_init(bytes, size));
  if (status == RN_OK) status = build(&m, out);
  rn_token_table_free(&m.ids);
  rn_free(m.pieces);
  return status;
}
