/* safetensors.h: reading and writing .safetensors: 8 bytes of header size, a JSON header, raw little-endian tensors.
 *
 * Ours begin their header with "__metadata__", and that with "xxh3": a JSON object from "__header__" and every tensor's name to 16 hex
 * digits, the XXH3 of the header (with zeros in place of its own digits) and of the tensor's bytes. A second string, "checksum", says that
 * the first must be there: so a flipped bit anywhere in the file is found. Files without either (PyTorch's) are read as well. */
#ifndef RN_IO_SAFETENSORS_H
#define RN_IO_SAFETENSORS_H

#include "base/file.h"
#include "base/json.h"
#include <rondo/tensor.h>

typedef enum rn_dtype { RN_F32, RN_F64, RN_F16, RN_BF16, RN_I64, RN_I32, RN_I16, RN_I8, RN_U8, RN_BOOL, RN_DTYPE_COUNT } rn_dtype;
size_t rn_dtype_size(rn_dtype dtype);

typedef struct rn_entry { /* a tensor in a file */
  const char *name;
  rn_dtype dtype;
  int rank;
  int64_t shape[RN_MAX_RANK];
  const void *data; /* reading: inside the mapping, aligned for float where the writer aligned it; else read by rn_entry_floats */
  size_t size;      /* bytes */
} rn_entry;

typedef struct rn_safetensors rn_safetensors;
/* Maps a file and verifies header, offsets (inside the file, no overlap, no gap), shapes, checksums when present. Errors name file and
 * byte offset. */
rn_status rn_safetensors_open(const char *path, rn_safetensors **out, rn_error *err);
void rn_safetensors_close(rn_safetensors *file); /* NULL is allowed */
int64_t rn_safetensors_count(const rn_safetensors *file);
const rn_entry *rn_safetensors_at(const rn_safetensors *file, int64_t i);
const rn_entry *rn_safetensors_find(const rn_safetensors *file, const char *name); /* NULL when absent */
/* A metadata string, or NULL. */
const char *rn_safetensors_metadata(const rn_safetensors *file, const char *key);
/* Converts an F32, F64, F16 or BF16 entry into floats; n is the element count. RN_ERROR_DATA: another dtype, a value that is not finite. */
rn_status rn_entry_floats(const rn_entry *entry, const char *path, float *out, int64_t n, rn_error *err);
/* Writes beside, flushes, renames. metadata: a JSON object whose values are strings (borrowed), or NULL; "xxh3" and "checksum" are
 * ours. The data begins at a multiple of 64 bytes; the tensors lie in the order given and, as the format demands, without gaps. The same
 * arguments always give the same bytes. *hash: XXH3 of the whole file, *size its bytes (both may be NULL). */
rn_status rn_safetensors_write(const char *path, const json_t *metadata, const rn_entry *entries, int64_t n, uint64_t *hash, uint64_t *size,
                               rn_error *err);

#endif
