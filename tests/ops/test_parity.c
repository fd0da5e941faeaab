/* The sizes of real use: the same bits with one thread and with two, and near the same numbers with every instruction set. Kernels divide
 * their work only when there is enough of it, which the small cases of test_ops never see. Those that are slow here (portable, and
 * "wide", which stands for AVX-512 where there is none) run once. */
#include "ref/op_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static bool check_case(const rn_op *op, const rn_op_case *c, char *why, size_t size) {
  rn_problem p;
  rn_outcome first = {0};
  bool ok = rn_problem_make(&p, op, c, why, size);
  for (const char *const *isa = rn_backend_cpu_names(); ok && *isa; isa++) {
    rn_outcome one = {0}, two = {0};
    bool slow = strcmp(*isa, "portable") == 0 || strcmp(*isa, "wide") == 0;
    ok = rn_problem_run(&p, *isa, slow ? 2 : 1, RN_WALKS_EACH, &one, why, size);
    if (ok && !slow) ok = rn_problem_run(&p, *isa, 2, RN_WALKS_EACH, &two, why, size) && rn_outcome_same(&p, &two, &one, why, size);
    if (ok && first.y[0]) ok = rn_outcome_close(&p, &one, &first, 1, 1e-3, why, size);
    rn_outcome_free(&two);
    if (first.y[0] || !ok) rn_outcome_free(&one);
    else first = one;
  }
  rn_outcome_free(&first);
  rn_problem_free(&p);
  return ok;
}

static void check_op(void **state) {
  const rn_op *op = *state;
  for (int i = 0; i < op->n_cases; i++) {
    char why[512] = "";
    if (op->cases[i].bench && !check_case(op, &op->cases[i], why, sizeof why)) fail_msg("%s, %s: %s", op->name, op->cases[i].name, why);
  }
}

int main(void) {
  struct CMUnitTest tests[64];
  size_t n = 0;
  for (const rn_op *const *op = rn_ops; *op && n < 64; op++)
    tests[n++] = (struct CMUnitTest){.name = (*op)->name, .test_func = check_op, .initial_state = (void *)*op};
  return _cmocka_run_group_tests("parity", tests, n, NULL, NULL);
}
