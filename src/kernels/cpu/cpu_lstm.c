/* cpu_lstm.c: long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).
 *
 *   i = sigmoid(a_i + p_i c)      f = sigmoid(a_f + p_f c)      g = tanh(a_g)            a = W_ih x + b_ih + W_hh h + b_hh
 *   c' = f c + i g                o = sigmoid(a_o + p_o c')     h' = o tanh(c')          p: peepholes, or zero
 *
 * Backward, with dh and dc of the state after:
 *   do = dh tanh(c')       da_o = do o (1 - o)       dc += dh o (1 - tanh(c')^2) + da_o p_o
 *   da_i = dc g i (1 - i)  da_f = dc c f (1 - f)     da_g = dc i (1 - g^2)                  dc := dc f + da_i p_i + da_f p_f
 * tanh(c') is computed again rather than kept: the arithmetic is cheaper than the memory. */
#include "kernels/cpu/cpu_cell.h"

enum { I, F, G, O };

static void forward(const rn_layer *l, const rn_step *s) {
  const float *p = l->peephole;
  int64_t hp = l->units;
  for (int64_t n = 0; n < s->n; n++) {
    float *gates = s->gates + n * l->gates_ld, *c = s->c + n * l->width, *h = s->h + n * l->width;
    const float *c_before = s->c_before + n * l->width;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf before = v_load(c_before + u);
      vf ai = v_load(gates + I * hp + u), af = v_load(gates + F * hp + u), ao = v_load(gates + O * hp + u);
      if (p) ai += v_load(p + u) * before, af += v_load(p + hp + u) * before;
      vf i = v_sigmoid(ai), f = v_sigmoid(af), g = v_tanh(v_load(gates + G * hp + u));
      vf after = f * before + i * g;
      if (p) ao += v_load(p + 2 * hp + u) * after;
      vf o = v_sigmoid(ao), y = o * v_tanh(after);
      v_store(gates + I * hp + u, i), v_store(gates + F * hp + u, f), v_store(gates + G * hp + u, g), v_store(gates + O * hp + u, o);
      v_store(c + u, after), v_store(h + u, y);
    }
  }
}

RN_INLINE void grad(const rn_layer *l, const rn_step *s, const bool apart) {
  const float *p = l->peephole;
  int64_t hp = l->units;
  for (int64_t n = 0; n < s->n; n++) {
    const float *gates = s->gates + n * l->gates_ld, *c = s->c + n * l->width, *c_before = s->c_before + n * l->width;
    float *dgates = s->dgates + n * l->dgates_ld, *dc = s->dc + n * l->width;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf i = v_load(gates + I * hp + u), f = v_load(gates + F * hp + u), g = v_load(gates + G * hp + u), o = v_load(gates + O * hp + u);
      vf before = v_load(c_before + u), d = v_load(dc + u), dout;
      if (apart) dout = v_load(s->dout + n * l->width + u);
      else {
        vf t = v_tanh(v_load(c + u)), dy = v_load(s->dh + n * l->width + u) + output_grad(l, s, n, u);
        dout = dy * t;
        d += dy * o * (1 - t * t);
      }
      vf dao = dout * o * (1 - o);
      if (p) d += dao * v_load(p + 2 * hp + u);
      vf dai = d * g * i * (1 - i), daf = d * before * f * (1 - f), dag = d * i * (1 - g * g);
      d *= f;
      if (p) d += dai * v_load(p + u) + daf * v_load(p + hp + u);
      v_store(dgates + I * hp + u, dai), v_store(dgates + F * hp + u, daf), v_store(dgates + G * hp + u, dag),
          v_store(dgates + O * hp + u, dao);
      v_store(dc + u, d);
    }
  }
}

static void backward(const rn_layer *l, const rn_step *s) { grad(l, s, false); }
static void backward_apart(const rn_layer *l, const rn_step *s) { grad(l, s, true); }

const rn_cell_kind RN_K(cell_lstm) = {
  .n_gates = 4, .n_slots = 4, .n_dslots = 4, .n_stages = 1, .to = {I, F, G, O}, .dgate = {I, F, G, O}, .has_c = true,
  .stage = {{.n_gates = 4, .input = -1, .forward = forward, .backward = backward}},
};

/* When more stands between o tanh(c') and h' than the equations above: do is given, and dc complete. */
const rn_cell_kind RN_K(cell_lstm_apart) = {
  .n_gates = 4, .n_slots = 4, .n_dslots = 4, .n_stages = 1, .to = {I, F, G, O}, .dgate = {I, F, G, O}, .has_c = true,
  .stage = {{.n_gates = 4, .input = -1, .forward = forward, .backward = backward_apart}},
};
