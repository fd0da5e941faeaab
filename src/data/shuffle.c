/* shuffle.c: training examples in batches, in an order that is a function of (seed, epoch) alone. */
#include "data/shuffle.h"
#include "base/alloc.h"
#include "base/random.h"

rn_status rn_shuffle_init(rn_context *ctx, int64_t n, int64_t batch, uint64_t seed, rn_shuffle *out) {
  *out = (rn_shuffle){.n = n, .batch = batch < n ? batch : n, .seed = seed, .epoch = -1};
  if (batch < 1) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a batch of %lld: at least 1 is needed", (long long)batch);
  if (n < 1) return rn_context_fail(ctx, RN_ERROR_DATA, "there is nothing to train on");
  out->order = rn_alloc_zero((size_t)n, sizeof *out->order);
  out->twins = rn_alloc_zero((size_t)out->batch, sizeof *out->twins);
  return out->order && out->twins ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the order of %lld examples", (long long)n);
}

void rn_shuffle_free(rn_shuffle *s) {
  rn_free(s->order);
  rn_free(s->twins);
  *s = (rn_shuffle){0};
}

int64_t rn_shuffle_count(const rn_shuffle *s) { return (s->n + s->batch - 1) / s->batch; }

int64_t rn_shuffle_batch(rn_shuffle *s, int64_t epoch, int64_t i, const int64_t **pick) {
  if (epoch != s->epoch) {
    rn_random random = rn_random_init(s->seed, rn_random_stream("shuffle") + (uint64_t)epoch);
    for (int64_t k = 0; k < s->n; k++) s->order[k] = k;
    rn_random_shuffle(&random, s->order, s->n);
    s->epoch = epoch;
  }
  int64_t first = i * s->batch;
  *pick = s->order + first;
  return s->n - first < s->batch ? s->n - first : s->batch;
}

const int64_t *rn_shuffle_twins(rn_shuffle *s, int64_t epoch, const int64_t *pick, int64_t n_picked) {
  rn_random random = rn_random_init(s->seed, rn_random_stream("shuffle coin") + (uint64_t)epoch);
  for (int64_t k = 0; k < n_picked; k++) {
    random.position = (uint64_t)pick[k];
    s->twins[k] = rn_random_u32(&random) >> 31 ? s->n + pick[k] : pick[k];
  }
  return s->twins;
}
