/* tiny_task.h: the smallest task that has everything the loop must look after: a sparse table, dropout, and a state carried from batch
 * to batch. It learns a linear map from embedded symbols:
 *
 *   y = (dropout(embed[id]) + carried) W^T + b,    loss = mean (y - target(id))^2,    carried <- carried / 2 + mean of y / 10
 */
#ifndef RN_TESTS_TINY_TASK_H
#define RN_TESTS_TINY_TASK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/alloc.h"
#include "base/file.h"
#include "base/random.h"
#include "models/architecture.h"
#include "tensor/context.h"
#include <rondo/train.h>

enum { TINY_SYMBOLS = 6, TINY_IN = 4, TINY_OUT = 3, TINY_BATCH = 4, TINY_STEPS_PER_EPOCH = 5 };

typedef struct tiny_layers {
  rn_layer_embedding embed;
  rn_layer_linear out;
} tiny_layers;

static rn_status tiny_init(rn_context *ctx, rn_model *model, const json_t *config) {
  tiny_layers *layers = model->self;
  rn_layer_embedding_init(&layers->embed, model->params, "embed", TINY_SYMBOLS, TINY_IN, (rn_init){RN_INIT_UNIFORM, 0.5f});
  rn_layer_linear_init(&layers->out, model->params, "out", TINY_IN, TINY_OUT, true, (rn_init){RN_INIT_UNIFORM, 0.5f}, NULL);
  return RN_OK;
}

static const char *const tiny_vocab_params[] = {NULL};
static const rn_architecture tiny_architecture = {"tiny", sizeof(tiny_layers), tiny_init, tiny_vocab_params};

typedef struct tiny {
  rn_context *ctx;
  rn_model *model;
  rn_task task;
  float carried[TINY_IN];
  rn_tensor *y;
  int64_t poison_step; /* its loss is not a number; -1: none */
  bool worsens;        /* every validation is worse than the one before */
  bool flat;           /* all have the same value; the loss worsens after the second */
  int64_t n_validated;
} tiny;

static void tiny_batch(uint64_t number, int32_t ids[TINY_BATCH], float target[TINY_BATCH * TINY_OUT]) {
  rn_random r = rn_random_init(7, number);
  for (int i = 0; i < TINY_BATCH; i++) {
    ids[i] = (int32_t)rn_random_below(&r, TINY_SYMBOLS);
    for (int j = 0; j < TINY_OUT; j++) target[i * TINY_OUT + j] = sinf((float)(ids[i] * TINY_OUT + j));
  }
}

static rn_tensor *tiny_loss(tiny *t, rn_graph *g, uint64_t number, bool poison) {
  const tiny_layers *layers = t->model->self;
  int32_t ids[TINY_BATCH];
  float target[TINY_BATCH * TINY_OUT];
  tiny_batch(number, ids, target);
  if (poison) target[0] = NAN;
  /* Constants are used where they lie: these must outlive the pass, so they are copied into it as the rows of a batch. */
  static float kept[TINY_BATCH * TINY_OUT], carried[TINY_IN];
  memcpy(kept, target, sizeof kept);
  memcpy(carried, t->carried, sizeof carried);
  rn_tensor *x = rn_layer_embedding_apply(&layers->embed, g, ids, TINY_BATCH, NULL);
  x = rn_dropout(g, x, 0.2f, RN_DROPOUT_PLAIN);
  x = rn_add(g, x, rn_constant(g, carried, 1, (int64_t[]){TINY_IN}, NULL));
  t->y = rn_layer_linear_apply(&layers->out, g, x, RN_NONE);
  return rn_mean_squared_error(g, t->y, rn_constant(g, kept, 2, (int64_t[]){TINY_BATCH, TINY_OUT}, NULL));
}

static void tiny_step(void *self, rn_graph *g, int64_t epoch, int64_t i, rn_step *out) {
  tiny *t = self;
  int64_t step = epoch * TINY_STEPS_PER_EPOCH + i;
  out->loss = tiny_loss(t, g, (uint64_t)step, step == t->poison_step);
  out->nats = rn_graph_status(g) == RN_OK ? out->loss->data[0] * TINY_BATCH : 0;
  out->n_tokens = TINY_BATCH;
}

static void tiny_after(void *self, rn_graph *g) {
  tiny *t = self;
  for (int j = 0; j < TINY_IN; j++) {
    float mean = 0;
    for (int i = 0; i < TINY_BATCH; i++) mean += t->y->data[i * TINY_OUT + j % TINY_OUT] / TINY_BATCH;
    t->carried[j] = t->carried[j] / 2 + mean / 10;
  }
}

static rn_status tiny_validate(void *self, rn_graph *g, rn_score *out) {
  tiny *t = self;
  rn_graph_begin(g, RN_INFER, 0, 0);
  rn_tensor *loss = tiny_loss(t, g, 1000000, false);
  if (rn_graph_status(g) != RN_OK) return rn_graph_status(g);
  t->n_validated++;
  double value = t->worsens ? (double)t->n_validated : t->flat ? 1 : loss->data[0];
  double nats = t->flat ? fabs((double)t->n_validated - 2) : value;
  *out = (rn_score){.value = value, .nats = nats, .n = TINY_BATCH};
  return RN_OK;
}

static int tiny_n_state(void *self) { return 1; }
static void tiny_state(void *self, int i, const char **name, float **data, int64_t *n) {
  *name = "carried";
  *data = ((tiny *)self)->carried;
  *n = TINY_IN;
}

static const char *tiny_sample(void *self, rn_graph *g) { return "a \"sample\"\n"; }

static void tiny_open(tiny *t, int n_threads) {
  *t = (tiny){.poison_step = -1};
  rn_context_options options = rn_context_options_default();
  options.n_threads = n_threads;
  assert_int_equal(rn_context_new(&options, &t->ctx, NULL, 0), RN_OK);
  json_t *config = json_object();
  assert_int_equal(rn_model_new(t->ctx, &tiny_architecture, config, NULL, &t->model), RN_OK);
  json_decref(config);
  assert_int_equal(rn_params_build(t->model->params, 3, true), RN_OK);
  t->task = (rn_task){.name = "tiny", .self = t, .model = t->model, .steps_per_epoch = TINY_STEPS_PER_EPOCH, .unit = "row",
                      .step = tiny_step, .after = tiny_after, .validate = tiny_validate, .n_state = tiny_n_state, .state = tiny_state,
                      .sample = tiny_sample, .config = "{\"batch\":4}"};
}

static void tiny_close(tiny *t) {
  rn_model_free(t->model);
  rn_context_free(t->ctx);
}

static rn_train_options tiny_options(const char *folder) {
  rn_train_options o = rn_train_options_default();
  o.optimizer.lr = 0.05f;
  o.optimizer.average = 0.9f;
  o.optimizer.clip_norm = 1;
  o.schedule = RN_SCHEDULE_COSINE;
  o.warmup = 3;
  o.epochs = 4;
  o.validate_every = 3;
  o.save_every = 2;
  o.log_every = 2;
  o.folder = folder;
  o.config_yaml = "epochs: 4\n";
  o.command = "tiny";
  o.data_json = "{\"train\":{\"path\":\"here\",\"hash\":\"0123\"}}";
  return o;
}

/* Trains from the initial weights in a context of its own. */
static rn_status tiny_run(const rn_train_options *options, int n_threads, rn_train_result *result) {
  tiny t;
  tiny_open(&t, n_threads);
  rn_status status = rn_train(t.ctx, &t.task, options, NULL, NULL, result);
  tiny_close(&t);
  return status;
}

/* ---- files ---- */

static char *path_in(const char *folder, const char *name) {
  static char buffer[4][512];
  static int turn;
  char *path = buffer[turn++ % 4];
  snprintf(path, sizeof buffer[0], "%s/%s", folder, name);
  return path;
}

/* A new folder for a test; free with folder_drop. */
static char *folder_make(void) {
  const char *tmp = getenv("TMPDIR");
  char path[256];
  snprintf(path, sizeof path, "%s/rondo-test-XXXXXX", tmp ? tmp : "/tmp");
  assert_non_null(mkdtemp(path));
  return strdup(path);
}

static void folder_drop(char *folder) {
  assert_int_equal(rn_folder_remove(folder, NULL), RN_OK);
  free(folder);
}

static bool same_file(const char *a, const char *b) {
  rn_bytes x, y;
  assert_int_equal(rn_bytes_map(a, &x, NULL), RN_OK);
  assert_int_equal(rn_bytes_map(b, &y, NULL), RN_OK);
  bool same = x.size == y.size && memcmp(x.data, y.data, x.size) == 0;
  rn_bytes_close(&x);
  rn_bytes_close(&y);
  return same;
}

#endif
