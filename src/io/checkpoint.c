/* checkpoint.c: a folder is a checkpoint when its name says so, and it is one to trust when it matches its manifest:
 *
 *     checkpoints/step-0000001200/model.safetensors ...
 *                                 manifest.json      {"files":{"model.safetensors":{"size":1234,"xxh3":"..."}},"step":1200,"version":1}
 *     checkpoints/step-0000001300.tmp/               being written, or left by a killed writer
 */
#define _GNU_SOURCE /* renameat2 */
#include "io/checkpoint.h"
#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MANIFEST "manifest.json"
#define VERSION 1
#define MAX_MANIFEST ((size_t)64 << 10)

static rn_status out_of_memory(const char *folder, rn_error *err) {
  return rn_error_set(err, RN_ERROR_MEMORY, "checkpoint in '%s': out of memory", folder);
}

static char *step_path(const char *parent, int64_t step, const char *suffix) {
  char name[64];
  snprintf(name, sizeof name, "step-%010" PRId64 "%s", step, suffix);
  return rn_path_join(parent, name);
}

/* The step a folder's name says, or -1. */
static int64_t step_of(const char *name) {
  int64_t step;
  int used = 0;
  if (sscanf(name, "step-%10" SCNd64 "%n", &step, &used) != 1 || used != 15 || name[used] || step < 0) return -1;
  return step;
}

static bool ends_with(const char *s, const char *end) {
  size_t n = strlen(s), m = strlen(end);
  return n >= m && strcmp(s + n - m, end) == 0;
}

static void names_free(char **names, int64_t n) {
  for (int64_t i = 0; i < n; i++) rn_free(names[i]);
  rn_free(names);
}

static rn_status child_remove(const char *parent, const char *name, rn_error *err) {
  char *path = rn_path_join(parent, name);
  rn_status status = path ? rn_folder_remove(path, err) : out_of_memory(parent, err);
  rn_free(path);
  return status;
}

rn_status rn_checkpoint_begin(const char *parent, int64_t step, char **temporary, rn_error *err) {
  *temporary = NULL;
  rn_status status = rn_folder_make(parent, err);
  if (status != RN_OK) return status;
  char **names;
  int64_t n;
  status = rn_folder_list(parent, &names, &n, err);
  for (int64_t i = 0; i < n && status == RN_OK; i++)
    if (strncmp(names[i], "step-", 5) == 0 && ends_with(names[i], ".tmp")) status = child_remove(parent, names[i], err);
  names_free(names, n);
  if (status != RN_OK) return status;
  char *path = step_path(parent, step, ".tmp");
  if (!path) return out_of_memory(parent, err);
  status = rn_folder_make(path, err);
  if (status == RN_OK) *temporary = path;
  else rn_free(path);
  return status;
}

/* ---- the manifest ---- */

static rn_status file_describe(const char *folder, const char *name, uint64_t *size, char digits[17], rn_error *err) {
  char *path = rn_path_join(folder, name);
  if (!path) return out_of_memory(folder, err);
  rn_bytes bytes;
  rn_status status = rn_bytes_map(path, &bytes, err);
  rn_free(path);
  if (status != RN_OK) return status;
  *size = bytes.size;
  snprintf(digits, 17, "%016" PRIx64, rn_hash(bytes.data, bytes.size));
  rn_bytes_close(&bytes);
  return RN_OK;
}

static rn_status manifest_write(const char *folder, int64_t step, rn_error *err) {
  char **names = NULL;
  int64_t n = 0;
  rn_status status = rn_folder_list(folder, &names, &n, err);
  json_t *files = json_object(), *manifest = NULL;
  for (int64_t i = 0; i < n && status == RN_OK; i++) {
    uint64_t size;
    char digits[17];
    if (strcmp(names[i], MANIFEST) == 0) continue;
    status = file_describe(folder, names[i], &size, digits, err);
    if (status == RN_OK && json_object_set_new(files, names[i], json_pack("{s:I,s:s}", "size", (json_int_t)size, "xxh3", digits)) != 0)
      status = out_of_memory(folder, err);
  }
  names_free(names, n);
  char *text = NULL, *path = rn_path_join(folder, MANIFEST);
  if (status == RN_OK) {
    manifest = json_pack("{s:O,s:I,s:i}", "files", files, "step", (json_int_t)step, "version", VERSION);
    text = manifest ? rn_json_text(manifest) : NULL;
    status = text && path ? rn_file_write(path, text, strlen(text), err) : out_of_memory(folder, err);
  }
  rn_free(path);
  rn_free(text);
  json_decref(manifest);
  json_decref(files);
  return status;
}

/* Whether a folder holds what its manifest says, and is the step its name says. RN_ERROR_MEMORY is no verdict. */
static rn_status folder_verify(const char *folder, int64_t step, rn_error *err) {
  char *path = rn_path_join(folder, MANIFEST);
  if (!path) return out_of_memory(folder, err);
  rn_bytes bytes;
  json_t *manifest = NULL;
  rn_status status = rn_bytes_open(path, MAX_MANIFEST, &bytes, err);
  if (status == RN_OK) {
    status = rn_json_parse(bytes.data, bytes.size, path, &manifest, err);
    rn_bytes_close(&bytes);
  }
  json_t *files = json_object_get(manifest, "files");
  if (status == RN_OK &&
      (!json_is_object(files) || rn_json_int(manifest, "version", 0) != VERSION || rn_json_int(manifest, "step", -1) != step))
    status = rn_error_set(err, RN_ERROR_DATA, "%s: not the manifest of step %" PRId64, path, step);
  const char *name;
  json_t *expected;
  json_object_foreach(files, name, expected) {
    if (status != RN_OK) break;
    uint64_t size;
    char digits[17];
    if (strchr(name, '/') || name[0] == '.') status = rn_error_set(err, RN_ERROR_DATA, "%s: names a file outside its folder", path);
    else status = file_describe(folder, name, &size, digits, err);
    if (status == RN_OK &&
        (rn_json_int(expected, "size", -1) != (int64_t)size || strcmp(rn_json_string(expected, "xxh3", ""), digits) != 0))
      status = rn_error_set(err, RN_ERROR_DATA, "%s/%s: %" PRIu64 " bytes that do not match the manifest", folder, name, size);
  }
  json_decref(manifest);
  rn_free(path);
  return status;
}

/* ---- committing ---- */

/* Puts the new folder in place. One of the same step (a run that was resumed from before it) changes places with the new one in one
 * step, so that there is never none; where the file system cannot do that, it is moved away first. */
static rn_status folder_place(const char *temporary, const char *final, rn_error *err) {
  if (!rn_path_exists(final)) return rn_path_rename(temporary, final, err);
  if (renameat2(AT_FDCWD, temporary, AT_FDCWD, final, RENAME_EXCHANGE) == 0) return RN_OK;
  rn_status status = rn_folder_remove(final, err);
  return status == RN_OK ? rn_path_rename(temporary, final, err) : status;
}

/* Leaves the newest `keep` up to `step`. Later ones are of a future that was given up: they did not verify when the run was resumed. */
static void old_remove(const char *parent, int64_t step, int keep) {
  char **names;
  int64_t n;
  if (rn_folder_list(parent, &names, &n, NULL) != RN_OK) return;
  int kept = 0;
  for (int64_t i = n - 1; i >= 0; i--) {
    int64_t s = step_of(names[i]);
    if (s >= 0 && (s > step || ++kept > keep)) child_remove(parent, names[i], NULL);
  }
  names_free(names, n);
}

rn_status rn_checkpoint_commit(const char *parent, const char *temporary, int64_t step, int keep, rn_error *err) {
  char *final = step_path(parent, step, "");
  rn_status status = final ? manifest_write(temporary, step, err) : out_of_memory(parent, err);
  if (status == RN_OK) status = rn_folder_sync(temporary, err);
  if (status == RN_OK) status = folder_place(temporary, final, err);
  if (status == RN_OK) status = rn_folder_sync(parent, err);
  rn_folder_remove(temporary, NULL); /* after a failure the new one, after an exchange the old one */
  if (status == RN_OK) old_remove(parent, step, keep < 1 ? 1 : keep);
  rn_free(final);
  return status;
}

/* ---- resuming ---- */

rn_status rn_checkpoint_newest(const char *parent, char **path, int64_t *step, int *skipped, char **why, rn_error *err) {
  *path = NULL;
  *step = -1;
  *skipped = 0;
  if (why) *why = NULL;
  if (!rn_path_exists(parent)) return RN_OK;
  char **names;
  int64_t n;
  rn_status status = rn_folder_list(parent, &names, &n, err);
  for (int64_t i = n - 1; i >= 0 && status == RN_OK && !*path; i--) {
    int64_t s = step_of(names[i]);
    if (s < 0) continue;
    char *folder = rn_path_join(parent, names[i]);
    rn_error reason = {0};
    rn_status verdict = folder ? folder_verify(folder, s, &reason) : out_of_memory(parent, &reason);
    if (verdict == RN_OK) *path = folder, *step = s;
    else rn_free(folder);
    if (verdict == RN_ERROR_MEMORY) status = rn_error_set(err, verdict, "%s", reason.text);
    else if (verdict != RN_OK && (*skipped)++ == 0 && why && !(*why = rn_strdup(reason.text))) status = out_of_memory(parent, err);
  }
  names_free(names, n);
  if (status != RN_OK && why) {
    rn_free(*why);
    *why = NULL;
  }
  return status;
}
