/* train_state.c: what a checkpoint holds. */
#include "train/train_state.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "io/checkpoint.h"
#include "train/train_config.h"
#include <string.h>

static const char progress_key[] = "rondo.progress", config_key[] = "rondo.run";
enum { KEPT = 2 };

/* ---- progress as JSON ---- */

/* One list for writing and reading. X(kind, field) */
#define PROGRESS_FIELDS(X)                                                                                                                 \
  X(int, step)                                                                                                                             \
  X(int, validated) X(int, best_step) X(int, plateaus) X(int, bad) X(int, n_tokens) X(number, nats) X(number, loss) X(number, seconds)
#define json_of_int(value) json_integer(value)
#define json_of_number(value) json_real(value)

static json_t *progress_json(const rn_train_progress *p) {
  json_t *o = json_object();
  int failed = !o;
#define PUT(kind, field) failed |= json_object_set_new(o, #field, json_of_##kind(p->field));
  PROGRESS_FIELDS(PUT)
#undef PUT
  if (p->best_step >= 0) {
    failed |= json_object_set_new(o, "best", json_real(p->best));
    failed |= json_object_set_new(o, "best_nats", json_real(p->best_nats));
  }
  if (!failed) return o;
  json_decref(o);
  return NULL;
}

static void progress_read(const json_t *o, rn_train_progress *p) {
#define GET(kind, field) p->field = rn_json_##kind(o, #field, p->field);
  PROGRESS_FIELDS(GET)
#undef GET
  p->best = rn_json_number(o, "best", p->best);
  p->best_nats = rn_json_number(o, "best_nats", p->best_nats);
}

rn_status rn_train_describe(rn_context *ctx, const rn_task *task, const json_t *config, const rn_train_progress *p) {
  json_t *about = json_copy((json_t *)config); /* shallow; the model says its own configuration elsewhere in the file */
  json_object_del(about, "model");
  int failed = !about;
  failed |= json_object_set_new(about, "step", json_integer(p->step));
  failed |= json_object_set_new(about, "epoch", json_integer((p->step + task->steps_per_epoch - 1) / task->steps_per_epoch));
  if (p->best_step >= 0) {
    failed |= json_object_set_new(about, "best", json_real(p->best));
    failed |= json_object_set_new(about, "best_step", json_integer(p->best_step));
    if (task->metric && task->validate) {
      failed |= json_object_set_new(about, "metric", json_string(task->metric));
      failed |= json_object_set_new(about, "score", json_real(task->metric_is_share ? 1 - p->best : p->best));
    }
  }
  char *text = failed ? NULL : rn_json_text(about);
  json_decref(about);
  if (!text) return rn_context_fail(ctx, RN_ERROR_MEMORY, "training: out of memory for the model's description");
  rn_status status = rn_model_set_training(task->model, text);
  rn_free(text);
  return status == RN_OK ? RN_OK : rn_context_fail(ctx, status, "training: the model's description could not be set");
}

/* ---- the list of everything in state.safetensors ---- */

typedef struct blocks {
  rn_arena *arena; /* of the names */
  rn_entry *entries;
  int64_t n;
} blocks;

static bool blocks_add(blocks *b, const char *group, const char *name, int rank, const int64_t *shape, const float *data, int64_t n) {
  char *full = rn_arena_printf(b->arena, "%s.%s", group, name);
  if (!full) return false;
  rn_entry *e = &b->entries[b->n++];
  *e = (rn_entry){.name = full, .dtype = RN_F32, .rank = rank, .data = data, .size = (size_t)n * sizeof(float)};
  memcpy(e->shape, shape, (size_t)rank * sizeof *shape);
  return true;
}

/* data points into the optimiser and the task: written from there, and read back into there. */
static bool blocks_fill(blocks *b, const rn_task *task, const rn_optimizer *o) {
  const struct {
    const char *group;
    const float *block;
  } moments[] = {{"m", o->m}, {"v", o->v}, {"average", o->average}};
  int64_t n_params = rn_params_count(o->params), n_state = task->n_state ? task->n_state(task->self) : 0;
  b->arena = rn_arena_new();
  b->entries = rn_alloc_zero((size_t)(3 * n_params + n_state), sizeof *b->entries);
  if (!b->arena || !b->entries) return false;
  for (int k = 0; k < 3; k++) {
    for (int64_t i = 0; moments[k].block && i < n_params; i++) {
      const rn_param *p = rn_params_at(o->params, i);
      const rn_tensor *t = &p->tensor;
      if (p->frozen) continue; /* it never had any */
      if (!blocks_add(b, moments[k].group, p->name, t->rank, t->shape, moments[k].block + p->offset, rn_tensor_size(t))) return false;
    }
  }
  for (int i = 0; i < n_state; i++) {
    const char *name;
    float *data;
    int64_t n;
    task->state(task->self, i, &name, &data, &n);
    if (!blocks_add(b, "task", name, 1, &n, data, n)) return false;
  }
  return true;
}

static void blocks_free(blocks *b) {
  rn_arena_free(b->arena);
  rn_free(b->entries);
}

/* ---- saving ---- */

static json_t *metadata_json(const rn_optimizer *o, const rn_train_progress *progress, const json_t *config) {
  json_t *p = progress_json(progress), *metadata = NULL;
  if (p && json_object_set_new(p, "updates", json_integer(o->steps)) == 0) {
    char *progress_text = rn_json_text(p), *config_text = rn_json_text(config);
    if (progress_text && config_text) metadata = json_pack("{s:s, s:s}", progress_key, progress_text, config_key, config_text);
    rn_free(progress_text);
    rn_free(config_text);
  }
  json_decref(p);
  return metadata;
}

static rn_status state_write(rn_context *ctx, const rn_task *task, const rn_optimizer *o, const rn_train_progress *progress,
                             const json_t *config, const char *path) {
  blocks b = {0};
  json_t *metadata = metadata_json(o, progress, config);
  rn_status status = metadata && blocks_fill(&b, task, o) ? rn_safetensors_write(path, metadata, b.entries, b.n, NULL, NULL, &ctx->error)
                                                          : rn_context_fail(ctx, RN_ERROR_MEMORY, "checkpoint: out of memory");
  json_decref(metadata);
  blocks_free(&b);
  return status;
}

rn_status rn_train_state_save(rn_context *ctx, const rn_task *task, const rn_optimizer *optimizer, const rn_train_progress *progress,
                              const json_t *config, const char *parent) {
  char *folder = NULL;
  rn_status status = rn_checkpoint_begin(parent, progress->step, &folder, &ctx->error);
  if (status != RN_OK) return status;
  char *model = rn_path_join(folder, "model.safetensors"), *state = rn_path_join(folder, "state.safetensors");
  status = model && state ? rn_train_describe(ctx, task, config, progress)
                          : rn_context_fail(ctx, RN_ERROR_MEMORY, "checkpoint: out of memory");
  if (status == RN_OK) status = rn_model_save(ctx, task->model, model);
  if (status == RN_OK) status = state_write(ctx, task, optimizer, progress, config, state);
  if (status == RN_OK) status = rn_checkpoint_commit(parent, folder, progress->step, KEPT, &ctx->error);
  else rn_folder_remove(folder, NULL);
  rn_free(model);
  rn_free(state);
  rn_free(folder);
  return status;
}

/* ---- loading ---- */

rn_status rn_train_params_load(rn_context *ctx, rn_params *params, const char *path) {
  rn_safetensors *file;
  rn_status status = rn_safetensors_open(path, &file, &ctx->error);
  if (status != RN_OK) return status;
  for (int64_t i = 0; status == RN_OK && i < rn_params_count(params); i++) {
    rn_param *p = rn_params_at(params, i);
    const rn_entry *e = rn_safetensors_find(file, p->name);
    int64_t n = rn_tensor_size(&p->tensor);
    if (!e || e->dtype != RN_F32 || e->size != (size_t)n * sizeof(float))
      status = rn_context_fail(ctx, RN_ERROR_DATA, "%s: no parameter '%s' of %lld numbers", path, p->name, (long long)n);
    else status = rn_entry_floats(e, path, p->tensor.data, n, &ctx->error);
  }
  rn_safetensors_close(file);
  return status;
}

static rn_status metadata_read(rn_context *ctx, const rn_safetensors *file, const char *path, const char *key, json_t **out) {
  const char *text = rn_safetensors_metadata(file, key);
  if (!text) return rn_context_fail(ctx, RN_ERROR_DATA, "%s: not a state of training (no \"%s\")", path, key);
  return rn_json_parse(text, strlen(text), path, out, &ctx->error);
}

static rn_status state_read(rn_context *ctx, const rn_task *task, rn_optimizer *o, rn_train_progress *progress, const json_t *config,
                            const char *path, const char *checkpoint) {
  rn_safetensors *file = NULL;
  json_t *then = NULL, *p = NULL;
  blocks b = {0};
  rn_status status = rn_safetensors_open(path, &file, &ctx->error);
  if (status == RN_OK) status = metadata_read(ctx, file, path, config_key, &then);
  if (status == RN_OK) status = rn_train_config_match(ctx, then, config, checkpoint);
  if (status == RN_OK) status = metadata_read(ctx, file, path, progress_key, &p);
  if (status == RN_OK && !blocks_fill(&b, task, o)) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "checkpoint: out of memory");
  for (int64_t i = 0; status == RN_OK && i < b.n; i++) {
    const rn_entry *e = rn_safetensors_find(file, b.entries[i].name);
    if (!e || e->dtype != RN_F32 || e->size != b.entries[i].size)
      status = rn_context_fail(ctx, RN_ERROR_DATA, "%s: no block '%s' of %zu bytes", path, b.entries[i].name, b.entries[i].size);
    else memcpy((void *)b.entries[i].data, e->data, e->size);
  }
  if (status == RN_OK) {
    progress_read(p, progress);
    o->steps = rn_json_int(p, "updates", 0);
  }
  json_decref(then);
  json_decref(p);
  blocks_free(&b);
  rn_safetensors_close(file);
  return status;
}

rn_status rn_train_state_load(rn_context *ctx, const rn_task *task, rn_optimizer *optimizer, rn_train_progress *progress,
                              const json_t *config, const char *checkpoint) {
  char *model = rn_path_join(checkpoint, "model.safetensors"), *state = rn_path_join(checkpoint, "state.safetensors");
  rn_status status = model && state ? state_read(ctx, task, optimizer, progress, config, state, checkpoint)
                                    : rn_context_fail(ctx, RN_ERROR_MEMORY, "checkpoint: out of memory");
  if (status == RN_OK) status = rn_train_params_load(ctx, rn_model_params(task->model), model);
  rn_free(model);
  rn_free(state);
  return status;
}
