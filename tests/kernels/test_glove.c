/* test_glove.c: GloVe's steps against the equations in double precision. */
#include "kernels_test.h"

enum { DIM = 29, WIDTH = 32, N_WORDS = 5, N_PAIRS = 40 };

typedef double row[4][WIDTH];

static double learn(row i, row j, double lr, double log_x, double f) {
  double r = i[0][DIM] + j[1][DIM + 1] - log_x;
  for (int k = 0; k < DIM; k++) r += i[0][k] * j[1][k];
  double before_w[WIDTH], before_c[WIDTH];
  memcpy(before_w, i[0], sizeof before_w);
  memcpy(before_c, j[1], sizeof before_c);
  for (int k = 0; k <= DIM + 1; k++) { /* columns DIM and DIM + 1: b_i beside a one, a one beside b_j */
    double gw = lr * f * r * before_c[k], gc = lr * f * r * before_w[k];
    if (k != DIM + 1) i[0][k] -= gw / sqrt(i[2][k]), i[2][k] += gw * gw;
    if (k != DIM) j[1][k] -= gc / sqrt(j[3][k]), j[3][k] += gc * gc;
  }
  return f * r * r / 2;
}

static void steps(bench *t) {
  static row exact[N_WORDS];
  rn_glove g = {.dim = DIM, .width = WIDTH, .lr = 0.05f};
  float *table = floats(t, N_WORDS * 4 * WIDTH, -0.5f, 0.5f);
  for (int v = 0; v < N_WORDS; v++)
    for (int s = 0; s < 4; s++)
      for (int k = 0; k < WIDTH; k++) {
        float *x = table + (v * 4 + s) * WIDTH + k;
        if (k > DIM + 1 && s < 2) *x = 0;
        if (s >= 2 || (s == 0 && k == DIM + 1) || (s == 1 && k == DIM)) *x = 1;
        exact[v][s][k] = *x;
      }
  rn_glove_pair pairs[N_PAIRS];
  double want = 0;
  for (int p = 0; p < N_PAIRS; p++) {
    rn_glove_pair *q = &pairs[p];
    *q = (rn_glove_pair){p % N_WORDS, p * 3 % N_WORDS, (float)(p % 7) - 2, 1 / (float)(1 + p % 4)}; /* p = 0: a word with itself */
    want += learn(exact[q->i], exact[q->j], (double)g.lr, (double)q->log_x, (double)q->f);
    if (q->i != q->j) want += learn(exact[q->j], exact[q->i], (double)g.lr, (double)q->log_x, (double)q->f);
  }
  double loss = t->b->glove(&g, N_PAIRS, pairs, table);
  near(t, loss, want, 1e-4 * want);
  for (int v = 0; v < N_WORDS; v++)
    for (int s = 0; s < 2; s++)
      for (int k = 0; k < WIDTH; k++) near(t, table[(v * 4 + s) * WIDTH + k], exact[v][s][k], 2e-5);
  keep_floats(t, table, N_WORDS * 4 * WIDTH);
}

static void test_steps(void **state) { everywhere(steps); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_steps)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
