/* fuzz_conll.c: any bytes as CoNLL columns; the first byte chooses the options. */
#define _GNU_SOURCE /* memfd_create */
#include "memory_file.h"
#include <rondo/data_conll.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  static volatile size_t sink;
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (size == 0) return 0;
  static const char *const columns[] = {NULL, "1", "-2", "xpos"};
  rn_conll_options o = {.format = data[0] % 3, .column = columns[data[0] >> 2 & 3]};
  o.skip_bad = data[0] >> 4 & 1;
  o.keep_docstart = data[0] >> 5 & 1;
  rn_tagged t;
  rn_context_clear(ctx);
  if (rn_tagged_open(ctx, memory_file(data + 1, size - 1), &o, &t) != RN_OK) {
    if (t.owner || !rn_context_error(ctx)[0]) abort();
    return 0;
  }
  if (t.n_tokens < 1 || rn_ragged_rows(&t.sentences) != t.n_tokens) abort();
  for (int64_t i = 0; i < t.n_tokens; i++) {
    if (!t.tokens[i].size || !t.tags[i].size) abort();
    sink += (size_t)t.tokens[i].data[t.tokens[i].size - 1] + (size_t)t.tags[i].data[t.tags[i].size - 1];
  }
  for (int64_t i = 0; i < t.sentences.n_seqs; i++)
    if (rn_ragged_length(&t.sentences, i) < 1) abort();
  rn_tagged_free(&t);
  return 0;
}
