/* adding.c: the adding problem, as the training loop sees it. */
#include "base/alloc.h"
#include "base/random.h"
#include "base/text_buffer.h"
#include "models/model_regressor.h"
#include <rondo/adding.h>
#include <stdio.h>

#define MAX_FLOATS ((int64_t)1 << 31) /* of a batch */
#define SHOWN 3                       /* sums in a sample */

typedef struct adding_task {
  rn_task task; /* first: the task is freed by its own address */
  rn_context *ctx;
  rn_adding_options options;
  float *x, *target; /* [batch * length, 2], [batch] */
  int64_t *offset;   /* [batch + 1] */
  rn_text sample, config;
} adding_task;

rn_adding_options rn_adding_options_default(rn_cell cell) {
  rn_adding_options o = {
      .stack = rn_stack_options_default(), .length = 200, .batch = 50, .steps_per_epoch = 500, .n_valid = 1000, .seed = 42};
  o.stack.cell = cell;
  o.stack.n_layers = 1;
  o.stack.n_hidden = 128;
  return o;
}

float rn_adding_draw(uint64_t seed, bool valid, int64_t i, int64_t length, float *x) {
  /* A stream holds 2^66 numbers: sequence i owns those from i 2^32 on. */
  rn_random r = rn_random_init(seed, rn_random_stream(valid ? "adding valid" : "adding train"));
  r.position = (uint64_t)i << 32;
  uint64_t half = (uint64_t)length / 2;
  int64_t first = (int64_t)rn_random_below(&r, half), second = (int64_t)(half + rn_random_below(&r, (uint64_t)length - half));
  for (int64_t t = 0; t < length; t++) {
    x[2 * t] = rn_random_uniform(&r);
    x[2 * t + 1] = t == first || t == second;
  }
  return x[2 * first] + x[2 * second];
}

/* Sequences first .. first + n - 1 through the model: the answers [n, 1]. */
static rn_tensor *answers(adding_task *t, rn_graph *g, bool valid, int64_t first, int64_t n) {
  int64_t length = t->options.length;
  for (int64_t i = 0; i < n; i++) {
    t->target[i] = rn_adding_draw(t->options.seed, valid, first + i, length, t->x + 2 * length * i);
    t->offset[i + 1] = length * (i + 1);
  }
  rn_ragged seqs = {n, t->offset};
  return rn_regressor_apply(t->task.model, g, rn_constant(g, t->x, 2, (int64_t[]){n * length, 2}, &seqs));
}

static void step(void *self, rn_graph *g, int64_t epoch, int64_t i, rn_step *out) {
  adding_task *t = self;
  int64_t n = t->options.batch;
  rn_tensor *y = answers(t, g, false, (epoch * t->options.steps_per_epoch + i) * n, n);
  out->loss = rn_mean_squared_error(g, y, rn_constant(g, t->target, 2, (int64_t[]){n, 1}, NULL));
  out->n_tokens = n;
  out->nats = rn_graph_status(g) == RN_OK ? out->loss->data[0] * (double)n : 0;
}

static rn_status validate(void *self, rn_graph *g, rn_score *out) {
  adding_task *t = self;
  double sum = 0;
  int64_t total = t->options.n_valid;
  for (int64_t first = 0; first < total; first += t->options.batch) {
    int64_t n = total - first < t->options.batch ? total - first : t->options.batch;
    rn_graph_begin(g, RN_INFER, 0, 0);
    const rn_tensor *y = answers(t, g, true, first, n);
    if (rn_graph_status(g) != RN_OK) return rn_graph_status(g);
    if (rn_context_stopping(t->ctx)) return rn_context_fail(t->ctx, RN_ERROR_STOPPED, "stopped");
    for (int64_t i = 0; i < n; i++) sum += ((double)y->data[i] - t->target[i]) * ((double)y->data[i] - t->target[i]);
  }
  *out = (rn_score){.value = sum / (double)total, .nats = sum / (double)total, .n = total};
  return RN_OK;
}

/* The first held-out sums. */
static const char *sample(void *self, rn_graph *g) {
  adding_task *t = self;
  int64_t n = t->options.batch < SHOWN ? t->options.batch : SHOWN;
  rn_graph_begin(g, RN_INFER, 0, 0);
  const rn_tensor *y = answers(t, g, true, 0, n);
  if (rn_graph_status(g) != RN_OK) return NULL;
  rn_text_clear(&t->sample);
  for (int64_t i = 0; i < n; i++) {
    const char *plus = "";
    for (int64_t r = t->offset[i]; r < t->offset[i + 1]; r++) {
      if (t->x[2 * r + 1] == 0) continue;
      rn_text_printf(&t->sample, "%s%.3f", plus, (double)t->x[2 * r]);
      plus = " + ";
    }
    rn_text_printf(&t->sample, " = %.3f, the model says %.3f\n", (double)t->target[i], (double)y->data[i]);
  }
  return t->sample.failed ? NULL : t->sample.data;
}

void rn_adding_task_free(rn_task *task) {
  if (!task) return;
  adding_task *t = task->self;
  rn_model_free(t->task.model);
  rn_free(t->x);
  rn_free(t->target);
  rn_free(t->offset);
  rn_text_free(&t->sample);
  rn_text_free(&t->config);
  rn_free(t);
}

static rn_status check(rn_context *ctx, const rn_adding_options *o) {
  if (o->length < 2)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "a length of %lld: the adding problem needs 2 or more", (long long)o->length);
  if (o->batch < 1 || o->steps_per_epoch < 1 || o->n_valid < 1)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "the batch, the steps of an epoch and the held-out sequences must be 1 or more");
  if (o->length > MAX_FLOATS / 2 / o->batch)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%lld sequences of %lld steps are too much for one batch", (long long)o->batch,
                           (long long)o->length);
  return RN_OK;
}

rn_status rn_adding_task_new(rn_context *ctx, const rn_adding_options *options, rn_task **out) {
  *out = NULL;
  rn_status status = check(ctx, options);
  if (status != RN_OK) return status;
  int64_t n = options->batch;
  adding_task *t = rn_alloc_zero(1, sizeof *t);
  if (!t) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the task");
  *t = (adding_task){.ctx = ctx, .options = *options};
  t->task = (rn_task){.name = "adding", .self = t, .unit = "seq", .steps_per_epoch = options->steps_per_epoch,
                      .step = step, .validate = validate, .sample = sample};
  t->x = rn_alloc_aligned((size_t)(2 * n * options->length) * sizeof(float));
  t->target = rn_alloc((size_t)n * sizeof(float));
  t->offset = rn_alloc_zero((size_t)n + 1, sizeof *t->offset);
  rn_text_printf(&t->config, "{\"length\": %lld, \"batch\": %lld, \"n_valid\": %lld, \"seed\": %llu}", (long long)options->length,
                 (long long)n, (long long)options->n_valid, (unsigned long long)options->seed);
  t->task.config = t->config.data;
  if (!t->x || !t->target || !t->offset || t->config.failed) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the task");
  if (status == RN_OK) status = rn_regressor_new(ctx, &options->stack, 2, 1, options->seed, &t->task.model);
  if (status != RN_OK) {
    rn_adding_task_free(&t->task);
    return status;
  }
  *out = &t->task;
  return RN_OK;
}
