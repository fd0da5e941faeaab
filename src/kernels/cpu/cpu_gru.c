/* cpu_gru.c: gated recurrent units. a_g = W_ig x + b_ig, u_g = W_hg h + b_hg.
 *
 *   full (cuDNN, torch.nn.GRU):   r = sigmoid(a_r + u_r)   z = sigmoid(a_z + u_z)   n = tanh(a_n + r u_n)
 *   before (Cho et al. 2014):     r, z the same            n = tanh(a_n + W_hn (r h) + b_hn)
 *   simple:                       z the same               n = tanh(a_n + u_n)
 *   all:                          h' = (1 - z) n + z h
 *
 * Backward: dn = dh (1 - z)   da_n = dn (1 - n^2)   dz = dh (h - n)   da_z = dz z (1 - z)   dh := dh z + the products'
 *   full:     du_n = da_n r       dr = da_n u_n             da_r = dr r (1 - r)
 *   before:   d(r h) = W_hn^T da_n    dr = d(r h) h         da_r = dr r (1 - r)       dh += d(r h) r
 *
 * Full keeps u_n in a fourth slot, and its dgates are [du_n | da_r | da_z | da_n]: the first three are the gradient of the state's share,
 * the last three that of the input's. Before keeps r h in the fourth slot, which the second product reads. */
#include "kernels/cpu/cpu_cell.h"

enum { R, Z, N, KEPT }; /* slots of full and before */

/* h' = (1 - z) n + z h */
RN_INLINE void update_store(const rn_layer *l, const rn_step *s, int64_t row, int64_t u, vf z, vf n) {
  vf y = (1 - z) * n + z * v_load(s->h_before + row * l->width + u);
  v_store(s->h + row * l->width + u, y);
}

/* Gives da_z and da_n, and leaves dh z in dh. */
RN_INLINE void update_grad(const rn_layer *l, const rn_step *s, int64_t row, int64_t u, vf z, vf n, vf *daz, vf *dan) {
  float *dh = s->dh + row * l->width + u;
  vf d = v_load(dh) + output_grad(l, s, row, u);
  *dan = d * (1 - z) * (1 - n * n);
  *daz = d * (v_load(s->h_before + row * l->width + u) - n) * z * (1 - z);
  v_store(dh, d * z);
}

/* ---- full ---- */

static void full_forward(const rn_layer *l, const rn_step *s) {
  int64_t hp = l->units;
  for (int64_t i = 0; i < s->n; i++) {
    float *gates = s->gates + i * l->gates_ld;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf r = v_sigmoid(v_load(gates + R * hp + u)), z = v_sigmoid(v_load(gates + Z * hp + u));
      vf un = v_load(gates + KEPT * hp + u) + v_load(l->bias + KEPT * hp + u), n = v_tanh(v_load(gates + N * hp + u) + r * un);
      v_store(gates + R * hp + u, r), v_store(gates + Z * hp + u, z), v_store(gates + N * hp + u, n), v_store(gates + KEPT * hp + u, un);
      update_store(l, s, i, u, z, n);
    }
  }
}

static void full_backward(const rn_layer *l, const rn_step *s) {
  int64_t hp = l->units;
  for (int64_t i = 0; i < s->n; i++) {
    const float *gates = s->gates + i * l->gates_ld;
    float *dgates = s->dgates + i * l->dgates_ld;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf r = v_load(gates + R * hp + u), z = v_load(gates + Z * hp + u), daz, dan;
      update_grad(l, s, i, u, z, v_load(gates + N * hp + u), &daz, &dan);
      v_store(dgates + u, dan * r);
      v_store(dgates + hp + u, dan * v_load(gates + KEPT * hp + u) * r * (1 - r));
      v_store(dgates + 2 * hp + u, daz);
      v_store(dgates + 3 * hp + u, dan);
    }
  }
}

const rn_cell_kind RN_K(cell_gru) = {
  .n_gates = 3, .n_slots = 4, .n_dslots = 4, .n_stages = 1, .to = {R, Z, KEPT}, .dgate = {N, R, Z, N}, .x_dslot = 1,
  .stage = {{.n_gates = 3, .input = -1, .adds = true, .forward = full_forward, .backward = full_backward}},
};

/* ---- reset gate before the product ---- */

static void before_reset(const rn_layer *l, const rn_step *s) {
  int64_t hp = l->units;
  for (int64_t i = 0; i < s->n; i++) {
    float *gates = s->gates + i * l->gates_ld;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf r = v_sigmoid(v_load(gates + R * hp + u)), z = v_sigmoid(v_load(gates + Z * hp + u));
      v_store(gates + R * hp + u, r), v_store(gates + Z * hp + u, z);
      v_store(gates + KEPT * hp + u, r * v_load(s->h_before + i * l->width + u));
    }
  }
}

static void before_forward(const rn_layer *l, const rn_step *s) {
  int64_t hp = l->units;
  for (int64_t i = 0; i < s->n; i++) {
    float *gates = s->gates + i * l->gates_ld;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf n = v_tanh(v_load(gates + N * hp + u));
      v_store(gates + N * hp + u, n);
      update_store(l, s, i, u, v_load(gates + Z * hp + u), n);
    }
  }
}

static void before_backward(const rn_layer *l, const rn_step *s) {
  int64_t hp = l->units;
  for (int64_t i = 0; i < s->n; i++) {
    const float *gates = s->gates + i * l->gates_ld;
    float *dgates = s->dgates + i * l->dgates_ld;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf daz, dan;
      update_grad(l, s, i, u, v_load(gates + Z * hp + u), v_load(gates + N * hp + u), &daz, &dan);
      v_store(dgates + Z * hp + u, daz), v_store(dgates + N * hp + u, dan);
    }
  }
}

static void before_reset_backward(const rn_layer *l, const rn_step *s) { /* dc holds d(r h) */
  int64_t hp = l->units;
  for (int64_t i = 0; i < s->n; i++) {
    float *dgates = s->dgates + i * l->dgates_ld, *dh = s->dh + i * l->width;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf r = v_load(s->gates + i * l->gates_ld + R * hp + u), drh = v_load(s->dc + i * l->width + u);
      v_store(dgates + R * hp + u, drh * v_load(s->h_before + i * l->width + u) * r * (1 - r));
      v_store(dh + u, v_load(dh + u) + drh * r);
    }
  }
}

const rn_cell_kind RN_K(cell_gru_before) = {
  .n_gates = 3, .n_slots = 4, .n_dslots = 3, .n_stages = 2, .to = {R, Z, N}, .dgate = {R, Z, N},
  .stage = {{.gate = R, .n_gates = 2, .input = -1, .dslot = R, .adds = true, .forward = before_reset, .backward = before_reset_backward},
            {.gate = N, .n_gates = 1, .input = KEPT, .dslot = N, .forward = before_forward, .backward = before_backward}},
};

/* ---- no reset gate ---- */

static void simple_forward(const rn_layer *l, const rn_step *s) {
  int64_t hp = l->units;
  for (int64_t i = 0; i < s->n; i++) {
    float *gates = s->gates + i * l->gates_ld;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf z = v_sigmoid(v_load(gates + u)), n = v_tanh(v_load(gates + hp + u));
      v_store(gates + u, z), v_store(gates + hp + u, n);
      update_store(l, s, i, u, z, n);
    }
  }
}

static void simple_backward(const rn_layer *l, const rn_step *s) {
  int64_t hp = l->units;
  for (int64_t i = 0; i < s->n; i++) {
    const float *gates = s->gates + i * l->gates_ld;
    float *dgates = s->dgates + i * l->dgates_ld;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) {
      vf daz, dan;
      update_grad(l, s, i, u, v_load(gates + u), v_load(gates + hp + u), &daz, &dan);
      v_store(dgates + u, daz), v_store(dgates + hp + u, dan);
    }
  }
}

const rn_cell_kind RN_K(cell_gru_simple) = {
  .n_gates = 2, .n_slots = 2, .n_dslots = 2, .n_stages = 1, .to = {0, 1}, .dgate = {0, 1},
  .stage = {{.n_gates = 2, .input = -1, .adds = true, .forward = simple_forward, .backward = simple_backward}},
};
