/* vectors_quantized.c: see quantize.h. */
#include <rondo/quantize.h>

#include "base/alloc.h"
#include "data/vectors.h"
#include "tensor/context.h"
#include <math.h>
#include <string.h>

size_t rn_quantized_size(int bits, int64_t dim) { return bits == 8 ? (size_t)dim : ((size_t)dim + 7) / 8; }

void rn_quantize_row(int bits, int64_t dim, const float *x, float *scale, unsigned char *packed) {
  double sum = 0;
  float largest = 0;
  for (int64_t k = 0; k < dim; k++) {
    sum += fabs((double)x[k]);
    largest = fmaxf(largest, fabsf(x[k]));
  }
  memset(packed, 0, rn_quantized_size(bits, dim));
  *scale = bits == 8 ? largest / 127 : (float)(sum / (double)dim);
  for (int64_t k = 0; k < dim; k++) {
    if (bits == 1) packed[k / 8] |= (unsigned char)((x[k] >= 0) << k % 8);
    else packed[k] = (unsigned char)(int8_t)(*scale > 0 ? fmaxf(-127, fminf(127, rintf(x[k] / *scale))) : 0);
  }
}

void rn_dequantize_row(int bits, int64_t dim, float scale, const unsigned char *packed, float *x) {
  for (int64_t k = 0; k < dim; k++) x[k] = bits == 8 ? scale * (float)(int8_t)packed[k] : packed[k / 8] >> k % 8 & 1 ? scale : -scale;
}

static const char *packed_name(int bits) { return bits == 8 ? "embedding.int8" : "embedding.bits"; }
static rn_dtype packed_dtype(int bits) { return bits == 8 ? RN_I8 : RN_U8; }

bool rn_quantized_find(const rn_safetensors *file, int bits, int64_t n, int64_t dim, rn_quantized *out) {
  const rn_entry *p = rn_safetensors_find(file, packed_name(bits)), *s = rn_safetensors_find(file, "embedding.scale");
  *out = (rn_quantized){p, s};
  return p && s && dim >= 1 && dim <= RN_MAX_VECTOR && p->dtype == packed_dtype(bits) && p->rank == 2 && p->shape[0] == n &&
         (size_t)p->shape[1] == rn_quantized_size(bits, dim) && s->dtype == RN_F32 && s->rank == 1 && s->shape[0] == n &&
         rn_floats_finite(s->data, (size_t)n);
}

/* The bits of all rows. False when out of memory. */
static bool pack(const rn_vectors *v, int bits, float **scale, unsigned char **packed) {
  size_t size = rn_quantized_size(bits, v->dim);
  *scale = rn_alloc_zero((size_t)v->n, sizeof **scale);
  *packed = rn_alloc_zero((size_t)v->n, size);
  if (!*scale || !*packed) return false;
  for (int64_t i = 0; i < v->n; i++) rn_quantize_row(bits, v->dim, v->values + i * v->dim, *scale + i, *packed + (size_t)i * size);
  return true;
}

static rn_status check(rn_context *ctx, int bits) {
  return bits == 8 || bits == 1 ? RN_OK : rn_context_fail(ctx, RN_ERROR_ARGUMENT, "vectors of %d bits: 8 and 1 are possible", bits);
}

rn_status rn_vectors_quantize(rn_context *ctx, const rn_vectors *v, int bits, rn_vectors *out) {
  *out = (rn_vectors){0};
  rn_status status = check(ctx, bits);
  if (status != RN_OK) return status;
  float *scale = NULL, *rows = rn_alloc_zero((size_t)v->n, (size_t)v->dim * sizeof *rows);
  unsigned char *packed = NULL;
  if (!rows || !pack(v, bits, &scale, &packed)) {
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld vectors", (long long)v->n);
  } else {
    for (int64_t i = 0; i < v->n; i++)
      rn_dequantize_row(bits, v->dim, scale[i], packed + (size_t)i * rn_quantized_size(bits, v->dim), rows + i * v->dim);
    status = rn_vectors_with_values(ctx, v, rows, out);
  }
  rn_free(scale);
  rn_free(packed);
  rn_free(rows);
  return status;
}

rn_status rn_vectors_save_quantized(rn_context *ctx, const rn_vectors *v, int bits, const char *path) {
  rn_status status = check(ctx, bits);
  if (status != RN_OK) return status;
  if (v->n == 0) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%s: no words to write", path);
  const char *name = strrchr(path, '/');
  if (strchr(name ? name : path, '.') && !rn_path_is_folder(path) && !rn_path_ends(path, ".safetensors"))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%s: vectors in few bits are written to a folder or to .safetensors", path);
  float *scale = NULL;
  unsigned char *packed = NULL;
  if (!pack(v, bits, &scale, &packed)) {
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %lld vectors", (long long)v->n);
  } else {
    size_t size = rn_quantized_size(bits, v->dim), n = (size_t)v->n;
    rn_entry entries[] = {
        {.name = "embedding.scale", .dtype = RN_F32, .rank = 1, .shape = {v->n}, .data = scale, .size = n * sizeof *scale},
        {.name = packed_name(bits),
         .dtype = packed_dtype(bits),
         .rank = 2,
         .shape = {v->n, (int64_t)size},
         .data = packed,
         .size = n * size}};
    status = rn_vectors_write_model(ctx, v, path, bits, entries, 2);
  }
  rn_free(scale);
  rn_free(packed);
  return status;
}
