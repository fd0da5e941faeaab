/* test_number.c: decimal numbers against libc's, and what is none. */
#include "base/number.h"
#include "base/random.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static double number(const char *s) {
  double x = -77;
  assert_true(rn_number_read(s, strlen(s), &x));
  return x;
}

static void test_written_in_many_ways(void **state) {
  const char *text = "0 -0 1 +1.5 .5 5. 0.1 7 00012 0.00001 1e5 1E-5 1e+05 -2.25e-3 1e22 1e23 1e300 1e-300 1e400 1e-400 0e99999 "
                     "1e99999999999 123456789012345678 9007199254740993 0.30000000000000004 2.2250738585072014e-308 ";
  while (*text) {
    size_t size = strcspn(text, " ");
    double x = -77, y = strtod(text, NULL);
    assert_true(rn_number_read(text, size, &x));
    if (memcmp(&x, &y, sizeof x)) fail_msg("%.*s: %.17g, expected %.17g", (int)size, text, x, y);
    text += size + 1;
  }
  assert_true(isnan(number("NaN")) && isnan(number("nan")));
  assert_true(number("-inf") == -INFINITY && number("Infinity") == INFINITY);
}

static void test_not_numbers(void **state) {
  static const char *const texts[] = {"",     "-",  ".",  "e5",  "1e",   "1e+",     "1.2.3", "1,5",
                                      "0x10", "1 ", " 1", "--1", "nano", "infinit", "1f",    "?"};
  double x;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (rn_number_read(texts[i], strlen(texts[i]), &x)) fail_msg("\"%s\" is read as %g", texts[i], x);
  assert_true(rn_number_read("12345", 2, &x) && x == 12); /* the size, not a NUL, ends it */
}

/* Every float comes back from its nine digits, and doubles from their seventeen as strtod has them. */
static void test_random_numbers(void **state) {
  rn_random r = rn_random_init(1, 0);
  char text[64];
  for (int i = 0; i < 200000; i++) {
    uint32_t bits = (uint32_t)(rn_random_below(&r, (uint64_t)1 << 32));
    float f;
    memcpy(&f, &bits, sizeof f);
    if (!isfinite(f)) continue;
    snprintf(text, sizeof text, "%.9g", (double)f);
    if ((float)number(text) != f) fail_msg("%s is read as %.9g", text, number(text));
    double d = (double)f * 1.1;
    snprintf(text, sizeof text, "%.17g", d);
    if (number(text) != d) fail_msg("%s is read as %.17g", text, number(text));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_written_in_many_ways), cmocka_unit_test(test_not_numbers),
                                     cmocka_unit_test(test_random_numbers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
