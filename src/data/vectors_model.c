/* vectors_model.c: our own model file of kind "embeddings", where `rondo train embeddings` and rn_vectors_save leave their vectors. The
 * matrix is used where it lies in the file, unless words have n-grams or not all of them are kept. */
#include "base/alloc.h"
#include "data/vectors.h"
#include "data/vocab_file.h"
#include "tensor/context.h"
#include <string.h>

typedef struct source {
  const char *path;
  const rn_entry *words;  /* embedding.weight, or */
  rn_quantized quantized; /* in few bits */
  int bits;               /* 32, 8 or 1 */
  rn_vocab *vocab;
  json_t *config;
} source;

static rn_status parse(const rn_safetensors *file, const char *path, const char *key, json_t **out, rn_error *err) {
  const char *text = rn_safetensors_metadata(file, key);
  if (!text) return rn_error_set(err, RN_ERROR_DATA, "%s: its metadata lacks \"%s\"", path, key);
  return rn_json_parse(text, strlen(text), path, out, err);
}

static bool is_matrix(const rn_entry *e) { return e && e->rank == 2 && e->dtype == RN_F32 && e->shape[0] > 0 && e->shape[1] > 0; }

/* The matrix, which must have a row for each word. */
static rn_status find_words(source *s, rn_vector_table *t, rn_error *err) {
  const rn_entry *w = s->words = rn_safetensors_find(t->file, "embedding.weight");
  int64_t n = rn_vocab_size(s->vocab);
  t->dim = w && w->rank == 2 ? w->shape[1] : rn_json_int(s->config, "dim", 0);
  s->bits = w ? 32 : 8;
  bool fits = w ? is_matrix(w) && w->shape[0] == n && t->dim <= RN_MAX_VECTOR : rn_quantized_find(t->file, 8, n, t->dim, &s->quantized);
  if (!w && !fits) {
    s->bits = 1;
    fits = rn_quantized_find(t->file, 1, n, t->dim, &s->quantized);
  }
  if (!fits)
    return rn_error_set(err, RN_ERROR_DATA, "%s: no matrix embedding.weight with a row for each word, nor one in 8 bits or 1", s->path);
  if (w && !rn_floats_finite(w->data, (size_t)n * (size_t)t->dim))
    return rn_error_set(err, RN_ERROR_DATA, "%s: the tensor embedding.weight holds a value that is not finite", s->path);
  return RN_OK;
}

static rn_status read_source(source *s, rn_vector_table *t, rn_error *err) {
  const char *kind = rn_safetensors_metadata(t->file, "rondo.model");
  if (!kind || strcmp(kind, "embeddings") != 0)
    return rn_error_set(err, RN_ERROR_DATA, "%s: expected a model of kind \"embeddings\", got %s", s->path,
                        kind ? kind : "weights of no kind");
  rn_status status = parse(t->file, s->path, "rondo.config", &s->config, err);
  if (status == RN_OK) status = rn_vocab_load(t->file, s->path, &s->vocab, err);
  if (status == RN_OK && !s->vocab) status = rn_error_set(err, RN_ERROR_DATA, "%s: its metadata lacks the vocabulary", s->path);
  return status == RN_OK ? find_words(s, t, err) : status;
}

static rn_status read_ngrams(source *s, rn_vector_table *t, rn_error *err) {
  const rn_entry *e = rn_safetensors_find(t->file, "ngrams.weight");
  t->buckets = rn_json_int(s->config, "buckets", 0);
  t->min_subword = rn_json_int(s->config, "subword_min", 0);
  t->max_subword = rn_json_int(s->config, "subword_max", 0);
  if (!e || s->bits < 32) return RN_OK;
  if (!is_matrix(e) || e->shape[1] != t->dim || e->shape[0] != t->buckets || t->min_subword < 1 || t->max_subword < t->min_subword ||
      t->max_subword > RN_MAX_SUBWORD)
    return rn_error_set(err, RN_ERROR_DATA, "%s: ngrams.weight does not fit the configuration's subword_min, subword_max and buckets",
                        s->path);
  if (!rn_floats_finite(e->data, (size_t)e->shape[0] * (size_t)t->dim))
    return rn_error_set(err, RN_ERROR_DATA, "%s: the tensor ngrams.weight holds a value that is not finite", s->path);
  t->ngrams = e->data;
  return RN_OK;
}

static void take_few_bits(const source *s, int64_t dim, int64_t i, float *vector) {
  float scale;
  memcpy(&scale, (const char *)s->quantized.scale->data + (size_t)i * sizeof scale, sizeof scale);
  const unsigned char *packed = s->quantized.packed->data;
  rn_dequantize_row(s->bits, dim, scale, packed + (size_t)i * rn_quantized_size(s->bits, dim), vector);
}

static rn_status take_words(source *s, const rn_vectors_options *o, rn_vector_table *t, rn_error *err) {
  bool mapped = s->bits == 32 && !o->keep && !t->ngrams && (uintptr_t)s->words->data % _Alignof(float) == 0;
  int64_t n = rn_vocab_size(s->vocab);
  if (mapped) {
    t->mapped = s->words->data;
    t->capacity = n; /* of the counts */
  }
  for (int64_t i = 0; i < n; i++) {
    rn_string word;
    word.data = rn_vocab_symbol(s->vocab, (int32_t)i, &word.size);
    t->n_in_file++;
    if (!rn_vector_wanted(o, word)) continue;
    float *vector = mapped ? NULL : rn_vector_room(t);
    if ((!mapped && !vector) || !rn_vector_count(t, rn_vocab_count(s->vocab, (int32_t)i)))
      return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for %s", s->path);
    if (s->bits < 32) take_few_bits(s, t->dim, i, vector);
    else if (vector && !rn_vector_compose(t, word, (const char *)s->words->data + (size_t)(i * t->dim) * sizeof(float), vector))
      return rn_error_set(err, RN_ERROR_DATA, "%s: the vector of word %lld is not finite", s->path, (long long)i + 1);
    if (!rn_vector_add(t, word)) return rn_error_set(err, RN_ERROR_MEMORY, "out of memory for %s", s->path);
  }
  return RN_OK;
}

rn_status rn_vectors_read_model(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash) {
  rn_error error = {0};
  char *inside = rn_path_is_folder(path) ? rn_path_join(path, "model.safetensors") : rn_strdup(path);
  if (!inside) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", path);
  source s = {.path = inside};
  rn_bytes bytes;
  rn_status status = rn_bytes_map(inside, &bytes, &error);
  if (status == RN_OK) {
    *hash = rn_hash(bytes.data, bytes.size);
    rn_bytes_close(&bytes);
    status = rn_safetensors_open(inside, &t->file, &error);
  }
  if (status == RN_OK) status = read_source(&s, t, &error);
  if (status == RN_OK) status = read_ngrams(&s, t, &error);
  if (status == RN_OK) status = take_words(&s, o, t, &error);
  rn_vocab_free(s.vocab);
  json_decref(s.config);
  rn_free(inside);
  return status == RN_OK ? RN_OK : rn_context_fail(ctx, status, "%s", error.text);
}
