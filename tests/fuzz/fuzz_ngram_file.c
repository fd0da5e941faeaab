/* fuzz_ngram_file.c: an n-gram model's file with any bytes of its tables changed and its checksums put out of force: it opens or is
 * refused with words, and whatever it is asked, it answers with numbers. */
#define _GNU_SOURCE /* memfd_create, memmem */
#include "base/file.h"
#include "memory_file.h"
#include "models/ngram.h"
#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static rn_context *ctx;
static rn_bytes good;
static uint8_t *bytes;

/* A key of the header that nothing knows. */
static void put_out(const char *key) {
  char *at = memmem(bytes, good.size, key, strlen(key));
  if (!at) abort();
  at[1] = 'X';
}

static void make_model(void) {
  static const char text[] = "the cat sat\nthe cat ran on\na dog sat on the cat\na dog ran\nthe dog sat\n";
  char path[64];
  rn_model *model;
  rn_ngram_options o = rn_ngram_options_default(RN_LEVEL_WORD);
  o.order = 4;
  o.vocab.min_count = 1;
  snprintf(path, sizeof path, "/tmp/rondo-fuzz-ngram-%d", (int)getpid());
  if (rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (rn_file_write(path, text, sizeof text - 1, NULL) != RN_OK || rn_ngram_train(ctx, path, &o, &model, NULL) != RN_OK) abort();
  if (rn_model_save(ctx, model, path) != RN_OK || rn_bytes_map(path, &good, NULL) != RN_OK) abort();
  rn_model_free(model);
  unlink(path);
  bytes = malloc(good.size);
}

static void ask(const rn_model *model, const uint8_t *data, size_t size) {
  const rn_ngram *g = rn_ngram_of(ctx, model);
  float *scores = malloc((size_t)g->n_words * sizeof *scores);
  rn_ngram_state s = rn_ngram_start(g);
  for (size_t i = 0; i < 24; i++) {
    int32_t word = (size ? data[i % size] + (int32_t)i : (int32_t)i) % (int32_t)g->n_words;
    rn_ngram_scores(g, &s, scores);
    for (int64_t w = 0; w < g->n_words; w++)
      if (!isfinite(scores[w])) abort();
    if (!isfinite(rn_ngram_next(g, &s, word))) abort();
  }
  rn_ngram_sound(g);
  free(scores);
}

/* Changes of four bytes: where, and what is there then. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  rn_model *model;
  if (!ctx) make_model();
  memcpy(bytes, good.data, good.size);
  put_out("\"xxh3\"");
  put_out("\"checksum\"");
  uint64_t header;
  memcpy(&header, bytes, sizeof header);
  size_t tables = 8 + (size_t)header, n = (good.size - tables) / 4;
  for (size_t i = 0; i + 6 <= size; i += 6) memcpy(bytes + tables + 4 * ((data[i] | (size_t)data[i + 1] << 8) % n), data + i + 2, 4);
  rn_context_clear(ctx);
  if (rn_model_open(ctx, memory_file(bytes, good.size), &model) != RN_OK) {
    if (model || !rn_context_error(ctx)[0]) abort();
    return 0;
  }
  ask(model, data, size);
  rn_model_free(model);
  return 0;
}
