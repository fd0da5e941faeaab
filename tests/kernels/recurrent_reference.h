/* recurrent_reference.h: what a recurrent layer means, in double precision, one sequence and one unit at a time. */
#ifndef RN_TESTS_RECURRENT_REFERENCE_H
#define RN_TESTS_RECURRENT_REFERENCE_H

#include "kernels/backend.h"
#include <math.h>
#include <string.h>

enum { REF_X, REF_WEIGHT_IH, REF_WEIGHT_HH, REF_BIAS_IH, REF_BIAS_HH, REF_PEEPHOLE, REF_WEIGHT_HR, REF_NORM_IH, REF_NORM_HH, REF_NORM_C, REF_H0, REF_C0, REF_INPUTS };
enum { REF_MAX = 64 }; /* units */

typedef struct ref_layer {
  rn_cell cell;
  bool reverse;
  int64_t n_seqs, n_in, n_hidden, n_proj;
  const int64_t *offset;
  double *in[REF_INPUTS]; /* NULL: not given */
  double *y, *h_n, *c_n;  /* [n_rows][P], [n_seqs][P], [n_seqs][H] */
} ref_layer;

static double ref_sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* a = LN(a) gain + bias over n values, or a as it is. norm: [2][stride], the first of which are these. */
static void ref_norm(double *a, int64_t n, const double *norm, int64_t stride) {
  if (!norm) return;
  double mean = 0, var = 0;
  for (int64_t i = 0; i < n; i++) mean += a[i] / n;
  for (int64_t i = 0; i < n; i++) var += (a[i] - mean) * (a[i] - mean) / n;
  for (int64_t i = 0; i < n; i++) a[i] = (a[i] - mean) / sqrt(var + 1e-5) * norm[i] + norm[stride + i];
}

/* out = LN(W v) + b for rows [first, first + n) of W */
static void ref_share(double *out, int64_t first, int64_t n, int64_t k, const double *w, const double *v, const double *norm, int64_t all, const double *b) {
  for (int64_t i = first; i < first + n; i++) {
    out[i] = 0;
    for (int64_t j = 0; j < k; j++) out[i] += w[i * k + j] * v[j];
  }
  ref_norm(out + first, n, norm ? norm + first : NULL, all);
  for (int64_t i = first; i < first + n && b; i++) out[i] += b[i];
}

static void ref_step(const ref_layer *l, const double *x, double *h, double *c) {
  int64_t H = l->n_hidden, P = l->n_proj ? l->n_proj : H, all = rn_cell_gates(l->cell) * H;
  double *const *in = l->in;
  double a[4 * REF_MAX], s[4 * REF_MAX], out[REF_MAX], normed[REF_MAX];
  ref_share(a, 0, all, l->n_in, in[REF_WEIGHT_IH], x, in[REF_NORM_IH], all, in[REF_BIAS_IH]);
  int64_t with_h = l->cell == RN_CELL_GRU_BEFORE ? 2 * H : all;
  ref_share(s, 0, with_h, P, in[REF_WEIGHT_HH], h, in[REF_NORM_HH], all, in[REF_BIAS_HH]);
  if (l->cell == RN_CELL_GRU_BEFORE) {
    double rh[REF_MAX];
    for (int64_t u = 0; u < H; u++) rh[u] = ref_sigmoid(a[u] + s[u]) * h[u];
    ref_share(s, 2 * H, H, P, in[REF_WEIGHT_HH], rh, in[REF_NORM_HH], all, in[REF_BIAS_HH]);
  }
  const double *p = in[REF_PEEPHOLE];
  for (int64_t u = 0; u < H; u++) {
    double z, n, i, f, o;
    switch (l->cell) {
      case RN_CELL_TANH: out[u] = tanh(a[u] + s[u]); break;
      case RN_CELL_RELU: out[u] = fmax(a[u] + s[u], 0); break;
      case RN_CELL_GRU:
        z = ref_sigmoid(a[H + u] + s[H + u]), n = tanh(a[2 * H + u] + ref_sigmoid(a[u] + s[u]) * s[2 * H + u]);
        out[u] = (1 - z) * n + z * h[u];
        break;
      case RN_CELL_GRU_BEFORE: z = ref_sigmoid(a[H + u] + s[H + u]), n = tanh(a[2 * H + u] + s[2 * H + u]), out[u] = (1 - z) * n + z * h[u]; break;
      case RN_CELL_GRU_SIMPLE: z = ref_sigmoid(a[u] + s[u]), n = tanh(a[H + u] + s[H + u]), out[u] = (1 - z) * n + z * h[u]; break;
      case RN_CELL_LSTM:
        i = ref_sigmoid(a[u] + s[u] + (p ? p[u] * c[u] : 0)), f = ref_sigmoid(a[H + u] + s[H + u] + (p ? p[H + u] * c[u] : 0));
        c[u] = f * c[u] + i * tanh(a[2 * H + u] + s[2 * H + u]);
        o = ref_sigmoid(a[3 * H + u] + s[3 * H + u] + (p ? p[2 * H + u] * c[u] : 0));
        out[u] = o, normed[u] = c[u];
    }
  }
  if (l->cell == RN_CELL_LSTM) {
    ref_norm(normed, H, in[REF_NORM_C], H);
    for (int64_t u = 0; u < H; u++) out[u] *= tanh(normed[u]);
  }
  if (l->n_proj) ref_share(h, 0, P, H, in[REF_WEIGHT_HR], out, NULL, 0, NULL);
  else memcpy(h, out, (size_t)H * sizeof(double));
}

static void ref_forward(const ref_layer *l) {
  int64_t H = l->n_hidden, P = l->n_proj ? l->n_proj : H;
  for (int64_t s = 0; s < l->n_seqs; s++) {
    double h[REF_MAX] = {0}, c[REF_MAX] = {0};
    if (l->in[REF_H0]) memcpy(h, l->in[REF_H0] + s * P, (size_t)P * sizeof(double));
    if (l->in[REF_C0]) memcpy(c, l->in[REF_C0] + s * H, (size_t)H * sizeof(double));
    for (int64_t t = 0; t < l->offset[s + 1] - l->offset[s]; t++) {
      int64_t row = l->reverse ? l->offset[s + 1] - 1 - t : l->offset[s] + t;
      ref_step(l, l->in[REF_X] + row * l->n_in, h, c);
      memcpy(l->y + row * P, h, (size_t)P * sizeof(double));
    }
    memcpy(l->h_n + s * P, h, (size_t)P * sizeof(double));
    memcpy(l->c_n + s * H, c, (size_t)H * sizeof(double));
  }
}

#endif
