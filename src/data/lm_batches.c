/* lm_batches.c: batches of next-token prediction.
 *
 * Streams: the text is cut into B streams of L = floor((n - 1) / B) predictions each, side by side; batch i holds their steps
 * i T .. i T + T - 1, so that the states at the end of one batch are those that the next begins from. The last batch is shorter.
 *
 *     stream b, step t:    input ids[b L + t]    target ids[b L + t + 1]                           Zaremba et al. 2014
 *
 * Lines: a sequence per line, w_1 .. w_m with w_m = eos:  inputs eos w_1 .. w_{m-1},  targets w_1 .. w_m. */
#include "base/alloc.h"
#include "base/random.h"
#include "tensor/context.h"
#include <rondo/data.h>
#include <string.h>

struct rn_lm_batches {
  const int32_t *ids;
  int64_t n;
  rn_lm_batches_options o;
  int64_t length;            /* streams: predictions of one */
  int64_t n_lines, *line;    /* lines: where each begins, [n_lines + 1] */
  int64_t *order, epoch;     /* lines: their order in this epoch */
  int32_t *inputs, *targets; /* of the current batch */
  int64_t *offset;
};

void rn_lm_batches_free(rn_lm_batches *b) {
  if (!b) return;
  rn_free(b->line);
  rn_free(b->order);
  rn_free(b->inputs);
  rn_free(b->targets);
  rn_free(b->offset);
  rn_free(b);
}

static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }

/* Fewer streams where the text is too short to give each a whole batch of steps. */
static void lay_streams(rn_context *ctx, rn_lm_batches *b) {
  int64_t asked = b->o.batch, steps = max64(b->o.bptt, 1);
  b->o.batch = max64(1, min64(asked, (b->n - 1) / steps));
  b->length = (b->n - 1) / b->o.batch;
  if (b->o.bptt < 1 || b->o.bptt > b->length) b->o.bptt = b->length;
  if (b->o.batch < asked)
    rn_context_log(ctx, RN_LOG_WARNING, "the text of %lld symbols is short: %lld streams of %lld steps instead of %lld", (long long)b->n,
                   (long long)b->o.batch, (long long)b->length, (long long)asked);
}

static bool find_lines(rn_lm_batches *b) {
  for (int64_t i = 0; i < b->n; i++) b->n_lines += b->ids[i] == b->o.eos || i + 1 == b->n;
  b->line = rn_alloc_zero((size_t)b->n_lines + 1, sizeof *b->line);
  b->order = rn_alloc_zero((size_t)b->n_lines, sizeof *b->order);
  if (!b->line || !b->order) return false;
  int64_t line = 0;
  for (int64_t i = 0; i < b->n; i++)
    if (b->ids[i] == b->o.eos || i + 1 == b->n) b->line[++line] = i + 1;
  b->o.batch = min64(b->o.batch, b->n_lines);
  return true;
}

/* Rows of the largest batch there can be. */
static int64_t max_rows(const rn_lm_batches *b) {
  if (!b->o.lines) return b->o.batch * b->o.bptt;
  int64_t longest = 0, rows;
  for (int64_t i = 0; i < b->n_lines; i++) longest = max64(longest, b->line[i + 1] - b->line[i]);
  return __builtin_mul_overflow(longest, b->o.batch, &rows) ? b->n : min64(rows, b->n);
}

rn_status rn_lm_batches_new(rn_context *ctx, const int32_t *ids, int64_t n, const rn_lm_batches_options *options, rn_lm_batches **out) {
  *out = NULL;
  if (options->batch < 1 || options->bptt < 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a batch of %lld and bptt %lld: at least 1 and 0 are needed", (long long)options->batch,
                           (long long)options->bptt);
  if (options->lines && options->eos < 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "lines are asked for, but the vocabulary has no end of line");
  if (n < 2)
    return rn_context_fail(ctx, RN_ERROR_DATA, "a text of %lld symbols: at least 2 are needed to predict one from another", (long long)n);
  rn_lm_batches *b = rn_alloc_zero(1, sizeof *b);
  if (!b) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for batches");
  *b = (rn_lm_batches){.ids = ids, .n = n, .o = *options, .epoch = -1};
  bool ok = true;
  if (options->lines) ok = find_lines(b);
  else lay_streams(ctx, b);
  if (ok) {
    size_t rows = (size_t)max_rows(b);
    b->inputs = rn_alloc_zero(rows, sizeof *b->inputs);
    b->targets = rn_alloc_zero(rows, sizeof *b->targets);
    b->offset = rn_alloc_zero((size_t)b->o.batch + 1, sizeof *b->offset);
  }
  if (!b->inputs || !b->targets || !b->offset) {
    rn_lm_batches_free(b);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for batches");
  }
  *out = b;
  return RN_OK;
}

int64_t rn_lm_batches_count(const rn_lm_batches *b) {
  int64_t all = b->o.lines ? b->n_lines : b->length, each = b->o.lines ? b->o.batch : b->o.bptt;
  return (all + each - 1) / each;
}

static int64_t stream_batch(rn_lm_batches *b, int64_t i) {
  int64_t first = i * b->o.bptt, steps = min64(b->o.bptt, b->length - first);
  for (int64_t s = 0; s < b->o.batch; s++) {
    const int32_t *from = b->ids + s * b->length + first;
    memcpy(b->inputs + s * steps, from, (size_t)steps * sizeof *from);
    memcpy(b->targets + s * steps, from + 1, (size_t)steps * sizeof *from);
    b->offset[s + 1] = (s + 1) * steps;
  }
  return b->o.batch;
}

static int64_t line_batch(rn_lm_batches *b, int64_t epoch, int64_t i) {
  if (epoch != b->epoch) {
    rn_random random = rn_random_init(b->o.seed, rn_random_stream("lm lines") + (uint64_t)epoch);
    for (int64_t k = 0; k < b->n_lines; k++) b->order[k] = k;
    rn_random_shuffle(&random, b->order, b->n_lines);
    b->epoch = epoch;
  }
  int64_t first = i * b->o.batch, n_seqs = min64(b->o.batch, b->n_lines - first), row = 0;
  for (int64_t s = 0; s < n_seqs; s++) {
    int64_t begin = b->line[b->order[first + s]], length = b->line[b->order[first + s] + 1] - begin;
    b->inputs[row] = b->o.eos;
    memcpy(b->inputs + row + 1, b->ids + begin, (size_t)(length - 1) * sizeof *b->ids);
    memcpy(b->targets + row, b->ids + begin, (size_t)length * sizeof *b->ids);
    b->offset[s + 1] = row += length;
  }
  return n_seqs;
}

rn_lm_batch rn_lm_batches_get(rn_lm_batches *b, int64_t epoch, int64_t i) {
  int64_t n_seqs = b->o.lines ? line_batch(b, epoch, i) : stream_batch(b, i);
  return (rn_lm_batch){.ids = b->inputs, .targets = b->targets, .seqs = {n_seqs, b->offset}, .fresh = b->o.lines || i == 0};
}

void rn_lm_ids_reverse(const int32_t *ids, int64_t n, int32_t eos, bool lines, int32_t *out) {
  for (int64_t begin = 0, end; begin < n; begin = end) { /* a line, or all of it, and what ends it */
    for (end = begin; end < n && (ids[end] != eos || (!lines && end + 1 < n)); end++)
      ;
    for (int64_t i = begin; i < end; i++) out[i] = ids[begin + end - 1 - i];
    if (end < n) out[end++] = eos;
  }
}
