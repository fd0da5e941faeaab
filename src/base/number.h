/* number.h: decimal numbers of a text, whatever the locale. */
#ifndef RN_BASE_NUMBER_H
#define RN_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* The number that is the whole of s: [+-]digits[.digits][e[+-]digits], or nan, inf, infinity in any case. False when it is none. The
 * value is the nearest float's for sure, the nearest double's but for ties so close that 19 digits do not tell. */
bool rn_number_read(const char *s, size_t size, double *out);

#endif
