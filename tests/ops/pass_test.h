/* pass_test.h: what tests of operations share that no case table can hold: a context and a graph. */
#ifndef RN_TESTS_PASS_TEST_H
#define RN_TESTS_PASS_TEST_H

#include "ops/op.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct fixture {
  rn_context *ctx;
  rn_graph *g;
} fixture;

static int setup(void **state) {
  static fixture f;
  *state = &f;
  return rn_context_new(NULL, &f.ctx, NULL, 0) == RN_OK && (f.g = rn_graph_new(f.ctx)) ? 0 : -1;
}

static int teardown(void **state) {
  fixture *f = *state;
  rn_graph_free(f->g);
  rn_context_free(f->ctx);
  return 0;
}

#endif
