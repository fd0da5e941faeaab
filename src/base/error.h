/* error.h: a status with words. The floors below the context report through this; the context owns one. */
#ifndef RN_BASE_ERROR_H
#define RN_BASE_ERROR_H

#include <rondo/base.h>
#include <stdarg.h>

typedef struct rn_error {
  rn_status status;
  char text[2048];
} rn_error;

/* Records the first failure (later ones are its consequences and are dropped) and returns the recorded status. err may be NULL:
 * then only the status is returned. */
rn_status rn_error_set(rn_error *err, rn_status status, const char *format, ...) RN_PRINTF(3, 4);
rn_status rn_error_setv(rn_error *err, rn_status status, const char *format, va_list args);
void rn_error_clear(rn_error *err);

#endif
