/* test_windows.c: word2vec's batch against the equations in double precision, and its step against central differences of the loss. */
#include "kernels_test.h"

enum { PARTS = 3, WIDTH = 24, DIM = PARTS * WIDTH, N_IN = 11, N_OUT = 14, N_POSITIONS = 9, N_WINDOWS = 6, MOST_TARGETS = 13 };

/* A batch whose windows have 1 to 13 targets, some of them twice, and 1 to 8 positions. */
typedef struct batch {
  rn_windows w;
  int32_t word[N_POSITIONS], first[N_WINDOWS], centre[N_WINDOWS], end[N_WINDOWS], target[N_WINDOWS * MOST_TARGETS];
  int32_t target_offset[N_WINDOWS + 1], error_offset[N_WINDOWS + 1], bag[64];
  int64_t bag_offset[N_IN + 1];
  float in_crowd[64], out_crowd[N_OUT];
} batch;

static int below(bench *t, int n) { return (int)rn_random_below(&t->random, (uint64_t)n); }

static void fill(bench *t, batch *b, bool mean, bool bags, int n_windows) {
  *b = (batch){.w = {.n_parts = PARTS, .width = WIDTH, .n_in = N_IN, .n_out = N_OUT, .n_positions = N_POSITIONS, .mean = mean,
                     .n = n_windows, .lr = 0.1f, .wants_loss = true}};
  for (int i = 0; i < N_POSITIONS; i++) b->word[i] = below(t, bags ? 4 : N_IN);
  for (int v = 0; v < N_IN; v++) {
    b->bag_offset[v + 1] = b->bag_offset[v] + 1 + v % 4;
    for (int64_t k = b->bag_offset[v]; k < b->bag_offset[v + 1]; k++) b->bag[k] = below(t, N_IN);
  }
  for (int k = 0; k < 64; k++) b->in_crowd[k] = (float)(k % 5) * 7;
  for (int k = 0; k < N_OUT; k++) b->out_crowd[k] = (float)(k % 4) * 9;
  for (int w = 0; w < n_windows; w++) {
    b->centre[w] = 1 + below(t, N_POSITIONS - 2);
    b->first[w] = below(t, b->centre[w]);
    b->end[w] = b->centre[w] + 1 + below(t, N_POSITIONS - b->centre[w]);
    int n = 1 + (int[]){12, 5, 2, 6, 0, 3}[w], start = below(t, N_OUT);
    for (int k = 0; k < n; k++) { /* the first comes twice */
      int32_t row = (start + (k == 1 ? 0 : k)) % N_OUT;
      b->target[b->target_offset[w] + k] = k % 3 == 0 ? row : ~row;
    }
    b->target_offset[w + 1] = b->target_offset[w] + n;
    b->error_offset[w + 1] = b->error_offset[w] + n * (mean ? 1 : b->end[w] - b->first[w] - 1);
  }
  b->w.word = b->word, b->w.first = b->first, b->w.centre = b->centre, b->w.end = b->end;
  b->w.target = b->target, b->w.target_offset = b->target_offset, b->w.error_offset = b->error_offset;
  b->w.in_crowd = b->in_crowd, b->w.out_crowd = b->out_crowd;
  if (bags) b->w.bag = b->bag, b->w.bag_offset = b->bag_offset;
}

/* ---- the equations ---- */

typedef struct tables {
  double in[N_IN][DIM], out[N_OUT][DIM];
} tables;

static float *at(float *table, int n, int row, int j) { return table + (j / WIDTH * n + row) * WIDTH + j % WIDTH; }

static int rows_of(const batch *b, int p, int *rows) {
  int n = 0, v = b->word[p];
  if (!b->w.bag) return rows[0] = v, 1;
  for (int64_t k = b->bag_offset[v]; k < b->bag_offset[v + 1]; k++) rows[n++] = b->bag[k];
  return n;
}

static void input_of(const batch *b, const tables *t, int p, double *h) {
  int rows[8], n = rows_of(b, p, rows);
  for (int j = 0; j < DIM; j++) {
    h[j] = 0;
    for (int i = 0; i < n; i++) h[j] += t->in[rows[i]][j] / n;
  }
}

/* The inputs of a window, and how many there are. */
static int inputs_of(const batch *b, const tables *t, int w, double h[][DIM]) {
  int n = 0;
  double one[DIM];
  memset(h[0], 0, sizeof one);
  for (int p = b->first[w]; p < b->end[w]; p++) {
    if (p == b->centre[w]) continue;
    input_of(b, t, p, one);
    for (int j = 0; j < DIM; j++) h[b->w.mean ? 0 : n][j] = b->w.mean ? h[0][j] + one[j] / (b->end[w] - b->first[w] - 1) : one[j];
    n++;
  }
  return b->w.mean ? 1 : n;
}

static double dot(const double *a, const double *b) {
  double sum = 0;
  for (int j = 0; j < DIM; j++) sum += a[j] * b[j];
  return sum;
}

static double loss_of(const batch *b, const tables *t) {
  double loss = 0, h[N_POSITIONS][DIM];
  for (int w = 0; w < b->w.n; w++) {
    int n = inputs_of(b, t, w, h);
    for (int i = 0; i < n; i++)
      for (int k = b->target_offset[w]; k < b->target_offset[w + 1]; k++) {
        int o = b->target[k];
        double x = dot(h[i], t->out[o < 0 ? ~o : o]);
        loss += log1p(exp(o < 0 ? x : -x));
      }
  }
  return loss;
}

static double share(const batch *b, float crowd) { return 1 / fmax(1, (double)b->w.lr * (double)crowd); }

/* Errors with the weights as they are; then window after window. */
static void exact(const batch *b, tables *t) {
  static double d[N_POSITIONS][DIM], h[N_POSITIONS][DIM];
  tables before = *t;
  memset(d, 0, sizeof d);
  for (int w = 0; w < b->w.n; w++) {
    int n = inputs_of(b, &before, w, h);
    tables now = *t;
    for (int i = 0, p = b->first[w]; i < n; i++, p++) {
      if (p == b->centre[w]) p++;
      for (int k = b->target_offset[w]; k < b->target_offset[w + 1]; k++) {
        int o = b->target[k] < 0 ? ~b->target[k] : b->target[k];
        double e = (double)b->w.lr * ((b->target[k] >= 0) - 1 / (1 + exp(-dot(h[i], before.out[o]))));
        for (int j = 0; j < DIM; j++) {
          t->out[o][j] += share(b, b->out_crowd[o]) * e * h[i][j];
          for (int q = b->first[w]; b->w.mean && q < b->end[w]; q++) d[q][j] += q == b->centre[w] ? 0 : e * now.out[o][j];
          if (!b->w.mean) d[p][j] += e * now.out[o][j];
        }
      }
    }
  }
  for (int p = 0; p < N_POSITIONS; p++) {
    int rows[8], n = rows_of(b, p, rows);
    int64_t first = b->w.bag ? b->bag_offset[b->word[p]] : b->word[p];
    for (int i = 0; i < n; i++)
      for (int j = 0; j < DIM; j++) t->in[rows[i]][j] += share(b, b->in_crowd[first + i]) * d[p][j];
  }
}

/* ---- tests ---- */

static void draw(bench *t, float **in, float **out, tables *exact_tables) {
  *in = floats(t, PARTS * N_IN * WIDTH, -0.5f, 0.5f);
  *out = floats(t, PARTS * N_OUT * WIDTH, -0.5f, 0.5f);
  for (int j = 0; j < DIM; j++) {
    for (int r = 0; r < N_IN; r++) exact_tables->in[r][j] = *at(*in, N_IN, r, j);
    for (int r = 0; r < N_OUT; r++) exact_tables->out[r][j] = *at(*out, N_OUT, r, j);
  }
}

static void learn(bench *t, const batch *b, int n, float *in, float *out, double *loss) {
  rn_windows batches[2] = {b[0].w, b[n - 1].w};
  void *scratch = rn_alloc_aligned(t->b->windows_scratch(batches, n));
  assert_non_null(scratch);
  t->b->windows(t->pool, batches, n, in, out, loss, scratch);
  rn_free(scratch);
}

static void batches(bench *t) {
  for (int how = 0; how < 4; how++) {
    batch b[2];
    static tables want;
    float *in, *out;
    double loss = 0, want_loss = 0;
    draw(t, &in, &out, &want);
    for (int k = 0; k < 2; k++) fill(t, &b[k], how & 1, how & 2, N_WINDOWS - k);
    for (int k = 0; k < 2; k++) want_loss += loss_of(&b[k], &want), exact(&b[k], &want);
    learn(t, b, 2, in, out, &loss);
    near(t, loss, want_loss, 1e-4 * want_loss);
    for (int j = 0; j < DIM; j++) {
      for (int r = 0; r < N_IN; r++) near(t, *at(in, N_IN, r, j), want.in[r][j], 2e-5);
      for (int r = 0; r < N_OUT; r++) near(t, *at(out, N_OUT, r, j), want.out[r][j], 2e-5);
    }
    keep_floats(t, in, PARTS * N_IN * WIDTH);
    keep_floats(t, out, PARTS * N_OUT * WIDTH);
    keep(t, &loss, sizeof loss);
  }
}

/* The step of one window is the loss's gradient, downhill: without crowds, of targets that are all different. fastText's n-grams get the
 * whole of what their mean gets, word2vec's neighbours too: there the gradient is a multiple of it. */
static void gradients(bench *t) {
  for (int mean = 0; mean < 2; mean++) {
    batch b;
    static tables start;
    float *in, *out;
    double loss = 0;
    draw(t, &in, &out, &start);
    fill(t, &b, mean, false, 1);
    memset(b.in_crowd, 0, sizeof b.in_crowd);
    memset(b.out_crowd, 0, sizeof b.out_crowd);
    for (int i = 0; i < N_POSITIONS; i++) b.word[i] = i;
    for (int k = 0; k < b.target_offset[1]; k++) b.target[k] = k % 2 ? k : ~k;
    learn(t, &b, 1, in, out, &loss);
    int n = mean ? b.end[0] - b.first[0] - 1 : 1;
    for (int side = 0; side < 2; side++)
      for (int r = 0; r < (side ? N_OUT : N_IN); r++)
        for (int j = 0; j < DIM; j += 5) {
          double *x = side ? &start.out[r][j] : &start.in[r][j], was = *x, h = 1e-5;
          *x = was + h;
          double up = loss_of(&b, &start);
          *x = was - h;
          double down = loss_of(&b, &start);
          *x = was;
          double step = (double)*(side ? at(out, N_OUT, r, j) : at(in, N_IN, r, j)) - was;
          near(t, step, -(double)b.w.lr * (up - down) / (2 * h) * (side ? 1 : n), 2e-6);
        }
  }
}

static void test_batches(void **state) { everywhere(batches); }
static void test_gradients(void **state) { everywhere(gradients); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_batches), cmocka_unit_test(test_gradients)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
