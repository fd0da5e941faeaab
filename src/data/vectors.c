/* vectors.c: pretrained word vectors: the table of those that are kept. */
#include "data/vectors.h"
#include "base/alloc.h"
#include "base/number.h"
#include "tensor/context.h"
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

static void table_free(rn_vector_table *t) {
  if (!t) return;
  rn_map_free(t->words);
  rn_free(t->values);
  rn_free(t);
}

rn_status rn_vectors_open(rn_context *ctx, const char *path, const rn_vectors_options *options, rn_vectors *out) {
  rn_vectors_options o = options ? *options : rn_vectors_options_default();
  bool binary = o.format == RN_VECTORS_BINARY || (o.format == RN_VECTORS_GUESS && rn_path_ends(path, ".bin"));
  *out = (rn_vectors){0};
  rn_vector_table *t = rn_alloc_zero(1, sizeof *t);
  if (t) t->words = rn_map_new();
  uint64_t hash = 0;
  rn_status status = !t || !t->words ? rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", path)
                     : binary        ? rn_vectors_read_binary(ctx, path, &o, t, &hash)
                                     : rn_vectors_read_text(ctx, path, &o, t, &hash);
  if (status != RN_OK) {
    table_free(t);
    return status;
  }
  *out = (rn_vectors){rn_map_size(t->words), t->dim, t->values, t->n_in_file, t->n_bad, hash, t};
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
