/* number.c: x = digits 10^exponent, in long double. The digits, up to 19 of them, are an integer of 64 bits, which is exact, and so are
 * the powers of ten up to 10^27: one rounding, by division where the exponent is negative, and another to double. */
#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <strings.h>

#define MAX_DIGITS 19
#define MAX_EXPONENT 9999 /* past all doubles; more digits of it change nothing */

static const long double exact_powers[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
                                          1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static long double power_of_ten(int n) {
  if (n < (int)(sizeof exact_powers / sizeof *exact_powers)) return exact_powers[n];
  long double power = 1, square = 10;
  for (; n; n >>= 1, square *= square)
    if (n & 1) power *= square;
  return power;
}

/* The words that are numbers. */
static bool read_word(const char *s, size_t size, double *out) {
  if (size == 3 && strncasecmp(s, "nan", 3) == 0) *out = NAN;
  else if ((size == 3 && strncasecmp(s, "inf", 3) == 0) || (size == 8 && strncasecmp(s, "infinity", 8) == 0)) *out = INFINITY;
  else return false;
  return true;
}

bool rn_number_read(const char *s, size_t size, double *out) {
  const char *end = s + size;
  bool minus = s < end && *s == '-', point = false, any = false;
  if (s < end && (*s == '-' || *s == '+')) s++;
  if (s < end && isalpha((unsigned char)*s) && read_word(s, (size_t)(end - s), out)) {
    if (minus) *out = -*out;
    return true;
  }
  uint64_t digits = 0;
  int n_digits = 0, exponent = 0;
  for (; s < end && (is_digit(*s) || (*s == '.' && !point)); s++) {
    if (*s == '.') {
      point = true;
      continue;
    }
    any = true;
    bool taken = n_digits < MAX_DIGITS;
    if (taken) digits = 10 * digits + (uint64_t)(*s - '0');
    n_digits += taken && digits > 0; /* zeros in front do not count */
    if (exponent > -MAX_EXPONENT && exponent < MAX_EXPONENT) exponent += !taken - point;
  }
  if (!any) return false;
  if (s < end && (*s == 'e' || *s == 'E')) {
    bool down = ++s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+')) s++;
    if (s == end) return false;
    int power = 0;
    for (; s < end && is_digit(*s); s++)
      if (power < MAX_EXPONENT) power = 10 * power + (*s - '0');
    exponent += down ? -power : power;
  }
  if (s != end) return false;
  long double x = (long double)digits;
  if (digits) x = exponent < 0 ? x / power_of_ten(-exponent) : x * power_of_ten(exponent);
  *out = (double)(minus ? -x : x);
  return true;
}
