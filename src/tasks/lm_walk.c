/* lm_walk.c: the walks of a recurrent language model over a text, which validation and evaluation share. */
#include "base/alloc.h"
#include "tasks/lm_shared.h"
#include "tasks/lm_state.h"
#include <string.h>

/* A batch of predictions: of targets from inputs. */
typedef struct batch {
  int32_t *inputs, *targets; /* [rows]; a target of -1 is not counted */
  int64_t *position;         /* [rows] in the text */
  rn_ragged seqs;
} batch;

static rn_status predict_batch(const rn_lm *lm, rn_graph *g, const batch *b, const rn_stack_state *state, rn_stack_state *end,
                               rn_lm_prediction *out) {
  return rn_lm_predict_rows(g, &lm->out, rn_lm_features(lm, g, b->inputs, &b->seqs, state, end), b->targets, b->position, out);
}

static rn_status batch_init(rn_context *ctx, int64_t n_rows, int64_t n_seqs, batch *b) {
  int64_t *offset = rn_alloc_zero((size_t)n_seqs + 1, sizeof *offset);
  *b = (batch){.inputs = rn_alloc_zero((size_t)n_rows, sizeof *b->inputs),
               .targets = rn_alloc_zero((size_t)n_rows, sizeof *b->targets),
               .position = rn_alloc_zero((size_t)n_rows, sizeof *b->position),
               .seqs = {n_seqs, offset}};
  if (b->inputs && b->targets && b->position && offset) return RN_OK;
  return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for an evaluation");
}

static void batch_free(batch *b) {
  rn_free(b->inputs);
  rn_free(b->targets);
  rn_free(b->position);
  rn_free((int64_t *)b->seqs.offset);
}

/* ---- streams ---- */

enum { CHUNK_ROWS = 512, CHUNK_STEPS = 256 };

/* Position p is the prediction of ids[p] from ids[p - 1], or from `start` for p = 0; first .. n - 1 are counted, once each. */
static int64_t part_begin(const rn_lm_text *x, int64_t stream) {
  int64_t first = x->start < 0;
  return first + (x->n - first) * stream / x->n_streams;
}

/* Fills the batch of steps from .. from + steps - 1 of every stream; returns how many predictions count. */
static int64_t fill_chunk(const rn_lm_text *x, int64_t from, int64_t steps, batch *b) {
  int64_t row = 0, counted = 0, first = x->start < 0, *offset = (int64_t *)b->seqs.offset;
  for (int64_t s = 0; s < x->n_streams; s++) {
    int64_t begin = part_begin(x, s), end = part_begin(x, s + 1);
    int64_t p = begin - (begin - first < x->warm ? begin - first : x->warm) + from;
    for (int64_t t = 0; t < steps && p < end; t++, p++, row++) {
      b->inputs[row] = p > 0 ? x->ids[p - 1] : x->start;
      b->targets[row] = p >= begin ? x->ids[p] : -1;
      b->position[row] = p;
      counted += p >= begin;
    }
    offset[s + 1] = row;
  }
  return counted;
}

static rn_status walk_chunk(const batch *b, rn_graph *g, rn_lm_state *state, rn_lm_prediction *out) {
  rn_stack_state in, end;
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_status status = predict_batch(state->lm, g, b, rn_lm_state_read(state, g, &in), &end, out);
  if (status == RN_OK) rn_lm_state_keep(state, &end);
  return status;
}

static rn_status walk_streams(const rn_lm *lm, rn_graph *g, const rn_lm_text *x, rn_lm_prediction *out) {
  rn_context *ctx = rn_graph_context(g);
  int64_t first = x->start < 0, n_streams = x->n_streams;
  if (x->n <= first) return RN_OK;
  int64_t all_steps = (x->n - first + n_streams - 1) / n_streams + (n_streams > 1 ? x->warm : 0);
  int64_t steps = CHUNK_ROWS / n_streams > CHUNK_STEPS ? CHUNK_STEPS : CHUNK_ROWS / n_streams > 0 ? CHUNK_ROWS / n_streams : 1;
  if (steps > all_steps) steps = all_steps;
  rn_lm_state state;
  batch b;
  rn_status status = rn_lm_state_init(ctx, lm, n_streams, &state), ready = batch_init(ctx, n_streams * steps, n_streams, &b);
  if (status == RN_OK) status = ready;
  for (int64_t from = 0; status == RN_OK && from < all_steps; from += steps) {
    out->n_counted += fill_chunk(x, from, steps, &b);
    if (rn_context_stopping(ctx)) status = rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped");
    else if (rn_ragged_rows(&b.seqs) > 0) status = walk_chunk(&b, g, &state, out);
  }
  rn_lm_state_free(&state);
  batch_free(&b);
  return status;
}

/* ---- lines ---- */

enum { MAX_LINES = 64, MAX_ROWS = 2048 };

static int64_t line_length(const int32_t *ids, int64_t n, int32_t eos) {
  int64_t length = 0;
  while (length < n && ids[length] != eos) length++;
  return length < n ? length + 1 : length;
}

/* As many whole lines from position `from` on as fit into a batch: their rows. 0 when not even the first does. */
static int64_t collect_lines(const rn_lm_text *x, int64_t from, batch *b) {
  const int32_t *ids = x->ids + from;
  int64_t rows = 0, n = x->n - from, *offset = (int64_t *)b->seqs.offset;
  for (b->seqs.n_seqs = 0; b->seqs.n_seqs < MAX_LINES && rows < n; b->seqs.n_seqs++) {
    int64_t length = line_length(ids + rows, n - rows, x->start);
    if (rows + length > MAX_ROWS) break;
    b->inputs[rows] = x->start;
    memcpy(b->inputs + rows + 1, ids + rows, (size_t)(length - 1) * sizeof *ids);
    offset[b->seqs.n_seqs + 1] = rows += length;
  }
  memcpy(b->targets, ids, (size_t)rows * sizeof *ids);
  for (int64_t r = 0; r < rows; r++) b->position[r] = from + r;
  return rows;
}

/* What a part of the text hands on: its positions count from `first`. */
typedef struct part {
  const rn_lm_prediction *whole;
  int64_t first;
} part;

static rn_status hand_on(void *user, int64_t first, int64_t n, const float *h) {
  const part *p = user;
  return p->whole->hidden(p->whole->user, p->first + first, n, h);
}

/* A line longer than a batch is walked through on its own. */
static rn_status walk_long_line(const rn_lm *lm, rn_graph *g, const rn_lm_text *x, int64_t from, int64_t *rows, rn_lm_prediction *out) {
  rn_lm_text line = {.ids = x->ids + from, .start = x->start, .n_streams = 1};
  line.n = *rows = line_length(line.ids, x->n - from, x->start);
  part p = {out, from};
  rn_lm_prediction of_line = {.each = out->each ? out->each + from : NULL, .hidden = out->hidden ? hand_on : NULL, .user = &p};
  rn_status status = walk_streams(lm, g, &line, &of_line);
  out->nats += of_line.nats;
  return status;
}

static rn_status walk_lines(const rn_lm *lm, rn_graph *g, const rn_lm_text *x, rn_lm_prediction *out) {
  rn_context *ctx = rn_graph_context(g);
  batch b;
  rn_status status = batch_init(ctx, MAX_ROWS, MAX_LINES, &b);
  while (out->n_counted < x->n && status == RN_OK) {
    int64_t rows = collect_lines(x, out->n_counted, &b);
    if (rn_context_stopping(ctx)) {
      status = rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped");
    } else if (rows > 0) {
      rn_graph_begin(g, RN_INFER, 0, 0);
      status = predict_batch(lm, g, &b, NULL, NULL, out);
    } else {
      status = walk_long_line(lm, g, x, out->n_counted, &rows, out);
    }
    out->n_counted += rows;
  }
  batch_free(&b);
  return status;
}

rn_status rn_lm_walk(const rn_lm *lm, rn_graph *g, const rn_lm_text *text, rn_lm_prediction *out) {
  out->nats = 0;
  out->n_counted = 0;
  return text->lines ? walk_lines(lm, g, text, out) : walk_streams(lm, g, text, out);
}
