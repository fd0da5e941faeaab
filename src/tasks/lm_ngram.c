/* lm_ngram.c: n-gram models among the kinds of language model. */
#include "base/alloc.h"
#include "models/ngram.h"
#include "tasks/lm_kind.h"
#include <string.h>

static bool lines(const rn_model *model) { return ((const rn_ngram *)model->self)->config.lines; }

/* ---- a running state ---- */

typedef struct running {
  const rn_ngram *ngram;
  rn_ngram_state state;
  float *scores; /* [V] */
} running;

static void state_free(void *self) {
  running *s = self;
  if (!s) return;
  rn_free(s->scores);
  rn_free(s);
}

static void state_reset(void *self) {
  running *s = self;
  s->state = rn_ngram_start(s->ngram);
}

static rn_status state_new(rn_context *ctx, const rn_model *model, void **out) {
  *out = NULL;
  const rn_ngram *ngram = rn_ngram_of(ctx, model);
  if (!ngram) return RN_ERROR_ARGUMENT;
  running *s = rn_alloc_zero(1, sizeof *s);
  if (s) s->scores = rn_alloc((size_t)ngram->n_words * sizeof *s->scores);
  if (!s || !s->scores) {
    state_free(s);
    return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for a session");
  }
  s->ngram = ngram;
  state_reset(s);
  *out = s;
  return RN_OK;
}

/* -log p of a word, after which the state goes on; a line begins anew. */
static float cost(const rn_ngram *g, rn_ngram_state *state, int32_t id, bool by_lines) {
  float nats = -rn_ngram_next(g, state, id);
  if (by_lines && id == g->start) *state = rn_ngram_start(g);
  return nats;
}

static rn_status state_feed(void *self, const int32_t *ids, int64_t n, const float **scores) {
  running *s = self;
  for (int64_t i = 0; i < n; i++) cost(s->ngram, &s->state, ids[i], s->ngram->config.lines);
  rn_ngram_scores(s->ngram, &s->state, s->scores);
  *scores = s->scores;
  return RN_OK;
}

/* ---- a whole text ----
 *
 * What comes next depends on the order - 1 words before alone: the text is read in parts side by side, each a few words early, and what
 * comes out is the same. */

enum { PART = 1 << 13 };

typedef struct reading {
  rn_context *ctx;
  const rn_ngram *ngram;
  const rn_lm_text *text;
  float *each;
  double *nats; /* of each part */
} reading;

static void read_part(void *arg, int64_t part) {
  const reading *r = arg;
  const rn_lm_text *text = r->text;
  int64_t from = part * PART, to = from + PART < text->n ? from + PART : text->n, early = r->ngram->config.order - 1;
  rn_ngram_state state = from > early ? (rn_ngram_state){0} : rn_ngram_start(r->ngram);
  double sum = 0;
  if (rn_context_stopping(r->ctx)) return;
  for (int64_t i = from > early ? from - early : 0; i < from; i++) cost(r->ngram, &state, text->ids[i], text->lines);
  for (int64_t i = from; i < to; i++) {
    float nats = cost(r->ngram, &state, text->ids[i], text->lines);
    if (i == 0 && text->start < 0) nats = 0; /* predicted from nothing, and not counted */
    if (r->each) r->each[i] = nats;
    sum += nats;
  }
  r->nats[part] = sum;
}

static rn_status predict(rn_context *ctx, const rn_model *model, const rn_lm_text *text, rn_lm_prediction *out) {
  int64_t n_parts = (text->n + PART - 1) / PART;
  reading r = {ctx, model->self, text, out->each, rn_alloc_zero((size_t)n_parts, sizeof *r.nats)};
  if (!r.nats) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for an evaluation");
  rn_pool_for(ctx->pool, n_parts, read_part, &r);
  out->nats = 0;
  for (int64_t i = 0; i < n_parts; i++) out->nats += r.nats[i];
  out->n_counted = text->n - (text->start < 0);
  rn_free(r.nats);
  return rn_context_stopping(ctx) ? rn_context_fail(ctx, RN_ERROR_STOPPED, "stopped") : RN_OK;
}

const rn_lm_kind rn_lm_kind_ngram = {.kind = "ngram",
                                     .lines = lines,
                                     .predict = predict,
                                     .state_new = state_new,
                                     .state_free = state_free,
                                     .state_reset = state_reset,
                                     .state_feed = state_feed};
