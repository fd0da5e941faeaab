/* dtype.h: the names of number formats, as safetensors writes them. */
#ifndef RN_IO_DTYPE_H
#define RN_IO_DTYPE_H

#include "base/alloc.h"
#include "io/safetensors.h"

const char *rn_dtype_name(rn_dtype dtype);                /* "F32" */
bool rn_dtype_named(const char *name, rn_dtype *out);     /* false: unknown */

/* Bytes of an entry of this dtype and shape; false when that does not fit or a size is negative. */
static inline bool rn_dtype_bytes(rn_dtype dtype, int rank, const int64_t *shape, size_t *out) {
  *out = rn_dtype_size(dtype);
  for (int i = 0; i < rank; i++)
    if (shape[i] < 0 || !rn_mul_size(*out, (size_t)shape[i], out)) return false;
  return true;
}

/* What our own headers begin with, up to the digits of the header's own checksum; and how many digits. */
#define RN_SAFETENSORS_PREFIX "{\"__metadata__\":{\"xxh3\":\"{\\\"__header__\\\":\\\""
#define RN_SAFETENSORS_DIGITS 16
#define RN_SAFETENSORS_ZEROS "0000000000000000"

#endif
