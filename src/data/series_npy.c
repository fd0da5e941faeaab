/* series_npy.c: series out of NumPy's arrays: [steps], [series, steps] or [series, steps, variables]. */
#include "base/file.h"
#include "data/npy.h"
#include "data/series.h"
#include "tensor/context.h"
#include <math.h>

static rn_status read_array(rn_steps *s, rn_cursor *c) {
  rn_npy a;
  rn_status status = rn_npy_header(s->r->ctx, s->r->name, c, &a);
  if (status != RN_OK) return status;
  bool one = a.rank == 1 || (a.rank == 2 && s->o->frames); /* one series */
  int64_t n_seqs = one ? 1 : a.shape[0], steps = one ? a.shape[0] : a.shape[1];
  s->n_vars = a.rank == 3 ? a.shape[2] : a.rank == 2 && one ? a.shape[1] : 1;
  if (!rn_steps_room(s, a.n, (size_t)n_seqs)) return RN_OK;
  s->lines = NULL;
  for (s->n_seqs = 0; s->n_seqs < n_seqs; s->n_seqs++) s->offset[s->n_seqs + 1] = s->offset[s->n_seqs] + steps;
  for (size_t i = 0; i < a.n; i++) {
    double x = rn_npy_number(c, &a);
    s->missing[i] = isnan(x);
    s->values[i] = isnan(x) ? 0 : (float)x;
    if (!isfinite(s->values[i]))
      return rn_context_fail(s->r->ctx, RN_ERROR_DATA, "%s: NPY: number %zu is %g: not finite as a float", s->r->name, i, x);
  }
  return RN_OK;
}

rn_status rn_series_npy(rn_steps *s, const char *path, uint64_t *hash) {
  rn_bytes file;
  rn_error error = {0};
  rn_status status = rn_bytes_open(path, 0, &file, &error);
  if (status != RN_OK) return rn_context_fail(s->r->ctx, status, "%s", error.text);
  *hash = rn_hash(file.data, file.size);
  rn_cursor c = rn_cursor_init(file.data, file.size);
  status = read_array(s, &c);
  rn_bytes_close(&file);
  return status;
}
