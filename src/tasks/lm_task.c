/* lm_task.c: training a language model, as the loop sees it: truncated backpropagation through time over streams whose states are carried
 * from batch to batch (Zaremba et al. 2014), or one sequence per line. A bidirectional model is two of them, the second on the text as it
 * is read from its end, and L is the mean of their losses. */
#include "base/alloc.h"
#include "models/model_bilm.h"
#include "tasks/lm_shared.h"
#include "tasks/lm_state.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* One model on its way along the text. */
typedef struct direction {
  const rn_lm *lm;
  const int32_t *train, *valid;
  int32_t *reversed; /* where these lie, one behind the other; NULL: they are the caller's */
  rn_lm_batches *batches;
  rn_lm_state state;  /* streams only */
  rn_stack_state out; /* what the current step ended with */
} direction;

typedef struct lm_task {
  rn_task task; /* first: the task is freed by its own address */
  rn_context *ctx;
  rn_model *model;
  rn_lm_data data;
  direction direction[RN_N_DIRECTIONS];
  int n_directions;
  rn_text sample;
  char state_name[32]; /* the last that was asked for */
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
static rn_tensor *loss_of(lm_task *t, direction *d, rn_graph *g, int64_t epoch, int64_t i, rn_step *out) {
  rn_lm_batch batch = rn_lm_batches_get(d->batches, epoch, i);
  int64_t n_rows = rn_ragged_rows(&batch.seqs);
  double denominator = t->data.loss == RN_LM_LOSS_SUM ? (double)batch.seqs.n_seqs : (double)n_rows;
  rn_stack_state in;
  d->state.fresh = batch.fresh;
  const rn_stack_state *state = t->data.batches.lines ? NULL : rn_lm_state_read(&d->state, g, &in);
  rn_tensor *h = rn_lm_features(d->lm, g, batch.ids, &batch.seqs, state, &d->out);
  rn_tensor *logits = rn_layer_linear_apply(&d->lm->out, g, h, RN_NONE);
  rn_tensor *loss = rn_cross_entropy(g, logits, batch.targets, &(rn_cross_entropy_options){.denominator = denominator});
  out->n_tokens = n_rows; /* both directions read the same lines, or equally much of the text */
  if (rn_graph_status(g) == RN_OK) out->nats += loss->data[0] * denominator / t->n_directions;
  return loss;
}

static void step(void *self, rn_graph *g, int64_t epoch, int64_t i, rn_step *out) {
  lm_task *t = self;
  out->nats = 0;
  out->loss = loss_of(t, &t->direction[0], g, epoch, i, out);
  if (t->n_directions > 1) out->loss = rn_scale(g, rn_add(g, out->loss, loss_of(t, &t->direction[RN_BACKWARD], g, epoch, i, out)), 0.5f);
}

static void after(void *self, rn_graph *g) {
  lm_task *t = self;
  for (int d = 0; d < t->n_directions; d++)
    if (!t->data.batches.lines && rn_graph_status(g) == RN_OK) rn_lm_state_keep(&t->direction[d].state, &t->direction[d].out);
}

/* The whole validation text, every symbol once: by lines, or in up to 32 streams side by side (as many as leave 1024 symbols to each). */
static rn_status validate(void *self, rn_graph *g, rn_score *out) {
  lm_task *t = self;
  int64_t n_streams = t->data.n_valid / 1024;
  if (n_streams < 1) n_streams = 1;
  if (n_streams > 32) n_streams = 32;
  int32_t start = rn_vocab_eos(t->model->vocab);
  if (t->data.n_valid < 2 && start < 0) start = 0; /* a single symbol, and nothing to predict it from */
  double nats[RN_N_DIRECTIONS] = {0};
  *out = (rn_score){0};
  for (int d = 0; d < t->n_directions; d++) {
    rn_lm_text text = {t->direction[d].valid, t->data.n_valid, start, t->data.batches.lines, n_streams, 64};
    rn_lm_prediction p = {0};
    rn_status status = rn_lm_walk(t->direction[d].lm, g, &text, &p);
    if (status != RN_OK) return status;
    nats[d] = p.n_counted > 0 ? p.nats / (double)p.n_counted : 0;
    out->value += nats[d] / t->n_directions;
    out->n = p.n_counted;
  }
  out->nats = out->value;
  if (t->n_directions > 1)
    rn_context_log(t->ctx, RN_LOG_INFO, "perplexity %.4f forward, %.4f backward", exp(nats[RN_FORWARD]), exp(nats[RN_BACKWARD]));
  return RN_OK;
}

/* Of each direction the hidden states of all layers, and after them their cells. */
static int n_of_direction(const lm_task *t) {
  int layers = t->direction->lm->rnn.options.n_layers;
  return t->data.batches.lines ? 0 : t->direction->state.c[0] ? 2 * layers : layers;
}

static int n_state(void *self) {
  const lm_task *t = self;
  return t->n_directions * n_of_direction(t);
}

static void state(void *self, int i, const char **name, float **data, int64_t *n) {
  static const char *const prefix[] = {[RN_FORWARD] = "", [RN_BACKWARD] = "backward_"};
  lm_task *t = self;
  const direction *d = &t->direction[i / n_of_direction(t)];
  i %= n_of_direction(t);
  int layers = d->lm->rnn.options.n_layers, l = i % layers;
  bool cell = i >= layers;
  snprintf(t->state_name, sizeof t->state_name, "%s%s_l%d", prefix[d - t->direction], cell ? "c" : "h", l);
  *name = t->state_name;
  *data = cell ? d->state.c[l] : d->state.h[l];
  *n = d->state.n_seqs * (cell ? rn_lm_cell(d->lm) : rn_lm_hidden(d->lm));
}

static const char *sample(void *self, rn_graph *g) {
  lm_task *t = self;
  return rn_lm_sample(t->ctx, t->model, &t->sample);
}

/* ---- its life ---- */

void rn_lm_task_free(rn_task *task) {
  if (!task) return;
  lm_task *t = task->self;
  for (int d = 0; d < RN_N_DIRECTIONS; d++) {
    rn_lm_batches_free(t->direction[d].batches);
    rn_lm_state_free(&t->direction[d].state);
    rn_free(t->direction[d].reversed);
  }
  rn_text_free(&t->sample);
  rn_free(t);
}

static rn_status reverse(lm_task *t, direction *d) {
  const rn_lm_data *data = &t->data;
  int32_t eos = rn_vocab_eos(t->model->vocab);
  d->reversed = rn_alloc_zero((size_t)(data->n_train + data->n_valid), sizeof *d->reversed);
  if (!d->reversed) return rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for the text from its end");
  rn_lm_ids_reverse(data->train, data->n_train, eos, data->batches.lines, d->reversed);
  rn_lm_ids_reverse(data->valid, data->n_valid, eos, data->batches.lines, d->reversed + data->n_train);
  d->train = d->reversed;
  d->valid = d->reversed + data->n_train;
  return RN_OK;
}

static rn_status prepare(lm_task *t, const rn_lm *lm, int which) {
  const rn_lm_data *data = &t->data;
  direction *d = &t->direction[which];
  *d = (direction){.lm = lm, .train = data->train, .valid = data->valid};
  rn_status status = which == RN_BACKWARD ? reverse(t, d) : RN_OK;
  if (status == RN_OK) status = rn_lm_batches_new(t->ctx, d->train, data->n_train, &data->batches, &d->batches);
  if (status == RN_OK && !data->batches.lines)
    status = rn_lm_state_init(t->ctx, lm, rn_lm_batches_get(d->batches, 0, 0).seqs.n_seqs, &d->state);
  return status;
}

rn_status rn_lm_task_new(rn_context *ctx, rn_model *model, const rn_lm_data *data, rn_task **out) {
  *out = NULL;
  int n;
  const rn_lm *lm = rn_lm_directions(ctx, model, &n);
  if (!lm) return RN_ERROR_ARGUMENT;
  rn_status status = rn_lm_check_ids(ctx, model, "training", data->train, data->n_train);
  if (status == RN_OK) status = rn_lm_check_ids(ctx, model, "validation", data->valid, data->n_valid);
  if (status == RN_OK) status = rn_params_make_trainable(model->params);
  if (status == RN_OK) status = rn_lm_set_lines(ctx, model, data->batches.lines);
  if (status != RN_OK) return status;
  lm_task *t = rn_alloc_zero(1, sizeof *t);
  if (!t) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the task");
  *t = (lm_task){.ctx = ctx, .model = model, .data = *data, .n_directions = n};
  t->task = (rn_task){.name = rn_model_kind(model),
                      .self = t,
                      .model = model,
                      .unit = rn_vocab_level(model->vocab) == RN_LEVEL_CHAR ? "char" : "tok",
                      .step = step,
                      .after = after,
                      .validate = data->n_valid > 0 ? validate : NULL,
                      .n_state = n_state,
                      .state = state,
                      .sample = n > 1 ? NULL : sample}; /* what reads from both ends writes nothing */
  for (int d = 0; d < n && status == RN_OK; d++) status = prepare(t, &lm[d], d);
  if (status != RN_OK) {
    rn_lm_task_free(&t->task);
    return status;
  }
  t->task.steps_per_epoch = rn_lm_batches_count(t->direction->batches);
  snprintf(t->config, sizeof t->config, "{\"batch\":%lld,\"bptt\":%lld,\"lines\":%s,\"loss\":\"%s\"}", (long long)data->batches.batch,
           (long long)data->batches.bptt, data->batches.lines ? "true" : "false", rn_lm_loss_name(data->loss));
  t->task.config = t->config;
  *out = &t->task;
  return RN_OK;
}
