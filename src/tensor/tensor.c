/* tensor.c: shapes in words, and what a ragged batch must be. */
#include "tensor/context.h"

#include <stdio.h>

const char *rn_shape_text(const rn_tensor *t, char *buf, size_t size) {
  size_t used = (size_t)snprintf(buf, size, "[");
  for (int i = 0; i < t->rank && used < size; i++)
    used += (size_t)snprintf(buf + used, size - used, "%s%lld", i ? ", " : "", (long long)t->shape[i]);
  if (used < size) snprintf(buf + used, size - used, "]");
  return buf;
}

rn_status rn_ragged_check(rn_context *ctx, const rn_ragged *seqs) {
  if (seqs->n_seqs < 0 || !seqs->offset)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "ragged batch: %lld sequences without offsets", (long long)seqs->n_seqs);
  if (seqs->offset[0] != 0)
    return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "ragged batch: offset[0] is %lld, not 0", (long long)seqs->offset[0]);
  for (int64_t s = 0; s < seqs->n_seqs; s++)
    if (seqs->offset[s + 1] < seqs->offset[s])
      return rn_context_fail(ctx, RN_ERROR_ARGUMENT, "ragged batch: offset[%lld] = %lld is below offset[%lld] = %lld", (long long)s + 1,
                             (long long)seqs->offset[s + 1], (long long)s, (long long)seqs->offset[s]);
  return RN_OK;
}
