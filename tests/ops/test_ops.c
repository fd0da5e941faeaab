/* Every operation, every case of its table, every instruction set of this machine, one, two and three threads: the forward pass against the
 * double-precision reference, and the gradient, element by element and sign kept, against central differences of that reference. And the
 * check itself is checked: operations made wrong on purpose must be found. */
#include "ref/op_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void check_op(void **state) {
  const rn_op *op = *state;
  int failures = 0;
  for (int i = 0; i < op->n_cases; i++) {
    char why[1024];
    if (op->cases[i].bench || rn_op_check(op, ref_of(op), &op->cases[i], why, sizeof why)) continue;
    print_error("%s\n", why);
    failures++;
  }
  assert_int_equal(failures, 0);
}

/* ---- operations made wrong ---- */

static void multiply_grad(rn_node *node, int i, float factor) {
  float *grad = rn_node_grad(node, i);
  for (int64_t k = 0; k < rn_tensor_size(node->in[i]); k++) grad[k] *= factor;
}

static void wrong_sign(rn_node *node, void *scratch) {
  rn_op_linear.backward(node, scratch);
  multiply_grad(node, 1, -1);
}

static void wrong_element(rn_node *node, void *scratch) {
  rn_op_linear.backward(node, scratch);
  rn_node_grad(node, 2)[1] *= 1.05f;
}

static void forgotten_input(rn_node *node, void *scratch) {
  rn_op_linear.backward(node, scratch);
  multiply_grad(node, 0, 0);
}

static void overwritten(rn_node *node, void *scratch) {
  for (int i = 0; i < 3; i++) multiply_grad(node, i, 0);
  rn_op_linear.backward(node, scratch);
}

static void not_a_number(rn_node *node, void *scratch) {
  rn_op_linear.backward(node, scratch);
  rn_node_grad(node, 0)[0] = NAN;
}

static void nothing(rn_node *node, void *scratch) {}

static void wrong_forward(rn_node *node, void *scratch) {
  rn_op_linear.forward(node, scratch);
  node->out[0]->data[3] += 1e-3f;
}

static void depends_on_threads(rn_node *node, void *scratch) {
  rn_op_linear.forward(node, scratch);
  if (rn_pool_size(rn_node_pool(node)) > 1) node->out[0]->data[0] *= 1 + 1e-7f;
}

static void assert_found(rn_op wrong, const char *words) {
  char why[1024] = "";
  assert_false(rn_op_check(&wrong, ref_linear, &rn_op_linear.cases[0], why, sizeof why));
  if (!strstr(why, words)) fail_msg("found, but with the words: %s", why);
}

static void wrong_operations_are_found(void **state) {
  const struct {
    void (*backward)(rn_node *, void *);
    const char *words;
  } backwards[] = {{wrong_sign, "gradient 1"}, {wrong_element, "gradient 2: element 1"},       {forgotten_input, "gradient 0"},
                   {overwritten, "gradient"},  {not_a_number, "gradient 0: element 0 is nan"}, {nothing, "gradient"}};
  for (size_t i = 0; i < sizeof backwards / sizeof backwards[0]; i++) {
    rn_op wrong = rn_op_linear;
    wrong.backward = backwards[i].backward;
    assert_found(wrong, backwards[i].words);
  }
  rn_op wrong = rn_op_linear;
  wrong.forward = wrong_forward;
  assert_found(wrong, "output 0: element 3");
  wrong.forward = depends_on_threads;
  assert_found(wrong, "depends on the number of threads");
}

int main(void) {
  struct CMUnitTest tests[64] = {cmocka_unit_test(wrong_operations_are_found)};
  size_t n = 1;
  for (const rn_op *const *op = rn_ops; *op && n < 64; op++)
    tests[n++] = (struct CMUnitTest){.name = (*op)->name, .test_func = check_op, .initial_state = (void *)*op};
  return _cmocka_run_group_tests("operations", tests, n, NULL, NULL);
}
