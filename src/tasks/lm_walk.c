/* lm_walk.c: the walks over a text that validation and evaluation share. */
#include "base/alloc.h"
#include "tasks/lm_state.h"
#include <string.h>

/* Adds -log p of a batch's counted targets. */
static rn_status sum_batch(const rn_lm *lm, rn_graph *g, const int32_t *inputs, const int32_t *targets, const rn_ragged *seqs,
                           const rn_stack_state *state, rn_stack_state *out, double *nats) {
  rn_tensor *logits = rn_layer_linear_apply(&lm->out, g, rn_lm_features(lm, g, inputs, seqs, state, out), RN_NONE);
  rn_tensor *loss = rn_cross_entropy(g, logits, targets, &(rn_cross_entropy_options){.sum = true});
  rn_status status = rn_graph_status(g);
  if (status == RN_OK) *nats += loss->data[0];
  return status;
}

/* ---- streams ---- */

enum { CHUNK_ROWS = 512, CHUNK_STEPS = 256 };

/* Position p is the prediction of ids[p] from ids[p - 1], or from `start` for p = 0. */
typedef struct walk {
  const int32_t *ids;
  int32_t start;
  int64_t first, n; /* positions first .. n - 1 are counted, once each */
  int64_t n_streams, warm, steps;
  int32_t *inputs, *targets; /* [n_streams * steps] */
  int64_t *offset;           /* [n_streams + 1] */
} walk;

static int64_t part_begin(const walk *w, int64_t stream) { return w->first + (w->n - w->first) * stream / w->n_streams; }

/* Fills the batch of steps from .. from + steps - 1 of every stream; returns how many predictions count. */
static int64_t fill_chunk(walk *w, int64_t from) {
  int64_t row = 0, counted = 0;
  for (int64_t s = 0; s < w->n_streams; s++) {
    int64_t begin = part_begin(w, s), end = part_begin(w, s + 1);
    int64_t p = begin - (begin - w->first < w->warm ? begin - w->first : w->warm) + from;
    for (int64_t t = 0; t < w->steps && p < end; t++, p++, row++) {
      w->inputs[row] = p > 0 ? w->ids[p - 1] : w->start;
      w->targets[row] = p >= begin ? w->ids[p] : -1;
      counted += p >= begin;
    }
    w->offset[s + 1] = row;
  }
  return counted;
}

static rn_status walk_chunk(walk *w, rn_graph *g, rn_lm_state *state, double *nats) {
  rn_stack_state in, out;
  rn_ragged seqs = {w->n_streams, w->offset};
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_status status = sum_batch(state->lm, g, w->inputs, w->targets, &seqs, rn_lm_state_read(state, g, &in), &out, nats);
  if (status == RN_OK) rn_lm_state_keep(state, &out);
  return status;
}

rn_status rn_lm_sum_nats(const rn_lm *lm, rn_graph *g, int32_t start, const int32_t *ids, int64_t n, int64_t n_streams, int64_t warm,
                         double *nats, int64_t *n_counted) {
  rn_context *ctx = rn_graph_context(g);
  walk w = {.ids = ids, .start = start, .first = start < 0, .n = n, .n_streams = n_streams, .warm = warm};
  *nats = 0;
  *n_counted = 0;
  if (n <= w.first) return RN_OK;
  int64_t all_steps = (n - w.first + n_streams - 1) / n_streams + (n_streams > 1 ? warm : 0);
  w.steps = CHUNK_ROWS / n_streams > CHUNK_STEPS ? CHUNK_STEPS : CHUNK_ROWS / n_streams > 0 ? CHUNK_ROWS / n_streams : 1;
  if (w.steps > all_steps) w.steps = all_steps;
  rn_lm_state state;
  rn_status status = rn_lm_state_init(ctx, lm, n_streams, &state);
  w.inputs = rn_alloc_zero((size_t)(n_streams * w.steps), sizeof *w.inputs);
  w.targets = rn_alloc_zero((size_t)(n_streams * w.steps), sizeof *w.targets);
  w.offset = rn_alloc_zero((size_t)n_streams + 1, sizeof *w.offset);
  if (status == RN_OK && (!w.inputs || !w.targets || !w.offset))
    status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for an evaluation");
  for (int64_t from = 0; status == RN_OK && from < all_steps; from += w.steps) {
    *n_counted += fill_chunk(&w, from);
    if (rn_context_stopping(ctx)) status = rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped");
    else if (w.offset[n_streams] > 0) status = walk_chunk(&w, g, &state, nats);
  }
  rn_lm_state_free(&state);
  rn_free(w.inputs);
  rn_free(w.targets);
  rn_free(w.offset);
  return status;
}

/* ---- lines ---- */

enum { MAX_LINES = 64, MAX_ROWS = 2048 };

static int64_t line_length(const int32_t *ids, int64_t n, int32_t eos) {
  int64_t length = 0;
  while (length < n && ids[length] != eos) length++;
  return length < n ? length + 1 : length;
}

/* As many whole lines as fit into a batch: their rows. 0 when not even the first does. */
static int64_t collect_lines(const int32_t *ids, int64_t n, int32_t eos, int32_t *inputs, rn_ragged *seqs, int64_t *offset) {
  int64_t rows = 0;
  *seqs = (rn_ragged){0, offset};
  offset[0] = 0;
  while (seqs->n_seqs < MAX_LINES && rows < n) {
    int64_t length = line_length(ids + rows, n - rows, eos);
    if (rows + length > MAX_ROWS) break;
    inputs[rows] = eos;
    memcpy(inputs + rows + 1, ids + rows, (size_t)(length - 1) * sizeof *ids);
    offset[++seqs->n_seqs] = rows += length;
  }
  return rows;
}

rn_status rn_lm_sum_lines(const rn_lm *lm, rn_graph *g, int32_t eos, const int32_t *ids, int64_t n, double *nats, int64_t *n_counted) {
  rn_context *ctx = rn_graph_context(g);
  int32_t *inputs = rn_alloc_zero(MAX_ROWS, sizeof *inputs);
  rn_status status = inputs ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for an evaluation");
  *nats = 0;
  for (*n_counted = 0; *n_counted < n && status == RN_OK;) {
    const int32_t *rest = ids + *n_counted;
    rn_ragged seqs;
    int64_t offset[MAX_LINES + 1], rows = collect_lines(rest, n - *n_counted, eos, inputs, &seqs, offset);
    if (rn_context_stopping(ctx)) {
      status = rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped");
    } else if (rows > 0) {
      rn_graph_begin(g, RN_INFER, 0, 0);
      status = sum_batch(lm, g, inputs, rest, &seqs, NULL, NULL, nats);
    } else { /* a line longer than a batch is walked through on its own */
      double of_line = 0;
      status = rn_lm_sum_nats(lm, g, eos, rest, line_length(rest, n - *n_counted, eos), 1, 0, &of_line, &rows);
      *nats += of_line;
    }
    *n_counted += rows;
  }
  rn_free(inputs);
  return status;
}
