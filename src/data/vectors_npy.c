/* vectors_npy.c: NumPy's matrix, and beside it the words of its rows, a line each. */
#include "base/alloc.h"
#include "data/npy.h"
#include "data/vectors.h"
#include "tensor/context.h"
#include <math.h>
#include <string.h>

/* X.npy -> X.words. NULL when out of memory. */
static char *words_path(const char *path) {
  size_t stem = strlen(path);
  while (stem > 0 && path[stem] != '.' && path[stem] != '/') stem--;
  if (path[stem] != '.') stem = strlen(path);
  char *out = rn_alloc(stem + sizeof ".words");
  if (!out) return NULL;
  memcpy(out, path, stem);
  memcpy(out + stem, ".words", sizeof ".words");
  return out;
}

/* The row of the line that was read. */
static void take_row(rn_reading *r, const rn_vectors_options *o, rn_vector_table *t, rn_cursor *c, const rn_npy *a) {
  rn_string word = rn_string_trim(r->line);
  float *vector = rn_vector_room(t);
  if (!vector) {
    r->no_memory = true;
    return;
  }
  bool finite = true;
  for (int64_t k = 0; k < t->dim; k++) finite &= isfinite(vector[k] = (float)rn_npy_number(c, a)) != 0;
  if (!rn_vector_wanted(o, word)) return;
  if (!word.size) rn_reading_bad(r, r->line.data, "expected a word: the matrix has a row for each line");
  else if (!finite) rn_reading_bad(r, word.data, "the vector of \"%.*s\" is not finite", RN_SHOW(word));
  else if (rn_vector_known(t, word))
    rn_reading_bad(r, word.data, "the word \"%.*s\" has a vector already, on a line above", RN_SHOW(word));
  else r->no_memory |= !rn_vector_add(t, word);
}

static rn_status read_rows(rn_reading *r, const char *path, const rn_vectors_options *o, rn_vector_table *t, rn_cursor *c) {
  rn_npy a;
  rn_status status = rn_npy_header(r->ctx, path, c, &a);
  if (status != RN_OK) return status;
  if (a.rank != 2 || a.shape[1] > RN_MAX_VECTOR)
    return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: expected a matrix, a row for each word; its rank is %d", path, a.rank);
  t->dim = a.shape[1];
  while (rn_reading_next(r)) {
    if (t->n_in_file < a.shape[0]) take_row(r, o, t, c, &a);
    t->n_in_file++;
  }
  status = rn_reading_end(r);
  if (status == RN_OK && t->n_in_file != a.shape[0])
    return rn_context_fail(r->ctx, RN_ERROR_DATA, "%s: %lld words, and %s has %lld rows", r->name, (long long)t->n_in_file, path,
                           (long long)a.shape[0]);
  return status;
}

rn_status rn_vectors_read_npy(rn_context *ctx, const char *path, const rn_vectors_options *o, rn_vector_table *t, uint64_t *hash) {
  char *words = words_path(path);
  if (!words) return rn_context_fail(ctx, RN_ERROR_MEMORY, "out of memory for %s", path);
  rn_bytes file;
  rn_error error = {0};
  rn_status status = rn_bytes_open(path, 0, &file, &error);
  if (status != RN_OK) {
    rn_free(words);
    return rn_context_fail(ctx, status, "%s", error.text);
  }
  *hash = rn_hash(file.data, file.size);
  if (!rn_path_exists(words)) {
    status = rn_context_fail(ctx, RN_ERROR_IO, "%s: expected its words beside it, a line for each row, in %s", path, words);
  } else {
    rn_reading *r = rn_reading_open(ctx, words, o->skip_bad);
    rn_cursor c = rn_cursor_init(file.data, file.size);
    status = r ? read_rows(r, path, o, t, &c) : rn_context_status(ctx);
    if (r) t->n_bad = r->n_bad;
    rn_reading_free(r);
  }
  rn_bytes_close(&file);
  rn_free(words);
  return status;
}
