/* fuzz_safetensors.c: any bytes as a model file. The mutator keeps the length field right and often the header's checksum, and sometimes
 * writes a header that is right but for a slip, so that the checks behind the first are reached. */
#define _GNU_SOURCE /* memfd_create */
#include "memory_file.h"
#include "base/random.h"
#include "base/text_buffer.h"
#include "io/dtype.h"

#include <inttypes.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  rn_safetensors *f;
  rn_error err = {0};
  rn_status status = rn_safetensors_open(memory_file(data, size), &f, &err);
  if (status != RN_OK) {
    if (f || !err.text[0]) abort(); /* a failure has words and no file */
    return 0;
  }
  static volatile uint64_t sink;
  for (int64_t i = 0; i < rn_safetensors_count(f); i++) {
    const rn_entry *e = rn_safetensors_at(f, i);
    if (rn_safetensors_find(f, e->name) != e) abort();
    sink += rn_hash(e->data, e->size);
    size_t n = e->size / rn_dtype_size(e->dtype);
    float *values = malloc(n * sizeof *values + 1);
    rn_error_clear(&err);
    rn_entry_floats(e, "fuzz", values, (int64_t)n, &err);
    free(values);
  }
  rn_safetensors_metadata(f, "vocab");
  rn_safetensors_close(f);
  return 0;
}

/* A header of a few tensors in a row; one number in eight is off by a little or by much. */
static void header_make(rn_text *t, rn_random *r, uint64_t *data_size) {
  static const char *dtypes[] = {"F32", "F64", "F16", "BF16", "I64", "I32", "U8", "BOOL", "F8"};
  static const uint64_t sizes[] = {4, 8, 2, 2, 8, 4, 1, 1, 1}, odd[] = {0, 1, UINT32_MAX, INT64_MAX, (uint64_t)1 << 62};
  uint64_t at = 0, n = rn_random_below(r, 5);
  rn_text_puts(t, rn_random_below(r, 2) ? "{" : "{\"__metadata__\":{\"format\":\"pt\"}");
  for (uint64_t i = 0; i < n; i++) {
    uint64_t kind = rn_random_below(r, 9), rank = rn_random_below(r, 4), size = sizes[kind];
    rn_text_printf(t, "%s\"t%" PRIu64 "\":{\"dtype\":\"%s\",\"shape\":[", t->data[t->size - 1] == '{' ? "" : ",",
                   i - (rn_random_below(r, 8) == 0), dtypes[kind]);
    for (uint64_t d = 0; d < rank; d++) {
      uint64_t extent = rn_random_below(r, 4);
      size *= extent;
      if (rn_random_below(r, 8) == 0) extent = odd[rn_random_below(r, 5)];
      rn_text_printf(t, "%s%" PRIu64, d ? "," : "", extent);
    }
    uint64_t end = at + size;
    if (rn_random_below(r, 8) == 0) end += rn_random_below(r, 2) ? 1 : odd[rn_random_below(r, 5)];
    rn_text_printf(t, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", at, end);
    at += size;
  }
  rn_text_puts(t, "}");
  *data_size = at + (rn_random_below(r, 8) == 0);
}

static void put_length(uint8_t *data, uint64_t n) {
  for (int i = 0; i < 8; i++) data[i] = (uint8_t)(n >> 8 * i);
}

/* The header's own checksum, made right again. */
static void checksum_mend(uint8_t *header, size_t size) {
  size_t at = strlen(RN_SAFETENSORS_PREFIX);
  char digits[RN_SAFETENSORS_DIGITS + 1];
  if (size < at + RN_SAFETENSORS_DIGITS) return;
  memcpy(header + at, RN_SAFETENSORS_ZEROS, RN_SAFETENSORS_DIGITS);
  snprintf(digits, sizeof digits, "%016" PRIx64, rn_hash(header, size));
  memcpy(header + at, digits, RN_SAFETENSORS_DIGITS);
}

/* A good file of ours, to mutate from; written once. */
static rn_bytes native;
static void native_make(void) {
  static const float w[4] = {1, 2, 3, 4};
  const rn_entry e[] = {{.name = "w", .dtype = RN_F32, .rank = 2, .shape = {2, 2}, .data = w, .size = 16},
                        {.name = "b", .dtype = RN_F16, .rank = 1, .shape = {2}, .data = w, .size = 4}};
  char path[64];
  snprintf(path, sizeof path, "/tmp/rondo-fuzz-%d", (int)getpid());
  json_t *metadata = json_pack("{s:s}", "vocab", "[\"a\"]");
  if (rn_safetensors_write(path, metadata, e, 2, NULL, NULL, NULL) != RN_OK || rn_bytes_map(path, &native, NULL) != RN_OK) abort();
  json_decref(metadata);
  unlink(path);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  rn_random r = rn_random_init(seed, 0);
  uint64_t choice = rn_random_below(&r, 16);
  if (max_size < 64) return LLVMFuzzerMutate(data, size, max_size);
  if (!native.data) native_make();
  if (choice == 0 && native.size < max_size) {
    memcpy(data, native.data, native.size);
    size = native.size;
  }
  if (choice > 0 && choice < 5) {
    rn_text t = {0};
    uint64_t data_size;
    header_make(&t, &r, &data_size);
    if (8 + t.size + data_size < max_size) {
      put_length(data, t.size);
      memcpy(data + 8, t.data, t.size);
      memset(data + 8 + t.size, 0x3f, data_size);
      size = 8 + t.size + data_size;
    }
    rn_text_free(&t);
    return size;
  }
  uint64_t length = 0;
  for (int i = 0; size >= 8 && i < 8; i++) length |= (uint64_t)data[i] << 8 * i;
  if ((choice > 0 && choice < 7) || size < 8 || length > size - 8) return LLVMFuzzerMutate(data, size, max_size);
  /* The header is mutated where it lies, and the tensors' data moved to its new end. */
  size_t rest = size - 8 - length, room = max_size - 8 - rest;
  uint8_t *data_copy = malloc(rest + 1);
  memcpy(data_copy, data + 8 + length, rest);
  size_t changed = LLVMFuzzerMutate(data + 8, length, room);
  put_length(data, changed);
  memcpy(data + 8 + changed, data_copy, rest);
  free(data_copy);
  if (choice < 14 && changed > strlen(RN_SAFETENSORS_PREFIX) && memcmp(data + 8, RN_SAFETENSORS_PREFIX, 16) == 0)
    checksum_mend(data + 8, changed);
  return 8 + changed + rest;
}
