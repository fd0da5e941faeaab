/* train_config.c: what decides the course of a run, as one JSON object. */
#include "train/train_config.h"
#include "base/alloc.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

float rn_train_lr(const rn_train_options *options) {
  const rn_optimizer_options *o = &options->optimizer;
  return o->lr > 0 ? o->lr : rn_optimizer_options_default(o->kind).lr;
}

/* The shortest decimal that reads back as the same float: 0.001, not 0.0010000000474974513. */
static json_t *float_json(float value) {
  char text[32];
  for (int digits = 6; digits <= 9; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, (double)value);
    if (strtof(text, NULL) == value) break;
  }
  return json_real(strtod(text, NULL));
}

/* A JSON text as a value; NULL text is null. */
static json_t *parsed(rn_context *ctx, const char *text, const char *name) {
  json_t *value = NULL;
  if (!text) return json_null();
  rn_json_parse(text, strlen(text), name, &value, &ctx->error);
  return value;
}

static json_t *frozen_json(const rn_params *params) {
  json_t *names = json_array();
  for (int64_t i = 0; names && i < rn_params_count(params); i++)
    if (rn_params_at(params, i)->frozen && json_array_append_new(names, json_string(rn_params_at(params, i)->name)) != 0) {
      json_decref(names);
      return NULL;
    }
  return names;
}

static json_t *optimizer_json(const rn_train_options *options) {
  const rn_optimizer_options *o = &options->optimizer;
  return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind", rn_optimizer_name(o->kind), "lazy", o->lazy,
                   "lr", float_json(rn_train_lr(options)), "momentum", float_json(o->momentum), "beta1", float_json(o->beta1), "beta2",
                   float_json(o->beta2), "alpha", float_json(o->alpha), "eps", float_json(o->eps), "weight_decay",
                   float_json(o->weight_decay), "clip", float_json(o->clip_norm), "clip_value", float_json(o->clip_value), "average",
                   float_json(o->average));
}

static json_t *schedule_json(const rn_train_options *o) {
  return json_pack("{s:s, s:o, s:I, s:I}", "kind", rn_schedule_name(o->schedule), "decay", float_json(o->decay), "decay_after",
                   (json_int_t)o->decay_after, "warmup", (json_int_t)o->warmup);
}

json_t *rn_train_config(rn_context *ctx, const rn_task *task, const rn_train_options *options) {
  json_t *model = parsed(ctx, rn_model_config(task->model), "the model's configuration");
  json_t *own = parsed(ctx, task->config, "the task's configuration");
  json_t *data = parsed(ctx, options->data_json, "the data's description");
  json_t *config = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "task", task->name, "model", model, "batches", own,
                             "data", data, "optimizer", optimizer_json(options), "schedule", schedule_json(options), "frozen",
                             frozen_json(rn_model_params(task->model)), "seed", (json_int_t)options->seed, "steps_per_epoch",
                             (json_int_t)task->steps_per_epoch, "validate_every", (json_int_t)options->validate_every);
  /* A description that is not JSON has its own words already; otherwise only memory can be short. */
  if (!config) rn_context_fail(ctx, RN_ERROR_MEMORY, "training: out of memory for the configuration");
  return config;
}

/* The dotted name of the first value that differs, appended to `name`; false when all are the same. */
static bool first_difference(const json_t *then, const json_t *now, char *name, size_t size, const json_t **was, const json_t **is) {
  *was = then;
  *is = now;
  if (!json_is_object(then) || !json_is_object(now)) return !json_equal(then, now);
  const json_t *sides[] = {then, now};
  size_t length = strlen(name);
  for (int side = 0; side < 2; side++) { /* the second round finds keys that only `now` has */
    const char *key;
    json_t *unused;
    json_object_foreach((json_t *)sides[side], key, unused) {
      if (strcmp(key, "path") == 0) continue; /* the same data may lie elsewhere: its hash says so */
      snprintf(name + length, size - length, "%s%s", length ? "." : "", key);
      const json_t *a = json_object_get(then, key), *b = json_object_get(now, key);
      if (first_difference(a, b, name, size, was, is)) return true;
    }
  }
  name[length] = 0;
  return false;
}

rn_status rn_train_config_match(rn_context *ctx, const json_t *then, const json_t *now, const char *folder) {
  char name[256] = "";
  const json_t *was, *is;
  if (!first_difference(then, now, name, sizeof name, &was, &is)) return RN_OK;
  char *a = was ? rn_json_words(was) : NULL, *b = is ? rn_json_words(is) : NULL;
  rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                  "cannot resume '%s': it was trained with %s = %s, and now it is %s; give the same options and data, or start anew",
                  folder, name, a ? a : "(absent)", b ? b : "(absent)");
  rn_free(a);
  rn_free(b);
  return RN_ERROR_ARGUMENT;
}
