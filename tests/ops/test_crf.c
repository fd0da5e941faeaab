/* test_crf.c: what the case table of rn_crf can not draw: forbidden labels, very long sequences, sequences that leave the range of
 * probabilities half way. */
#include "base/random.h"
#include "pass_test.h"

static const float no = -INFINITY;

/* One sequence of a pass. */
typedef struct chain {
  rn_tensor *e, *A, *start, *end, *loss;
} chain;

static chain crf(fixture *f, int64_t n, int64_t K, const float *e, const float *A, const float *start, const float *end, const int32_t *y) {
  int64_t offset[2] = {0, n};
  chain c;
  rn_context_clear(f->ctx);
  rn_graph_begin(f->g, RN_TRAIN, 1, 1);
  c.e = rn_variable(f->g, e, 2, (int64_t[]){n, K}, &(rn_ragged){1, offset});
  c.A = rn_variable(f->g, A, 2, (int64_t[]){K, K}, NULL);
  c.start = rn_variable(f->g, start, 1, &K, NULL);
  c.end = rn_variable(f->g, end, 1, &K, NULL);
  c.loss = rn_crf(f->g, c.e, c.A, c.start, c.end, y);
  return c;
}

static void assert_near(double got, double wanted, double tolerance) {
  if (!(fabs(got - wanted) <= tolerance * (1 + fabs(wanted)))) fail_msg("%.9g, expected %.9g", got, wanted);
}

/* ---- against every path ---- */

enum { N = 4, K = 3 };

/* The loss and its gradients from all K^N paths, each with its weight. */
static double by_paths(const float *e, const float *A, const float *start, const float *end, const int32_t *y, double *de, double *dA,
                       double *dstart, double *dend) {
  double Z = 0, target = 0, top = -INFINITY;
  for (int pass = 0; pass < 3; pass++) /* the largest score, Z, the expectations */
    for (int number = 0; number < 81; number++) {
      int32_t path[N];
      for (int t = 0, rest = number; t < N; t++, rest /= K) path[t] = rest % K;
      double score = (double)start[path[0]] + end[path[N - 1]];
      for (int t = 0; t < N; t++) score += (double)e[t * K + path[t]] + (t ? A[path[t - 1] * K + path[t]] : 0);
      bool is_target = memcmp(path, y, sizeof path) == 0;
      if (is_target) target = score;
      if (pass == 0) top = fmax(top, score);
      if (pass == 1) Z += exp(score - top);
      double p = pass == 2 ? exp(score - top) / Z - is_target : 0;
      for (int t = 0; t < N; t++) de[t * K + path[t]] += p;
      for (int t = 1; t < N; t++) dA[path[t - 1] * K + path[t]] += p;
      dstart[path[0]] += p, dend[path[N - 1]] += p;
    }
  return top + log(Z) - target;
}

static void check_by_paths(fixture *f, const float *e, const float *A, const float *start, const float *end, const int32_t *y) {
  double de[N * K] = {0}, dA[K * K] = {0}, dstart[K] = {0}, dend[K] = {0};
  double loss = by_paths(e, A, start, end, y, de, dA, dstart, dend);
  chain c = crf(f, N, K, e, A, start, end, y);
  assert_int_equal(rn_graph_status(f->g), RN_OK);
  assert_near(c.loss->data[0], loss / N, 1e-6);
  assert_int_equal(rn_graph_backward(f->g, c.loss), RN_OK);
  for (int i = 0; i < N * K; i++) assert_near(c.e->grad[i], de[i] / N, 1e-6);
  for (int i = 0; i < K * K; i++) {
    assert_near(c.A->grad[i], dA[i] / N, 1e-6);
    if (A[i] == no) assert_true(c.A->grad[i] == 0);
  }
  for (int i = 0; i < K; i++) {
    assert_near(c.start->grad[i], dstart[i] / N, 1e-6);
    assert_near(c.end->grad[i], dend[i] / N, 1e-6);
    if (start[i] == no) assert_true(c.start->grad[i] == 0);
    if (end[i] == no) assert_true(c.end->grad[i] == 0);
  }
}

static void test_forbidden(void **state) {
  float e[N * K] = {0.3f, -1, 2, 0.5f, 0.1f, -0.7f, 1, 1, -2, 0.4f, 0.2f, 0};
  float A[K * K] = {0.5f, 1, no, no, 0.25f, -1, 0.75f, no, 0}, start[K] = {0.1f, no, -0.5f}, end[K] = {no, 0.2f, 0};
  const int32_t y[N] = {0, 1, 1, 2};
  check_by_paths(*state, e, A, start, end, y);
  for (int i = 0; i < N * K; i++) e[i] *= 20; /* probabilities from one end of the range to the other */
  check_by_paths(*state, e, A, start, end, y);
  e[1 * K + 0] = no; /* forbidden in one place */
  check_by_paths(*state, e, A, start, end, y);
  for (int i = 0; i < N * K; i++) e[i] *= 500; /* +-20,000 */
  check_by_paths(*state, e, A, start, end, y);
  for (int i = 0; i < K * K; i++) A[i] *= 100; /* tame emissions, transitions that nearly forbid */
  for (int i = 0; i < N * K; i++) e[i] = e[i] == no ? 0 : e[i] / 10000;
  check_by_paths(*state, e, A, start, end, y);
}

/* Emissions insist on 0 for most of the way, but only 1 may end and only 0 0 .. and 1 1 .. are allowed: the path of all ones is e^-3000
 * at its last row, and certain. */
static void test_rescued_by_the_end(void **state) {
  fixture *f = *state;
  enum { L = 100 };
  float e[L * 2];
  int32_t y[L];
  for (int t = 0; t < L; t++) e[2 * t] = 30, e[2 * t + 1] = 0, y[t] = 1;
  chain c = crf(f, L, 2, e, (float[]){0, no, no, 0}, (float[]){0, 0}, (float[]){no, 0}, y);
  assert_near(c.loss->data[0], 0, 1e-6);
  rn_graph_backward(f->g, c.loss);
  for (int i = 0; i < 2 * L; i++) assert_near(c.e->grad[i], 0, 1e-6);
}

static void test_forbidden_targets(void **state) {
  fixture *f = *state;
  const float e[6] = {0}, A[4] = {0, no, 0, 0}, start[2] = {0, no}, end[2] = {0, no}, zero[2] = {0};
  crf(f, 3, 2, e, A, zero, zero, (const int32_t[]){1, 0, 1});
  assert_non_null(strstr(rn_context_error(f->ctx), "crf: targets[2] is 1, which may not follow 0"));
  crf(f, 3, 2, e, A, start, zero, (const int32_t[]){1, 0, 0});
  assert_non_null(strstr(rn_context_error(f->ctx), "crf: targets[0] is 1, which may not begin a sequence"));
  crf(f, 3, 2, e, A, zero, end, (const int32_t[]){1, 1, 1});
  assert_non_null(strstr(rn_context_error(f->ctx), "crf: targets[2] is 1, which may not end a sequence"));
  crf(f, 3, 2, e, A, zero, zero, (const int32_t[]){1, 2, 1});
  assert_non_null(strstr(rn_context_error(f->ctx), "crf: targets[1] is 2, outside 0 .. 1"));
}

/* The parameter stays finite: what forbids is added to it. */
static void test_mask_by_addition(void **state) {
  fixture *f = *state;
  const float e[8] = {1, 0, 0, 1, 1, 0, 0, 1}, A[4] = {0.1f, 0.2f, 0.3f, 0.4f}, mask[4] = {0, 0, no, 0};
  int64_t offset[2] = {0, 4}, two[2] = {2, 2};
  rn_graph_begin(f->g, RN_TRAIN, 1, 1);
  rn_tensor *x = rn_variable(f->g, e, 2, (int64_t[]){4, 2}, &(rn_ragged){1, offset}), *w = rn_variable(f->g, A, 2, two, NULL);
  rn_tensor *loss = rn_crf(f->g, x, rn_add(f->g, w, rn_constant(f->g, mask, 2, two, NULL)), NULL, NULL, (const int32_t[]){0, 0, 1, 1});
  assert_int_equal(rn_graph_backward(f->g, loss), RN_OK);
  assert_true(w->grad[2] == 0);
  assert_true(w->grad[1] != 0 && isfinite(w->grad[1]));
}

/* ---- long ---- */

static void check_long(fixture *f, float size) {
  enum { L = 100000, LABELS = 5 };
  rn_random random = rn_random_init(3, 1);
  float *e = malloc(L * LABELS * sizeof *e), A[LABELS * LABELS], zero[LABELS] = {0};
  int32_t *y = malloc(L * sizeof *y);
  for (int i = 0; i < L * LABELS; i++) e[i] = size * (2 * rn_random_uniform(&random) - 1);
  for (int i = 0; i < LABELS * LABELS; i++) A[i] = rn_random_normal(&random);
  for (int t = 0; t < L; t++) y[t] = (int32_t)rn_random_below(&random, LABELS);
  chain c = crf(f, L, LABELS, e, A, zero, zero, y);
  assert_int_equal(rn_graph_status(f->g), RN_OK);
  assert_true(isfinite(c.loss->data[0]) && c.loss->data[0] > 0);
  rn_graph_backward(f->g, c.loss);
  double sum = 0;
  for (int i = 0; i < L * LABELS; i++) {
    assert_true(fabs(c.e->grad[i]) <= 1.0 / L * (1 + 1e-6));
    sum += c.e->grad[i];
  }
  for (int i = 0; i < LABELS * LABELS; i++) assert_true(isfinite(c.A->grad[i]));
  assert_near(sum, 0, 1e-6); /* each row's marginals sum to 1 */
  free(e), free(y);
}

static void test_long(void **state) {
  check_long(*state, 3);
  check_long(*state, 10000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_forbidden),
      cmocka_unit_test(test_rescued_by_the_end),
      cmocka_unit_test(test_forbidden_targets),
      cmocka_unit_test(test_mask_by_addition),
      cmocka_unit_test(test_long),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
