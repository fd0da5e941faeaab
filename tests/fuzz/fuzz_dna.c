/* fuzz_dna.c: any bytes as labelled sequences of DNA; the first byte chooses the options. */
#define _GNU_SOURCE /* memfd_create */
#include "memory_file.h"
#include <rondo/data_dna.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (size == 0) return 0;
  rn_dna_options o = {.per_base = data[0] & 1};
  o.labelled.skip_bad = data[0] >> 1 & 1;
  o.labelled.format = data[0] >> 2 & 1 ? RN_LABELLED_FASTA : RN_LABELLED_TSV;
  rn_dna d;
  rn_context_clear(ctx);
  if (rn_dna_open(ctx, memory_file(data + 1, size - 1), &o, &d) != RN_OK) {
    if (d.owner || !rn_context_error(ctx)[0]) abort();
    return 0;
  }
  for (int64_t i = 0; i < rn_ragged_rows(&d.seqs); i++) {
    const float *row = d.rows + 4 * i;
    float sum = row[0] + row[1] + row[2] + row[3];
    if (!(sum > 0.999f && sum < 1.001f)) abort();
  }
  for (int64_t i = 0; i < d.n; i++) { /* the other strand of the other strand, but for U */
    size_t n = d.bases[i].size;
    char *other = malloc(n), *again = malloc(n);
    rn_dna_reverse_complement(d.bases[i].data, n, other);
    rn_dna_reverse_complement(other, n, again);
    if (!memchr(d.bases[i].data, 'U', n) && !memchr(d.bases[i].data, 'u', n) && memcmp(d.bases[i].data, again, n) != 0) abort();
    float counts[64] = {0};
    if (rn_dna_kmers(again, n, 3, counts) > (int64_t)n) abort();
    free(other);
    free(again);
  }
  rn_dna_free(&d);
  return 0;
}
