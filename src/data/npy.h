/* npy.h: NumPy's array files: the header, and numbers of any kind as double. */
#ifndef RN_DATA_NPY_H
#define RN_DATA_NPY_H

#include "base/cursor.h"
#include <rondo/data.h>

typedef struct rn_npy {
  rn_string dtype; /* "<f4", "<f8", "<i4", "<i8" or "|u1" */
  int rank;        /* 1 to 3 */
  int64_t shape[3];
  size_t n, item; /* numbers, bytes of each */
} rn_npy;

/* Reads the header; the cursor then stands before the first number, and as many bytes are left as the shape says. Errors: RN_ERROR_DATA. */
rn_status rn_npy_header(rn_context *ctx, const char *name, rn_cursor *c, rn_npy *out);
double rn_npy_number(rn_cursor *c, const rn_npy *a);

#endif
