/* fuzz_vectors.c: any bytes as word vectors; the first byte chooses the format and the options. */
#define _GNU_SOURCE /* memfd_create */
#include "memory_file.h"
#include <math.h>
#include <rondo/data_vectors.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool keep_some(void *user, const char *word, size_t size) { return size % 2 == 0; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (size == 0) return 0;
  rn_vectors_options o = {.format = data[0] >> 3 & 1 ? RN_VECTORS_FASTTEXT
                                    : data[0] & 1    ? RN_VECTORS_BINARY
                                                     : RN_VECTORS_TEXT,
                          .skip_bad = data[0] >> 1 & 1};
  o.keep = data[0] >> 2 & 1 ? keep_some : NULL;
  rn_vectors v;
  rn_context_clear(ctx);
  if (rn_vectors_open(ctx, memory_file(data + 1, size - 1), &o, &v) != RN_OK) {
    if (v.owner || !rn_context_error(ctx)[0]) abort();
    return 0;
  }
  for (int64_t i = 0; i < v.n * v.dim; i++)
    if (!isfinite(v.values[i])) abort();
  for (int64_t i = 0; i < v.n; i++) {
    rn_string word = rn_vectors_word(&v, i);
    if (!word.size || rn_vectors_find(&v, word.data, word.size) != i) abort();
  }
  float *out = malloc((size_t)v.dim * sizeof *out);
  if (out && rn_vectors_get(&v, "zebra", 5, out) && !isfinite(out[0])) abort(); /* of n-grams, in a fastText model */
  free(out);
  rn_vectors_free(&v);
  return 0;
}
