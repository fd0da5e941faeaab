/* sequences_frames.c: frames of videos, as features: a text of labels and paths, each of an NPY file [frames, features]. All have as many
 * features. A path is relative to the folder of the text, and leads nowhere outside of it: data names no other files of the reader's. */
#include "base/file.h"
#include "data/sequences.h"
#include "tensor/context.h"
#include <string.h>

static bool is_below(rn_string path) {
  if (path.data[0] == '/' || memchr(path.data, 0, path.size)) return false;
  for (size_t i = 0, end; i < path.size; i = end + 1) {
    const char *slash = memchr(path.data + i, '/', path.size - i);
    end = slash ? (size_t)(slash - path.data) : path.size;
    if (end - i == 2 && memcmp(path.data + i, "..", 2) == 0) return false;
  }
  return true;
}

/* The file that a path of the list names; NULL when out of memory. */
static const char *file_of(rn_reading *r, const char *list, rn_string path) {
  const char *slash = strrchr(list, '/');
  int folder = slash ? (int)(slash - list) + 1 : 0;
  const char *file = rn_arena_printf(r->arena, "%.*s%.*s", folder, list, (int)path.size, path.data);
  if (!file) r->no_memory = true;
  return file;
}

/* The frames of file i; false after telling what is wrong. `width`: of those before, 0 for the first. */
static bool read_frames(rn_reading *r, const char *list, const rn_sequences *s, int64_t i, int64_t width, rn_series *frames) {
  rn_string path = rn_string_trim(s->texts[i]);
  r->line_number = s->lines[i];
  if (!is_below(path)) {
    rn_reading_bad(r, path.data, "\"%.*s\": expected a path below the folder of this list", RN_SHOW(path));
    return false;
  }
  const char *file = file_of(r, list, path);
  rn_series_options options = {.format = RN_SERIES_NPY, .frames = true};
  if (!file) return false;
  if (rn_series_open(r->ctx, file, &options, frames) != RN_OK) {
    if (rn_context_status(r->ctx) == RN_ERROR_MEMORY) r->no_memory = true;
    else rn_reading_bad(r, path.data, "%s", rn_context_error(r->ctx));
    rn_context_clear(r->ctx);
    return false;
  }
  int64_t n_vars = frames->n_vars;
  if (frames->seqs.n_seqs == 1 && (width == 0 || width == n_vars)) return true;
  if (frames->seqs.n_seqs != 1) rn_reading_bad(r, path.data, "%s: NPY with three axes; expected [frames, features]", file);
  else rn_reading_bad(r, path.data, "%s: %lld features; expected %lld, as before", file, (long long)n_vars, (long long)width);
  rn_series_free(frames);
  return false;
}

/* The frames of all files, one after the other. */
static void join(rn_reading *r, const rn_series *files, int64_t n, rn_sequences *out) {
  int64_t *offset = rn_reading_array(r, (size_t)n + 1, sizeof *offset), n_missing = 0;
  if (!offset) return;
  offset[0] = 0;
  for (int64_t i = 0; i < n; i++) {
    offset[i + 1] = offset[i] + (files[i].owner ? rn_ragged_rows(&files[i].seqs) : 0);
    n_missing += files[i].n_missing;
  }
  size_t n_rows = (size_t)offset[n], width = (size_t)out->n_vars;
  float *values = rn_reading_array(r, n_rows, width * sizeof *values);
  uint8_t *missing = n_missing ? rn_reading_array(r, n_rows, width) : NULL;
  for (int64_t i = 0; i < n && !r->no_memory; i++) {
    size_t at = (size_t)offset[i] * width, size = (size_t)(offset[i + 1] - offset[i]) * width;
    if (!size) continue;
    memcpy(values + at, files[i].values, size * sizeof *values);
    if (missing) memcpy(missing + at, files[i].missing, size);
    out->hash = rn_hash((uint64_t[]){out->hash, files[i].hash}, 2 * sizeof(uint64_t));
  }
  out->values = values;
  out->missing = missing;
  out->seqs = (rn_ragged){n, offset};
}

rn_status rn_sequences_frames(rn_context *ctx, const char *path, const rn_sequences_options *o, rn_sequences *out) {
  if (o->per_row && !o->unlabelled)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "%s: frames have labels of the whole sequence, not one for each frame", path);
  rn_labelled_options options = o->labelled;
  if (o->unlabelled) options.format = RN_LABELLED_LINES;
  rn_labelled l;
  rn_status status = rn_labelled_open(ctx, path, &options, &l);
  if (status != RN_OK) return status;
  rn_reading *r = l.owner;
  rn_sequences_of_labelled(&l, out);
  out->texts = NULL; /* only paths */
  r->n_bad = 0;      /* those of the list have been told */
  rn_sequences list = {.texts = l.texts, .lines = l.lines};
  rn_series *files = rn_reading_array(r, (size_t)l.n, sizeof *files);
  for (int64_t i = 0; files && i < l.n; i++) {
    files[i] = (rn_series){0};
    if (r->no_memory || (!o->labelled.skip_bad && r->n_bad >= RN_MAX_BAD_LINES)) continue;
    if (read_frames(r, path, &list, i, out->n_vars, &files[i])) out->n_vars = files[i].n_vars;
  }
  if (!r->no_memory) join(r, files, l.n, out);
  for (int64_t i = 0; files && i < l.n; i++) rn_series_free(&files[i]);
  status = r->no_memory ? rn_reading_end(r) : rn_sequences_end(r, out);
  out->n_bad += r->n_bad;
  return status;
}
