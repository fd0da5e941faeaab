/* test_space.c: neighbours' and t-SNE's kernels against sums written down in double precision. */
#include "kernels/kernels_test.h"
#include "kernels/space.h"

static void dots_body(bench *t) {
  for (int64_t d = 1; d < 40; d += 3) {
    int64_t n = 37;
    float *table = floats(t, n * d, -1, 1), *q = floats(t, d, -1, 1), *dot = floats(t, n, 0, 0), *square = floats(t, n, 0, 0);
    t->b->space->row_dots(t->pool, n, d, table, q, dot, square);
    for (int64_t r = 0; r < n; r++) {
      double x = 0, y = 0;
      for (int64_t i = 0; i < d; i++)
        x += (double)table[r * d + i] * (double)q[i], y += (double)table[r * d + i] * (double)table[r * d + i];
      near(t, dot[r], x, 1e-5);
      near(t, square[r], y, 1e-5);
    }
    keep_floats(t, dot, n);
  }
}
static void dots_of_rows(void **state) { everywhere(dots_body); }

/* A row of zeros has no cosine, and is a point like any other for distances. */
static void terms_body(bench *t) {
  enum { N = 35 };
  float *square = floats(t, N, 0.1f, 4), *scale = floats(t, N, 0, 0), *shift = floats(t, N, 0, 0);
  square[3] = 0;
  t->b->space->score_terms(N, true, square, scale, shift);
  for (int r = 0; r < N; r++) {
    near(t, scale[r], r == 3 ? 0 : 1 / sqrt((double)square[r]), 1e-6);
    assert_true(shift[r] == (r == 3 ? -INFINITY : 0));
  }
  keep_floats(t, scale, N);
  t->b->space->score_terms(N, false, square, scale, shift);
  for (int r = 0; r < N; r++) assert_true(scale[r] == 2 && shift[r] == -square[r]);
}
static void terms_of_scores(void **state) { everywhere(terms_body); }

/* The best k one after the other; equal scores in the order of rows. */
static void top_body(bench *t) {
  enum { N = 203, K = 9 };
  float *dot = floats(t, N, -1, 1), score[K];
  int64_t row[K];
  for (int i = 0; i < N; i += 7) dot[i] = 0.5f;
  rn_top top = {K, 0, score, row};
  t->b->space->top(100, dot, NULL, NULL, 0, &top);
  t->b->space->top(N - 100, dot + 100, NULL, NULL, 100, &top);
  assert_int_equal(top.n, K);
  bool taken[N] = {0};
  for (int k = 0; k < K; k++) {
    int best = -1, found = 0;
    for (int i = 0; i < N; i++)
      if (!taken[i] && (best < 0 || dot[i] > dot[best])) best = i;
    taken[best] = true;
    for (int j = 0; j < K; j++) found += row[j] == best && score[j] == dot[best];
    assert_int_equal(found, 1);
  }
  rn_top none = {0};
  t->b->space->top(N, dot, NULL, NULL, 0, &none);
  assert_int_equal(none.n, 0);
}
static void best_rows(void **state) { everywhere(top_body); }

static void affinities_body(bench *t) {
  enum { N = 5, K = 61 };
  float *d = floats(t, N * K, 0, 20), *p = floats(t, N * K, 0, 0);
  t->b->space->affinities(t->pool, N, K, d, 12, p);
  for (int r = 0; r < N; r++) {
    double sum = 0, entropy = 0;
    for (int j = 0; j < K; j++) sum += p[r * K + j], entropy -= p[r * K + j] > 0 ? p[r * K + j] * log(p[r * K + j]) : 0;
    near(t, sum, 1, 1e-5);
    near(t, exp(entropy), 12, 1e-2);
  }
  keep_floats(t, p, N * K);
}
static void perplexity_is_met(void **state) { everywhere(affinities_body); }

static void forces_body(bench *t) {
  enum { N = 301 };
  float *y = floats(t, 2 * N, -15, 15), *exact = floats(t, 2 * N, 0, 0), *grid = floats(t, 2 * N, 0, 0), *room = floats(t, 3 * N, 0, 0);
  double z = t->b->space->repulsion(t->pool, N, y, exact, room), want_z = 0;
  for (int i = 0; i < N; i++) {
    double fx = 0, fy = 0;
    for (int j = 0; j < N; j++) {
      double dx = (double)y[2 * i] - (double)y[2 * j], dy = (double)y[2 * i + 1] - (double)y[2 * j + 1], q = 1 / (1 + dx * dx + dy * dy);
      want_z += i != j ? q : 0;
      fx += q * q * dx, fy += q * q * dy;
    }
    near(t, exact[2 * i], fx, 1e-4);
    near(t, exact[2 * i + 1], fy, 1e-4);
  }
  near(t, z, want_z, 1e-4 * want_z);
  /* The grid's sizes, and its forces: within a few percent of their mean, as finer spacings are within less. */
  const rn_space_kernels *k = t->b->space;
  assert_int_equal(k->grid_size(1), 64);
  assert_int_equal(k->grid_size(33), 128);
  double error_before = INFINITY;
  for (float spacing = 0.5f; spacing > 0.1f; spacing /= 2) {
    rn_grid g = {.size = k->grid_size((int64_t)(30 / spacing) + 6), .spacing = spacing, .origin = {-15 - 2 * spacing, -15 - 2 * spacing}};
    g.spectra = floats(t, (int64_t)k->grid_spectra(g.size), 0, 0);
    float *scratch = floats(t, (int64_t)(k->grid_scratch(N, g.size, 3) / sizeof(float)) + 64, 0, 0);
    k->grid_prepare(t->pool, &g, scratch + 15);
    double grid_z = k->grid_repulsion(t->pool, N, &g, y, grid, scratch + 15), error = 0, size = 0;
    for (int i = 0; i < 2 * N; i++) error += pow((double)grid[i] - (double)exact[i], 2), size += pow(exact[i], 2);
    near(t, grid_z, want_z, 0.02 * want_z);
    assert_true(error / size < 0.01);
    assert_true(error < 0.5 * error_before);
    error_before = error;
    keep_floats(t, grid, 2 * N);
  }
}
static void forces_are_sums_over_pairs(void **state) { everywhere(forces_body); }

static void attraction_body(bench *t) {
  enum { N = 40, K = 11 };
  float *y = floats(t, 2 * N, -3, 3), *p = floats(t, N * K, 0, 1), *force = floats(t, 2 * N, 2, 2);
  int32_t *neighbour = ids(t, N * K, N, 0);
  int64_t offset[N + 1];
  for (int i = 0; i <= N; i++) offset[i] = (int64_t)i * K - (i > 3 ? 5 : 0);
  double loss = t->b->space->attraction(t->pool, N, offset, neighbour, p, y, 3, force, true), want_loss = 0;
  for (int i = 0; i < N; i++) {
    double fx = 2, fy = 2;
    for (int64_t e = offset[i]; e < offset[i + 1]; e++) {
      double dx = (double)y[2 * i] - (double)y[2 * neighbour[e]], dy = (double)y[2 * i + 1] - (double)y[2 * neighbour[e] + 1];
      double q = 1 / (1 + dx * dx + dy * dy);
      fx += 3 * (double)p[e] * q * dx, fy += 3 * (double)p[e] * q * dy;
      want_loss -= (double)p[e] * log(q);
    }
    near(t, force[2 * i], fx, 1e-4);
    near(t, force[2 * i + 1], fy, 1e-4);
  }
  near(t, loss, want_loss, 1e-6 * want_loss);
  keep_floats(t, force, 2 * N);
}
static void attraction_is_a_sum_over_neighbours(void **state) { everywhere(attraction_body); }

static void analogy_body(bench *t) {
  for (int64_t n = 1; n < 40; n++) {
    float *a = floats(t, n, -1, 1), *b = floats(t, n, -1, 1), *c = floats(t, n, -1, 1), *s = floats(t, n, 0, 0);
    for (int multiply = 0; multiply < 2; multiply++) {
      t->b->space->analogy(n, a, b, c, multiply, s);
      for (int64_t i = 0; i < n; i++) {
        double x = (1 + (double)a[i]) / 2, y = (1 + (double)b[i]) / 2, z = (1 + (double)c[i]) / 2;
        near(t, s[i], multiply ? y * z / (x + 0.001) : (double)b[i] - (double)a[i] + (double)c[i], 1e-5 * (1 + y * z / (x + 0.001)));
      }
    }
  }
}
static void analogies_are_scored(void **state) { everywhere(analogy_body); }

int main(void) {
  const struct CMUnitTest cases[] = {cmocka_unit_test(dots_of_rows),
                                     cmocka_unit_test(terms_of_scores),
                                     cmocka_unit_test(best_rows),
                                     cmocka_unit_test(perplexity_is_met),
                                     cmocka_unit_test(forces_are_sums_over_pairs),
                                     cmocka_unit_test(attraction_is_a_sum_over_neighbours),
                                     cmocka_unit_test(analogies_are_scored)};
  return cmocka_run_group_tests(cases, NULL, NULL);
}
