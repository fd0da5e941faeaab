/* cpu_recurrent_variants.c: layer norm inside a cell (Ba et al. 2016) and the projection of its output (Sak et al. 2014).
 *
 *   gates = LN(W_ih x) + b_ih + LN(W_hh h) + b_hh       LN(a) = gain (a - mean) / sqrt(var + eps) + bias, over all gates of a row
 *   h' = W_hr (o tanh(LN(c')))
 *
 * Backward through LN, with a^ = (a - mean) rate, rate = 1 / sqrt(var + eps), and d = dL/dLN(a) gain:
 *   da = rate (d - mean(d) - a^ mean(d a^))
 *
 * Every row needs all its units here, so these layers are always shared out by sequences. A GRU with the reset gate before the product
 * has no W_hh h of all gates at once: there each of the two products is normalised over its own gates. */
#include "kernels/cpu/cpu_cell.h"
#include <math.h>

static const float eps = 1e-5f;
enum { ROWS_PER_TASK = 16 };

/* Lanes of the vector at u that are units, not padding. */
RN_INLINE vi real_lanes(const rn_layer *l, int64_t u) {
  vi lane;
  for (int i = 0; i < RN_VL; i++) lane[i] = i;
  return lane < vi_set((int32_t)(l->r->n_hidden - u));
}

/* a := a^ over n gates of a row, padding included in the row but not in the norm; returns the rate. */
static float normalise(const rn_layer *l, int n, float *a) {
  float count = (float)(n * l->r->n_hidden);
  vf sum = v_zero(), squares = v_zero();
  for (int64_t u = 0; u < n * l->units; u += RN_VL) sum += v_load(a + u); /* padding is zero */
  vf mean = v_set(v_sum(sum) / count);
  for (int64_t u = 0; u < n * l->units; u += RN_VL) {
    vf d = v_select(real_lanes(l, u % l->units), v_load(a + u) - mean, v_zero());
    squares += d * d;
    v_store(a + u, d);
  }
  float rate = 1 / sqrtf(v_sum(squares) / count + eps);
  for (int64_t u = 0; u < n * l->units; u += RN_VL) v_store(a + u, v_load(a + u) * rate);
  return rate;
}

/* da from dL/dLN(a) of n gates. gate[i]: which gate the i-th piece of d and of da is; a^ and gain are in the order of gates. da may be d;
 * add: it is added to da.
 * Padding needs no care: there gain and a^ are zero, and what da holds meets zero weights. */
static void normalise_grad(const rn_layer *l, int n, const int *gate, const float *a, float rate, const float *gain, const float *d,
                           float *da, bool add) {
  float count = (float)(n * l->r->n_hidden);
  vf sum = v_zero(), product = v_zero();
  for (int i = 0; i < n; i++)
    for (int64_t u = 0; u < l->units; u += RN_VL) {
      vf g = v_load(d + i * l->units + u) * v_load(gain + gate[i] * l->units + u);
      sum += g;
      product += g * v_load(a + gate[i] * l->units + u);
    }
  vf mean = v_set(v_sum(sum) / count), slope = v_set(v_sum(product) / count);
  for (int i = 0; i < n; i++)
    for (int64_t u = 0; u < l->units; u += RN_VL) {
      vf g = v_load(d + i * l->units + u) * v_load(gain + gate[i] * l->units + u);
      vf x = (g - mean - v_load(a + gate[i] * l->units + u) * slope) * rate;
      v_store(da + i * l->units + u, add ? v_load(da + i * l->units + u) + x : x);
    }
}

/* ---- the share of the input, over all rows ---- */

static int64_t task_end(const rn_layer *l, int64_t task) {
  int64_t end = (task + 1) * ROWS_PER_TASK;
  return end < l->order.n_rows ? end : l->order.n_rows;
}

static void input_rows(void *arg, int64_t task) {
  const rn_layer *l = arg;
  int64_t share = l->kind->n_gates * l->units;
  for (int64_t r = task * ROWS_PER_TASK; r < task_end(l, task); r++) {
    float *gates = l->gates + r * l->gates_ld, *a = l->v.share_ih + r * share;
    if (l->r->weight_ih) memcpy(a, gates, (size_t)share * sizeof(float));
    else
      for (int g = 0; g < l->kind->n_gates; g++)
        for (int64_t u = 0; u < l->units; u += RN_VL)
          v_store(a + g * l->units + u, load_left(input_share(l, r, g) + u, l->r->n_hidden - u));
    l->v.rate_ih[r] = normalise(l, l->kind->n_gates, a);
    for (int64_t u = 0; u < share; u += RN_VL)
      v_store(gates + u, v_load(a + u) * v_load(l->v.norm_ih + u) + v_load(l->v.norm_ih + share + u) + v_load(l->bias + u));
  }
}

static void input_grad_rows(void *arg, int64_t task) {
  const rn_layer *l = arg;
  int64_t share = l->kind->n_gates * l->units;
  for (int64_t r = task * ROWS_PER_TASK; r < task_end(l, task); r++) {
    float *d = l->dgates + r * l->dgates_ld + l->kind->x_dslot * l->units;
    normalise_grad(l, l->kind->n_gates, l->kind->dgate + l->kind->x_dslot, l->v.share_ih + r * share, l->v.rate_ih[r], l->v.norm_ih, d, d,
                   false);
  }
}

static void over_rows(const rn_layer *l, rn_pool *pool, void (*body)(void *, int64_t)) {
  if (l->v.norm) rn_pool_for(pool, (l->order.n_rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK, body, (void *)l);
}
void RN_K(variant_input)(const rn_layer *l, rn_pool *pool) { over_rows(l, pool, input_rows); }
void RN_K(variant_input_grad)(const rn_layer *l, rn_pool *pool) { over_rows(l, pool, input_grad_rows); }

/* ---- the share of the state, at a step ---- */

/* Each stage has one of the two rates of a row. */
static float *rate_of(const rn_layer *l, const rn_stage *st, int64_t row) { return l->v.rate_hh + row * 2 + (st != l->kind->stage); }

void RN_K(variant_share)(const rn_layer *l, const rn_stage *st, const rn_step *s) {
  int64_t share = l->kind->n_gates * l->units;
  for (int64_t i = 0; i < s->n; i++) {
    float *a = l->v.share_hh + (s->first + i) * share, *gates = s->gates + i * l->gates_ld;
    *rate_of(l, st, s->first + i) = normalise(l, st->n_gates, a + st->gate * l->units);
    for (int g = st->gate; g < st->gate + st->n_gates; g++) {
      float *to = gates + l->kind->to[g] * l->units;
      for (int64_t u = 0; u < l->units; u += RN_VL) {
        int64_t at = g * l->units + u;
        vf normed = v_load(a + at) * v_load(l->v.norm_hh + at) + v_load(l->v.norm_hh + share + at);
        v_store(to + u, l->kind->to[g] == g ? v_load(to + u) + normed : normed);
      }
    }
  }
}

void RN_K(variant_share_grad)(const rn_layer *l, const rn_stage *st, const rn_step *s) {
  if (!l->v.norm) return;
  int64_t share = l->kind->n_gates * l->units;
  for (int64_t i = 0; i < s->n; i++)
    normalise_grad(l, st->n_gates, l->kind->dgate + st->dslot, l->v.share_hh + (s->first + i) * share, *rate_of(l, st, s->first + i),
                   l->v.norm_hh, s->dgates + i * l->dgates_ld + st->dslot * l->units,
                   l->v.dshare_hh + (s->first + i) * l->dgates_ld + st->dslot * l->units, false);
}

/* ---- from o and c' to h' ---- */

/* Forward a panel is columns of W_hr^T [H, P], backward of W_hr [P, H]. */
static rn_product projection(const rn_layer *l, bool backward) {
  return (rn_product){.g = {.trans_b = !backward, .n = backward ? l->r->n_hidden : l->state, .k = backward ? l->state : l->r->n_hidden,
                            .b = l->r->weight_hr, .ldb = l->r->n_hidden}};
}

void RN_K(variant_pack)(const rn_layer *l, bool backward) {
  rn_product p = projection(l, backward);
  float *panel = l->v.panels;
  for (int64_t j = 0; j < p.g.n; j += RN_NR) panel = RN_K(panel_pack)(&p, 0, p.g.k, j, p.g.n - j < RN_NR ? p.g.n - j : RN_NR, panel);
}

static void project(const rn_layer *l, bool backward, int64_t n, const float *from, int64_t ld, float *to, int64_t ldto) {
  rn_product p = projection(l, backward);
  const float *panel = l->v.panels;
  for (int64_t j = 0; j < p.g.n; j += RN_NR) {
    int nv = panel_vectors(p.g.n - j < RN_NR ? p.g.n - j : RN_NR);
    RN_K(panel_product)(n, p.g.k, nv, from, ld, panel, to + j, ldto, false);
    panel += p.g.k * nv * RN_VL;
  }
}

/* tanh of c', normalised or not. */
RN_INLINE vf squashed(const rn_layer *l, const rn_step *s, int64_t i, int64_t u) {
  if (!l->v.norm_c) return v_tanh(v_load(s->c + i * l->width + u));
  return v_tanh(v_load(l->v.c + (s->first + i) * l->width + u) * v_load(l->v.gain_c + u) + v_load(l->v.gain_c + l->units + u));
}

enum { O = 3 }; /* the output gate's slot */

void RN_K(variant_output)(const rn_layer *l, const rn_step *s) {
  if (!l->v.apart) return;
  float *out = l->v.out + s->first * l->width, *h = l->h + (l->order.n_seqs + s->first) * l->state_width;
  for (int64_t i = 0; i < s->n && l->v.norm_c; i++) {
    float *c = l->v.c + (s->first + i) * l->width;
    memcpy(c, s->c + i * l->width, (size_t)l->units * sizeof(float));
    l->v.rate_c[s->first + i] = normalise(l, 1, c);
    for (int64_t u = 0; u < l->units; u += RN_VL)
      v_store(out + i * l->width + u, v_load(s->gates + i * l->gates_ld + O * l->units + u) * squashed(l, s, i, u));
  }
  if (l->r->n_proj) project(l, false, s->n, out, l->width, h, l->state_width);
  else
    for (int64_t i = 0; i < s->n; i++) memcpy(h + i * l->state_width, out + i * l->width, (size_t)l->units * sizeof(float));
}

/* With e = dL/d(o tanh(n)): do = e tanh(n), dn = e o (1 - tanh(n)^2), dc += dn through LN. */
void RN_K(variant_output_grad)(const rn_layer *l, rn_step *s) {
  if (!l->v.apart) return;
  static const int only[1] = {0};
  float *dh = l->v.dstate + s->first * l->state_width;
  for (int64_t i = 0; i < s->n; i++)
    for (int64_t u = 0; u < l->state_units; u += RN_VL)
      v_store(dh + i * l->state_width + u, v_load(s->dh + i * l->state_width + u) + output_grad(l, s, i, u));
  if (l->r->n_proj) project(l, true, s->n, dh, l->state_width, s->dout, l->width);
  else
    for (int64_t i = 0; i < s->n; i++) memcpy(s->dout + i * l->width, dh + i * l->state_width, (size_t)l->units * sizeof(float));
  for (int64_t i = 0; i < s->n; i++) {
    float *dout = s->dout + i * l->width, *dc = s->dc + i * l->width, *dn = l->v.norm_c ? l->v.dc + (s->first + i) * l->width : NULL;
    for (int64_t u = 0; u < l->units; u += RN_VL) {
      vf t = squashed(l, s, i, u), e = v_load(dout + u), d = e * v_load(s->gates + i * l->gates_ld + O * l->units + u) * (1 - t * t);
      v_store(dout + u, e * t);
      if (dn) v_store(dn + u, d);
      else v_store(dc + u, v_load(dc + u) + d);
    }
    if (dn) normalise_grad(l, 1, only, l->v.c + (s->first + i) * l->width, l->v.rate_c[s->first + i], l->v.gain_c, dn, dc, true);
  }
}
