/* fuzz_arpa.c: any bytes as an ARPA file; what is a model answers, and its scores are what the questions say. */
#define _GNU_SOURCE /* memfd_create */
#include "memory_file.h"
#include "models/ngram.h"
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  rn_model *model;
  rn_context_clear(ctx);
  if (rn_ngram_read_arpa(ctx, memory_file(data, size), &model) != RN_OK) {
    if (model || !rn_context_error(ctx)[0]) abort();
    return 0;
  }
  const rn_ngram *g = rn_ngram_of(ctx, model);
  float *scores = malloc((size_t)g->n_words * sizeof *scores);
  rn_ngram_state s = rn_ngram_start(g);
  for (int32_t i = 0; i < 20 && i < size; i++) {
    int32_t word = data[i] % (int32_t)g->n_words;
    rn_ngram_scores(g, &s, scores);
    float log_p = rn_ngram_next(g, &s, word);
    if (isnan(log_p) || fabsf(log_p - scores[word]) > 1e-3f * (1 + fabsf(log_p))) abort();
  }
  free(scores);
  rn_model_free(model);
  return 0;
}
