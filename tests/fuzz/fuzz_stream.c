/* fuzz_stream.c: any bytes as a file that passes by: what passes is what reading it whole gives, and blocks end where they may. The first
 * two bytes are the size of a block. */
#define _GNU_SOURCE /* memfd_create */
#include "base/alloc.h"
#include "base/file.h"
#include "base/stream.h"
#include "memory_file.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  size_t block = data[0] | (size_t)data[1] << 8;
  const char *path = memory_file(data + 2, size - 2);
  rn_error err = {0};
  rn_bytes whole;
  rn_stream *s;
  rn_string part;
  rn_status expected = rn_bytes_open(path, 64 << 20, &whole, NULL), status = rn_stream_open(path, block, &s, &err);
  size_t bom = whole.size >= 3 && memcmp(whole.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, at = bom;
  while (status == RN_OK && (status = rn_stream_next(s, &part, &err)) == RN_OK && part.size) {
    if (part.size > (block < 64 ? 64 : block)) abort();
    if (expected == RN_OK && (part.size > whole.size - at || memcmp(whole.data + at, part.data, part.size) != 0)) abort();
    at += part.size;
    if (at > 64 << 20) break; /* larger than is read whole here */
  }
  if (expected == RN_OK && (status != RN_OK || at != whole.size || rn_stream_hash(s) != rn_hash(whole.data + bom, whole.size - bom)))
    abort();
  if (status != RN_OK && !err.text[0]) abort();
  rn_stream_close(s);
  rn_bytes_close(&whole);
  return 0;
}
