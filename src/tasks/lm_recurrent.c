/* lm_recurrent.c: the recurrent language model among the kinds, and its running state: one symbol in, the scores of the next out. After
 * the first, a symbol costs no allocation: the pass has one shape and the states one place.
 *
 * A step reads every weight once, and that is its cost. Of the first layer's W_ih it needs the product with one of the V rows of E. Where
 * all of these, E W_ih^T [V, G H], take no more room than W_ih [G H, I], each is kept when its symbol first comes, and read when it comes
 * again. It is the same sum in the same order, so that scores are the same to the bit. */
#include "base/alloc.h"
#include "nn/shares.h"
#include "tasks/lm_kind.h"
#include "tasks/lm_state.h"
#include <string.h>

typedef struct recurrent {
  rn_context *ctx;
  const rn_model *model;
  const rn_lm *lm;
  rn_graph *graph;
  rn_lm_state state;
  float *share;        /* E W_ih^T [V, G H], rows of `known` symbols; NULL where it would be larger than W_ih */
  bool *known;         /* [V] */
  const float *hidden; /* what the last scores were computed from, in the pass's memory */
} recurrent;

enum { CHUNK = 256 };

static int64_t n_words(const recurrent *s) { return rn_vocab_size(s->model->vocab); }
static int64_t share_size(const rn_lm *lm) { return rn_cell_gates(lm->rnn.options.cell) * lm->rnn.options.n_hidden; }

static void state_free(void *self) {
  recurrent *s = self;
  if (!s) return;
  rn_graph_free(s->graph);
  rn_lm_state_free(&s->state);
  rn_free(s->share);
  rn_free(s->known);
  rn_free(s);
}

static rn_status state_new(rn_context *ctx, const rn_model *model, void **out) {
  *out = NULL;
  const rn_lm *lm = rn_lm_of(ctx, model);
  if (!lm) return RN_ERROR_ARGUMENT;
  recurrent *s = rn_alloc_zero(1, sizeof *s);
  if (!s) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a session");
  *s = (recurrent){.ctx = ctx, .model = model, .lm = lm, .graph = rn_graph_new(ctx)};
  rn_status status = rn_lm_state_init(ctx, lm, 1, &s->state);
  bool shares = rn_layer_stack_shares(&lm->rnn) && n_words(s) <= lm->rnn.options.n_in;
  if (shares) s->share = rn_alloc_aligned((size_t)(n_words(s) * share_size(lm)) * sizeof(float));
  if (shares) s->known = rn_alloc_zero((size_t)n_words(s), sizeof *s->known);
  bool ready = s->graph && (!shares || (s->share && s->known));
  if (status == RN_OK && !ready) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a session");
  if (status != RN_OK) {
    state_free(s);
    return status;
  }
  *out = s;
  return RN_OK;
}

static void state_reset(void *self) {
  recurrent *s = self;
  s->state.fresh = true;
}

/* What the output layer reads. */
static rn_tensor *features(recurrent *s, const int32_t *ids, const rn_ragged *seqs, const rn_stack_state *in, rn_stack_state *out) {
  rn_graph *g = s->graph;
  if (!s->share || rn_ragged_rows(seqs) > 1) return rn_lm_features(s->lm, g, ids, seqs, in, out);
  const rn_tensor *table = &s->lm->embed.weight->tensor;
  int64_t size = share_size(s->lm), dim = rn_tensor_cols(table);
  float *share = s->share + ids[0] * size;
  if (!s->known[ids[0]]) {
    rn_tensor *row = rn_constant(g, table->data + ids[0] * dim, 2, (int64_t[]){1, dim}, NULL);
    rn_tensor *product = rn_layer_stack_share(&s->lm->rnn, g, row);
    s->known[ids[0]] = rn_graph_status(g) == RN_OK;
    if (s->known[ids[0]]) memcpy(share, product->data, (size_t)size * sizeof(float));
  }
  rn_tensor *x = rn_constant(g, share, 2, (int64_t[]){1, size}, NULL);
  return rn_layer_stack_apply_share(&s->lm->rnn, g, x, &(int32_t){0}, seqs, in, out);
}

/* Only the last row's scores are wanted: the output layer, the largest of a word model, sees nothing else. */
static rn_status feed_chunk(recurrent *s, const int32_t *ids, int64_t n, const float **logits) {
  rn_graph *g = s->graph;
  rn_stack_state in, out;
  rn_ragged seqs = {1, (int64_t[]){0, n}};
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_tensor *h = features(s, ids, &seqs, rn_lm_state_read(&s->state, g, &in), &out);
  if (n > 1) h = rn_rows(g, h, &(int32_t){(int32_t)n - 1}, 1, NULL);
  rn_tensor *scores = rn_layer_linear_apply(&s->lm->out, g, h, RN_NONE);
  rn_status status = rn_graph_status(g);
  if (status != RN_OK) return status;
  rn_lm_state_keep(&s->state, &out);
  s->hidden = h->data;
  *logits = scores->data;
  return RN_OK;
}

/* Of a model of lines: an eos, from which the next line begins with fresh states. */
static bool begins_line(const recurrent *s, int32_t id) { return s->lm->config.lines && id == rn_vocab_eos(s->model->vocab); }

/* How many ids one pass may take: no eos of a model of lines but the first. */
static int64_t chunk_length(const recurrent *s, const int32_t *ids, int64_t n) {
  int64_t length = 1;
  while (length < n && length < CHUNK && !begins_line(s, ids[length])) length++;
  return length;
}

static rn_status state_feed(void *self, const int32_t *ids, int64_t n, const float **logits) {
  recurrent *s = self;
  rn_status status = RN_OK;
  for (int64_t from = 0, count; from < n && status == RN_OK; from += count) {
    count = chunk_length(s, ids + from, n - from);
    if (begins_line(s, ids[from])) s->state.fresh = true;
    status = feed_chunk(s, ids + from, count, logits);
  }
  return status;
}

static const float *state_hidden(const void *self) { return ((const recurrent *)self)->hidden; }

/* ---- a whole text ---- */

static bool lines(const rn_model *model) { return ((const rn_lm *)model->self)->config.lines; }
static int64_t hidden_size(const rn_model *model) { return rn_lm_hidden(model->self); }

static rn_status predict(rn_context *ctx, const rn_model *model, const rn_lm_text *text, rn_lm_prediction *out) {
  rn_graph *g = rn_graph_new(ctx);
  rn_status status = g ? rn_lm_walk(model->self, g, text, out) : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for an evaluation");
  rn_graph_free(g);
  return status;
}

const rn_lm_kind rn_lm_kind_recurrent = {.kind = "lm",
                                         .lines = lines,
                                         .predict = predict,
                                         .state_new = state_new,
                                         .state_free = state_free,
                                         .state_reset = state_reset,
                                         .state_feed = state_feed,
                                         .hidden_size = hidden_size,
                                         .state_hidden = state_hidden};
