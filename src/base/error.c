/* error.c: a status with words, and the words of the statuses. */
#include "base/error.h"

#include <stdio.h>

rn_status rn_error_setv(rn_error *err, rn_status status, const char *format, va_list args) {
  if (!err) return status;
  if (err->status != RN_OK) return err->status;
  err->status = status;
  vsnprintf(err->text, sizeof err->text, format, args);
  /* Names out of a file are in it, and it may end in a terminal, where control characters are commands. */
  for (unsigned char *c = (unsigned char *)err->text; *c; c++)
    if ((*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f) *c = '?';
  return status;
}

rn_status rn_error_set(rn_error *err, rn_status status, const char *format, ...) {
  va_list args;
  va_start(args, format);
  status = rn_error_setv(err, status, format, args);
  va_end(args);
  return status;
}

void rn_error_clear(rn_error *err) {
  if (!err) return;
  err->status = RN_OK;
  err->text[0] = '\0';
}

const char *rn_status_name(rn_status status) {
  switch (status) {
  case RN_OK: return "ok";
  case RN_ERROR_ARGUMENT: return "argument";
  case RN_ERROR_DATA: return "data";
  case RN_ERROR_IO: return "io";
  case RN_ERROR_MEMORY: return "memory";
  case RN_ERROR_UNSUPPORTED: return "unsupported";
  case RN_ERROR_DIVERGED: return "diverged";
  case RN_ERROR_STOPPED: return "stopped";
  }
  return "unknown";
}

const char *rn_version(void) { return RN_VERSION; }
