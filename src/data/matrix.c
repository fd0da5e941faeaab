/* matrix.c: see data_matrix.h. */
#include <rondo/data_matrix.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/map.h"
#include "base/number.h"
#include "data/npy.h"
#include "data/reading.h"
#include "tensor/context.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_idx(const char *path) { return rn_path_ends(path, "-ubyte") || rn_path_ends(path, ".idx"); }

bool rn_matrix_named(const char *path) {
  return rn_path_ends(path, ".npy") || rn_path_ends(path, ".csv") || rn_path_ends(path, ".tsv") || is_idx(path);
}

/* Room for n rows; false, with words, where there is none. */
static rn_status make_room(rn_context *ctx, const char *path, int64_t n, int64_t dim, rn_matrix *m) {
  size_t numbers, bytes;
  *m = (rn_matrix){.n = n, .dim = dim};
  if (rn_mul_size((size_t)n, (size_t)dim, &numbers) && rn_mul_size(numbers, sizeof(float), &bytes)) m->values = rn_alloc_aligned(bytes);
  return m->values ? RN_OK : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", path);
}

static rn_status read_npy(rn_context *ctx, const char *path, rn_cursor *c, rn_matrix *m) {
  rn_npy a;
  rn_status status = rn_npy_header(ctx, path, c, &a);
  if (status != RN_OK) return status;
  if (a.rank < 2) return rn_context_fail(ctx, RN_ERROR_DATA, "%s: a list of numbers; expected a matrix, a row for each point", path);
  status = make_room(ctx, path, a.shape[0], (int64_t)(a.n / (size_t)a.shape[0]), m);
  for (size_t i = 0; status == RN_OK && i < a.n; i++) {
    m->values[i] = (float)rn_npy_number(c, &a);
    if (!isfinite(m->values[i]))
      status = rn_context_fail(ctx, RN_ERROR_DATA, "%s: number %zu of row %zu is not finite", path, i % (size_t)m->dim + 1,
                               i / (size_t)m->dim + 1);
  }
  return status;
}

/* IDX: two zeros, 8 for bytes, the number of axes, each of them as u32, most significant byte first; then the numbers. */
static rn_status idx_header(rn_context *ctx, const char *path, rn_cursor *c, int64_t *n, int64_t *dim) {
  const unsigned char *magic = rn_cursor_take(c, 4);
  if (!magic || magic[0] || magic[1] || magic[2] != 8 || magic[3] < 1 || magic[3] > 4)
    return rn_context_fail(ctx, RN_ERROR_DATA, "%s: not an IDX file of bytes", path);
  *n = *dim = 1;
  for (int axis = 0; axis < magic[3]; axis++) {
    const unsigned char *p = rn_cursor_take(c, 4);
    int64_t extent = p ? (int64_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3] : 0;
    if (axis == 0) *n = extent;
    else if (__builtin_mul_overflow(*dim, extent, dim)) *dim = 0;
  }
  int64_t all;
  if (c->failed || *n < 1 || *dim < 1 || __builtin_mul_overflow(*n, *dim, &all) || (uint64_t)all != rn_cursor_left(c))
    return rn_context_fail(ctx, RN_ERROR_DATA, "%s: IDX with %zu bytes after its header, which says %lld times %lld", path,
                           rn_cursor_left(c), (long long)*n, (long long)*dim);
  return RN_OK;
}

static rn_status read_idx(rn_context *ctx, const char *path, rn_cursor *c, rn_matrix *m) {
  int64_t n = 0, dim = 0;
  rn_status status = idx_header(ctx, path, c, &n, &dim);
  if (status == RN_OK) status = make_room(ctx, path, n, dim, m);
  for (int64_t i = 0; status == RN_OK && i < n * dim; i++) m->values[i] = (float)rn_cursor_u8(c) / 255;
  return status;
}

static rn_status read_binary(rn_context *ctx, const char *path, rn_status (*read)(rn_context *, const char *, rn_cursor *, rn_matrix *),
                             rn_matrix *out) {
  rn_bytes file;
  rn_error error = {0};
  rn_status status = rn_bytes_open(path, 0, &file, &error);
  if (status != RN_OK) return rn_context_fail(ctx, status, "%s", error.text);
  rn_cursor c = rn_cursor_init(file.data, file.size);
  status = read(ctx, path, &c, out);
  out->hash = rn_hash(file.data, file.size);
  rn_bytes_close(&file);
  return status;
}

/* The next cell of a line, which is cut off; false at its end. */
static bool take_cell(rn_string *line, char separator, bool *more, rn_string *cell) {
  if (!*more) return false;
  const char *end = memchr(line->data, separator, line->size);
  size_t n = end ? (size_t)(end - line->data) : line->size;
  *cell = rn_string_trim((rn_string){line->data, n});
  *more = end != NULL;
  line->data += n + (end != NULL), line->size -= n + (end != NULL);
  return true;
}

static int64_t count_cells(rn_string line, char separator) {
  int64_t n = 1;
  for (size_t i = 0; i < line.size; i++) n += line.data[i] == separator;
  return n;
}

/* One line into a row; false where it is told to be bad. */
static bool read_row(rn_reading *r, char separator, int64_t dim, float *row) {
  rn_string rest = r->line, cell;
  bool more = true;
  int64_t found = count_cells(r->line, separator);
  if (found != dim) {
    rn_reading_bad(r, r->line.data, "expected %lld numbers, got %lld", (long long)dim, (long long)found);
    return false;
  }
  for (int64_t k = 0; take_cell(&rest, separator, &more, &cell); k++) {
    double x = NAN;
    bool read = rn_number_read(cell.data, cell.size, &x);
    row[k] = (float)x;
    if (read && isfinite(row[k])) continue;
    rn_reading_bad(r, cell.data, "expected a finite number, got \"%.*s\"", RN_SHOW(cell));
    return false;
  }
  return true;
}

static rn_status read_table(rn_reading *r, char separator, rn_matrix *m) {
  int64_t most = (int64_t)rn_reading_count(r, "");
  while (rn_reading_next(r)) {
    if (!rn_string_trim(r->line).size) continue;
    if (!m->values) {
      rn_string rest = r->line, cell;
      bool more = true, heading = true;
      double x;
      while (take_cell(&rest, separator, &more, &cell)) heading &= !rn_number_read(cell.data, cell.size, &x);
      if (heading && m->dim == 0) {
        m->dim = count_cells(r->line, separator);
        continue;
      }
      rn_status status = make_room(r->ctx, r->name, most, count_cells(r->line, separator), m);
      m->n = 0;
      if (status != RN_OK) return status;
    }
    if (read_row(r, separator, m->dim, m->values + m->n * m->dim)) m->n++;
  }
  rn_status status = rn_reading_end(r);
  if (status == RN_OK && m->n == 0) status = rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: no row of numbers in it", r->name);
  return status;
}

static rn_status read_text(rn_context *ctx, const char *path, rn_matrix *out) {
  rn_reading *r = rn_reading_open(ctx, path, false);
  if (!r) return rn_context_status(ctx);
  rn_status status = read_table(r, rn_path_ends(path, ".tsv") ? '\t' : ',', out);
  out->hash = r->corpus.hash;
  rn_reading_free(r);
  return status;
}

rn_status rn_matrix_open(rn_context *ctx, const char *path, rn_matrix *out) {
  *out = (rn_matrix){0};
  rn_status status = rn_path_ends(path, ".npy") ? read_binary(ctx, path, read_npy, out)
                     : is_idx(path)             ? read_binary(ctx, path, read_idx, out)
                                                : read_text(ctx, path, out);
  if (status != RN_OK) rn_matrix_free(out);
  return status;
}

void rn_matrix_free(rn_matrix *m) {
  rn_free(m->values);
  *m = (rn_matrix){0};
}

/* ---- labels ---- */

typedef struct labels {
  rn_map *names;
  rn_row_labels *out;
  int64_t capacity;
} labels;

static bool add_label(labels *l, const char *data, size_t size) {
  const int64_t *id = rn_map_insert(l->names, data, size, rn_map_size(l->names), NULL);
  if (id && l->out->n < l->capacity) l->out->id[l->out->n] = (int32_t)*id;
  l->out->n++;
  return id != NULL;
}

static rn_status read_labels(rn_context *ctx, const char *path, labels *l) {
  bool good = true;
  if (is_idx(path)) {
    rn_matrix m = {0};
    rn_status status = read_binary(ctx, path, read_idx, &m);
    char digits[8];
    for (int64_t i = 0; status == RN_OK && good && i < m.n; i++)
      good = add_label(l, digits, (size_t)snprintf(digits, sizeof digits, "%d", (int)rintf(m.values[i * m.dim] * 255)));
    rn_matrix_free(&m);
    if (status != RN_OK) return status;
  } else {
    rn_reading *r = rn_reading_open(ctx, path, false);
    if (!r) return rn_context_status(ctx);
    while (good && rn_reading_next(r)) {
      rn_string label = rn_string_trim(r->line);
      good = add_label(l, label.data, label.size);
    }
    rn_reading_free(r);
  }
  if (!good) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", path);
  if (l->out->n != l->capacity)
    return rn_context_fail(ctx, RN_ERROR_DATA, "%s: %lld labels of %lld rows", path, (long long)l->out->n, (long long)l->capacity);
  return RN_OK;
}

rn_status rn_row_labels_open(rn_context *ctx, const char *path, int64_t n, rn_row_labels *out) {
  *out = (rn_row_labels){0};
  labels l = {rn_map_new(), out, n};
  out->id = rn_alloc_zero((size_t)n, sizeof *out->id);
  out->owner = l.names;
  rn_status status = l.names && out->id ? read_labels(ctx, path, &l) : rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", path);
  if (status == RN_OK) {
    out->n_names = rn_map_size(l.names);
    out->name = rn_alloc_zero((size_t)out->n_names, sizeof *out->name);
    if (!out->name) status = rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", path);
    for (int64_t i = 0; out->name && i < out->n_names; i++) out->name[i].data = rn_map_key(l.names, i, &out->name[i].size, NULL);
  }
  if (status != RN_OK) rn_row_labels_free(out);
  return status;
}

void rn_row_labels_free(rn_row_labels *labels) {
  rn_map_free(labels->owner);
  rn_free(labels->id);
  rn_free(labels->name);
  *labels = (rn_row_labels){0};
}
