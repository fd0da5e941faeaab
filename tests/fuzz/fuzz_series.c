/* fuzz_series.c: any bytes as series; the first byte chooses the format and the options. */
#define _GNU_SOURCE /* memfd_create */
#include "memory_file.h"
#include <math.h>
#include <rondo/data_series.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  static volatile size_t sink;
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (size == 0) return 0;
  static const char *const labels[] = {NULL, "", "-1", "x"};
  rn_series_options o = {.format = (data[0] & 7) % 5, .label = labels[data[0] >> 3 & 3]};
  o.frames = data[0] >> 5 & 1;
  o.skip_bad = data[0] >> 6 & 1;
  o.per_step = data[0] >> 7;
  rn_series s;
  rn_context_clear(ctx);
  if (rn_series_open(ctx, memory_file(data + 1, size - 1), &o, &s) != RN_OK) {
    if (s.owner || !rn_context_error(ctx)[0]) abort();
    return 0;
  }
  if (s.seqs.n_seqs < 1 || s.n_vars < 1) abort();
  for (int64_t i = 0; i < rn_ragged_rows(&s.seqs) * s.n_vars; i++)
    if (!isfinite(s.values[i]) || s.missing[i] > 1 || (s.missing[i] && s.values[i] != 0)) abort();
  for (int64_t i = 0; i < s.seqs.n_seqs; i++)
    if (rn_ragged_length(&s.seqs, i) < 1) abort();
  for (int64_t i = 0; s.labels && i < (o.per_step ? rn_ragged_rows(&s.seqs) : s.seqs.n_seqs); i++)
    if (s.labels[i].size) sink += (size_t)s.labels[i].data[s.labels[i].size - 1];
  rn_series_free(&s);
  return 0;
}
