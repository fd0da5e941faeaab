/* classifier_task.c: training a classifier, as the loop sees it.
 *
 *     single    L = 1/n sum -log p(y)                          each weighed by its class, where they are balanced
 *     multi     L = 1/n sum_s sum_k -log p(y_k or not y_k)
 *     ordinal   rn_ordinal */
#include "base/alloc.h"
#include "data/shuffle.h"
#include "ops/op.h"
#include "tasks/classifier_state.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct classifier_task {
  rn_task task; /* first: the task is freed by its own address */
  rn_context *ctx;
  const rn_classifier_net *net;
  rn_classifier_data data;
  rn_classifier_rows *train, *valid;
  rn_targets train_targets, valid_targets;
  rn_shuffle shuffle;
  float *weight;      /* [n_labels] of each class; NULL: 1 */
  float *probability; /* [n valid, n_labels] */
  char config[160];   /* JSON: what a resumed run must have as well */
} classifier_task;

static int64_t n_labels(const classifier_task *t) { return rn_label_set_size(t->net->labels); }

/* ---- the loss ---- */

static int32_t *targets_of(rn_graph *g, const rn_targets *t, const int64_t *pick, int64_t n) {
  int32_t *target = rn_graph_alloc(g, (size_t)n * sizeof *target);
  for (int64_t i = 0; target && i < n; i++) target[i] = t->id[pick[i]];
  return target;
}

static rn_tensor *multi_loss(const classifier_task *t, rn_graph *g, rn_tensor *scores, const int64_t *pick, int64_t n) {
  int64_t K = n_labels(t);
  float *z = rn_graph_alloc(g, (size_t)(n * K) * sizeof *z);
  for (int64_t i = 0; z && i < n * K; i++) z[i] = t->train_targets.has[pick[i / K] * K + i % K];
  rn_tensor *target = rn_constant(g, z, 2, (int64_t[]){n, K}, NULL);
  return rn_scale(g, rn_sigmoid_cross_entropy(g, scores, target, t->weight), (float)K); /* a mean over n K becomes one over n */
}

static rn_tensor *loss_of(const classifier_task *t, rn_graph *g, rn_tensor *scores, const int64_t *pick, int64_t n) {
  switch (t->net->config.labels) {
  case RN_LABELS_MULTI: return multi_loss(t, g, scores, pick, n);
  case RN_LABELS_ORDINAL: return rn_ordinal(g, scores, &t->net->thresholds->tensor, targets_of(g, &t->train_targets, pick, n));
  default: return rn_cross_entropy(g, scores, targets_of(g, &t->train_targets, pick, n), &(rn_cross_entropy_options){.weight = t->weight});
  }
}

/* ---- the task's functions ---- */

static void step(void *self, rn_graph *g, int64_t epoch, int64_t i, rn_step *out) {
  classifier_task *t = self;
  const int64_t *pick;
  int64_t n = rn_shuffle_batch(&t->shuffle, epoch, i, &pick);
  const int64_t *read = t->data.reverse_complement ? rn_shuffle_twins(&t->shuffle, epoch, pick, n) : pick;
  uint64_t position = (uint64_t)(epoch * t->task.steps_per_epoch + i);
  rn_tensor *scores = rn_classifier_apply(t->net, g, t->train, read, n, t->data.seed, position).scores;
  out->loss = loss_of(t, g, scores, pick, n);
  out->n_tokens = n;
  out->nats = rn_graph_status(g) == RN_OK ? out->loss->data[0] * (double)n : 0;
}

/* 1 - accuracy; a label that the model does not have is never right. */
static double errors(const classifier_task *t, int64_t n) {
  int64_t wrong = 0;
  for (int64_t s = 0; s < n; s++) wrong += rn_classifier_decide(t->net, t->probability + s * n_labels(t)) != t->valid_targets.id[s];
  return (double)wrong / (double)n;
}

/* In steps of the scale, over the labels that the model has. */
static double mean_absolute_error(const classifier_task *t, int64_t n) {
  int64_t sum = 0, known = 0;
  for (int64_t s = 0; s < n; s++) {
    int64_t expected = t->valid_targets.id[s];
    if (expected < 0) continue;
    sum += llabs(rn_classifier_decide(t->net, t->probability + s * n_labels(t)) - expected);
    known++;
  }
  return known > 0 ? (double)sum / (double)known : 0;
}

/* 1 - micro F1 */
static double without_f1(const classifier_task *t, int64_t n) {
  rn_counts all = {0};
  for (int64_t i = 0; i < n * n_labels(t); i++) {
    bool found = t->probability[i] >= 0.5f, expected = t->valid_targets.has[i];
    all.found += found;
    all.expected += expected;
    all.correct += found && expected;
  }
  all.expected += t->valid_targets.n_unknown;
  return 1 - rn_f1_of(all).f1;
}

static rn_status validate(void *self, rn_graph *g, rn_score *out) {
  classifier_task *t = self;
  int64_t n = t->data.valid->seqs.n_seqs, known = 0;
  rn_status status = rn_classifier_predict(t->net, g, t->valid, t->probability, NULL);
  if (status != RN_OK) return status;
  double sum = 0;
  for (int64_t s = 0; s < n; s++) {
    double nats = rn_classifier_nats(t->net, &t->valid_targets, s, t->probability + s * n_labels(t));
    if (isnan(nats)) continue;
    sum += nats;
    known++;
  }
  *out = (rn_score){.nats = known > 0 ? sum / (double)known : 0, .n = n};
  switch (t->net->config.labels) {
  case RN_LABELS_SINGLE: out->value = errors(t, n); break;
  case RN_LABELS_MULTI: out->value = without_f1(t, n); break;
  case RN_LABELS_ORDINAL: out->value = mean_absolute_error(t, n); break;
  }
  return RN_OK;
}

/* ---- its life ---- */

void rn_classifier_task_free(rn_task *task) {
  if (!task) return;
  classifier_task *t = task->self;
  rn_classifier_rows_free(t->train);
  rn_classifier_rows_free(t->valid);
  rn_targets_free(&t->train_targets);
  rn_targets_free(&t->valid_targets);
  rn_shuffle_free(&t->shuffle);
  rn_free(t->weight);
  rn_free(t->probability);
  rn_free(t);
}

/* single: n / (classes count), so that each class weighs as much;   multi: those without the label by those with it */
static bool balance(classifier_task *t) {
  int64_t n = t->data.train->seqs.n_seqs, K = n_labels(t);
  int64_t *count = rn_alloc_zero((size_t)K, sizeof *count);
  t->weight = rn_alloc_zero((size_t)K, sizeof *t->weight);
  bool ok = count && t->weight, multi = t->net->config.labels == RN_LABELS_MULTI;
  for (int64_t i = 0; ok && i < n; i++) {
    if (!multi) count[t->train_targets.id[i]]++;
    else
      for (int64_t k = 0; k < K; k++) count[k] += t->train_targets.has[i * K + k];
  }
  for (int64_t k = 0; ok && k < K; k++) {
    double c = count[k] > 0 ? (double)count[k] : 1; /* a label that this part has not weighs nothing anyway */
    t->weight[k] = (float)(multi ? ((double)n - c) / c : (double)n / ((double)K * c));
  }
  rn_free(count);
  return ok;
}

static rn_status check(rn_context *ctx, const rn_classifier_net *net, const rn_classifier_data *data) {
  if (data->reverse_complement && net->config.input.kind != RN_INPUT_DNA)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "only DNA has another strand to be read on, not %s",
                           rn_input_kind_name(net->config.input.kind));
  if (data->balance && net->config.labels == RN_LABELS_ORDINAL)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the steps of a scale cannot be balanced: only the labels of single and multi can");
  return RN_OK;
}

static rn_status prepare_train(classifier_task *t) {
  const rn_sequences *train = t->data.train;
  rn_status status = rn_targets_init(t->ctx, t->net, train, &t->train_targets);
  if (status == RN_OK && t->train_targets.n_unknown > 0)
    status = rn_context_fail(t->ctx, RN_ERROR_DATA, "%lld labels of the training data are none of the model's",
                             (long long)t->train_targets.n_unknown);
  if (status == RN_OK) status = rn_classifier_rows_new(t->ctx, t->net, t->task.model, train, &t->train);
  if (status == RN_OK && t->data.reverse_complement) status = rn_encoded_add_other_strand(t->ctx, t->train->encoded);
  if (status == RN_OK) status = rn_shuffle_init(t->ctx, train->seqs.n_seqs, t->data.batch, t->data.seed, &t->shuffle);
  if (status == RN_OK && t->data.balance && !balance(t)) status = rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for weights");
  return status;
}

static rn_status prepare_valid(classifier_task *t) {
  const rn_sequences *valid = t->data.valid;
  if (!valid || valid->seqs.n_seqs == 0) return RN_OK;
  rn_status status = rn_targets_init(t->ctx, t->net, valid, &t->valid_targets);
  if (status == RN_OK) status = rn_classifier_rows_new(t->ctx, t->net, t->task.model, valid, &t->valid);
  if (status != RN_OK) return status;
  if (t->valid_targets.n_unknown > 0)
    rn_context_log(t->ctx, RN_LOG_WARNING, "%lld labels of the validation data do not stand in the training data: they count as missed",
                   (long long)t->valid_targets.n_unknown);
  t->probability = rn_alloc_zero((size_t)valid->seqs.n_seqs, (size_t)n_labels(t) * sizeof *t->probability);
  if (!t->probability) return rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for the validation");
  t->task.validate = validate;
  return RN_OK;
}

static const struct {
  const char *metric;
  bool share;
} metrics[] = {
    [RN_LABELS_SINGLE] = {"accuracy", true}, [RN_LABELS_MULTI] = {"micro F1", true}, [RN_LABELS_ORDINAL] = {"mean absolute error", false}};

rn_status rn_classifier_task_new(rn_context *ctx, rn_model *model, const rn_classifier_data *data, rn_task **out) {
  *out = NULL;
  const rn_classifier_net *net = rn_classifier_net_of(ctx, model);
  if (!net) return RN_ERROR_ARGUMENT;
  rn_status status = check(ctx, net, data);
  if (status == RN_OK) status = rn_params_make_trainable(model->params);
  if (status != RN_OK) return status;
  classifier_task *t = rn_alloc_zero(1, sizeof *t);
  if (!t) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the task");
  *t = (classifier_task){.ctx = ctx, .net = net, .data = *data};
  t->task = (rn_task){.name = "classifier",
                      .self = t,
                      .model = model,
                      .unit = "seq",
                      .metric = metrics[net->config.labels].metric,
                      .metric_is_share = metrics[net->config.labels].share,
                      .step = step};
  status = prepare_train(t);
  if (status == RN_OK) status = prepare_valid(t);
  if (status != RN_OK) {
    rn_classifier_task_free(&t->task);
    return status;
  }
  t->task.steps_per_epoch = rn_shuffle_count(&t->shuffle);
  snprintf(t->config, sizeof t->config, "{\"batch\":%lld,\"balance\":%s,\"reverse_complement\":%s,\"seed\":%llu}", (long long)data->batch,
           data->balance ? "true" : "false", data->reverse_complement ? "true" : "false", (unsigned long long)data->seed);
  t->task.config = t->config;
  *out = &t->task;
  return RN_OK;
}
