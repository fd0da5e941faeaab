/* base.h: statuses, the context, threads, logging.
 *
 * Everything that can fail for a reason outside the program returns an rn_status; the words are in the context.
 * Nothing in this library aborts, exits, prints (unless you give a log function) or keeps global state.
 */
#ifndef RONDO_BASE_H
#define RONDO_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RN_VERSION "0.1.0"

#if defined(__GNUC__)
#define RN_API __attribute__((visibility("default")))
#define RN_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define RN_API
#define RN_PRINTF(fmt, args)
#endif

/* What happened. The numbers are stable. */
typedef enum rn_status {
  RN_OK = 0,
  RN_ERROR_ARGUMENT = 1,    /* the caller asked for something that makes no sense: a usage or configuration error */
  RN_ERROR_DATA = 2,        /* a data or model file is malformed, truncated or corrupted */
  RN_ERROR_IO = 3,          /* the system refused: no such file, no permission, disk full */
  RN_ERROR_MEMORY = 4,      /* an allocation failed */
  RN_ERROR_UNSUPPORTED = 5, /* this device or build has no such operation */
  RN_ERROR_DIVERGED = 6,    /* a loss or a gradient is not finite */
  RN_ERROR_STOPPED = 7,     /* asked to stop (rn_context_stop), after saving what was to be saved */
} rn_status;

/* A constant word for a status: "ok", "argument", "data", ... Never NULL. */
RN_API const char *rn_status_name(rn_status status);

/* The library's version, "0.1.0". */
RN_API const char *rn_version(void);

/* A part of a text: not NUL-terminated; it belongs to whoever owns the text. */
typedef struct rn_string {
  const char *data;
  size_t size;
} rn_string;

typedef enum rn_log_level { RN_LOG_DEBUG, RN_LOG_INFO, RN_LOG_WARNING } rn_log_level;

/* Receives one line without its newline. Called from the thread that called into the library. */
typedef void (*rn_log_fn)(void *user, rn_log_level level, const char *line);

/* A context: threads, kernels, the last error. One per thread of yours that calls into the library at the same time; a model may
 * be shared by many contexts. */
typedef struct rn_context rn_context;

typedef struct rn_context_options {
  int n_threads;   /* 0: every processor this process may use (affinity and cgroup quota respected) */
  const char *isa; /* NULL: the best of the machine, or the environment's RONDO_ISA; else "portable", "avx2", "avx512" */
  rn_log_fn log;   /* NULL: silence */
  void *log_user;
} rn_context_options;

RN_API rn_context_options rn_context_options_default(void);

/* Makes a context; *out is NULL on failure. options may be NULL for the defaults.
 * Errors: RN_ERROR_ARGUMENT (unknown isa, or one this machine lacks), RN_ERROR_MEMORY; then the words are in error_text, which may
 * be NULL and otherwise holds error_size bytes. Free with rn_context_free. */
RN_API rn_status rn_context_new(const rn_context_options *options, rn_context **out, char *error_text, size_t error_size);
RN_API void rn_context_free(rn_context *context); /* NULL is allowed */

/* The status and the words of the first error since the last rn_context_clear. The text is "" when there is none; it belongs to
 * the context and changes with its next error. */
RN_API rn_status rn_context_status(const rn_context *context);
RN_API const char *rn_context_error(const rn_context *context);
RN_API void rn_context_clear(rn_context *context);

RN_API int rn_context_threads(const rn_context *context);
RN_API const char *rn_context_isa(const rn_context *context); /* "avx2" */

/* Asks whatever runs in this context to stop at the next safe point and return RN_ERROR_STOPPED. Safe in a signal handler. */
RN_API void rn_context_stop(rn_context *context);
RN_API bool rn_context_stopping(const rn_context *context);

#ifdef __cplusplus
}
#endif
#endif
