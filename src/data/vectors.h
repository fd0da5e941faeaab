/* vectors.h: what both formats of word vectors fill: words that are kept, and a matrix that grows. */
#ifndef RN_DATA_VECTORS_H
#define RN_DATA_VECTORS_H

#include "base/map.h"
#include "data/reading.h"
#include <rondo/data_vectors.h>

#define RN_MAX_VECTOR ((int64_t)1 << 20) /* numbers in a vector */

/* The owner of a result: the text itself is closed, since of a large file little may be kept. */
typedef struct rn_vector_table {
  rn_map *words; /* word to row */
  float *values; /* [capacity, dim] */
  int64_t capacity, dim, n_in_file, n_bad;
} rn_vector_table;

/* Whether a word is wanted by the options. */
bool rn_vector_wanted(const rn_vectors_options *o, rn_string word);
bool rn_vector_known(const rn_vector_table *t, rn_string word);
/* Where the next vector goes, and that it is there now; NULL and false when out of memory. */
float *rn_vector_room(rn_vector_table *t);
bool rn_vector_add(rn_vector_table *t, rn_string word);

/* "WORDS WIDTH", both at least 1, from a line; false when it is no such line. */
bool rn_vectors_header(rn_string line, int64_t *n, int64_t *dim);

rn_status rn_vectors_read_text(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash);
rn_status rn_vectors_read_binary(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash);

#endif
