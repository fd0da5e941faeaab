/* cpu_rnn.c: the vanilla recurrent network (Elman 1990).
 *
 *   h' = f(a),  a = W_ih x + b_ih + W_hh h + b_hh,  f = tanh or max(0, .)
 *   da = dh (1 - h'^2)   or   dh where h' > 0 */
#include "kernels/cpu/cpu_cell.h"

RN_INLINE void forward(const rn_layer *l, const rn_step *s, const bool relu) {
  for (int64_t n = 0; n < s->n; n++) {
    const float *a = s->gates + n * l->gates_ld;
    float *h = s->h + n * l->width;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf y = relu ? v_max(v_load(a + u), v_zero()) : v_tanh(v_load(a + u));
      v_store(h + u, y);
    }
  }
}

RN_INLINE void backward(const rn_layer *l, const rn_step *s, const bool relu) {
  for (int64_t n = 0; n < s->n; n++) {
    const float *h = s->h + n * l->width;
    float *da = s->dgates + n * l->dgates_ld, *dh = s->dh + n * l->width;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf y = v_load(h + u), dy = v_load(dh + u) + output_grad(l, s, n, u);
      v_store(da + u, relu ? v_select(y > v_zero(), dy, v_zero()) : dy * (1 - y * y));
    }
  }
}

static void tanh_forward(const rn_layer *l, const rn_step *s) { forward(l, s, false); }
static void tanh_backward(const rn_layer *l, const rn_step *s) { backward(l, s, false); }
static void relu_forward(const rn_layer *l, const rn_step *s) { forward(l, s, true); }
static void relu_backward(const rn_layer *l, const rn_step *s) { backward(l, s, true); }

const rn_cell_kind RN_K(cell_rnn_tanh) = {
  .n_gates = 1, .n_slots = 1, .n_dslots = 1, .n_stages = 1,
  .stage = {{.n_gates = 1, .input = -1, .forward = tanh_forward, .backward = tanh_backward}},
};
const rn_cell_kind RN_K(cell_rnn_relu) = {
  .n_gates = 1, .n_slots = 1, .n_dslots = 1, .n_stages = 1,
  .stage = {{.n_gates = 1, .input = -1, .forward = relu_forward, .backward = relu_backward}},
};
