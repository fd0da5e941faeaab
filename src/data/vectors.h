/* vectors.h: what every format of word vectors fills: words that are kept, and a matrix that grows or is mapped. */
#ifndef RN_DATA_VECTORS_H
#define RN_DATA_VECTORS_H

#include "base/map.h"
#include "base/file.h"
#include "data/reading.h"
#include "io/safetensors.h"
#include <rondo/data_vectors.h>

#define RN_MAX_VECTOR ((int64_t)1 << 20) /* numbers in a vector */

/* The owner of a result: a text is closed, since of a large file little may be kept. */
typedef struct rn_vector_table {
  rn_map *words;   /* word to row */
  float *values;   /* [capacity, dim], or */
  const float *mapped; /* [n, dim] inside the file, where every word is kept */
  int64_t *counts; /* [n_counts] or NULL: the file does not say */
  int64_t n_counts, capacity, dim, n_in_file, n_bad;
  const char *ngrams; /* [buckets, dim] floats, little-endian, perhaps not aligned, inside the file; NULL: none */
  int64_t buckets, min_subword, max_subword;
  rn_bytes bytes;      /* the file, where something in it is used; or */
  rn_safetensors *file;
} rn_vector_table;

/* A vector, as sum of `own` (floats as above, or NULL) and of the rows of the word's n-grams, over their number. False where there is
 * nothing to add, or the sum is too large for a float. */
#define RN_MAX_SUBWORD 64 /* letters; longer runs are only asked for by damaged files */
bool rn_vector_compose(const rn_vector_table *t, rn_string word, const char *own, float *out);

/* Whether a word is wanted by the options. */
bool rn_vector_wanted(const rn_vectors_options *o, rn_string word);
bool rn_vector_known(const rn_vector_table *t, rn_string word);
/* Where the next vector goes, and that it is there now; NULL and false when out of memory. */
float *rn_vector_room(rn_vector_table *t);
bool rn_vector_add(rn_vector_table *t, rn_string word);
/* From now on the table has counts; and the count of the word that comes next. Call after rn_vector_room. */
bool rn_vector_count(rn_vector_table *t, int64_t count);
/* The table as a result, which it is the owner of. */
void rn_vectors_adopt(rn_vector_table *t, uint64_t hash, rn_vectors *out);
/* A model file of these vectors whose tensors are given: rn_vectors_save's, of 32 bits, and its quantised form. */
rn_status rn_vectors_write_model(rn_context *ctx, const rn_vectors *v, const char *path, int bits, const rn_entry *entries, int64_t n);
/* Vectors in 8 bits a number or 1 (quantize.h): bytes of a row, and the row to and from them. */
size_t rn_quantized_size(int bits, int64_t dim);
/* The matrix of a model file in these bits, and the scale of each row, when all of it is there and fits. */
typedef struct rn_quantized {
  const rn_entry *packed, *scale;
} rn_quantized;
bool rn_quantized_find(const rn_safetensors *file, int bits, int64_t n, int64_t dim, rn_quantized *out);
void rn_quantize_row(int bits, int64_t dim, const float *row, float *scale, unsigned char *packed);
void rn_dequantize_row(int bits, int64_t dim, float scale, const unsigned char *packed, float *row);
/* Whether n floats of a file, aligned or not, are all finite. */
bool rn_floats_finite(const char *floats, size_t n);

/* "WORDS WIDTH", both at least 1, from a line; false when it is no such line. */
bool rn_vectors_header(rn_string line, int64_t *n, int64_t *dim);

rn_status rn_vectors_read_text(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash);
rn_status rn_vectors_read_binary(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash);
rn_status rn_vectors_read_fasttext(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash);
rn_status rn_vectors_read_npy(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash);
rn_status rn_vectors_read_model(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash);

#endif
