/* data_matrix.h: matrices of numbers, and labels for their rows. */
#ifndef RONDO_DATA_MATRIX_H
#define RONDO_DATA_MATRIX_H

#include <rondo/data.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rn_matrix {
  int64_t n, dim;
  float *values; /* [n, dim] */
  uint64_t hash; /* of the file */
} rn_matrix;

/* Whether the path ends as one of what follows. */
RN_API bool rn_matrix_named(const char *path);
/* Reads .npy (rows by the first axis), .csv and .tsv (numbers alone; a first line without numbers is a heading), and IDX as MNIST has it
 * (-idx3-ubyte, bytes divided by 255); each also as .gz and .zst. Free with rn_matrix_free.
 * Errors: RN_ERROR_DATA with line and column: not as many numbers as in the line before, not a finite number. RN_ERROR_IO, RN_ERROR_MEMORY.
 */
RN_API rn_status rn_matrix_open(rn_context *ctx, const char *path, rn_matrix *out);
RN_API void rn_matrix_free(rn_matrix *matrix);
/* A label for each of n rows: a line of a text each, or an IDX file of bytes. Free with rn_row_labels_free.
 * Errors: as above; RN_ERROR_DATA: not n of them. */
typedef struct rn_row_labels {
  int64_t n, n_names;
  int32_t *id;     /* [n] which name, numbered by their first appearance */
  rn_string *name; /* [n_names] */
  void *owner;     /* private */
} rn_row_labels;
RN_API rn_status rn_row_labels_open(rn_context *ctx, const char *path, int64_t n, rn_row_labels *out);
RN_API void rn_row_labels_free(rn_row_labels *labels);

#ifdef __cplusplus
}
#endif
#endif
