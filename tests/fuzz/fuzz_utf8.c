/* fuzz_utf8.c: any bytes as text. Every byte is read once; what is read, written again, is well-formed and reads the same; and what is
 * well-formed is what utf8proc says it is. */
#include "base/utf8.h"

#include <stdlib.h>
#include <utf8proc.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *s = (const char *)data;
  int64_t n_bad = 0;
  for (size_t at = 0, used; at < size; at += used) {
    int bad, bad_again;
    uint32_t code = rn_utf8_decode(s + at, size - at, &used, &bad);
    if (used < 1 || used > 4 || used > size - at) abort();
    utf8proc_int32_t other;
    utf8proc_ssize_t length = utf8proc_iterate(data + at, (utf8proc_ssize_t)(size - at), &other);
    if (bad ? length > 0 || code != 0xFFFD : length != (utf8proc_ssize_t)used || (uint32_t)other != code) abort();
    n_bad += bad;
    char again[4];
    size_t n = rn_utf8_encode(code, again), used_again;
    if (rn_utf8_decode(again, n, &used_again, &bad_again) != code || used_again != n || bad_again) abort();
    if (rn_utf8_width(code) > 2) abort();
  }
  if (rn_utf8_count_bad(s, size, NULL) != n_bad) abort();
  return 0;
}
