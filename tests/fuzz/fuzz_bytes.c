/* fuzz_bytes.c: any bytes as .gz or .zst. The first byte says what is done with the rest: given as it is, or packed, perhaps damaged in
 * one place, and unpacked under a cap. */
#include "base/alloc.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define CAP ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t pack(bool gzip, const uint8_t *data, size_t size, uint8_t *out, size_t room) {
  if (!gzip) return ZSTD_compress(out, room, data, size, 1);
  z_stream z = {0};
  deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  z.next_in = (uint8_t *)data, z.avail_in = (unsigned)size, z.next_out = out, z.avail_out = (unsigned)room;
  deflate(&z, Z_FINISH);
  deflateEnd(&z);
  return room - z.avail_out;
}

static void unpack(const uint8_t *packed, size_t size, const uint8_t *expected, size_t expected_size) {
  char *out;
  size_t n;
  rn_error err = {0};
  rn_status status = rn_bytes_unpack("fuzz", (const char *)packed, size, CAP, &out, &n, &err);
  if (status == RN_OK ? n > CAP : out || !err.text[0]) abort();
  if (expected && (status != RN_OK || n != expected_size || memcmp(out, expected, n) != 0)) abort();
  rn_free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 4) return 0;
  uint8_t mode = data[0];
  size_t where = data[1] | (size_t)data[2] << 8;
  uint8_t flip = data[3];
  data += 4, size -= 4;
  if (mode % 4 == 0) {
    unpack(data, size, NULL, 0);
    return 0;
  }
  size_t room = 2 * size + 1000;
  uint8_t *packed = malloc(room);
  size_t n = pack(mode & 1, data, size, packed, room);
  if (mode % 4 < 3) unpack(packed, n, data, size);
  else {
    packed[where % n] ^= flip;
    unpack(packed, n, NULL, 0);
    unpack(packed, where % n, NULL, 0);
  }
  free(packed);
  return 0;
}
