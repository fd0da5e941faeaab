/* context.h: what a context holds, for the floors above. */
#ifndef RN_TENSOR_CONTEXT_H
#define RN_TENSOR_CONTEXT_H

#include "base/error.h"
#include "base/pool.h"
#include "kernels/backend.h"
#include <rondo/tensor.h>

struct rn_context {
  rn_pool *pool;
  const rn_backend *backend;
  rn_error error;
  rn_log_fn log;
  void *log_user;
  volatile int stopping;
};

/* Records the first error of the context and returns the recorded status. */
rn_status rn_context_fail(rn_context *ctx, rn_status status, const char *format, ...) RN_PRINTF(3, 4);
void rn_context_log(rn_context *ctx, rn_log_level level, const char *format, ...) RN_PRINTF(3, 4);
/* "[20, 200]" into buf; returns buf. */
const char *rn_shape_text(const rn_tensor *t, char *buf, size_t size);
/* Offsets that begin at 0 and never decrease, or words that say where they do not. */
rn_status rn_ragged_check(rn_context *ctx, const rn_ragged *seqs);

#endif
