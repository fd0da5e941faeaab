/* test_recurrent_kernels.c: recurrent layers of every cell, variant and instruction set: forward against the reference, backward against
 * central differences of the reference, the same bits for any number of threads. */
#include "base/alloc.h"
#include "base/random.h"
#include "recurrent_reference.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { SEQS_MAX = 24, SAMPLES = 12 };

typedef struct setting {
  const char *name;
  rn_cell cell;
  int64_t n_in, n_hidden, n_proj, n_seqs, length[SEQS_MAX];
  bool given;                     /* initial states */
  bool peephole, norm, norm_c, no_bias;
} setting;

#define RAGGED 6, {3, 0, 5, 1, 5, 2}
#define EQUAL 3, {4, 4, 4}
static const setting settings[] = {
  {"tanh ragged", RN_CELL_TANH, 4, 19, 0, RAGGED},
  {"tanh given", RN_CELL_TANH, 4, 8, 0, EQUAL, .given = true},
  {"relu ragged given", RN_CELL_RELU, 3, 18, 0, RAGGED, .given = true},
  {"gru ragged given", RN_CELL_GRU, 5, 21, 0, RAGGED, .given = true},
  {"gru equal", RN_CELL_GRU, 1, 16, 0, EQUAL},
  {"gru no bias", RN_CELL_GRU, 3, 5, 0, RAGGED, .no_bias = true},
  {"gru before ragged given", RN_CELL_GRU_BEFORE, 5, 21, 0, RAGGED, .given = true},
  {"gru before equal", RN_CELL_GRU_BEFORE, 9, 7, 0, EQUAL},
  {"gru simple ragged given", RN_CELL_GRU_SIMPLE, 2, 18, 0, RAGGED, .given = true},
  {"lstm ragged given", RN_CELL_LSTM, 6, 19, 0, RAGGED, .given = true},
  {"lstm equal", RN_CELL_LSTM, 8, 16, 0, EQUAL},
  {"lstm one unit", RN_CELL_LSTM, 1, 1, 0, EQUAL, .no_bias = true},
  {"lstm one row", RN_CELL_LSTM, 7, 35, 0, 1, {1}, .given = true},
  {"gru one row", RN_CELL_GRU, 7, 35, 0, 1, {1}, .given = true},
  {"lstm empty", RN_CELL_LSTM, 3, 6, 0, 2, {0, 0}, .given = true},
  {"lstm no sequences", RN_CELL_LSTM, 3, 6, 0, 0, {0}},
  {"lstm peephole", RN_CELL_LSTM, 5, 18, 0, RAGGED, .given = true, .peephole = true},
  {"lstm projection", RN_CELL_LSTM, 5, 18, 7, RAGGED, .given = true},
  {"lstm projection peephole", RN_CELL_LSTM, 5, 9, 17, EQUAL, .peephole = true},
  {"tanh norm", RN_CELL_TANH, 5, 18, 0, RAGGED, .given = true, .norm = true},
  {"relu norm", RN_CELL_RELU, 5, 7, 0, EQUAL, .norm = true},
  {"gru norm", RN_CELL_GRU, 5, 18, 0, RAGGED, .given = true, .norm = true},
  {"gru before norm", RN_CELL_GRU_BEFORE, 5, 18, 0, RAGGED, .given = true, .norm = true},
  {"gru simple norm", RN_CELL_GRU_SIMPLE, 5, 17, 0, RAGGED, .norm = true},
  {"lstm norm", RN_CELL_LSTM, 5, 18, 0, RAGGED, .given = true, .norm = true},
  {"lstm norm_c", RN_CELL_LSTM, 5, 18, 0, RAGGED, .given = true, .norm_c = true},
  {"lstm everything", RN_CELL_LSTM, 5, 18, 6, RAGGED, .given = true, .peephole = true, .norm = true, .norm_c = true},
  {"lstm many sequences", RN_CELL_LSTM, 5, 12, 0, 24, {4, 3, 4, 2, 1, 4, 3, 4, 2, 1, 4, 3, 4, 2, 1, 4, 3, 4, 2, 1, 0, 6, 1, 2}, .given = true},
};

/* One direction of a layer with random values, in both precisions, and the cotangents of its three outputs. */
typedef struct fixture {
  const setting *s;
  int64_t offset[SEQS_MAX + 1], n_rows, P, size[REF_INPUTS];
  float *in[REF_INPUTS], *grad[REF_INPUTS], *dy, *dh_n, *dc_n;
  ref_layer ref;
} fixture;

static float *draw(rn_random *r, int64_t n, float low, float high) {
  float *p = rn_alloc_aligned((size_t)(n + 1) * sizeof(float));
  for (int64_t i = 0; i < n; i++) p[i] = low + (high - low) * rn_random_uniform(r);
  return p;
}
static double *zeros(int64_t n) { return rn_alloc_zero((size_t)(n + 1), sizeof(double)); }

static void fixture_init(fixture *f, const setting *s, bool reverse, uint64_t stream) {
  rn_random r = rn_random_init(7, stream);
  *f = (fixture){.s = s};
  for (int64_t i = 0; i < s->n_seqs; i++) f->offset[i + 1] = f->offset[i] + s->length[i];
  f->n_rows = f->offset[s->n_seqs];
  int64_t H = s->n_hidden, P = f->P = s->n_proj ? s->n_proj : H, GH = rn_cell_gates(s->cell) * H;
  const int64_t size[REF_INPUTS] = {f->n_rows * s->n_in, GH * s->n_in, GH * P, s->no_bias ? 0 : GH, s->no_bias ? 0 : GH, s->peephole ? 3 * H : 0,
                                    s->n_proj ? P * H : 0, s->norm ? 2 * GH : 0, s->norm ? 2 * GH : 0, s->norm_c ? 2 * H : 0,
                                    s->given ? s->n_seqs * P : 0, s->given && s->cell == RN_CELL_LSTM ? s->n_seqs * H : 0};
  f->ref = (ref_layer){s->cell, reverse, s->n_seqs, s->n_in, H, s->n_proj, f->offset, .y = zeros(f->n_rows * P), .h_n = zeros(s->n_seqs * P), .c_n = zeros(s->n_seqs * H)};
  for (int i = 0; i < REF_INPUTS; i++) {
    f->size[i] = size[i];
    if (!size[i] && i != REF_X) continue;
    bool norm = i == REF_NORM_IH || i == REF_NORM_HH || i == REF_NORM_C;
    float scale = i == REF_WEIGHT_HH ? 1.2f / sqrtf((float)P) : 0.7f;
    f->in[i] = draw(&r, size[i], norm ? 0.4f : -scale, norm ? 1.3f : scale);
    f->grad[i] = draw(&r, size[i], -1, 1);
    f->ref.in[i] = zeros(size[i]);
    for (int64_t j = 0; j < size[i]; j++) f->ref.in[i][j] = f->in[i][j];
  }
  f->dy = draw(&r, f->n_rows * P, -1, 1), f->dh_n = draw(&r, s->n_seqs * P, -1, 1), f->dc_n = draw(&r, s->n_seqs * H, -1, 1);
}

static void fixture_free(fixture *f) {
  for (int i = 0; i < REF_INPUTS; i++) rn_free(f->in[i]), rn_free(f->grad[i]), rn_free(f->ref.in[i]);
  rn_free(f->dy), rn_free(f->dh_n), rn_free(f->dc_n), rn_free(f->ref.y), rn_free(f->ref.h_n), rn_free(f->ref.c_n);
}

static double ref_loss(const fixture *f) {
  double loss = 0;
  ref_forward(&f->ref);
  for (int64_t i = 0; i < f->n_rows * f->P; i++) loss += f->dy[i] * f->ref.y[i];
  for (int64_t i = 0; i < f->s->n_seqs * f->P; i++) loss += f->dh_n[i] * f->ref.h_n[i];
  for (int64_t i = 0; i < f->s->n_seqs * f->s->n_hidden && f->s->cell == RN_CELL_LSTM; i++) loss += f->dc_n[i] * f->ref.c_n[i];
  return loss;
}

/* What a run of both directions gives, in one block so that runs can be compared. */
typedef struct result {
  float *y, *h_n[2], *c_n[2], *grad[2][REF_INPUTS];
  double *norm[2];
  float *block; size_t size;
} result;

static result run(const rn_backend *b, const fixture *f, int n_dir, int n_threads, bool infer) {
  int64_t rows = f->n_rows, seqs = f->s->n_seqs, H = f->s->n_hidden, P = f->P, n = 0;
  result out = {0};
  for (int pass = 0; pass < 2; pass++) { /* first count, then hand out */
    float *base = pass ? out.block : NULL;
    n = 0;
#define PIECE(p, count) (p = base ? base + n : NULL, n += (count))
    PIECE(out.y, rows * P * n_dir);
    for (int d = 0; d < n_dir; d++) {
      PIECE(out.h_n[d], seqs * P), PIECE(out.c_n[d], seqs * H);
      for (int i = 0; i < REF_INPUTS; i++) PIECE(out.grad[d][i], f[d].size[i]);
    }
    if (!pass) out.block = rn_alloc_zero((size_t)n + 1, sizeof(float));
  }
  out.size = (size_t)n * sizeof(float);
  rn_recurrent r[2];
  for (int d = 0; d < n_dir; d++) {
    float *const *in = f[d].in;
    r[d] = (rn_recurrent){.cell = f->s->cell, .reverse = f[d].ref.reverse, .n_seqs = seqs, .n_in = f->s->n_in, .n_hidden = H, .n_proj = f->s->n_proj,
      .offset = f->offset, .x = f[0].in[REF_X], .weight_ih = in[REF_WEIGHT_IH], .weight_hh = in[REF_WEIGHT_HH], .bias_ih = in[REF_BIAS_IH],
      .bias_hh = in[REF_BIAS_HH], .peephole = in[REF_PEEPHOLE], .weight_hr = in[REF_WEIGHT_HR], .norm_ih = in[REF_NORM_IH], .norm_hh = in[REF_NORM_HH],
      .norm_c = in[REF_NORM_C], .h0 = in[REF_H0], .c0 = in[REF_C0], .y = out.y + d * P, .ldy = n_dir * P, .h_n = out.h_n[d], .c_n = out.c_n[d],
      .dy = f[0].dy, .lddy = P, .dh_n = f[d].dh_n, .dc_n = f[d].dc_n};
    r[d].saved = infer ? NULL : rn_alloc_aligned(b->recurrent_saved(&r[d]));
  }
  rn_pool *pool = n_threads ? rn_pool_new(n_threads) : NULL;
  void *scratch = rn_alloc_aligned(b->recurrent_scratch(r, n_dir, false, n_threads ? n_threads : 1));
  b->recurrent_forward(pool, r, n_dir, scratch);
  rn_free(scratch);
  if (!infer) {
    for (int d = 0; d < n_dir; d++) {
      float **g = out.grad[d];
      for (int i = 0; i < REF_INPUTS; i++)
        if (!f[d].size[i]) g[i] = NULL;
        else memcpy(g[i], f[d].grad[i], (size_t)f[d].size[i] * sizeof(float)); /* backward adds */
      out.norm[d] = zeros(SEQS_MAX);
      r[d].dx = g[REF_X], r[d].dweight_ih = g[REF_WEIGHT_IH], r[d].dweight_hh = g[REF_WEIGHT_HH], r[d].dbias_ih = g[REF_BIAS_IH];
      r[d].dbias_hh = g[REF_BIAS_HH], r[d].dpeephole = g[REF_PEEPHOLE], r[d].dweight_hr = g[REF_WEIGHT_HR], r[d].dnorm_ih = g[REF_NORM_IH];
      r[d].dnorm_hh = g[REF_NORM_HH], r[d].dnorm_c = g[REF_NORM_C], r[d].dh0 = g[REF_H0], r[d].dc0 = g[REF_C0];
      r[d].norm_by_step = n_threads == 2 ? NULL : out.norm[d]; /* asked for or not, the gradients are the same */
    }
    scratch = rn_alloc_aligned(b->recurrent_scratch(r, n_dir, true, n_threads ? n_threads : 1));
    b->recurrent_backward(pool, r, n_dir, scratch);
    rn_free(scratch);
  }
  for (int d = 0; d < n_dir; d++) rn_free(r[d].saved);
  if (pool) rn_pool_free(pool);
  return out;
}

static void result_free(result *r) { rn_free(r->block), rn_free(r->norm[0]), rn_free(r->norm[1]); }

static void near(const char *isa, const char *name, const char *what, double got, double want, double tolerance) {
  if (!(fabs(got - want) <= tolerance)) fail_msg("%s, %s, %s: %.7g, not %.7g", isa, name, what, got, want);
}

static void check_forward(const rn_backend *b, const fixture *f, const result *got, int d, int n_dir) {
  ref_forward(&f->ref);
  int64_t P = f->P;
  for (int64_t i = 0; i < f->n_rows * P; i++) near(b->isa, f->s->name, "y", got->y[i / P * n_dir * P + d * P + i % P], f->ref.y[i], 2e-5);
  for (int64_t i = 0; i < f->s->n_seqs * P; i++) near(b->isa, f->s->name, "h_n", got->h_n[d][i], f->ref.h_n[i], 2e-5);
  for (int64_t i = 0; i < f->s->n_seqs * f->s->n_hidden && f->s->cell == RN_CELL_LSTM; i++)
    near(b->isa, f->s->name, "c_n", got->c_n[d][i], f->ref.c_n[i], 2e-5);
}

/* dL/d input by central differences of the reference, for a few elements of every input. */
static void check_backward(const rn_backend *b, fixture *f, const result *got) {
  static const char *const names[REF_INPUTS] = {"dx", "dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh", "dpeephole", "dweight_hr", "dnorm_ih", "dnorm_hh", "dnorm_c", "dh0", "dc0"};
  rn_random r = rn_random_init(9, 9);
  for (int i = 0; i < REF_INPUTS; i++)
    for (int sample = 0; sample < SAMPLES && f->size[i]; sample++) {
      int64_t at = (int64_t)rn_random_below(&r, (uint64_t)f->size[i]);
      double *value = &f->ref.in[i][at], before = *value, step = 1e-5;
      *value = before + step;
      double up = ref_loss(f);
      *value = before - step;
      double want = (up - ref_loss(f)) / (2 * step);
      *value = before;
      near(b->isa, f->s->name, names[i], (double)got->grad[0][i][at] - f->grad[i][at], want, 2e-4 * (1 + fabs(want)));
    }
  double norms = 0;
  for (int t = 0; t < SEQS_MAX; t++) {
    assert_true(got->norm[0][t] >= 0);
    norms += got->norm[0][t];
  }
  if (f->n_rows) assert_true(norms > 0);
}

static void every_cell_matches_the_reference_forward_and_backward(void **state) {
  for (const char *const *name = rn_backend_cpu_names(); *name; name++)
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
      for (int reverse = 0; reverse < 2; reverse++) {
        const rn_backend *b = rn_backend_cpu(*name);
        fixture f;
        fixture_init(&f, &settings[i], reverse, i);
        result one = run(b, &f, 1, 0, false);
        check_forward(b, &f, &one, 0, 1);
        check_backward(b, &f, &one);
        result infer = run(b, &f, 1, 0, true);
        assert_memory_equal(infer.y, one.y, (size_t)(f.n_rows * f.P) * sizeof(float));
        for (int n_threads = 1; n_threads <= 3; n_threads++) {
          result again = run(b, &f, 1, n_threads, false);
          assert_memory_equal(again.block, one.block, one.size);
          result_free(&again);
        }
        result_free(&one), result_free(&infer), fixture_free(&f);
      }
}

static void two_directions_are_each_alone(void **state) {
  for (const char *const *name = rn_backend_cpu_names(); *name; name++)
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
      const rn_backend *b = rn_backend_cpu(*name);
      fixture f[2];
      fixture_init(&f[0], &settings[i], false, i), fixture_init(&f[1], &settings[i], true, i + 100);
      memcpy(f[1].ref.in[REF_X], f[0].ref.in[REF_X], (size_t)f[0].size[REF_X] * sizeof(double)); /* they share x */
      result one = run(b, f, 2, 0, false);
      check_forward(b, &f[0], &one, 0, 2), check_forward(b, &f[1], &one, 1, 2);
      for (int n_threads = 2; n_threads <= 3; n_threads++) {
        result again = run(b, f, 2, n_threads, false);
        assert_memory_equal(again.block, one.block, one.size);
        result_free(&again);
      }
      result_free(&one), fixture_free(&f[0]), fixture_free(&f[1]);
    }
}

/* Large enough for walks shared out by units (few sequences) and by sequences (many). */
static void large_layers_have_the_same_bits_for_any_number_of_threads(void **state) {
  static const setting large[] = {
    {"few", RN_CELL_LSTM, 20, 150, 0, 3, {5, 4, 7}, .given = true},
    {"few, two stages", RN_CELL_GRU_BEFORE, 20, 150, 0, 3, {5, 4, 7}, .given = true},
    {"many", RN_CELL_GRU, 20, 120, 0, 24, {4, 3, 4, 2, 1, 4, 3, 4, 2, 1, 4, 3, 4, 2, 1, 4, 3, 4, 2, 1, 0, 6, 1, 2}, .given = true},
    {"one row", RN_CELL_LSTM, 100, 200, 0, 1, {1}, .given = true},
  };
  for (const char *const *name = rn_backend_cpu_names(); *name; name++)
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
      fixture f;
      fixture_init(&f, &large[i], true, 5);
      result one = run(rn_backend_cpu(*name), &f, 1, 0, false);
      for (int n_threads = 1; n_threads <= 3; n_threads++) {
        result again = run(rn_backend_cpu(*name), &f, 1, n_threads, false);
        assert_memory_equal(again.block, one.block, one.size);
        result_free(&again);
      }
      result_free(&one), fixture_free(&f);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_cell_matches_the_reference_forward_and_backward),
    cmocka_unit_test(two_directions_are_each_alone),
    cmocka_unit_test(large_layers_have_the_same_bits_for_any_number_of_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
