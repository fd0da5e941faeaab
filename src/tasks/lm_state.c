/* lm_state.c: carried states, and the one walk over a text that validation and evaluation share. */
#include "tasks/lm_state.h"
#include "base/alloc.h"
#include <string.h>

rn_status rn_lm_state_init(rn_context *ctx, const rn_lm *lm, int64_t n_seqs, rn_lm_state *out) {
  int64_t P = rn_lm_hidden(lm), H = rn_lm_cell(lm), layers = lm->rnn.options.n_layers;
  *out = (rn_lm_state){.lm = lm, .n_seqs = n_seqs, .fresh = true};
  out->block = rn_alloc_zero((size_t)(layers * n_seqs), (size_t)(P + H) * sizeof(float));
  if (!out->block) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the states of %lld streams", (long long)n_seqs);
  float *next = out->block;
  for (int64_t l = 0; l < layers; l++) {
    out->h[l] = next;
    next += n_seqs * P;
    if (H > 0) out->c[l] = next;
    next += n_seqs * H;
  }
  return RN_OK;
}

void rn_lm_state_free(rn_lm_state *state) {
  rn_free(state->block);
  *state = (rn_lm_state){0};
}

const rn_stack_state *rn_lm_state_read(const rn_lm_state *s, rn_graph *g, rn_stack_state *in) {
  if (s->fresh) return NULL;
  *in = (rn_stack_state){0};
  for (int l = 0; l < s->lm->rnn.options.n_layers; l++) {
    in->h[l] = rn_constant(g, s->h[l], 2, (int64_t[]){s->n_seqs, rn_lm_hidden(s->lm)}, NULL);
    if (s->c[l]) in->c[l] = rn_constant(g, s->c[l], 2, (int64_t[]){s->n_seqs, rn_lm_cell(s->lm)}, NULL);
  }
  return in;
}

void rn_lm_state_keep(rn_lm_state *s, const rn_stack_state *out) {
  for (int l = 0; l < s->lm->rnn.options.n_layers; l++) {
    memcpy(s->h[l], out->h[l]->data, (size_t)(s->n_seqs * rn_lm_hidden(s->lm)) * sizeof(float));
    if (s->c[l]) memcpy(s->c[l], out->c[l]->data, (size_t)(s->n_seqs * rn_lm_cell(s->lm)) * sizeof(float));
  }
  s->fresh = false;
}

/* ---- the walk ---- */

enum { CHUNK_ROWS = 512, CHUNK_STEPS = 256 };

/* Position p is the prediction of ids[p] from ids[p - 1], or from `start` for p = 0. */
typedef struct walk {
  const int32_t *ids;
  int32_t start;
  int64_t first, n;         /* positions first .. n - 1 are counted, once each */
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
  rn_tensor *h = rn_lm_features(state->lm, g, w->inputs, &seqs, rn_lm_state_read(state, g, &in), &out);
  rn_tensor *logits = rn_layer_linear_apply(&state->lm->out, g, h, RN_NONE);
  rn_tensor *loss = rn_cross_entropy(g, logits, w->targets, &(rn_cross_entropy_options){.sum = true});
  rn_status status = rn_graph_status(g);
  if (status != RN_OK) return status;
  *nats += loss->data[0];
  rn_lm_state_keep(state, &out);
  return RN_OK;
}

rn_status rn_lm_sum_nats(const rn_lm *lm, rn_graph *g, int32_t start, const int32_t *ids, int64_t n, int64_t n_streams, int64_t warm, double *nats,
                         int64_t *n_counted) {
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
  if (status == RN_OK && (!w.inputs || !w.targets || !w.offset)) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for an evaluation");
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
