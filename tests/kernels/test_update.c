/* test_update.c: five steps of each optimiser against torch.optim's formulas in double precision. */
#include "kernels_test.h"

static void exact(const rn_update *u, double *w, double g, double *m, double *v) {
  g *= (double)u->grad_scale;
  double c = u->clip_value, lr = u->lr, t = (double)u->step;
  if (c > 0) g = g > c ? c : g < -c ? -c : g;
  if (u->kind == RN_ADAMW) *w *= 1 - lr * (double)u->weight_decay;
  else g += (double)u->weight_decay * *w;
  switch (u->kind) {
  case RN_SGD: *w -= lr * g; break;
  case RN_MOMENTUM:
  case RN_NESTEROV:
    *m = (double)u->momentum * *m + g;
    *w -= lr * (u->kind == RN_NESTEROV ? g + (double)u->momentum * *m : *m);
    break;
  case RN_ADAGRAD:
    *v += g * g;
    *w -= lr * g / (sqrt(*v) + (double)u->eps);
    break;
  case RN_RMSPROP:
    *v = (double)u->alpha * *v + (1 - (double)u->alpha) * g * g;
    *w -= lr * g / (sqrt(*v) + (double)u->eps);
    break;
  case RN_ADAM:
  case RN_ADAMW:
    *m = (double)u->beta1 * *m + (1 - (double)u->beta1) * g;
    *v = (double)u->beta2 * *v + (1 - (double)u->beta2) * g * g;
    *w -= lr / (1 - pow(u->beta1, t)) * *m / (sqrt(*v) / sqrt(1 - pow(u->beta2, t)) + (double)u->eps);
    break;
  }
}

static void updates(bench *t) {
  static const int64_t sizes[] = {0, 1, 7, 33, 17003};
  for (int kind = RN_SGD; kind <= RN_ADAMW; kind++)
    for (int s = 0; s < 5; s++)
      for (int flags = 0; flags <= 3; flags += 3) {
        int64_t n = sizes[s];
        bool has_m = kind == RN_MOMENTUM || kind == RN_NESTEROV || kind >= RN_ADAM, has_v = kind >= RN_ADAGRAD;
        float *w = floats(t, n, -1, 1), *m = has_m ? floats(t, n, 0, 0) : NULL, *v = has_v ? floats(t, n, 0, 0) : NULL;
        double *exact_w = malloc((size_t)(3 * n + 1) * 8), *exact_m = exact_w + n, *exact_v = exact_m + n;
        for (int64_t i = 0; i < n; i++) exact_w[i] = w[i], exact_m[i] = exact_v[i] = 0;
        rn_update u = {.kind = kind,
                       .lr = 0.05f,
                       .momentum = 0.9f,
                       .beta1 = 0.9f,
                       .beta2 = 0.999f,
                       .alpha = 0.99f,
                       .eps = 1e-8f,
                       .weight_decay = flags & 1 ? 0.1f : 0,
                       .grad_scale = flags & 1 ? 0.5f : 1,
                       .clip_value = flags & 2 ? 0.3f : 0};
        for (u.step = 1; u.step <= 5; u.step++) {
          float *g = floats(t, n, -1, 1);
          t->b->update(t->pool, &u, n, w, g, m, v);
          for (int64_t i = 0; i < n; i++) exact(&u, &exact_w[i], g[i], &exact_m[i], &exact_v[i]);
        }
        for (int64_t i = 0; i < n; i++) near(t, w[i], exact_w[i], 3e-6 + (kind >= RN_ADAGRAD ? 3e-5 : 0));
        keep_floats(t, w, n);
        free(exact_w);
      }
}

/* Some rows of a table, in any order: each as if it were updated alone, to the bit, and no other. */
static void update_some_rows(bench *t) {
  enum { V = 40, N_ROWS = 11 };
  static const int32_t row[N_ROWS] = {3, 0, 39, 17, 5, 4, 20, 21, 22, 38, 1};
  static const int64_t widths[] = {1, 7, 50};
  for (int kind = RN_SGD; kind <= RN_ADAMW; kind++)
    for (int s = 0; s < 3; s++) {
      int64_t n = widths[s], all = V * n;
      bool has_m = kind == RN_MOMENTUM || kind == RN_NESTEROV || kind >= RN_ADAM, has_v = kind >= RN_ADAGRAD;
      float *w = floats(t, all, -1, 1), *g = floats(t, N_ROWS * n, -1, 1), *alone = copy_of(t, w, all);
      float *m = has_m ? floats(t, all, 0, 1) : NULL, *v = has_v ? floats(t, all, 0, 1) : NULL;
      float *own_m = has_m ? copy_of(t, m, all) : NULL, *own_v = has_v ? copy_of(t, v, all) : NULL;
      rn_update u = {.kind = kind,
                     .lr = 0.05f,
                     .momentum = 0.9f,
                     .beta1 = 0.9f,
                     .beta2 = 0.999f,
                     .alpha = 0.99f,
                     .eps = 1e-8f,
                     .weight_decay = 0.1f,
                     .grad_scale = 0.5f,
                     .step = 3};
      t->b->update_rows(&u, N_ROWS, row, n, w, g, m, v);
      for (int i = 0; i < N_ROWS; i++) {
        int64_t at = row[i] * n;
        t->b->update(t->pool, &u, n, alone + at, g + i * n, has_m ? own_m + at : NULL, has_v ? own_v + at : NULL);
      }
      assert_memory_equal(w, alone, (size_t)all * sizeof *w);
      if (has_m) assert_memory_equal(m, own_m, (size_t)all * sizeof *m);
      if (has_v) assert_memory_equal(v, own_v, (size_t)all * sizeof *v);
    }
}

static void nan_stays(bench *t) {
  for (int kind = RN_SGD; kind <= RN_ADAMW; kind++) {
    float w = 1, g = NAN, m = 0, v = 0;
    rn_update u = {.kind = kind, .lr = 0.1f, .grad_scale = 1, .clip_value = 1, .step = 1, .beta1 = 0.9f, .beta2 = 0.999f, .eps = 1e-8f};
    t->b->update(t->pool, &u, 1, &w, &g, &m, &v);
    assert_true(isnan(w));
  }
}

static void test_updates(void **state) { everywhere(updates); }
static void test_rows(void **state) { everywhere(update_some_rows); }
static void test_nan(void **state) { everywhere(nan_stays); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_updates), cmocka_unit_test(test_rows), cmocka_unit_test(test_nan)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
