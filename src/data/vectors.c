/* vectors.c: word vectors: the table of those that are kept, and vectors for words that are not in it. */
#include "data/vectors.h"
#include "base/alloc.h"
#include "base/cursor.h"
#include "base/number.h"
#include "tensor/context.h"
#include "text/subwords.h"
#include <math.h>
#include <string.h>

rn_vectors_options rn_vectors_options_default(void) { return (rn_vectors_options){0}; }

bool rn_vector_wanted(const rn_vectors_options *o, rn_string word) { return !o->keep || o->keep(o->user, word.data, word.size); }
bool rn_vector_known(const rn_vector_table *t, rn_string word) { return rn_map_find(t->words, word.data, word.size) != NULL; }

float *rn_vector_room(rn_vector_table *t) {
  int64_t n = rn_map_size(t->words);
  if (n == t->capacity) {
    int64_t capacity = t->capacity ? 2 * t->capacity : 1; /* a vector may be long, and the only one */
    size_t numbers, bytes;
    bool fits = rn_mul_size((size_t)capacity, (size_t)t->dim, &numbers) && rn_mul_size(numbers, sizeof(float), &bytes);
    float *values = fits ? rn_realloc(t->values, bytes) : NULL;
    if (!values) return NULL;
    t->values = values;
    t->capacity = capacity;
  }
  return t->values + n * t->dim;
}

bool rn_vector_add(rn_vector_table *t, rn_string word) {
  return rn_map_insert(t->words, word.data, word.size, rn_map_size(t->words), NULL) != NULL;
}

bool rn_vector_count(rn_vector_table *t, int64_t count) {
  int64_t n = rn_map_size(t->words);
  if (n >= t->n_counts) {
    int64_t *counts = rn_realloc(t->counts, (size_t)t->capacity * sizeof *counts);
    if (!counts) return false;
    t->counts = counts;
    t->n_counts = t->capacity;
  }
  t->counts[n] = count;
  return true;
}

bool rn_floats_finite(const char *floats, size_t n) {
  const uint32_t ones = 0x7f800000u; /* an exponent of all ones is an infinity or a NaN */
  uint32_t bad = 0, bits;
  for (size_t i = 0; i < n; i++) {
    memcpy(&bits, floats + i * sizeof bits, sizeof bits);
    bad |= (bits & ones) == ones;
  }
  return !bad;
}

/* ---- n-grams ---- */

typedef struct sum {
  const rn_vector_table *table;
  float *out;
  int64_t n;
} sum;

static void add_floats(sum *s, const char *floats) {
  rn_cursor c = rn_cursor_init(floats, (size_t)s->table->dim * sizeof(float));
  for (int64_t k = 0; k < s->table->dim; k++) s->out[k] += rn_cursor_f32(&c);
  s->n++;
}

static void add_ngram(void *user, uint32_t hash) {
  sum *s = user;
  const rn_vector_table *t = s->table;
  add_floats(s, t->ngrams + (size_t)(hash % (uint64_t)t->buckets) * (size_t)t->dim * sizeof(float));
}

bool rn_vector_compose(const rn_vector_table *t, rn_string word, const char *own, float *out) {
  sum s = {t, out};
  memset(out, 0, (size_t)t->dim * sizeof *out);
  if (own) add_floats(&s, own);
  if (t->ngrams && !rn_string_is(word, "</s>")) rn_subwords(word.data, word.size, t->min_subword, t->max_subword, add_ngram, &s);
  bool finite = true;
  for (int64_t k = 0; k < t->dim && s.n; k++) finite &= isfinite(out[k] /= (float)s.n) != 0;
  return s.n > 0 && finite;
}

bool rn_vectors_get(const rn_vectors *v, const char *word, size_t size, float *out) {
  int64_t row = rn_vectors_find(v, word, size);
  if (row < 0) return v->subwords && rn_vector_compose(v->owner, (rn_string){word, size}, NULL, out);
  memcpy(out, v->values + row * v->dim, (size_t)v->dim * sizeof *out);
  return true;
}

/* ---- opening ---- */

/* A whole number from 1 to `most`. */
static bool read_count(rn_string s, double most, int64_t *out) {
  double x;
  if (!rn_number_read(s.data, s.size, &x) || !(x >= 1 && x <= most) || x != rint(x)) return false;
  for (size_t i = 0; i < s.size; i++)
    if (s.data[i] < '0' || s.data[i] > '9') return false; /* 1.0 is no count */
  *out = (int64_t)x;
  return true;
}

bool rn_vectors_header(rn_string line, int64_t *n, int64_t *dim) {
  line = rn_string_trim(line);
  const char *blank = memchr(line.data, ' ', line.size);
  if (!blank) return false;
  rn_string first = {line.data, (size_t)(blank - line.data)}, second = {blank, line.size - first.size};
  return read_count(first, 1e12, n) && read_count(rn_string_trim(second), RN_MAX_VECTOR, dim);
}

void rn_vectors_adopt(rn_vector_table *t, uint64_t hash, rn_vectors *out) {
  *out = (rn_vectors){rn_map_size(t->words), t->dim, t->mapped ? t->mapped : t->values, t->n_in_file, t->n_bad, hash, t->counts,
                      t->ngrams != NULL,     t};
}

static void table_free(rn_vector_table *t) {
  if (!t) return;
  rn_map_free(t->words);
  rn_free(t->values);
  rn_free(t->counts);
  rn_bytes_close(&t->bytes);
  rn_safetensors_close(t->file);
  rn_free(t);
}

/* By the path, and for .bin by the first bytes: a fastText model has its magic number, or begins with its width, a small number of 32
 * bits whose last bytes are zero; word2vec's file with digits. */
static rn_vectors_format guess(const char *path) {
  if (rn_path_is_folder(path) || rn_path_ends(path, ".safetensors")) return RN_VECTORS_MODEL;
  if (rn_path_ends(path, ".npy")) return RN_VECTORS_NPY;
  if (!rn_path_ends(path, ".bin")) return RN_VECTORS_TEXT;
  rn_bytes file;
  if (rn_bytes_open(path, 0, &file, NULL) != RN_OK) return RN_VECTORS_BINARY; /* which says why */
  bool fasttext = file.size >= 4 && (memcmp(file.data, "\xba\x16\x4f\x2f", 4) == 0 || memcmp(file.data + 2, "\0\0", 2) == 0);
  rn_bytes_close(&file);
  return fasttext ? RN_VECTORS_FASTTEXT : RN_VECTORS_BINARY;
}

rn_status rn_vectors_open(rn_context *ctx, const char *path, const rn_vectors_options *options, rn_vectors *out) {
  static rn_status (*const readers[])(rn_context *, const char *, const rn_vectors_options *, rn_vector_table *,
                                      uint64_t *) = {[RN_VECTORS_TEXT] = rn_vectors_read_text,
                                                     [RN_VECTORS_BINARY] = rn_vectors_read_binary,
                                                     [RN_VECTORS_FASTTEXT] = rn_vectors_read_fasttext,
                                                     [RN_VECTORS_NPY] = rn_vectors_read_npy,
                                                     [RN_VECTORS_MODEL] = rn_vectors_read_model};
  rn_vectors_options o = options ? *options : rn_vectors_options_default();
  *out = (rn_vectors){0};
  rn_vector_table *t = rn_alloc_zero(1, sizeof *t);
  if (t) t->words = rn_map_new();
  uint64_t hash = 0;
  rn_status status = !t || !t->words ? rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", path)
                                     : readers[o.format ? o.format : guess(path)](ctx, path, &o, t, &hash);
  if (status != RN_OK) {
    table_free(t);
    return status;
  }
  rn_vectors_adopt(t, hash, out);
  return RN_OK;
}

void rn_vectors_free(rn_vectors *vectors) {
  table_free(vectors->owner);
  *vectors = (rn_vectors){0};
}

int64_t rn_vectors_find(const rn_vectors *vectors, const char *word, size_t size) {
  const rn_vector_table *t = vectors->owner;
  const int64_t *row = rn_map_find(t->words, word, size);
  return row ? *row : -1;
}

rn_string rn_vectors_word(const rn_vectors *vectors, int64_t row) {
  const rn_vector_table *t = vectors->owner;
  rn_string word;
  word.data = rn_map_key(t->words, row, &word.size, NULL);
  return word;
}

rn_status rn_vectors_with_values(rn_context *ctx, const rn_vectors *like, const float *values, rn_vectors *out) {
  *out = (rn_vectors){0};
  rn_vector_table *t = rn_alloc_zero(1, sizeof *t);
  bool good = t && (t->words = rn_map_new());
  if (good) t->dim = like->dim;
  for (int64_t i = 0; good && i < like->n; i++) {
    float *vector = rn_vector_room(t);
    good = vector && (!like->counts || rn_vector_count(t, like->counts[i])) && rn_vector_add(t, rn_vectors_word(like, i));
    if (good) memcpy(vector, values + i * like->dim, (size_t)like->dim * sizeof *vector);
  }
  if (!good) {
    table_free(t);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld vectors", (long long)like->n);
  }
  rn_vectors_adopt(t, like->hash, out);
  out->n_in_file = like->n;
  return RN_OK;
}
