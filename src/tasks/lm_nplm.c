/* lm_nplm.c: the neural probabilistic language model among the kinds: of a text, and of one word after the other. */
#include "base/alloc.h"
#include "tasks/lm_shared.h"
#include "tasks/nplm_walk.h"
#include <string.h>

int32_t rn_nplm_start(const rn_vocab *vocab) {
  int32_t eos = rn_vocab_eos(vocab);
  return eos >= 0 ? eos : rn_vocab_size(vocab) > 1 && rn_vocab_unk(vocab) == 0 ? 1 : 0;
}

void rn_nplm_contexts(const rn_nplm *nplm, const int32_t *ids, bool lines, int32_t start, const int64_t *position, int64_t n,
                      int32_t *context) {
  for (int64_t r = 0; r < n; r++) {
    bool before = false; /* the beginning was passed */
    for (int64_t k = 0; k < nplm->config.order - 1; k++) {
      int64_t p = position[r] - 1 - k;
      before |= p < 0;
      int32_t id = before ? start : ids[p];
      before |= lines && id == start;
      context[k * n + r] = id;
    }
  }
}

/* ---- a whole text ---- */

enum { CHUNK = 512 };

rn_status rn_nplm_walk(const rn_model *model, rn_graph *g, const rn_lm_text *text, rn_lm_prediction *out) {
  rn_context *ctx = rn_graph_context(g);
  const rn_nplm *nplm = model->self;
  int64_t position[CHUNK];
  int32_t *context = rn_alloc((size_t)(nplm->config.order - 1) * CHUNK * sizeof *context);
  rn_status status = context ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for an evaluation");
  int64_t first = text->start < 0;
  out->nats = 0;
  out->n_counted = 0;
  for (int64_t from = first, n; from < text->n && status == RN_OK; from += n) {
    n = text->n - from < CHUNK ? text->n - from : CHUNK;
    if (rn_context_stopping(ctx)) {
      status = rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped");
      break;
    }
    for (int64_t r = 0; r < n; r++) position[r] = from + r;
    rn_nplm_contexts(nplm, text->ids, text->lines, rn_nplm_start(model->vocab), position, n, context);
    rn_graph_begin(g, RN_INFER, 0, 0);
    status = rn_lm_predict_rows(g, &nplm->out, rn_nplm_features(nplm, g, context, n), text->ids + from, position, out);
    out->n_counted += n;
  }
  rn_free(context);
  return status;
}

static rn_status predict(rn_context *ctx, const rn_model *model, const rn_lm_text *text, rn_lm_prediction *out) {
  rn_graph *g = rn_graph_new(ctx);
  rn_status status = g ? rn_nplm_walk(model, g, text, out) : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for an evaluation");
  rn_graph_free(g);
  return status;
}

static bool lines(const rn_model *model) { return ((const rn_nplm *)model->self)->config.lines; }
static int64_t hidden_size(const rn_model *model) { return rn_nplm_width(&((const rn_nplm *)model->self)->config); }

/* ---- one word after the other ---- */

typedef struct window {
  const rn_model *model;
  const rn_nplm *nplm;
  rn_graph *graph;
  int32_t *context; /* [order - 1]: nearest first */
  const float *hidden;
} window;

static int n_before(const window *s) { return s->nplm->config.order - 1; }

static void state_free(void *self) {
  window *s = self;
  if (!s) return;
  rn_graph_free(s->graph);
  rn_free(s->context);
  rn_free(s);
}

static void state_reset(void *self) {
  window *s = self;
  for (int k = 0; k < n_before(s); k++) s->context[k] = rn_nplm_start(s->model->vocab);
}

static rn_status state_new(rn_context *ctx, const rn_model *model, void **out) {
  *out = NULL;
  window *s = rn_alloc_zero(1, sizeof *s);
  if (!s) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a session");
  *s = (window){.model = model, .nplm = model->self, .graph = rn_graph_new(ctx)};
  s->context = rn_alloc((size_t)n_before(s) * sizeof *s->context);
  if (!s->graph || !s->context) {
    state_free(s);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a session");
  }
  state_reset(s);
  *out = s;
  return RN_OK;
}

static rn_status state_feed(void *self, const int32_t *ids, int64_t n, const float **scores) {
  window *s = self;
  rn_graph *g = s->graph;
  for (int64_t i = n > n_before(s) ? n - n_before(s) : 0; i < n; i++) {
    if (s->nplm->config.lines && ids[i] == rn_vocab_eos(s->model->vocab)) state_reset(s);
    memmove(s->context + 1, s->context, (size_t)(n_before(s) - 1) * sizeof *s->context);
    s->context[0] = ids[i];
  }
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_tensor *h = rn_nplm_features(s->nplm, g, s->context, 1);
  const rn_tensor *y = rn_layer_linear_apply(&s->nplm->out, g, h, RN_NONE);
  if (rn_graph_status(g) != RN_OK) return rn_graph_status(g);
  s->hidden = h->data;
  *scores = y->data;
  return RN_OK;
}

static const float *state_hidden(const void *self) { return ((const window *)self)->hidden; }

const rn_lm_kind rn_lm_kind_nplm = {.kind = "nplm",
                                    .lines = lines,
                                    .predict = predict,
                                    .state_new = state_new,
                                    .state_free = state_free,
                                    .state_reset = state_reset,
                                    .state_feed = state_feed,
                                    .hidden_size = hidden_size,
                                    .state_hidden = state_hidden};
