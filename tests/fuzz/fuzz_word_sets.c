/* fuzz_word_sets.c: any bytes as questions, pairs of words, a list of words; the first byte chooses. */
#define _GNU_SOURCE /* memfd_create */
#include "memory_file.h"
#include <math.h>
#include <rondo/word_sets.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (size == 0) return 0;
  const char *path = memory_file(data + 1, size - 1);
  rn_context_clear(ctx);
  rn_questions q;
  rn_word_pairs p;
  rn_word_list l;
  switch (data[0] % 4) {
  case 0:
    if (rn_questions_open(ctx, path, &q) != RN_OK) break;
    for (int64_t i = 0; i < q.n; i++)
      for (int k = 0; k < 4; k++)
        if (q.section[i] < 0 || q.section[i] >= q.n_sections || !q.word[4 * i + k].size) abort();
    rn_questions_free(&q);
    return 0;
  case 1:
    if (rn_word_list_open(ctx, path, &l) != RN_OK) break;
    rn_word_list_free(&l);
    return 0;
  default:
    if (rn_word_pairs_open(ctx, path, data[0] % 4 == 2, &p) != RN_OK) break;
    for (int64_t i = 0; i < p.n; i++)
      if (!p.word[2 * i].size || !p.word[2 * i + 1].size || (p.score && !isfinite(p.score[i]))) abort();
    rn_word_pairs_free(&p);
    return 0;
  }
  if (!rn_context_error(ctx)[0]) abort();
  return 0;
}
