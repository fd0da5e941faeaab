/* fuzz_labelled.c: any bytes as labelled text; the first byte chooses the format and the options. */
#define _GNU_SOURCE /* memfd_create */
#include "memory_file.h"
#include <rondo/data_labelled.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  static volatile size_t sink;
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (size == 0) return 0;
  static const char *const columns[] = {NULL, "2", "-1", "text"};
  rn_labelled_options o = {.format = data[0] & 7, .text = columns[data[0] >> 3 & 3], .skip_bad = data[0] >> 5 & 1};
  o.where = data[0] >> 6 & 1 ? "1=a" : NULL;
  o.unlabelled = data[0] >> 7;
  rn_labelled l;
  rn_context_clear(ctx);
  if (rn_labelled_open(ctx, memory_file(data + 1, size - 1), &o, &l) != RN_OK) {
    if (l.owner || !rn_context_error(ctx)[0]) abort();
    return 0;
  }
  bool labelled = !o.unlabelled && o.format != RN_LABELLED_LINES;
  if (l.n < 1 || (!labelled && rn_ragged_rows(&l.label_of))) abort();
  for (int64_t i = 0; i < l.n; i++) {
    if (!l.texts[i].size || (labelled && rn_ragged_length(&l.label_of, i) < 1)) abort();
    sink += (size_t)l.texts[i].data[l.texts[i].size - 1];
  }
  for (int64_t i = 0; i < l.label_of.offset[l.n]; i++) {
    if (!l.labels[i].size) abort();
    sink += (size_t)l.labels[i].data[l.labels[i].size - 1];
  }
  rn_labelled_free(&l);
  return 0;
}
