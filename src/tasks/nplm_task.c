/* nplm_task.c: training the neural probabilistic language model: each step predicts words drawn from all of the text.
 *
 *     L = -1/N sum log p(w_t | w_{t-n+1} .. w_{t-1})          over the N words of a step */
#include "base/alloc.h"
#include "data/shuffle.h"
#include "tasks/lm_shared.h"
#include "tasks/nplm_walk.h"
#include <stdio.h>

typedef struct nplm_task {
  rn_task task; /* first: the task is freed by its own address */
  rn_context *ctx;
  const rn_nplm *nplm;
  rn_nplm_data data;
  rn_shuffle shuffle;
  int32_t *context, *targets; /* [order - 1, batch], [batch] */
  rn_text sample;
  char config[64];
} nplm_task;

static void step(void *self, rn_graph *g, int64_t epoch, int64_t i, rn_step *out) {
  nplm_task *t = self;
  const int64_t *pick;
  int64_t n = rn_shuffle_batch(&t->shuffle, epoch, i, &pick);
  rn_nplm_contexts(t->nplm, t->data.train, t->data.lines, rn_nplm_start(t->task.model->vocab), pick, n, t->context);
  for (int64_t r = 0; r < n; r++) t->targets[r] = t->data.train[pick[r]];
  rn_tensor *y = rn_layer_linear_apply(&t->nplm->out, g, rn_nplm_features(t->nplm, g, t->context, n), RN_NONE);
  out->loss = rn_cross_entropy(g, y, t->targets, NULL);
  out->n_tokens = n;
  out->nats = rn_graph_status(g) == RN_OK ? out->loss->data[0] * (double)n : 0;
}

static rn_status validate(void *self, rn_graph *g, rn_score *out) {
  nplm_task *t = self;
  rn_lm_text text = {.ids = t->data.valid, .n = t->data.n_valid, .start = rn_nplm_start(t->task.model->vocab), .lines = t->data.lines};
  rn_lm_prediction p = {0};
  rn_status status = rn_nplm_walk(t->task.model, g, &text, &p);
  double nats = p.n_counted > 0 ? p.nats / (double)p.n_counted : 0;
  *out = (rn_score){.value = nats, .nats = nats, .n = p.n_counted};
  return status;
}

static const char *sample(void *self, rn_graph *g) {
  nplm_task *t = self;
  return rn_lm_sample(t->ctx, t->task.model, &t->sample);
}

void rn_nplm_task_free(rn_task *task) {
  if (!task) return;
  nplm_task *t = task->self;
  rn_shuffle_free(&t->shuffle);
  rn_text_free(&t->sample);
  rn_free(t->context);
  rn_free(t->targets);
  rn_free(t);
}

rn_status rn_nplm_task_new(rn_context *ctx, rn_model *model, const rn_nplm_data *data, rn_task **out) {
  *out = NULL;
  const rn_nplm *nplm = rn_nplm_of(ctx, model);
  if (!nplm) return RN_ERROR_ARGUMENT;
  rn_status status = rn_lm_check_ids(ctx, model, "training", data->train, data->n_train);
  if (status == RN_OK) status = rn_lm_check_ids(ctx, model, "validation", data->valid, data->n_valid);
  if (status == RN_OK && data->lines && rn_vocab_eos(model->vocab) < 0)
    status = rn_context_fail(ctx, RN_ERROR_ARGUMENT, "lines are asked for, but the vocabulary has no end of line");
  if (status == RN_OK) status = rn_params_make_trainable(model->params);
  if (status == RN_OK) status = rn_nplm_set_lines(ctx, model, data->lines);
  if (status != RN_OK) return status;
  nplm_task *t = rn_alloc_zero(1, sizeof *t);
  if (!t) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the task");
  *t = (nplm_task){.ctx = ctx, .nplm = nplm, .data = *data};
  t->task = (rn_task){.name = "nplm",
                      .self = t,
                      .model = model,
                      .unit = rn_vocab_level(model->vocab) == RN_LEVEL_CHAR ? "char" : "tok",
                      .step = step,
                      .validate = data->n_valid > 0 ? validate : NULL,
                      .sample = sample};
  status = rn_shuffle_init(ctx, data->n_train, data->batch, data->seed, &t->shuffle);
  if (status == RN_OK) {
    t->context = rn_alloc((size_t)((nplm->config.order - 1) * t->shuffle.batch) * sizeof *t->context);
    t->targets = rn_alloc((size_t)t->shuffle.batch * sizeof *t->targets);
    if (!t->context || !t->targets) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the task");
  }
  if (status != RN_OK) {
    rn_nplm_task_free(&t->task);
    return status;
  }
  t->task.steps_per_epoch = rn_shuffle_count(&t->shuffle);
  snprintf(t->config, sizeof t->config, "{\"batch\":%lld,\"lines\":%s}", (long long)data->batch, data->lines ? "true" : "false");
  t->task.config = t->config;
  *out = &t->task;
  return RN_OK;
}
