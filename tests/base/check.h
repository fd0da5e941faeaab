/* check.h: what every test of the lower floors begins with: cmocka, and a folder of its own that is gone at the end. */
#ifndef RN_TESTS_CHECK_H
#define RN_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char check_folder[64];

__attribute__((unused)) static int folder_setup(void **state) {
  strcpy(check_folder, "/tmp/rondo-test-XXXXXX");
  return mkdtemp(check_folder) ? 0 : -1;
}

__attribute__((unused)) static int folder_teardown(void **state) { return rn_folder_remove(check_folder, NULL) == RN_OK ? 0 : -1; }

/* A path in the folder; valid until the fourth next call. */
__attribute__((unused)) static const char *in_folder(const char *name) {
  static char path[4][256];
  static int next;
  char *p = path[next++ % 4];
  snprintf(p, sizeof path[0], "%s/%s", check_folder, name);
  return p;
}

__attribute__((unused)) static void assert_ok(rn_status status, const rn_error *err) {
  if (status != RN_OK) fail_msg("%s: %s", rn_status_name(status), err ? err->text : "");
}

/* The words of an error hold `part`. */
__attribute__((unused)) static void assert_words(const rn_error *err, const char *part) {
  if (!strstr(err->text, part)) fail_msg("'%s' does not say '%s'", err->text, part);
}

#endif
