/* run_folder.c: the folder a run lives in. */
#include "train/run_folder.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"
#include <string.h>

static const struct {
  const char *name;
  size_t path; /* its place in rn_run_folder */
} parts[] = {
    {"model.safetensors", offsetof(rn_run_folder, model)}, {"metrics.jsonl", offsetof(rn_run_folder, metrics)},
    {"README.md", offsetof(rn_run_folder, card)},          {"config.yaml", offsetof(rn_run_folder, config)},
    {"checkpoints", offsetof(rn_run_folder, checkpoints)},
};
enum { N_PARTS = sizeof parts / sizeof parts[0] };
static const char events_prefix[] = "events.out.tfevents.";

static char **part(rn_run_folder *run, int i) { return (char **)((char *)run + parts[i].path); }

static bool is_ours(const char *name) {
  for (int i = 0; i < N_PARTS; i++)
    if (strcmp(name, parts[i].name) == 0) return true;
  return strncmp(name, events_prefix, strlen(events_prefix)) == 0 || strcmp(name, "report.html") == 0 ||
         strcmp(name, "evaluation.json") == 0;
}

static rn_status names_visit(rn_run_folder *run, bool remove, int64_t *count) {
  char **names;
  rn_status status = rn_folder_list(run->path, &names, count, &run->ctx->error);
  if (status != RN_OK) return status;
  for (int64_t i = 0; i < *count; i++) {
    if (remove && status == RN_OK && is_ours(names[i])) {
      char *path = rn_path_join(run->path, names[i]);
      status = path ? rn_folder_remove(path, &run->ctx->error) : rn_context_fail(run->ctx, RN_ERROR_MEMORY, "out of memory");
      rn_free(path);
    }
    rn_free(names[i]);
  }
  rn_free(names);
  return status;
}

rn_status rn_run_folder_open(rn_run_folder *run, rn_context *ctx, const rn_train_options *options) {
  *run = (rn_run_folder){.ctx = ctx, .path = options->folder, .lock = -1};
  if (!run->path) return RN_OK;
  for (int i = 0; i < N_PARTS; i++)
    if (!(*part(run, i) = rn_path_join(run->path, parts[i].name))) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory");
  if (rn_path_exists(run->path) && !rn_path_is_folder(run->path))
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "'%s' is a file; a run needs a folder of its own", run->path);
  rn_status status = rn_folder_make(run->path, &ctx->error);
  int64_t count = 0;
  if (status == RN_OK) status = rn_folder_lock(run->path, &run->lock, &ctx->error);
  if (status == RN_OK) status = names_visit(run, options->force && !options->resume, &count);
  if (status == RN_OK && count > 0 && !options->resume && !options->force)
    status = rn_context_fail(ctx, RN_ERROR_ARGUMENT,
                             "'%s' is not empty: resume it (--resume), replace it (--force), or choose another folder", run->path);
  return status;
}

static bool is_kept(const json_t *record, int64_t step, int64_t validated) {
  const char *type = rn_json_string(record, "type", "");
  bool of_validation = strcmp(type, "valid") == 0 || strcmp(type, "sample") == 0;
  return rn_json_int(record, "step", INT64_MAX) <= (of_validation ? validated : step);
}

/* A line torn by a kill is dropped as well. */
static void records_keep(const rn_bytes *file, int64_t step, int64_t validated, rn_text *kept) {
  const char *line = file->data, *end = file->data + file->size, *newline;
  for (; line < end && (newline = memchr(line, '\n', (size_t)(end - line))); line = newline + 1) {
    json_t *record = NULL;
    if (rn_json_parse(line, (size_t)(newline - line), "metrics.jsonl", &record, NULL) == RN_OK && is_kept(record, step, validated))
      rn_text_append(kept, line, (size_t)(newline + 1 - line));
    json_decref(record);
  }
}

static rn_status records_truncate(rn_run_folder *run, int64_t step, int64_t validated) {
  rn_error *err = &run->ctx->error;
  if (!rn_path_exists(run->metrics)) return rn_file_append(run->metrics, "", 0, err); /* a short run may have nothing to record */
  rn_bytes file;
  rn_text kept = {0};
  rn_status status = rn_bytes_map(run->metrics, &file, err);
  if (status != RN_OK) return status;
  records_keep(&file, step, validated, &kept);
  bool same = kept.size == file.size;
  rn_bytes_close(&file);
  if (kept.failed) status = rn_context_fail(run->ctx, RN_ERROR_MEMORY, "%s: out of memory", run->metrics);
  else if (!same) status = rn_file_write(run->metrics, kept.data, kept.size, err);
  rn_text_free(&kept);
  return status;
}

rn_status rn_run_folder_begin(rn_run_folder *run, const rn_train_options *options, int64_t step, int64_t validated) {
  if (!run->path) return RN_OK;
  rn_error *err = &run->ctx->error;
  rn_status status = records_truncate(run, step, validated);
  if (status == RN_OK && options->config_yaml) status = rn_file_write(run->config, options->config_yaml, strlen(options->config_yaml), err);
  if (status == RN_OK) status = rn_tfevents_open(run->path, step, &run->events, err);
  return status;
}

void rn_run_folder_close(rn_run_folder *run) {
  for (int i = 0; i < N_PARTS; i++) rn_free(*part(run, i));
  rn_tfevents_close(run->events);
  if (run->path) rn_folder_unlock(run->lock);
}

rn_status rn_run_folder_record(rn_run_folder *run, const rn_text *line) {
  if (!run->path) return RN_OK;
  if (line->failed) return rn_context_fail(run->ctx, RN_ERROR_MEMORY, "%s: out of memory", run->metrics);
  return rn_file_append(run->metrics, line->data, line->size, &run->ctx->error);
}

rn_status rn_run_folder_scalar(rn_run_folder *run, const char *tag, int64_t step, double value) {
  return run->events ? rn_tfevents_scalar(run->events, step, tag, (float)value, &run->ctx->error) : RN_OK;
}
