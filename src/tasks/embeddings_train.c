/* embeddings_train.c: a run that learns word vectors: what it is asked to do, its folder, its records, stopping and going on.
 *
 * What is learned in a step is a function of (text, options, step) and of the tables alone, and the model file holds the tables: so it is
 * also the checkpoint. */
#include "base/alloc.h"
#include "base/file.h"
#include "kernels/backend.h"
#include "tasks/embeddings_learner.h"
#include "train/model_card.h"
#include "train/train_config.h"
#include "train/train_record.h"
#include <math.h>
#include <string.h>

#define TRY(call)                               \
  do {                                          \
    rn_status try_status = (call);              \
    if (try_status != RN_OK) return try_status; \
  } while (0)

static const char *const kind_names[] = {[RN_SKIPGRAM] = "skipgram", [RN_CBOW] = "cbow", [RN_GLOVE] = "glove"};
enum { N_KINDS = sizeof kind_names / sizeof *kind_names };

const char *rn_embeddings_kind_name(rn_embeddings_kind kind) { return kind_names[kind]; }

bool rn_embeddings_kind_parse(const char *name, rn_embeddings_kind *out) {
  for (int i = 0; i < N_KINDS; i++)
    if (strcmp(name, kind_names[i]) == 0) return *out = (rn_embeddings_kind)i, true;
  return false;
}

rn_embeddings_options rn_embeddings_options_default(rn_embeddings_kind kind) {
  bool glove = kind == RN_GLOVE;
  return (rn_embeddings_options){.kind = kind, .dim = 100, .window = glove ? 15 : 5, .negatives = 5, .sample = 1e-3,
                                 .epochs = glove ? 25 : 5, .lr = kind == RN_SKIPGRAM ? 0.025 : 0.05, .buckets = 2000000, .x_max = 100,
                                 .alpha = 0.75, .seed = 42, .min_count = 5, .phrase_threshold = 100, .memory = (int64_t)2 << 30};
}

/* Every number, before anything of its size is allocated. */
static rn_status check(rn_context *ctx, const rn_embeddings_options *o) {
  bool glove = o->kind == RN_GLOVE;
  const char *wrong = o->dim < 1 || o->dim > RN_MAX_DIM                              ? "dim is to be 1 to 8192"
                      : o->window < 1 || o->window > RN_MAX_WINDOW                   ? "window is to be 1 to 256"
                      : o->negatives < 1 || o->negatives > 1024                      ? "negatives are to be 1 to 1024"
                      : !(o->sample >= 0 && o->sample < 1)                           ? "sample is to be at least 0 and below 1"
                      : o->epochs < 1 || o->epochs > 1 << 20                         ? "epochs are to be 1 to 1048576"
                      : !(o->lr > 0 && o->lr <= 100)                                 ? "lr is to be above 0 and at most 100"
                      : o->min_subword < 0 || o->max_subword < o->min_subword        ? "subwords are to be given as 3-6"
                      : o->max_subword > 0 && (o->min_subword < 1 || o->buckets < 1) ? "subwords need a shortest length and buckets"
                      : o->buckets > INT32_MAX / 2                                   ? "buckets are to be at most 1073741823"
                      : glove && o->max_subword > 0                                  ? "glove has no subwords"
                      : glove && o->hierarchical                                     ? "glove has a loss of its own"
                      : !(o->x_max > 0) || !(o->alpha >= 0)                          ? "x_max is to be above 0 and alpha at least 0"
                      : o->min_count < 1 || o->max_vocab < 0 || o->phrases < 0 || o->phrases > 16 || o->memory < 0
                          ? "min_count is to be at least 1, phrases at most 16, max_vocab and memory at least 0"
                          : NULL;
  return wrong ? rn_context_fail(ctx, RN_ERROR_ARGUMENT, "word vectors: %s", wrong) : RN_OK;
}

/* ---- the text ---- */

rn_status rn_embeddings_text_open(rn_context *ctx, const char *path, const rn_embeddings_options *o, rn_embeddings_text **out) {
  *out = NULL;
  TRY(check(ctx, o));
  rn_embeddings_text *text = rn_alloc_zero(1, sizeof *text);
  if (!text) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for the text");
  rn_word_ids_options how = {.min_count = o->min_count, .max_vocab = o->max_vocab, .phrases = (int)o->phrases,
                             .phrase_threshold = o->phrase_threshold, .memory = o->memory, .folder = o->temporary};
  rn_status status = rn_word_ids_open(ctx, path, &how, &text->ids);
  if (status == RN_OK) *out = text;
  else rn_free(text);
  return status;
}

void rn_embeddings_text_free(rn_embeddings_text *text) {
  if (text) rn_word_ids_free(&text->ids);
  rn_free(text);
}

rn_embeddings_text_info rn_embeddings_text_describe(const rn_embeddings_text *text) {
  const rn_word_ids *t = &text->ids;
  return (rn_embeddings_text_info){t->n_types, t->n_tokens, rn_vocab_size(t->vocab), t->n_words, t->n_phrases, t->n_bytes, t->hash};
}

/* ---- the run ---- */

typedef struct run {
  rn_context *ctx;
  const rn_embeddings_text *text;
  const rn_embeddings_options *options;
  const rn_train_options *how;
  rn_train_fn observe;
  void *user;
  rn_embeddings_learner learner;
  rn_run_folder folder;
  rn_model *model;
  json_t *config; /* what a resumed run must share */
  rn_train_progress progress; /* step, loss, nats, n_tokens, seconds */
  int64_t total, first_step;
  double started, seconds_before, window_started;
  int64_t window_steps;
} run;

static double seconds(const run *r) { return r->seconds_before + rn_now() - r->started; }

static rn_train_event event_make(const run *r, rn_train_event_kind kind) {
  const rn_train_progress *p = &r->progress;
  int64_t per_epoch = r->learner.steps_per_epoch, done = p->step - r->first_step;
  double now = rn_now(), window = now - r->window_started;
  double left = done > 0 ? (now - r->started) / (double)done * (double)(r->total - p->step) : NAN;
  return (rn_train_event){.kind = kind, .step = p->step, .total_steps = r->total, .epoch = (p->step + per_epoch - 1) / per_epoch,
                          .epochs = r->options->epochs, .loss = p->n_tokens > 0 ? p->nats / (double)p->n_tokens : p->loss, .best = NAN,
                          .lr = r->learner.rate(r->learner.self, p->step), .grad_norm = NAN,
                          .tokens_per_second = window > 0 ? (double)r->window_steps * r->learner.tokens_per_step / window : 0,
                          .seconds = seconds(r), .seconds_left = left};
}

static void emit(const run *r, const rn_train_event *event) {
  if (r->observe) r->observe(r->user, event);
}

static void emit_text(const run *r, rn_train_event_kind kind, const char *text) {
  rn_train_event event = event_make(r, kind);
  event.text = text;
  emit(r, &event);
}

static json_t *config_make(const run *r) {
  const rn_embeddings_options *o = r->options;
  char hash[24];
  snprintf(hash, sizeof hash, "%016llx", (unsigned long long)r->text->ids.hash);
  return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:f, s:I, s:f, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:I, s:I, s:I, s:I}", "model",
                   rn_embeddings_kind_name(o->kind), "loss", r->learner.config.loss, "text", hash, "dim", (json_int_t)o->dim, "window",
                   (json_int_t)o->window, "negatives", (json_int_t)o->negatives, "sample", o->sample, "epochs", (json_int_t)o->epochs,
                   "lr", o->lr, "subword_min", (json_int_t)o->min_subword, "subword_max", (json_int_t)o->max_subword, "buckets",
                   (json_int_t)r->learner.config.buckets, "phrases", (json_int_t)o->phrases, "phrase_threshold", o->phrase_threshold,
                   "x_max", o->x_max, "alpha", o->alpha, "min_count", (json_int_t)o->min_count, "max_vocab", (json_int_t)o->max_vocab,
                   "seed", (json_int_t)o->seed, "n_words", (json_int_t)rn_vocab_size(r->text->ids.vocab));
}

/* ---- saving, and going on ---- */

static rn_status describe(run *r) {
  json_t *about = json_pack("{s:O, s:I, s:I, s:f}", "run", r->config, "step", (json_int_t)r->progress.step, "steps", (json_int_t)r->total,
                            "loss", isfinite(r->progress.loss) ? r->progress.loss : 0.0);
  char *text = about ? rn_json_text(about) : NULL;
  json_decref(about);
  rn_status status = text ? rn_model_set_training(r->model, text) : RN_ERROR_MEMORY;
  rn_free(text);
  return status == RN_OK ? RN_OK : rn_context_fail(r->ctx, status, "out of memory for the model's description");
}

static rn_status save(run *r) {
  if (!r->folder.path) return RN_OK;
  rn_train_progress *p = &r->progress;
  p->seconds = seconds(r);
  p->best = p->loss;
  p->best_step = p->step;
  rn_task task = {.name = "embeddings", .model = r->model, .steps_per_epoch = r->learner.steps_per_epoch};
  TRY(describe(r));
  TRY(r->learner.bind(r->learner.self, r->model));
  rn_status status = rn_model_save(r->ctx, r->model, r->folder.model);
  r->learner.release(r->learner.self);
  if (status == RN_OK) status = rn_model_card_write(&r->folder, &task, r->how, p);
  if (status == RN_OK) emit_text(r, RN_EVENT_SAVED, r->folder.model);
  return status;
}

static rn_status take_state(run *r, const rn_model *model, const char *path) {
  json_t *about = NULL;
  const char *words = rn_model_training(model);
  TRY(rn_json_parse(words, strlen(words), path, &about, &r->ctx->error));
  const json_t *then = json_object_get(about, "run");
  rn_status status = rn_train_config_match(r->ctx, then ? then : about, r->config, r->how->folder);
  int64_t step = rn_json_int(about, "step", -1);
  if (status == RN_OK && (step < 0 || step > r->total || !rn_vocab_equal(model->vocab, r->text->ids.vocab)))
    status = rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: its words or its step are not those of this text", path);
  if (status == RN_OK && step < r->total && !r->learner.restore)
    status = rn_context_fail(r->ctx, RN_ERROR_ARGUMENT, "cannot resume '%s': a file of GloVe vectors does not hold the sums of squares "
                             "that going on takes; start anew (--force)", r->how->folder);
  if (status == RN_OK && r->learner.restore) status = r->learner.restore(r->learner.self, model);
  r->progress.step = r->first_step = step;
  r->progress.loss = rn_json_number(about, "loss", NAN);
  json_decref(about);
  return status;
}

static rn_status resume(run *r) {
  if (!r->folder.path || !r->how->resume) return RN_OK;
  if (!rn_path_exists(r->folder.model)) {
    rn_context_log(r->ctx, RN_LOG_INFO, "nothing learned in '%s' yet: from the beginning", r->folder.path);
    return RN_OK;
  }
  rn_model *model;
  TRY(rn_model_open(r->ctx, r->folder.model, &model));
  rn_status status = rn_embeddings_model_of(r->ctx, model) ? take_state(r, model, r->folder.model) : RN_ERROR_ARGUMENT;
  rn_model_free(model);
  if (status == RN_OK) emit_text(r, RN_EVENT_RESUMED, r->folder.model);
  return status;
}

/* ---- learning ---- */

static rn_status check_finite(run *r) {
  if (!r->model || isfinite(r->progress.nats)) return RN_OK;
  rn_context_fail(r->ctx, RN_ERROR_DIVERGED, "training diverged before step %lld: the loss is not finite. Try a lower learning rate "
                  "than %g%s", (long long)r->progress.step + 1, r->options->lr,
                  r->folder.path ? "; the model of the last whole epoch stays" : "");
  rn_train_record_text(&r->folder, "diverged", r->progress.step + 1, rn_context_error(r->ctx));
  return RN_ERROR_DIVERGED;
}

static rn_status record(run *r, bool whole) {
  rn_train_progress *p = &r->progress;
  rn_train_event event = event_make(r, RN_EVENT_STEP);
  event.record = whole || (r->how->log_every > 0 && r->window_steps >= r->how->log_every);
  if (event.record) {
    TRY(rn_train_record_step(&r->folder, &event));
    p->loss = event.loss;
    p->nats = 0;
    p->n_tokens = 0;
    r->window_steps = 0;
    r->window_started = rn_now();
  }
  emit(r, &event);
  return RN_OK;
}

static bool out_of_time(const run *r) { return r->how->max_seconds > 0 && seconds(r) >= r->how->max_seconds; }

static rn_status learn(run *r, const char **why) {
  rn_train_progress *p = &r->progress;
  const rn_embeddings_learner *l = &r->learner;
  while (p->step < r->total) {
    int64_t epoch = p->step / l->steps_per_epoch, first = p->step % l->steps_per_epoch, n = l->steps_per_epoch - first;
    if (n > l->steps_at_once) n = l->steps_at_once;
    TRY(l->advance(l->self, epoch, first, n, &p->nats, &p->n_tokens));
    TRY(check_finite(r));
    p->step += n;
    r->window_steps += n;
    bool whole = p->step % l->steps_per_epoch == 0, stop = rn_context_stopping(r->ctx) && p->step < r->total;
    TRY(record(r, whole));
    if (whole || stop || out_of_time(r)) TRY(save(r));
    if (stop) {
      emit_text(r, RN_EVENT_STOPPED, "stopped");
      return rn_context_fail(r->ctx, RN_ERROR_STOPPED, "stopped at %.0f%%; what was learned so far is %s%s",
                             100.0 * (double)p->step / (double)r->total, r->folder.path ? "in " : "kept",
                             r->folder.path ? r->folder.model : "");
    }
    if (p->step < r->total && out_of_time(r)) return *why = "time", RN_OK;
  }
  return RN_OK;
}

static rn_status prepare(run *r) {
  const rn_embeddings_options *o = r->options;
  TRY(check(r->ctx, o));
  TRY(rn_run_folder_open(&r->folder, r->ctx, r->how));
  TRY((o->kind == RN_GLOVE ? rn_embeddings_glove_new : rn_embeddings_predict_new)(r->ctx, &r->text->ids, o, &r->learner));
  r->learner.config.kind = rn_embeddings_kind_name(o->kind);
  r->learner.config.dim = o->dim;
  r->total = o->epochs * r->learner.steps_per_epoch;
  r->config = config_make(r);
  json_t *words = rn_vocab_to_json(r->text->ids.vocab);
  rn_vocab *vocab = NULL;
  rn_status status = r->config && words ? rn_vocab_from_json(words, "the text", &vocab, &r->ctx->error)
                                        : rn_context_fail(r->ctx, RN_ERROR_MEMORY, "out of memory for the vocabulary");
  json_decref(words);
  TRY(status);
  TRY(rn_embeddings_model_new(r->ctx, &r->learner.config, vocab, &r->model));
  TRY(resume(r));
  return rn_run_folder_begin(&r->folder, r->how, r->progress.step, r->progress.step);
}

/* Values of the model's own, so that it outlives the learner. */
static rn_status keep(run *r) {
  TRY(r->learner.bind(r->learner.self, r->model));
  for (int64_t i = 0; i < rn_params_count(r->model->params); i++) {
    const rn_tensor *t = &rn_params_at(r->model->params, i)->tensor;
    const float *values = t->data;
    float *own = rn_params_own(r->model->params, i);
    if (!own) return rn_context_fail(r->ctx, RN_ERROR_MEMORY, "out of memory for the model");
    memcpy(own, values, (size_t)rn_tensor_size(t) * sizeof(float));
  }
  r->learner.release(r->learner.self);
  return describe(r);
}

rn_status rn_embeddings_train(rn_context *ctx, const rn_embeddings_text *text, const rn_embeddings_options *options,
                              const rn_train_options *how, rn_train_fn observe, void *user, rn_model **out, rn_train_result *result) {
  static const rn_train_options nothing;
  run r = {.ctx = ctx, .text = text, .options = options, .how = how ? how : &nothing, .observe = observe, .user = user,
           .folder = {.lock = -1}, .progress = {.loss = NAN, .best_step = -1}};
  const char *why = "epochs done";
  rn_status status = prepare(&r);
  if (out) *out = NULL;
  r.started = r.window_started = rn_now();
  if (status == RN_OK) {
    emit_text(&r, RN_EVENT_START, NULL);
    status = learn(&r, &why);
  }
  if (status == RN_OK) emit_text(&r, RN_EVENT_DONE, why);
  if (result) *result = (rn_train_result){r.progress.loss, r.progress.step, r.progress.step, rn_now() - r.started, why};
  if (out && r.model && (status == RN_OK || status == RN_ERROR_STOPPED)) { /* stopped before there was a model: none */
    rn_status kept = keep(&r);
    if (kept == RN_OK) *out = r.model, r.model = NULL;
    else status = kept;
  }
  rn_model_free(r.model);
  if (r.learner.free) r.learner.free(r.learner.self);
  rn_run_folder_close(&r.folder);
  json_decref(r.config);
  return status;
}
