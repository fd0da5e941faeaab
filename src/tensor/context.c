/* context.c: threads, kernels, the last error, and whom to tell. */
#include "tensor/context.h"

#include "base/alloc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rn_context_options rn_context_options_default(void) { return (rn_context_options){0}; }

/* "portable, avx2" */
static void list_isas(char *buf, size_t size) {
  size_t used = 0;
  buf[0] = 0;
  for (const char *const *name = rn_backend_cpu_names(); *name && used < size; name++)
    used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", *name);
}

static const rn_backend *choose_backend(const char *isa, rn_error *err) {
  const char *asked = isa ? isa : getenv("RONDO_ISA");
  if (asked && !*asked) asked = NULL;
  const rn_backend *backend = rn_backend_cpu(asked);
  if (backend) return backend;
  char names[128];
  list_isas(names, sizeof names);
  rn_error_set(err, RN_ERROR_ARGUMENT, "instruction set \"%s\"%s is unknown or missing on this machine; it has: %s", asked ? asked : "",
               isa ? "" : " (from RONDO_ISA)", names);
  return NULL;
}

rn_status rn_context_new(const rn_context_options *options, rn_context **out, char *error_text, size_t error_size) {
  rn_context_options o = options ? *options : rn_context_options_default();
  rn_error err = {0};
  *out = NULL;
  if (error_text && error_size) error_text[0] = 0;

  rn_context *ctx = rn_alloc_zero(1, sizeof *ctx);
  if (!ctx) {
    rn_error_set(&err, RN_ERROR_MEMORY, "out of memory for a context");
  } else if (o.n_threads < 0) {
    rn_error_set(&err, RN_ERROR_ARGUMENT, "%d threads: 0 means all of this machine, 1 or more that many", o.n_threads);
  } else if ((ctx->backend = choose_backend(o.isa, &err))) {
    ctx->log = o.log;
    ctx->log_user = o.log_user;
    ctx->pool = rn_pool_new(o.n_threads);
    if (!ctx->pool) rn_error_set(&err, RN_ERROR_MEMORY, "out of memory for a pool of threads");
  }
  if (err.status != RN_OK) {
    if (error_text && error_size) snprintf(error_text, error_size, "%s", err.text);
    rn_context_free(ctx);
    return err.status;
  }
  *out = ctx;
  return RN_OK;
}

void rn_context_free(rn_context *ctx) {
  if (!ctx) return;
  rn_pool_free(ctx->pool);
  rn_free(ctx);
}

rn_status rn_context_status(const rn_context *ctx) { return ctx->error.status; }
const char *rn_context_error(const rn_context *ctx) { return ctx->error.status == RN_OK ? "" : ctx->error.text; }
void rn_context_clear(rn_context *ctx) { rn_error_clear(&ctx->error); }

int rn_context_threads(const rn_context *ctx) { return rn_pool_size(ctx->pool); }
const char *rn_context_isa(const rn_context *ctx) { return ctx->backend->isa; }

/* One store to a volatile int and nothing else: safe in a signal handler. */
void rn_context_stop(rn_context *ctx) { ctx->stopping = 1; }
bool rn_context_stopping(const rn_context *ctx) { return ctx->stopping != 0; }

rn_status rn_context_fail(rn_context *ctx, rn_status status, const char *format, ...) {
  va_list args;
  va_start(args, format);
  rn_status recorded = rn_error_setv(&ctx->error, status, format, args);
  va_end(args);
  return recorded;
}

void rn_context_log(rn_context *ctx, rn_log_level level, const char *format, ...) {
  if (!ctx->log) return;
  char line[2048];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  ctx->log(ctx->log_user, level, line);
}
