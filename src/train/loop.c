/* loop.c: the one training loop.
 *
 * Everything it does is a function of (options, step), so that a run which is killed and goes on from its last checkpoint ends with
 * the same bits as one that was never stopped. What a step leaves behind is in rn_train_progress, the parameters, the optimiser and
 * the task's carried states, and those are what a checkpoint holds. Clocks decide nothing but when `max_seconds` are over. */
#include "base/alloc.h"
#include "base/file.h"
#include "io/checkpoint.h"
#include "train/model_card.h"
#include "train/optimizer.h"
#include "train/train_config.h"
#include "train/train_record.h"
#include "train/train_state.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

rn_train_options rn_train_options_default(void) {
  return (rn_train_options){.optimizer = rn_optimizer_options_default(RN_ADAM), .schedule = RN_SCHEDULE_CONSTANT, .decay = 0.5f,
                            .decay_after = 4, .epochs = 10, .log_every = 100, .seed = 42};
}

typedef struct loop {
  rn_context *ctx;
  const rn_task *task;
  const rn_train_options *options;
  rn_train_fn observe;
  void *user;

  rn_run_folder run;
  json_t *config;
  rn_optimizer *optimizer;
  rn_graph *graph;
  rn_schedule schedule;
  int64_t total_steps, epochs;
  float *best; /* the best parameters where there is no folder to keep them in; NULL: those at the end are */

  rn_train_progress progress;
  int64_t saved;                  /* the step of the last checkpoint; -1: none */
  int64_t first_step;             /* of this session, and when it began, in seconds of rn_now: */
  double started, seconds_before; /* seconds_before: of earlier sessions */
  double window_started;          /* since the last record, for the speed: */
  int64_t window_tokens;
  double lr, grad_norm;           /* of the last step */
  rn_status trace_status;
} loop;

#define TRY(call)                          \
  do {                                     \
    rn_status try_status = (call);         \
    if (try_status != RN_OK) return try_status; \
  } while (0)

static double seconds(const loop *l) { return l->seconds_before + rn_now() - l->started; }

/* ---- what the observer and the records see ---- */

/* Since the last record, or of it when nothing came after. */
static double loss_now(const rn_train_progress *p) { return p->n_tokens > 0 ? p->nats / (double)p->n_tokens : p->loss; }

static rn_train_event event_make(const loop *l, rn_train_event_kind kind) {
  const rn_train_progress *p = &l->progress;
  int64_t per_epoch = l->task->steps_per_epoch, done = p->step - l->first_step;
  double now = rn_now(), window = now - l->window_started;
  double left = done > 0 ? (now - l->started) / (double)done * (double)(l->total_steps - p->step) : NAN;
  if (l->options->max_seconds > 0) left = fmax(0, fmin(left, l->options->max_seconds - seconds(l)));
  return (rn_train_event){.kind = kind, .step = p->step, .total_steps = l->total_steps, .epoch = (p->step + per_epoch - 1) / per_epoch,
                          .epochs = l->epochs, .loss = p->step > 0 ? loss_now(p) : NAN,
                          .best = p->best_step >= 0 ? p->best : NAN, .metric = l->task->metric,
                          .metric_is_share = l->task->metric_is_share, .lr = l->lr, .grad_norm = l->grad_norm,
                          .tokens_per_second = window > 0 ? (double)l->window_tokens / window : 0, .seconds = seconds(l),
                          .seconds_left = left};
}

static void emit(const loop *l, const rn_train_event *event) {
  if (l->observe) l->observe(l->user, event);
}

static void emit_text(const loop *l, rn_train_event_kind kind, const char *text) {
  rn_train_event event = event_make(l, kind);
  event.text = text;
  emit(l, &event);
}

static void checkpoint_name(const loop *l, int64_t step, char *out, size_t size) {
  snprintf(out, size, "%s/step-%010lld", l->run.checkpoints, (long long)step);
}

/* ---- when it goes wrong ---- */

/* The parameter whose values are largest, by root mean square: where an explosion shows first. */
static const rn_param *largest_param(const loop *l, double *rms) {
  const rn_params *params = rn_model_params(l->task->model);
  const rn_param *largest = NULL;
  *rms = -1;
  for (int64_t i = 0; i < rn_params_count(params); i++) {
    const rn_param *p = rn_params_at(params, i);
    int64_t n = rn_tensor_size(&p->tensor);
    double own = n > 0 ? sqrt(l->ctx->backend->sum_squares(l->ctx->pool, n, p->tensor.data) / (double)n) : 0;
    if (!(own <= *rms)) { /* also when it is not a number */
      *rms = own;
      largest = p;
    }
  }
  return largest;
}

/* The post-mortem. The parameters of the last step stay unsaved: nobody knows when they began to go wrong. */
static rn_status diverged(loop *l, const char *what) {
  char checkpoint[1024] = "there is none yet", why[1024];
  snprintf(why, sizeof why, "%s", what); /* `what` may be the context's own words, which are cleared now */
  rn_context_clear(l->ctx);
  if (l->run.path && l->saved >= 0) checkpoint_name(l, l->saved, checkpoint, sizeof checkpoint);
  double rms;
  const rn_param *largest = largest_param(l, &rms);
  const rn_train_progress *p = &l->progress;
  rn_context_fail(l->ctx, RN_ERROR_DIVERGED,
                  "training diverged at step %lld (epoch %lld): %s. Before it the loss was %.4g, the gradient norm %.4g, the learning rate "
                  "%.3g; the largest weights are those of '%s' (root mean square %.3g). Last good checkpoint: %s. Try a lower learning "
                  "rate%s",
                  (long long)p->step + 1, (long long)(p->step / l->task->steps_per_epoch) + 1, why,
                  loss_now(p), l->grad_norm, l->lr, largest ? largest->name : "", rms, checkpoint,
                  l->options->optimizer.clip_norm > 0 ? ", a smaller clip, or a warm-up" : ", or clip the gradient norm (at 1 or 5)");
  rn_train_record_text(&l->run, "diverged", p->step + 1, rn_context_error(l->ctx));
  return RN_ERROR_DIVERGED;
}

/* ---- one step ---- */

static void trace(void *user, int layer, bool reverse, int64_t n_steps, const double *norm) {
  loop *l = user;
  if (l->trace_status == RN_OK) l->trace_status = rn_train_record_trace(&l->run, l->progress.step + 1, layer, reverse, n_steps, norm);
}

static bool every(int64_t step, int64_t n) { return n > 0 && step % n == 0; }

static rn_status record_step(loop *l) {
  rn_train_progress *p = &l->progress;
  rn_train_event event = event_make(l, RN_EVENT_STEP);
  event.record = every(p->step, l->options->log_every);
  if (event.record) {
    TRY(rn_train_record_step(&l->run, &event));
    p->loss = event.loss;
    p->nats = 0;
    p->n_tokens = 0;
    l->window_started = rn_now();
    l->window_tokens = 0;
  }
  emit(l, &event);
  return RN_OK;
}

static rn_status train_step(loop *l) {
  const rn_task *task = l->task;
  rn_train_progress *p = &l->progress;
  rn_step out = {0};
  double lr = rn_schedule_rate(&l->schedule, p->step, p->plateaus), norm;

  rn_params_zero_grad(rn_model_params(task->model));
  rn_graph_begin(l->graph, RN_TRAIN, l->options->seed, (uint64_t)p->step);
  rn_graph_trace(l->graph, every(p->step, l->options->trace_every) ? trace : NULL, l);
  task->step(task->self, l->graph, p->step / task->steps_per_epoch, p->step % task->steps_per_epoch, &out);
  TRY(rn_graph_status(l->graph));
  if (!isfinite(out.loss->data[0])) return diverged(l, "the loss is not finite");
  TRY(rn_graph_backward(l->graph, out.loss));
  TRY(l->trace_status);
  rn_status status = rn_optimizer_step(l->optimizer, (float)lr, &norm);
  if (status == RN_ERROR_DIVERGED) return diverged(l, rn_context_error(l->ctx));
  TRY(status);
  if (task->after) task->after(task->self, l->graph);
  TRY(rn_context_status(l->ctx));

  l->lr = lr;
  l->grad_norm = norm;
  l->window_tokens += out.n_tokens;
  p->nats += out.nats;
  p->n_tokens += out.n_tokens;
  p->step++;
  return record_step(l);
}

/* ---- validation, and the best model ---- */

static rn_status best_keep(loop *l) {
  rn_params *params = rn_model_params(l->task->model);
  if (!l->run.path) {
    if (l->best) memcpy(l->best, rn_params_values(params), (size_t)rn_params_size(params) * sizeof(float));
    return RN_OK;
  }
  TRY(rn_train_describe(l->ctx, l->task, l->config, &l->progress));
  TRY(rn_model_save(l->ctx, l->task->model, l->run.model));
  l->progress.seconds = seconds(l);
  return rn_model_card_write(&l->run, l->task, l->options, &l->progress);
}

static rn_status best_load(loop *l) {
  rn_params *params = rn_model_params(l->task->model);
  if (l->run.path) return rn_train_params_load(l->ctx, params, l->run.model);
  if (l->best) memcpy(rn_params_values(params), l->best, (size_t)rn_params_size(params) * sizeof(float));
  return RN_OK;
}

/* A share of few examples is often the same twice: then the loss, which is finer, decides. */
static bool is_better(const rn_score *score, const rn_train_progress *p) {
  return p->best_step < 0 || score->value < p->best || (score->value == p->best && score->nats < p->best_nats);
}

static rn_status score_take(loop *l, const rn_score *score) {
  rn_train_progress *p = &l->progress;
  bool improved = !l->task->validate || is_better(score, p);
  p->validated = p->step;
  p->bad = improved ? 0 : p->bad + 1;
  p->plateaus += !improved;
  if (improved) {
    p->best = score->value;
    p->best_nats = score->nats;
    p->best_step = p->step;
    TRY(best_keep(l));
  }
  if (!l->task->validate) return RN_OK;
  rn_train_event event = event_make(l, RN_EVENT_VALIDATED);
  event.loss = score->value;
  event.improved = improved;
  TRY(rn_train_record_valid(&l->run, &event, score));
  emit(l, &event);
  return RN_OK;
}

static rn_status sample_show(loop *l) {
  if (!l->task->sample) return RN_OK;
  const char *text = l->task->sample(l->task->self, l->graph);
  TRY(rn_context_status(l->ctx));
  if (!text) return RN_OK;
  TRY(rn_train_record_text(&l->run, "sample", l->progress.step, text));
  emit_text(l, RN_EVENT_SAMPLE, text);
  return RN_OK;
}

/* With the average of the parameters in their place, where there is one. A task without validation keeps its newest model. */
static rn_status validate_averaged(loop *l) {
  const rn_task *task = l->task;
  rn_train_progress *p = &l->progress;
  rn_score score = {.value = loss_now(p)};
  if (task->validate) {
    TRY(task->validate(task->self, l->graph, &score));
    if (!isfinite(score.value)) return diverged(l, "the validation is not finite");
  }
  TRY(score_take(l, &score));
  return sample_show(l);
}

static rn_status validate(loop *l) {
  rn_optimizer_swap_average(l->optimizer);
  rn_status status = validate_averaged(l);
  rn_optimizer_swap_average(l->optimizer);
  return status;
}

/* ---- checkpoints ---- */

/* again: also when there is one of this step. */
static rn_status checkpoint_save(loop *l, bool again) {
  if (!l->run.path || (l->saved == l->progress.step && !again)) return RN_OK;
  l->progress.seconds = seconds(l);
  TRY(rn_train_state_save(l->ctx, l->task, l->optimizer, &l->progress, l->config, l->run.checkpoints));
  l->saved = l->progress.step;
  char path[1024];
  checkpoint_name(l, l->saved, path, sizeof path);
  emit_text(l, RN_EVENT_SAVED, path);
  return RN_OK;
}

/* Where nothing can be written, what was written before stands. */
static rn_status add_last_checkpoint(loop *l) {
  char checkpoint[1024] = "none yet", why[1024];
  snprintf(why, sizeof why, "%s", rn_context_error(l->ctx));
  rn_context_clear(l->ctx);
  if (l->saved >= 0) checkpoint_name(l, l->saved, checkpoint, sizeof checkpoint);
  return rn_context_fail(l->ctx, RN_ERROR_IO, "%s. Last good checkpoint: %s. Once that is mended, the run can be resumed", why, checkpoint);
}

static rn_status resume_from(loop *l, const char *path, int skipped, const char *why) {
  TRY(rn_train_state_load(l->ctx, l->task, l->optimizer, &l->progress, l->config, path));
  l->saved = l->first_step = l->progress.step;
  l->seconds_before = l->progress.seconds;
  if (skipped > 0) rn_context_log(l->ctx, RN_LOG_WARNING, "%d newer than %s did not verify: %s", skipped, path, why);
  emit_text(l, RN_EVENT_RESUMED, path);
  return RN_OK;
}

/* Without any checkpoint a run was stopped before its first, and begins again. With none but damaged ones, to begin again would write over
 * the model they led to. */
static rn_status resume_from_nothing(loop *l, int skipped, const char *why) {
  if (skipped > 0)
    return rn_context_fail(l->ctx, RN_ERROR_DATA, "cannot resume '%s': none of its %d checkpoints verifies: %s; to train it anew, --force",
                           l->run.path, skipped, why);
  rn_context_log(l->ctx, RN_LOG_INFO, "no checkpoint in '%s' yet: from the beginning", l->run.path);
  return RN_OK;
}

static rn_status resume(loop *l) {
  if (!l->run.path || !l->options->resume) return RN_OK;
  char *path = NULL, *why = NULL;
  int64_t step;
  int skipped = 0;
  TRY(rn_checkpoint_newest(l->run.checkpoints, &path, &step, &skipped, &why, &l->ctx->error));
  rn_status status = path ? resume_from(l, path, skipped, why) : resume_from_nothing(l, skipped, why);
  rn_free(path);
  rn_free(why);
  return status;
}

/* ---- from beginning to end ---- */

static rn_status options_check(rn_context *ctx, const rn_task *task, const rn_train_options *o) {
  if (task->steps_per_epoch < 1) return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "training: the task has no steps");
  if (o->epochs < 1 && o->max_steps < 1 && !(o->max_seconds > 0))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "training: neither epochs nor steps nor seconds to train");
  if (!(o->decay > 0 && o->decay <= 1))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "training: decay is %g; it must be above 0 and at most 1", (double)o->decay);
  if (o->epochs < 0 || o->max_steps < 0 || o->warmup < 0 || o->decay_after < 0 || o->patience < 0 || o->validate_every < 0 ||
      o->save_every < 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "training: a number of steps or epochs is negative");
  return RN_OK;
}

static void plan(loop *l) {
  const rn_train_options *o = l->options;
  int64_t per_epoch = l->task->steps_per_epoch, total = INT64_MAX;
  if (o->epochs > 0 && o->epochs < INT64_MAX / per_epoch) total = o->epochs * per_epoch;
  if (o->max_steps > 0 && o->max_steps < total) total = o->max_steps;
  l->total_steps = total;
  l->epochs = o->epochs > 0 ? o->epochs : (total - 1) / per_epoch + 1;
  l->schedule = (rn_schedule){.kind = o->schedule, .lr = rn_train_lr(o), .decay = o->decay, .decay_after = o->decay_after,
                              .warmup = o->warmup, .total_steps = total, .steps_per_epoch = per_epoch};
}

static rn_status prepare(loop *l) {
  rn_params *params = rn_model_params(l->task->model);
  TRY(options_check(l->ctx, l->task, l->options));
  plan(l);
  TRY(rn_run_folder_open(&l->run, l->ctx, l->options));
  if (!(l->config = rn_train_config(l->ctx, l->task, l->options))) return rn_context_status(l->ctx);
  TRY(rn_optimizer_new(l->ctx, params, &l->options->optimizer, &l->optimizer));
  bool keeps = !l->run.path && (l->task->validate || l->options->optimizer.average > 0);
  if (keeps) l->best = rn_alloc((size_t)rn_params_size(params) * sizeof(float));
  l->graph = rn_graph_new(l->ctx);
  if (!l->graph || (keeps && !l->best)) return rn_context_fail(l->ctx, RN_ERROR_MEMORY, "training: out of memory");
  emit_text(l, RN_EVENT_START, NULL);
  TRY(resume(l));
  return rn_run_folder_begin(&l->run, l->options, l->progress.step, l->progress.validated);
}

static const char *why_stop(const loop *l) {
  const rn_train_options *o = l->options;
  if (l->progress.step >= l->total_steps) return o->max_steps > 0 && o->max_steps == l->total_steps ? "steps" : "epochs done";
  if (o->patience > 0 && l->progress.bad >= o->patience) return "patience";
  if (o->max_seconds > 0 && seconds(l) >= o->max_seconds) return "time";
  return NULL;
}

/* Asked to stop: the state of this step is saved, and a first model where there is none yet. */
static rn_status stop(loop *l) {
  TRY(checkpoint_save(l, false));
  if (l->progress.best_step < 0) {
    rn_optimizer_swap_average(l->optimizer);
    rn_status status = best_keep(l);
    rn_optimizer_swap_average(l->optimizer);
    TRY(status);
  }
  emit_text(l, RN_EVENT_STOPPED, "stopped");
  return rn_context_fail(l->ctx, RN_ERROR_STOPPED, "training stopped after step %lld%s%s", (long long)l->progress.step,
                         l->run.path ? "; saved in " : "", l->run.path ? l->run.path : "");
}

static rn_status train(loop *l, const char **why) {
  const rn_train_options *o = l->options;
  int64_t validate_every = o->validate_every > 0 ? o->validate_every : l->task->steps_per_epoch;
  for (;;) {
    rn_train_progress *p = &l->progress;
    *why = why_stop(l);
    /* First of all: a validation may take long, and is made up for by the run that goes on. */
    if (rn_context_stopping(l->ctx)) return stop(l);
    bool due = p->step > 0 && p->validated != p->step && (*why || every(p->step, validate_every));
    rn_status validated = due ? validate(l) : RN_OK;
    if (validated == RN_ERROR_STOPPED) { /* in the middle of it: made up for as well */
      rn_context_clear(l->ctx);
      return stop(l);
    }
    TRY(validated);
    if (!*why) *why = why_stop(l);
    /* After a validation, again: a checkpoint of this step, written when it was stopped, does not know what this validation gave. */
    if (due || *why || (p->step > 0 && every(p->step, o->save_every))) TRY(checkpoint_save(l, due));
    if (*why) return RN_OK;
    TRY(train_step(l));
  }
}

static rn_status finish(loop *l, const char *why, rn_train_result *result) {
  bool nothing_to_do = l->progress.step == l->first_step;
  l->progress.seconds = seconds(l);
  TRY(best_load(l));
  if (!nothing_to_do) TRY(rn_model_card_write(&l->run, l->task, l->options, &l->progress));
  rn_train_event event = event_make(l, RN_EVENT_DONE);
  event.loss = l->progress.best;
  event.text = nothing_to_do ? "already finished" : why;
  emit(l, &event);
  *result = (rn_train_result){.best = l->progress.best, .best_step = l->progress.best_step, .steps = l->progress.step,
                              .seconds = l->progress.seconds, .why = why};
  return RN_OK;
}

rn_status rn_train(rn_context *ctx, const rn_task *task, const rn_train_options *options, rn_train_fn observe, void *user,
                   rn_train_result *result) {
  loop l = {.ctx = ctx, .task = task, .options = options, .observe = observe, .user = user, .saved = -1,
            .progress = {.validated = -1, .best_step = -1, .best = NAN}, .lr = NAN, .grad_norm = NAN};
  rn_train_result unused;
  const char *why = NULL;
  rn_context_clear(ctx); /* an error of before would look like one of ours */
  l.started = l.window_started = rn_now();
  rn_status status = prepare(&l);
  l.started = l.window_started = rn_now();
  if (status == RN_OK) status = train(&l, &why);
  if (status == RN_OK) status = finish(&l, why, result ? result : &unused);
  if (status == RN_ERROR_IO && l.run.path && l.graph) status = add_last_checkpoint(&l);
  rn_graph_free(l.graph);
  rn_optimizer_free(l.optimizer);
  rn_free(l.best);
  json_decref(l.config);
  rn_run_folder_close(&l.run);
  return status;
}
