/* fuzz_sequences.c: any bytes as sequences of each kind but frames, which other files hold; the first byte chooses the options. What is
 * read has its rows and labels, and so has every second sequence of it, picked backwards. */
#define _GNU_SOURCE /* memfd_create */
#include "memory_file.h"
#include <rondo/sequences.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const rn_sequences *s) {
  static volatile size_t sink;
  int64_t n_rows = rn_ragged_rows(&s->seqs), n_labels = !s->labels ? 0 : s->per_row ? n_rows : rn_ragged_rows(&s->label_of);
  for (int64_t i = 0; i < s->seqs.n_seqs; i++) {
    if (rn_ragged_length(&s->seqs, i) < 1) abort();
    if (s->labels && !s->per_row && rn_ragged_length(&s->label_of, i) < 1) abort();
    if (s->texts) sink += (size_t)s->texts[i].data[0];
    if (s->lines && s->lines[i] < 1) abort();
  }
  for (int64_t i = 0; s->words && i < n_rows; i++) sink += (size_t)s->words[i].data[s->words[i].size - 1];
  for (int64_t i = 0; i < n_rows * s->n_vars; i++) sink += s->values[i] > 0 || (s->missing && s->missing[i]);
  for (int64_t i = 0; i < n_labels; i++) sink += (size_t)s->labels[i].data[s->labels[i].size - 1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (size == 0) return 0;
  rn_sequences_options o = rn_sequences_options_default((data[0] & 3) % RN_INPUT_FRAMES, data[0] >> 2 & 1);
  o.unlabelled = data[0] >> 3 & 1;
  o.labelled.skip_bad = o.conll.skip_bad = o.series.skip_bad = data[0] >> 4 & 1;
  o.split = (data[0] >> 5 & 3) % 3;
  if (data[0] >> 7) o.labelled.format = RN_LABELLED_TSV;
  rn_sequences all, some;
  rn_context_clear(ctx);
  if (rn_sequences_open(ctx, memory_file(data + 1, size - 1), &o, &all) != RN_OK) {
    if (all.owner || !rn_context_error(ctx)[0]) abort();
    return 0;
  }
  if (all.seqs.n_seqs < 1) abort();
  check(&all);
  int64_t pick[4096], n = 0;
  for (int64_t i = all.seqs.n_seqs - 1; i >= 0 && n < 4096; i -= 2) pick[n++] = i;
  if (rn_sequences_pick(ctx, &all, pick, n, &some) != RN_OK) abort();
  check(&some);
  rn_sequences_free(&some);
  rn_sequences_free(&all);
  return 0;
}
