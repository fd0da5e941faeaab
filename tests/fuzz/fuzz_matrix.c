/* fuzz_matrix.c: any bytes as a matrix and as labels; the first byte chooses the format. The file is a link with the right ending. */
#define _GNU_SOURCE /* memfd_create */
#include "memory_file.h"
#include <math.h>
#include <rondo/data_matrix.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const endings[] = {".npy", ".csv", ".tsv", "-ubyte"};

/* A link of that ending to the file in memory. */
static const char *link_to(const char *path, int which) {
  static char names[4][64];
  if (!*names[which]) {
    snprintf(names[which], sizeof names[which], "/tmp/fuzz-matrix-%d%s", (int)getpid(), endings[which]);
    unlink(names[which]);
    if (symlink(path, names[which]) != 0) abort();
  }
  return names[which];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static rn_context *ctx;
  if (!ctx && rn_context_new(&(rn_context_options){.n_threads = 1}, &ctx, NULL, 0) != RN_OK) abort();
  if (size == 0) return 0;
  const char *path = link_to(memory_file(data + 1, size - 1), data[0] % 4);
  rn_matrix m;
  rn_context_clear(ctx);
  if (rn_matrix_open(ctx, path, &m) == RN_OK) {
    for (int64_t i = 0; i < m.n * m.dim; i++)
      if (!isfinite(m.values[i])) abort();
    rn_matrix_free(&m);
  } else if (m.values || !rn_context_error(ctx)[0]) {
    abort();
  }
  rn_row_labels l;
  rn_context_clear(ctx);
  if (rn_row_labels_open(ctx, path, 3, &l) == RN_OK) {
    for (int64_t i = 0; i < 3; i++)
      if (l.id[i] < 0 || l.id[i] >= l.n_names) abort();
    rn_row_labels_free(&l);
  }
  return 0;
}
