/* vectors_write.c: vectors as files, in every layout that is read but fastText's own. */
#include "base/alloc.h"
#include "base/text_buffer.h"
#include "base/utf8.h"
#include "data/vectors.h"
#include "tensor/context.h"
#include <stdlib.h>
#include <string.h>

typedef struct target {
  rn_context *ctx;
  const rn_vectors *v;
  const char *path;
} target;

static rn_status fail(const target *t, const rn_error *e) { return rn_context_fail(t->ctx, e->status, "%s", e->text); }

static bool ends(const char *path, const char *extension) {
  size_t n = strlen(path), m = strlen(extension);
  return n > m && strcmp(path + n - m, extension) == 0;
}

/* What a format that ends a word by `end` cannot hold. */
static rn_status check_words(const target *t, const char *forbidden, bool utf8) {
  for (int64_t i = 0; i < t->v->n; i++) {
    rn_string word = rn_vectors_word(t->v, i);
    bool good = word.size && (!utf8 || rn_utf8_count_bad(word.data, word.size, NULL) == 0);
    for (const char *c = forbidden; good && *c; c++) good = memchr(word.data, *c, word.size) == NULL;
    if (!good)
      return rn_context_fail(t->ctx, RN_ERROR_DATA, "%s: this format cannot hold word %lld, \"%.*s\"", t->path, (long long)i + 1,
                             RN_SHOW(word));
  }
  return RN_OK;
}

/* The shortest decimals that read back as x. */
static size_t write_float(char *out, size_t size, float x) {
  int n = 0;
  for (int digits = 6; digits <= 9; digits++) {
    n = snprintf(out, size, "%.*g", digits, (double)x);
    if (strtof(out, NULL) == x) break;
  }
  return (size_t)n;
}

static rn_status write_text(const target *t, bool header) {
  rn_status status = check_words(t, "\n\r", false);
  if (status != RN_OK) return status;
  rn_error error = {0};
  rn_writer *w;
  if (rn_writer_open(t->path, &w, &error) != RN_OK) return fail(t, &error);
  char number[48];
  if (header) rn_writer_write(w, number, (size_t)snprintf(number, sizeof number, "%lld %lld\n", (long long)t->v->n, (long long)t->v->dim));
  rn_text line = {0};
  for (int64_t i = 0; i < t->v->n; i++) {
    rn_string word = rn_vectors_word(t->v, i);
    rn_text_clear(&line);
    rn_text_append(&line, word.data, word.size);
    for (int64_t k = 0; k < t->v->dim; k++) {
      number[0] = ' ';
      rn_text_append(&line, number, 1 + write_float(number + 1, sizeof number - 1, t->v->values[i * t->v->dim + k]));
    }
    rn_text_append(&line, "\n", 1);
    rn_writer_write(w, line.data, line.size);
  }
  if (line.failed) {
    rn_writer_abandon(w);
    rn_error_set(&error, RN_ERROR_MEMORY, "out of memory for %s", t->path);
  } else {
    rn_writer_commit(w, &error);
  }
  rn_text_free(&line);
  return error.status == RN_OK ? RN_OK : fail(t, &error);
}

static rn_status write_binary(const target *t) {
  rn_status status = check_words(t, " \n", false);
  if (status != RN_OK) return status;
  rn_error error = {0};
  rn_writer *w;
  if (rn_writer_open(t->path, &w, &error) != RN_OK) return fail(t, &error);
  char header[48];
  rn_writer_write(w, header, (size_t)snprintf(header, sizeof header, "%lld %lld\n", (long long)t->v->n, (long long)t->v->dim));
  for (int64_t i = 0; i < t->v->n; i++) {
    rn_string word = rn_vectors_word(t->v, i);
    rn_writer_write(w, word.data, word.size);
    rn_writer_write(w, " ", 1);
    rn_writer_write(w, t->v->values + i * t->v->dim, (size_t)t->v->dim * sizeof(float));
    rn_writer_write(w, "\n", 1);
  }
  return rn_writer_commit(w, &error) == RN_OK ? RN_OK : fail(t, &error);
}

/* The header is filled with blanks so that the numbers begin at a multiple of 64 bytes. */
static rn_status write_npy(const target *t) {
  rn_status status = check_words(t, "\n\r", false);
  if (status != RN_OK) return status;
  char header[192], *words = rn_alloc(strlen(t->path) + sizeof ".words");
  if (!words) return rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for %s", t->path);
  size_t stem = strlen(t->path) - strlen(".npy");
  memcpy(words, t->path, stem);
  memcpy(words + stem, ".words", sizeof ".words");
  int n = snprintf(header + 10, sizeof header - 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (%lld, %lld), }", (long long)t->v->n,
                   (long long)t->v->dim);
  size_t size = ((size_t)n + 11 + 63) / 64 * 64;
  memset(header + 10 + n, ' ', size - 10 - (size_t)n);
  header[size - 1] = '\n';
  memcpy(header, "\x93NUMPY\x01\x00", 8);
  header[8] = (char)(size - 10), header[9] = (char)((size - 10) >> 8);
  rn_error error = {0};
  rn_writer *w;
  if (rn_writer_open(t->path, &w, &error) == RN_OK) {
    rn_writer_write(w, header, size);
    rn_writer_write(w, t->v->values, (size_t)t->v->n * (size_t)t->v->dim * sizeof(float));
    rn_writer_commit(w, &error);
  }
  if (error.status == RN_OK && rn_writer_open(words, &w, &error) == RN_OK) {
    for (int64_t i = 0; i < t->v->n; i++) {
      rn_string word = rn_vectors_word(t->v, i);
      rn_writer_write(w, word.data, word.size);
      rn_writer_write(w, "\n", 1);
    }
    rn_writer_commit(w, &error);
  }
  rn_free(words);
  return error.status == RN_OK ? RN_OK : fail(t, &error);
}

/* As rn_vocab_to_json writes it: words in one text, a line each, and counts in another; 0 where they are not known. */
static json_t *new_vocab(const rn_vectors *v) {
  rn_text words = {0}, counts = {0};
  for (int64_t i = 0; i < v->n; i++) {
    rn_string word = rn_vectors_word(v, i);
    if (i) rn_text_puts(&words, "\n");
    rn_text_append(&words, word.data, word.size);
    rn_text_printf(&counts, "%s%lld", i ? " " : "", v->counts ? (long long)v->counts[i] : 0LL);
  }
  int unk = (int)rn_vectors_find(v, "<unk>", 5);
  json_t *json = words.failed || counts.failed ? NULL
                                               : json_pack("{s:s, s:s#, s:s, s:i}", "level", "word", "symbols", words.data, (int)words.size,
                                                           "counts", counts.data, "unk", unk);
  rn_text_free(&words);
  rn_text_free(&counts);
  return json;
}

static bool put_json(json_t *metadata, const char *key, json_t *value) {
  char *text = value ? rn_json_text(value) : NULL;
  bool good = text && json_object_set_new(metadata, key, json_string(text)) == 0;
  rn_free(text);
  json_decref(value);
  return good;
}

rn_status rn_vectors_write_model(rn_context *ctx, const rn_vectors *v, const char *path, int bits, const rn_entry *entries, int64_t n) {
  target t = {ctx, v, path};
  rn_status status = check_words(&t, "\n", true);
  if (status != RN_OK) return status;
  rn_error error = {0};
  bool file = ends(path, ".safetensors");
  if (!file && rn_folder_make(path, &error) != RN_OK) return fail(&t, &error);
  char *inside = file ? rn_strdup(path) : rn_path_join(path, "model.safetensors");
  json_t *metadata =
      json_pack("{s:s, s:s, s:s, s:s}", "format", "pt", "rondo.version", "1", "rondo.model", "embeddings", "rondo.training", "{}");
  json_t *config = json_pack("{s:s, s:s, s:I, s:i, s:i, s:i, s:i, s:i}", "model", "given", "loss", "none", "dim", (json_int_t)v->dim,
                             "bits", bits, "subword_min", 0, "subword_max", 0, "buckets", 0, "outputs", 0);
  bool good = put_json(metadata, "rondo.config", config);
  good = put_json(metadata, "rondo.vocab", new_vocab(v)) && good;
  if (inside && metadata && good) rn_safetensors_write(inside, metadata, entries, n, NULL, NULL, &error);
  else rn_error_set(&error, RN_ERROR_MEMORY, "out of memory for %s", path);
  json_decref(metadata);
  rn_free(inside);
  return error.status == RN_OK ? RN_OK : fail(&t, &error);
}

static rn_status write_model(const target *t) {
  rn_entry words = {.name = "embedding.weight",
                    .dtype = RN_F32,
                    .rank = 2,
                    .shape = {t->v->n, t->v->dim},
                    .data = t->v->values,
                    .size = (size_t)t->v->n * (size_t)t->v->dim * sizeof(float)};
  return rn_vectors_write_model(t->ctx, t->v, t->path, 32, &words, 1);
}

rn_status rn_vectors_save(rn_context *ctx, const rn_vectors *v, const char *path, rn_vectors_format format) {
  target t = {ctx, v, path};
  if (v->n == 0) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%s: no words to write", path);
  if (format == RN_VECTORS_GUESS) {
    const char *name = strrchr(path, '/');
    bool folder = rn_path_is_folder(path) || !strchr(name ? name : path, '.');
    format = strcmp(path, "-") == 0                     ? RN_VECTORS_GUESS /* nothing tells the layout of a stream */
             : folder || ends(path, ".safetensors")     ? RN_VECTORS_MODEL
             : ends(path, ".npy")                       ? RN_VECTORS_NPY
             : ends(path, ".bin")                       ? RN_VECTORS_BINARY
             : ends(path, ".txt") || ends(path, ".vec") ? RN_VECTORS_TEXT
                                                        : RN_VECTORS_GUESS;
  }
  switch (format) {
  case RN_VECTORS_TEXT: return write_text(&t, !ends(path, ".txt"));
  case RN_VECTORS_BINARY: return write_binary(&t);
  case RN_VECTORS_NPY: return write_npy(&t);
  case RN_VECTORS_MODEL: return write_model(&t);
  default:
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                           "%s: vectors are written to .bin (word2vec), .txt (GloVe), .vec (fastText), .npy, .safetensors or a folder",
                           path);
  }
}
