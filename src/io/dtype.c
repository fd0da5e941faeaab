/* dtype.c: the number formats of a tensor file, and their way to float. */
#include "io/dtype.h"

#include <math.h>
#include <string.h>

static const struct {
  const char *name;
  size_t size;
} dtypes[RN_DTYPE_COUNT] = {
    [RN_F32] = {"F32", 4}, [RN_F64] = {"F64", 8}, [RN_F16] = {"F16", 2}, [RN_BF16] = {"BF16", 2}, [RN_I64] = {"I64", 8},
    [RN_I32] = {"I32", 4}, [RN_I16] = {"I16", 2}, [RN_I8] = {"I8", 1},   [RN_U8] = {"U8", 1},     [RN_BOOL] = {"BOOL", 1},
};

size_t rn_dtype_size(rn_dtype dtype) { return dtypes[dtype].size; }
const char *rn_dtype_name(rn_dtype dtype) { return dtypes[dtype].name; }

bool rn_dtype_named(const char *name, rn_dtype *out) {
  for (int i = 0; i < RN_DTYPE_COUNT; i++) {
    if (strcmp(dtypes[i].name, name) != 0) continue;
    *out = (rn_dtype)i;
    return true;
  }
  return false;
}

static float float_of_bits(uint32_t bits) {
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

/* 1 sign, 5 exponent (bias 15), 10 mantissa. */
static float float_of_half(uint16_t h) {
  uint32_t exponent = h >> 10 & 31, mantissa = h & 1023;
  float magnitude = exponent == 0    ? ldexpf((float)mantissa, -24)
                    : exponent == 31 ? (mantissa ? NAN : INFINITY)
                                     : ldexpf((float)(mantissa | 1024), (int)exponent - 25);
  return h & 0x8000 ? -magnitude : magnitude;
}

static float value_at(const char *data, rn_dtype dtype, int64_t i) {
  uint16_t half;
  double wide;
  float value;
  switch (dtype) {
  case RN_F16: memcpy(&half, data + 2 * i, 2); return float_of_half(half);
  case RN_BF16: memcpy(&half, data + 2 * i, 2); return float_of_bits((uint32_t)half << 16);
  case RN_F64: memcpy(&wide, data + 8 * i, 8); return (float)wide;
  default: memcpy(&value, data + 4 * i, 4); return value;
  }
}

rn_status rn_entry_floats(const rn_entry *entry, const char *path, float *out, int64_t n, rn_error *err) {
  rn_dtype t = entry->dtype;
  if (t != RN_F32 && t != RN_F64 && t != RN_F16 && t != RN_BF16)
    return rn_error_set(err, RN_ERROR_DATA, "%s: tensor '%s' is %s, not floating point", path, entry->name, rn_dtype_name(t));
  size_t size;
  if (n < 0 || !rn_mul_size((size_t)n, rn_dtype_size(t), &size) || size != entry->size)
    return rn_error_set(err, RN_ERROR_DATA, "%s: tensor '%s' has %zu elements, not %lld", path, entry->name, entry->size / rn_dtype_size(t),
                        (long long)n);
  for (int64_t i = 0; i < n; i++) {
    out[i] = value_at(entry->data, t, i);
    if (!isfinite(out[i]))
      return rn_error_set(err, RN_ERROR_DATA, "%s: tensor '%s' is not finite at element %lld", path, entry->name, (long long)i);
  }
  return RN_OK;
}
