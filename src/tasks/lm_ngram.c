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

static rn_status state_feed(void *self, const int32_t *ids, int64_t n, const float **scores) {
  running *s = self;
  for (int64_t i = 0; i < n; i++) {
    rn_ngram_next(s->ngram, &s->state, ids[i]);
    if (s->ngram->config.lines && ids[i] == s->ngram->start) state_reset(s);
  }
  rn_ngram_scores(s->ngram, &s->state, s->scores);
  *scores = s->scores;
  return RN_OK;
}

/* ---- a whole text ----
 *
 * What comes next depends on the order - 1 words before alone: the text is read in parts side by side, each a few words early, and what
 * comes out is the same. A task has several parts, a word of each at a time. */

enum { PART = 1 << 10, TASK = RN_NGRAM_SIDE_BY_SIDE * PART };

typedef struct reading {
  rn_context *ctx;
  const rn_ngram *ngram;
  const rn_lm_text *text;
  rn_ngram_state start;
  float *each;
  double *nats; /* of each part */
} reading;

typedef struct part {
  int64_t i, from, to; /* the next word; those that count */
  double *nats;
} part;

/* What has been asked of a part: -log p of its next word. A line begins anew. */
static void go_on(const reading *r, part *p, rn_ngram_state *state, float nats) {
  const rn_lm_text *text = r->text;
  if (p->i >= p->from) {
    if (p->i == 0 && text->start < 0) nats = 0; /* predicted from nothing, and not counted */
    if (r->each) r->each[p->i] = nats;
    *p->nats += nats;
  }
  if (text->lines && text->ids[p->i] == r->ngram->start) *state = r->start;
  p->i++;
}

static void read_parts(void *arg, int64_t task) {
  const reading *r = arg;
  const rn_lm_text *text = r->text;
  part parts[RN_NGRAM_SIDE_BY_SIDE];
  rn_ngram_state states[RN_NGRAM_SIDE_BY_SIDE];
  int32_t words[RN_NGRAM_SIDE_BY_SIDE];
  float log_p[RN_NGRAM_SIDE_BY_SIDE];
  int n = 0;
  if (rn_context_stopping(r->ctx)) return;
  for (int64_t from = task * TASK; from < text->n && n < RN_NGRAM_SIDE_BY_SIDE; from += PART, n++) {
    int64_t early = r->ngram->config.order - 1;
    bool begins = from <= early;
    parts[n] = (part){begins ? 0 : from - early, from, from + PART < text->n ? from + PART : text->n, &r->nats[from / PART]};
    states[n] = begins ? r->start : (rn_ngram_state){0};
  }
  while (n > 0) {
    for (int k = 0; k < n; k++) words[k] = text->ids[parts[k].i];
    rn_ngram_next_each(r->ngram, states, words, log_p, n);
    for (int k = n - 1; k >= 0; k--) {
      go_on(r, &parts[k], &states[k], -log_p[k]);
      if (parts[k].i < parts[k].to) continue;
      parts[k] = parts[--n]; /* the last one takes the place of one that is done */
      states[k] = states[n];
    }
  }
}

static rn_status predict(rn_context *ctx, const rn_model *model, const rn_lm_text *text, rn_lm_prediction *out) {
  int64_t n_parts = (text->n + PART - 1) / PART;
  reading r = {ctx, model->self, text, rn_ngram_start(model->self), out->each, rn_alloc_zero((size_t)n_parts, sizeof *r.nats)};
  if (!r.nats) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for an evaluation");
  rn_pool_for(ctx->pool, (text->n + TASK - 1) / TASK, read_parts, &r);
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
