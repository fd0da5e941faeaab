/* tagger_task.c: training a tagger, as the loop sees it.
 *
 *     L = 1/N sum -log p(y | x) over the N rows of a batch */
#include "base/alloc.h"
#include "data/shuffle.h"
#include "ops/op.h"
#include "tasks/tagger_state.h"
#include <stdio.h>
#include <string.h>

typedef struct tagger_task {
  rn_task task; /* first: the task is freed by its own address */
  rn_context *ctx;
  const rn_tagger_model *net;
  rn_tagger_data data;
  rn_shuffle shuffle;
  rn_encoded *train, *valid;
  int32_t *tags;         /* [rows of train] */
  rn_tagger_truth truth; /* of valid */
  rn_tag_set *chunks;    /* of its labels; NULL where they are no chunks */
  int32_t *predicted;    /* [rows of valid] */
  char *config;          /* JSON: what a resumed run must have as well */
} tagger_task;

/* ---- the task's functions ---- */

static void step(void *self, rn_graph *g, int64_t epoch, int64_t i, rn_step *out) {
  tagger_task *t = self;
  const int64_t *pick, *offset = t->train->seqs.offset;
  int64_t n = rn_shuffle_batch(&t->shuffle, epoch, i, &pick), n_rows = 0;
  if (t->data.reverse_complement) pick = rn_shuffle_twins(&t->shuffle, epoch, pick, n);
  for (int64_t k = 0; k < n; k++) n_rows += rn_ragged_length(&t->train->seqs, pick[k]);
  int32_t *tags = rn_graph_alloc(g, (size_t)n_rows * sizeof *tags), *next = tags;
  for (int64_t k = 0; tags && k < n; k++)
    for (int64_t r = offset[pick[k]]; r < offset[pick[k] + 1]; r++) *next++ = t->tags[r];
  uint64_t position = (uint64_t)(epoch * t->task.steps_per_epoch + i);
  rn_tensor *emissions = rn_tagger_emissions(t->net, g, t->train, pick, n, t->data.seed, position);
  out->loss = rn_tagger_loss(t->net, g, emissions, tags);
  out->n_tokens = n_rows;
  out->nats = rn_graph_status(g) == RN_OK ? out->loss->data[0] * (double)n_rows : 0;
}

/* 1 - F1 of the chunks, or 1 - accuracy */
static rn_status measure(tagger_task *t, double *value) {
  const rn_ragged *seqs = &t->data.valid->seqs;
  int64_t n_rows = rn_ragged_rows(seqs), n_right = 0;
  if (t->chunks) {
    rn_span_scores *spans;
    rn_status status = rn_span_scores_new(t->ctx, t->chunks, seqs, t->truth.expected, t->predicted, &spans);
    if (status == RN_OK) *value = 1 - rn_f1_of(spans->all).f1;
    rn_span_scores_free(spans);
    return status;
  }
  for (int64_t r = 0; r < n_rows; r++) n_right += t->predicted[r] == t->truth.expected[r];
  *value = 1 - (double)n_right / (double)n_rows;
  return RN_OK;
}

static rn_status validate(void *self, rn_graph *g, rn_score *out) {
  tagger_task *t = self;
  rn_tagger_answers answers = {.encoded = t->valid, .labels = t->predicted, .tags = t->truth.tags};
  rn_status status = rn_tagger_answer(t->net, g, &answers);
  *out = (rn_score){.n = rn_ragged_rows(&t->data.valid->seqs)};
  if (status != RN_OK) return status;
  out->nats = answers.n_counted > 0 ? answers.nats / (double)answers.n_counted : 0;
  return measure(t, &out->value);
}

/* ---- its life ---- */

void rn_tagger_task_free(rn_task *task) {
  if (!task) return;
  tagger_task *t = task->self;
  rn_shuffle_free(&t->shuffle);
  rn_encoded_free(t->train);
  rn_encoded_free(t->valid);
  rn_free(t->tags);
  rn_tagger_truth_free(&t->truth);
  rn_tag_set_free(t->chunks);
  rn_free(t->predicted);
  rn_free(t->config);
  rn_free(t);
}

/* Lines are known of words, and of others where the sequence begins. */
static rn_status unknown_label(rn_context *ctx, const rn_sequences *s, int64_t row) {
  char line[64] = "";
  int64_t seq = 0;
  while (s->seqs.offset[seq + 1] <= row) seq++;
  if (s->lines && s->input == RN_INPUT_WORDS) snprintf(line, sizeof line, "line %lld: ", (long long)s->lines[row]);
  else if (s->lines) snprintf(line, sizeof line, "the sequence of line %lld: ", (long long)s->lines[seq]);
  return rn_context_fail(ctx, RN_ERROR_DATA, "%sthe label \"%.*s\" is none of the model's", line, (int)s->labels[row].size,
                         s->labels[row].data);
}

/* The label of each on the other strand, where letters of `swap`, "Cc", stand for each other. */
static void swap_letters(const char *swap, const rn_tagger_model *net, int32_t *swapped) {
  const rn_label_set *labels = net->labels.labels;
  for (int64_t k = 0; k < rn_label_set_size(labels); k++) {
    const char *name = rn_label_set_name(labels, k);
    char other = name[0];
    if (name[0] && !name[1]) rn_dna_reverse_labels(name, 1, swap, &other);
    int64_t id = rn_label_set_find(labels, (rn_string){&other, 1});
    swapped[k] = (int32_t)(id >= 0 ? id : k);
  }
}

/* Appends the tags of the other strand, which are labels: chunks are not read on it. */
static rn_status add_other_strand(tagger_task *t) {
  const rn_ragged *seqs = &t->data.train->seqs;
  int64_t n_rows = rn_ragged_rows(seqs), n_labels = rn_label_set_size(t->net->labels.labels);
  int32_t *both = rn_alloc_zero((size_t)n_rows, 2 * sizeof *both), *swapped = rn_alloc_zero((size_t)n_labels, sizeof *swapped);
  if (!both || !swapped) {
    rn_free(both);
    rn_free(swapped);
    return rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for the labels of the other strand");
  }
  swap_letters(t->data.swap_labels, t->net, swapped);
  memcpy(both, t->tags, (size_t)n_rows * sizeof *both);
  for (int64_t s = 0; s < seqs->n_seqs; s++)
    for (int64_t first = seqs->offset[s], end = seqs->offset[s + 1], r = first; r < end; r++)
      both[n_rows + r] = swapped[t->tags[first + end - 1 - r]];
  rn_free(swapped);
  rn_free(t->tags);
  t->tags = both;
  return rn_encoded_add_other_strand(t->ctx, t->train);
}

static rn_status prepare_train(tagger_task *t) {
  const rn_sequences *train = t->data.train;
  rn_tagger_truth truth;
  rn_status status = rn_tagger_truth_init(t->ctx, t->net, train, &truth);
  if (status != RN_OK) return status;
  t->tags = truth.tags;
  truth.tags = NULL;
  if (truth.n_new > 0) status = unknown_label(t->ctx, train, truth.first_new);
  rn_tagger_truth_free(&truth);
  if (status == RN_OK) status = rn_encoded_new(t->ctx, &t->net->input, train, &t->train);
  if (status == RN_OK && t->data.reverse_complement) status = add_other_strand(t);
  if (status == RN_OK) status = rn_shuffle_init(t->ctx, train->seqs.n_seqs, t->data.batch, t->data.seed, &t->shuffle);
  return status;
}

static rn_status prepare_valid(tagger_task *t) {
  const rn_sequences *valid = t->data.valid;
  if (!valid || rn_ragged_rows(&valid->seqs) == 0) return RN_OK;
  rn_status status = rn_tagger_truth_init(t->ctx, t->net, valid, &t->truth);
  if (status == RN_OK) status = rn_encoded_new(t->ctx, &t->net->input, valid, &t->valid);
  if (status != RN_OK) return status;
  if (t->truth.n_new > 0)
    rn_context_log(t->ctx, RN_LOG_WARNING, "%lld labels of the validation data do not stand in the training data: they count as missed",
                   (long long)t->truth.n_new);
  int64_t n_labels = rn_map_size(t->truth.names);
  t->predicted = rn_alloc_zero((size_t)rn_ragged_rows(&valid->seqs), sizeof *t->predicted);
  const char **names = rn_alloc_zero((size_t)n_labels, sizeof *names);
  for (int64_t k = 0; names && k < n_labels; k++) names[k] = rn_map_key(t->truth.names, k, NULL, NULL);
  if (!t->predicted || !names) status = rn_context_fail(t->ctx, RN_ERROR_MEMORY, "out of memory for the validation");
  else if (t->net->labels.chunks) status = rn_tag_set_new(t->ctx, names, n_labels, &t->chunks);
  rn_free(names);
  t->task.validate = validate;
  return status;
}

static char *config_of(const rn_tagger_data *data) {
  json_t *json = json_pack("{s:I, s:b, s:s, s:I}", "batch", (json_int_t)data->batch, "reverse_complement", data->reverse_complement,
                           "swap_labels", data->swap_labels ? data->swap_labels : "", "seed", (json_int_t)data->seed);
  char *text = json ? rn_json_text(json) : NULL;
  json_decref(json);
  return text;
}

static rn_status check(rn_context *ctx, const rn_tagger_model *net, const rn_tagger_data *data) {
  if (!data->reverse_complement) return RN_OK;
  if (net->config.input.kind != RN_INPUT_DNA)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "only DNA has another strand to be read on, not %s",
                           rn_input_kind_name(net->config.input.kind));
  if (net->labels.chunks) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "labels that are chunks are not read on the other strand");
  return RN_OK;
}

rn_status rn_tagger_task_new(rn_context *ctx, rn_model *model, const rn_tagger_data *data, rn_task **out) {
  *out = NULL;
  const rn_tagger_model *net = rn_tagger_of(ctx, model);
  if (!net) return RN_ERROR_ARGUMENT;
  rn_status status = check(ctx, net, data);
  if (status == RN_OK) status = rn_params_make_trainable(model->params);
  if (status != RN_OK) return status;
  tagger_task *t = rn_alloc_zero(1, sizeof *t);
  if (!t) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the task");
  *t = (tagger_task){.ctx = ctx, .net = net, .data = *data};
  static const char *const units[] = {
      [RN_INPUT_WORDS] = "tok", [RN_INPUT_SERIES] = "step", [RN_INPUT_DNA] = "base", [RN_INPUT_FRAMES] = "frame"};
  t->task = (rn_task){.name = "tagger",
                      .self = t,
                      .model = model,
                      .unit = units[net->config.input.kind],
                      .metric = net->labels.chunks ? "F1" : "accuracy",
                      .metric_is_share = true,
                      .step = step};
  status = prepare_train(t);
  if (status == RN_OK) status = prepare_valid(t);
  if (status == RN_OK && !(t->config = config_of(data))) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the task");
  if (status != RN_OK) {
    rn_tagger_task_free(&t->task);
    return status;
  }
  t->task.steps_per_epoch = rn_shuffle_count(&t->shuffle);
  *out = &t->task;
  return RN_OK;
}
