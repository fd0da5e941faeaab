/* vectors_fasttext.c: fastText's models (.bin), for their vectors; all numbers little-endian:
 *
 *     magic, version            i32 x 2: 793712314, 11 or 12; the oldest files have neither
 *     arguments                 i32 x 12: dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, lrUpdateRate; f64 t
 *     dictionary                i32 entries, words, labels; i64 tokens; i64 pruned (with a version)
 *       for each entry          bytes of the word, 0; i64 count; u8 0 word, 1 label
 *     quantized                 u8 (with a version)
 *     input matrix              i64 rows, columns; f32: a row for each word, then one for each bucket of n-grams
 *     output matrix             not read
 *
 * A word's vector is the mean of its own row and its n-grams' rows. */
#include "base/alloc.h"
#include "base/cursor.h"
#include "data/vectors.h"
#include "tensor/context.h"
#include <string.h>

#define MAGIC 793712314u

typedef struct model {
  rn_context *ctx;
  const char *path;
  rn_cursor c;
  bool versioned;
  int64_t bucket, min, max, n_entries, n_words;
  const char *matrix; /* [rows, dim] */
  int64_t rows;
} model;

static rn_status fail(const model *m, const char *what) {
  return rn_context_fail(m->ctx, RN_ERROR_DATA, "%s: at byte %zu: %s", m->path, m->c.at, what);
}

static int64_t read_i32(rn_cursor *c) { return (int32_t)rn_cursor_u32(c); }
static int64_t read_i64(rn_cursor *c) { return (int64_t)rn_cursor_u64(c); }

static rn_status read_header(model *m, rn_vector_table *t) {
  rn_cursor *c = &m->c;
  if (c->size >= 4 && rn_cursor_u32(c) == MAGIC) {
    int64_t version = read_i32(c);
    m->versioned = true;
    if (version < 11 || version > 12)
      return rn_context_fail(m->ctx, RN_ERROR_DATA, "%s: a fastText model of version %lld; expected 11 or 12", m->path, (long long)version);
  } else {
    c->at = 0;
  }
  int64_t arguments[12];
  for (int i = 0; i < 12; i++) arguments[i] = read_i32(c);
  rn_cursor_u64(c); /* t */
  t->dim = arguments[0];
  m->bucket = arguments[8], m->min = arguments[9], m->max = arguments[10];
  m->n_entries = read_i32(c), m->n_words = read_i32(c);
  int64_t n_labels = read_i32(c);
  read_i64(c); /* tokens */
  int64_t n_pruned = m->versioned ? read_i64(c) : -1;
  if (c->failed || t->dim < 1 || t->dim > RN_MAX_VECTOR || m->bucket < 0 || m->min < 0 || m->max < 0 || m->max > RN_MAX_SUBWORD ||
      m->n_words < 0 || n_labels < 0 || m->n_words + n_labels != m->n_entries)
    return rn_context_fail(m->ctx, RN_ERROR_DATA, "%s: not a fastText model, nor word2vec's binary vectors", m->path);
  if (n_pruned > 0) return fail(m, "a pruned, quantized model; use the one it was made from");
  return RN_OK;
}

static rn_status read_matrix(model *m, rn_vector_table *t) {
  rn_cursor *c = &m->c;
  if (m->versioned && rn_cursor_u8(c) != 0) return fail(m, "a quantized model; use the one it was made from");
  m->rows = read_i64(c);
  int64_t columns = read_i64(c);
  if (c->failed || columns != t->dim || m->rows < m->n_words || m->rows > INT32_MAX)
    return fail(m, "its matrix does not fit its words and their width");
  size_t n = (size_t)m->rows * (size_t)columns;
  if (n > rn_cursor_left(c) / sizeof(float)) return fail(m, "the file ends in the middle of its matrix");
  m->matrix = rn_cursor_take(c, n * sizeof(float));
  if (!rn_floats_finite(m->matrix, n)) return fail(m, "its matrix holds a value that is not finite");
  if (m->bucket > 0 && m->max > 0 && m->min <= m->max) {
    if (m->rows < m->n_words + m->bucket) return fail(m, "its matrix has fewer rows than words and buckets");
    t->ngrams = m->matrix + (size_t)m->n_words * (size_t)t->dim * sizeof(float);
    t->buckets = m->bucket, t->min_subword = m->min, t->max_subword = m->max;
  }
  return RN_OK;
}

static rn_status take_word(model *m, const rn_vectors_options *o, rn_vector_table *t, int64_t i, rn_string word, int64_t count) {
  t->n_in_file++;
  if (!rn_vector_wanted(o, word)) return RN_OK;
  if (!word.size || rn_vector_known(t, word)) {
    t->n_bad++;
    return o->skip_bad ? RN_OK : fail(m, word.size ? "a word that has a vector already" : "an empty word");
  }
  float *vector = rn_vector_room(t);
  if (!vector || !rn_vector_count(t, count)) return rn_context_fail(m->ctx, RN_ERROR_MEMORY, "out of memory for %s", m->path);
  if (!rn_vector_compose(t, word, m->matrix + (size_t)i * (size_t)t->dim * sizeof(float), vector)) {
    t->n_bad++;
    return o->skip_bad ? RN_OK : fail(m, "a word whose vector is not finite");
  }
  return rn_vector_add(t, word) ? RN_OK : rn_context_fail(m->ctx, RN_ERROR_MEMORY, "out of memory for %s", m->path);
}

/* Gone through twice, since the words can be taken only when the matrix, which comes after them, is known. */
static rn_status walk_dictionary(model *m, const rn_vectors_options *o, rn_vector_table *t, bool take) {
  rn_cursor *c = &m->c;
  for (int64_t i = 0; i < m->n_entries; i++) {
    const char *text = (const char *)c->data + c->at, *end = memchr(text, 0, rn_cursor_left(c));
    if (!end) return fail(m, "the file ends in the middle of its words");
    rn_string word = {text, (size_t)(end - text)};
    rn_cursor_take(c, word.size + 1);
    int64_t count = read_i64(c);
    bool label = rn_cursor_u8(c) != 0;
    if (c->failed) return fail(m, "the file ends in the middle of its words");
    if (label != (i >= m->n_words) || count < 0) return fail(m, "its words are out of order");
    rn_status status = take && !label ? take_word(m, o, t, i, word, count) : RN_OK;
    if (status != RN_OK) return status;
  }
  return RN_OK;
}

rn_status rn_vectors_read_fasttext(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash) {
  rn_error error = {0};
  if (rn_bytes_open(path, 0, &t->bytes, &error) != RN_OK) return rn_context_fail(ctx, error.status, "%s", error.text);
  *hash = rn_hash(t->bytes.data, t->bytes.size);
  model m = {.ctx = ctx, .path = path, .c = rn_cursor_init(t->bytes.data, t->bytes.size)};
  rn_status status = read_header(&m, t);
  size_t words = m.c.at;
  if (status == RN_OK) status = walk_dictionary(&m, o, t, false);
  if (status == RN_OK) status = read_matrix(&m, t);
  m.c.at = words;
  if (status == RN_OK) status = walk_dictionary(&m, o, t, true);
  if (status == RN_OK && t->n_bad) rn_context_log(ctx, RN_LOG_WARNING, "%s: %lld bad words are left out", path, (long long)t->n_bad);
  return status;
}
