/* lm_task.c: training a language model, as the loop sees it: truncated backpropagation through time over streams whose states are carried
 * from batch to batch (Zaremba et al. 2014), or one sequence per line. */
#include "base/alloc.h"
#include "tasks/lm_shared.h"
#include "tasks/lm_state.h"
#include <stdio.h>
#include <string.h>

typedef struct lm_task {
  rn_task task; /* first: the task is freed by its own address */
  rn_context *ctx;
  rn_model *model;
  const rn_lm *lm;
  rn_lm_data data;
  rn_lm_batches *batches;
  rn_lm_state state;  /* streams only */
  rn_stack_state out; /* what the current step ended with */
  rn_text sample;
  char state_name[16]; /* the last that was asked for */
  char config[128];    /* JSON: what a resumed run must have as well */
} lm_task;

/* ---- the loss ---- */

static const char *const loss_names[] = {[RN_LM_LOSS_MEAN] = "mean", [RN_LM_LOSS_SUM] = "sum"};

rn_lm_loss rn_lm_loss_default(rn_optimizer_kind kind) {
  return kind == RN_SGD || kind == RN_MOMENTUM || kind == RN_NESTEROV ? RN_LM_LOSS_SUM : RN_LM_LOSS_MEAN;
}

const char *rn_lm_loss_name(rn_lm_loss loss) { return loss_names[loss]; }

bool rn_lm_loss_parse(const char *name, rn_lm_loss *out) {
  for (int i = 0; i < 2; i++) {
    if (strcmp(name, loss_names[i]) != 0) continue;
    *out = (rn_lm_loss)i;
    return true;
  }
  return false;
}

/* ---- the task's functions ---- */

/* mean: L = -1/N sum log p over the N rows.   sum: L = -1/B sum log p, B sequences: the sum over time, averaged over the batch. */
static void step(void *self, rn_graph *g, int64_t epoch, int64_t i, rn_step *out) {
  lm_task *t = self;
  rn_lm_batch batch = rn_lm_batches_get(t->batches, epoch, i);
  int64_t n_rows = rn_ragged_rows(&batch.seqs);
  double denominator = t->data.loss == RN_LM_LOSS_SUM ? (double)batch.seqs.n_seqs : (double)n_rows;
  rn_stack_state in;
  t->state.fresh = batch.fresh;
  const rn_stack_state *state = t->data.batches.lines ? NULL : rn_lm_state_read(&t->state, g, &in);
  rn_tensor *logits = rn_lm_logits(t->model, g, batch.ids, &batch.seqs, state, &t->out);
  out->loss = rn_cross_entropy(g, logits, batch.targets, &(rn_cross_entropy_options){.denominator = denominator});
  out->n_tokens = n_rows;
  out->nats = rn_graph_status(g) == RN_OK ? out->loss->data[0] * denominator : 0;
}

static void after(void *self, rn_graph *g) {
  lm_task *t = self;
  if (!t->data.batches.lines && rn_graph_status(g) == RN_OK) rn_lm_state_keep(&t->state, &t->out);
}

/* The whole validation text, every symbol once: by lines, or in up to 32 streams side by side (as many as leave 1024 symbols to each). */
static rn_status validate(void *self, rn_graph *g, rn_score *out) {
  lm_task *t = self;
  int64_t n_streams = t->data.n_valid / 1024;
  if (n_streams < 1) n_streams = 1;
  if (n_streams > 32) n_streams = 32;
  int32_t start = rn_vocab_eos(t->model->vocab);
  if (t->data.n_valid < 2 && start < 0) start = 0; /* a single symbol, and nothing to predict it from */
  rn_lm_text text = {t->data.valid, t->data.n_valid, start, t->data.batches.lines, n_streams, 64};
  rn_lm_prediction p = {0};
  rn_status status = rn_lm_walk(t->lm, g, &text, &p);
  double nats = p.n_counted > 0 ? p.nats / (double)p.n_counted : 0;
  *out = (rn_score){.value = nats, .nats = nats, .n = p.n_counted};
  return status;
}

static int n_state(void *self) {
  const lm_task *t = self;
  int layers = t->lm->rnn.options.n_layers;
  return t->data.batches.lines ? 0 : t->state.c[0] ? 2 * layers : layers;
}

static void state(void *self, int i, const char **name, float **data, int64_t *n) {
  lm_task *t = self;
  int layers = t->lm->rnn.options.n_layers, l = i % layers;
  bool cell = i >= layers;
  snprintf(t->state_name, sizeof t->state_name, "%s_l%d", cell ? "c" : "h", l);
  *name = t->state_name;
  *data = cell ? t->state.c[l] : t->state.h[l];
  *n = t->state.n_seqs * (cell ? rn_lm_cell(t->lm) : rn_lm_hidden(t->lm));
}

static const char *sample(void *self, rn_graph *g) {
  lm_task *t = self;
  return rn_lm_sample(t->ctx, t->model, &t->sample);
}

/* ---- its life ---- */

void rn_lm_task_free(rn_task *task) {
  if (!task) return;
  lm_task *t = task->self;
  rn_lm_batches_free(t->batches);
  rn_lm_state_free(&t->state);
  rn_text_free(&t->sample);
  rn_free(t);
}

rn_status rn_lm_task_new(rn_context *ctx, rn_model *model, const rn_lm_data *data, rn_task **out) {
  *out = NULL;
  const rn_lm *lm = rn_lm_of(ctx, model);
  if (!lm) return RN_ERROR_ARGUMENT;
  rn_status status = rn_lm_check_ids(ctx, model, "training", data->train, data->n_train);
  if (status == RN_OK) status = rn_lm_check_ids(ctx, model, "validation", data->valid, data->n_valid);
  if (status == RN_OK) status = rn_params_make_trainable(model->params);
  if (status == RN_OK) status = rn_lm_set_lines(ctx, model, data->batches.lines);
  if (status != RN_OK) return status;
  lm_task *t = rn_alloc_zero(1, sizeof *t);
  if (!t) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the task");
  *t = (lm_task){.ctx = ctx, .model = model, .lm = lm, .data = *data};
  t->task = (rn_task){.name = "lm",
                      .self = t,
                      .model = model,
                      .unit = rn_vocab_level(model->vocab) == RN_LEVEL_CHAR ? "char" : "tok",
                      .step = step,
                      .after = after,
                      .validate = data->n_valid > 0 ? validate : NULL,
                      .n_state = n_state,
                      .state = state,
                      .sample = sample};
  status = rn_lm_batches_new(ctx, data->train, data->n_train, &data->batches, &t->batches);
  if (status == RN_OK && !data->batches.lines)
    status = rn_lm_state_init(ctx, lm, rn_lm_batches_get(t->batches, 0, 0).seqs.n_seqs, &t->state);
  if (status != RN_OK) {
    rn_lm_task_free(&t->task);
    return status;
  }
  t->task.steps_per_epoch = rn_lm_batches_count(t->batches);
  snprintf(t->config, sizeof t->config, "{\"batch\":%lld,\"bptt\":%lld,\"lines\":%s,\"loss\":\"%s\"}", (long long)data->batches.batch,
           (long long)data->batches.bptt, data->batches.lines ? "true" : "false", rn_lm_loss_name(data->loss));
  t->task.config = t->config;
  *out = &t->task;
  return RN_OK;
}
