/* cpu_recurrent_walk.c: the loop over time. Forward, at step t:
 *
 *   gates_t += h_{t-1} W_hh^T        (gates_t begins as W_ih x_t + b)
 *   h_t, c_t = cell(gates_t, c_{t-1})
 *
 * and backward, from the last step to the first:
 *
 *   dgates_t = cell'(dh_t + dy_t, dc_t)
 *   dh_{t-1} = dgates_t W_hh
 *
 * The products go group by group of units, a group being a panel wide, so that the cell finds the gates of its units in the
 * first-level cache. */
#include "kernels/cpu/cpu_cell.h"
#include "kernels/cpu/cpu_gemv.h"

RN_INLINE int group_size(int64_t b, int64_t b1) { return b1 - b < RN_NV ? (int)(b1 - b) : RN_NV; }

/* ---- packing ---- */

/* Forward: [gate][block of units][k of H][RN_VL..]. Backward: [stage][block of units][k of n_gates Hp][RN_VL..]. */
static float *forward_panel(const rn_layer *l, int gate, int64_t b) { return l->panels + (gate * l->units + b * RN_VL) * l->r->n_hidden; }
static float *backward_panel(const rn_layer *l, const rn_stage *st, int64_t b) {
  return l->panels + st->gate * l->units * l->units + b * RN_VL * st->n_gates * l->units;
}

void RN_K(layer_pack)(const rn_layer *l, bool backward, int64_t b0, int64_t b1) {
  int64_t hidden = l->r->n_hidden;
  rn_product p = {.g = {.trans_b = !backward, .b = l->r->weight_hh, .ldb = hidden}};
  for (int64_t b = b0; b < b1; b += RN_NV) {
    int64_t u = b * RN_VL, n = group_size(b, b1) * RN_VL;
    if (backward) {
      for (int s = 0; s < l->kind->n_stages; s++) {
        const rn_stage *st = &l->kind->stage[s];
        p.b_row = l->dgate_row + st->dslot * l->units;
        RN_K(panel_pack)(&p, 0, st->n_gates * l->units, u, u + n > hidden ? hidden - u : n, backward_panel(l, st, b));
      }
    } else {
      p.b_row = l->gate_row;
      for (int g = 0; g < l->kind->n_gates; g++) RN_K(panel_pack)(&p, 0, hidden, g * l->units + u, n, forward_panel(l, g, b));
    }
  }
}

/* ---- forward ---- */

/* out [n rows, units of the group] (+)= input W_hh^T for one gate. */
static void recur(const rn_layer *l, int gate, int64_t n, const float *input, int64_t ld, int64_t b, int nv, float *out, bool accumulate) {
  if (!l->direct) {
    RN_K(panel_product)(n, l->r->n_hidden, nv, input, ld, forward_panel(l, gate, b), out, l->gates_ld, accumulate);
    return;
  }
  rn_product p = {.g = {.trans_b = true, .accumulate = accumulate, .m = n, .k = l->r->n_hidden, .a = input, .lda = ld, .b = l->r->weight_hh,
                        .ldb = l->r->n_hidden, .c = out - gate * l->units - b * RN_VL, .ldc = l->gates_ld},
                  .b_row = l->gate_row};
  int64_t first = gate * l->units + b * RN_VL;
  RN_K(gemv_columns)(&p, first, first + nv * RN_VL);
}

static void stage_forward(const rn_layer *l, const rn_stage *st, rn_step *s, int64_t b0, int64_t b1) {
  const float *input = st->input < 0 ? s->h_before : s->gates + st->input * l->units;
  int64_t ld = st->input < 0 ? l->width : l->gates_ld;
  for (int64_t b = b0; b < b1; b += RN_NV) {
    int nv = group_size(b, b1);
    for (int g = st->gate; g < st->gate + st->n_gates; g++) {
      int to = l->kind->to[g];
      recur(l, g, s->n, input, ld, b, nv, s->gates + to * l->units + b * RN_VL, to == g);
    }
    s->u0 = b * RN_VL, s->u1 = s->u0 + nv * RN_VL;
    st->forward(l, s);
  }
}

/* Rows of the step that belong to sequences [s0, s1). */
static rn_step step_rows(const rn_layer *l, int64_t t, int64_t s0, int64_t s1) {
  const rn_order *o = &l->order;
  int64_t active = rn_order_active(o, t), first = o->start[t] + s0, before = rn_order_before(o, t) + s0, after = o->n_seqs + first;
  rn_step s = {.n = (active < s1 ? active : s1) - s0, .row = o->row + first, .gates = l->gates + first * l->gates_ld,
               .h = l->h + after * l->width, .h_before = l->h + before * l->width};
  if (l->kind->has_c) s.c = l->c + after * l->width, s.c_before = l->c + before * l->width;
  return s;
}

/* Row i of a buffer [n_seqs][width] with padding <- row seq[i] of a caller's [n_seqs][H] (NULL: zeros), units [u0, u1). */
static void states_in(const rn_layer *l, const float *from, float *to, int64_t s0, int64_t s1, int64_t u0, int64_t u1) {
  int64_t hidden = l->r->n_hidden, end = u1 < hidden ? u1 : hidden;
  for (int64_t i = s0; i < s1; i++) {
    memset(to + i * l->width + u0, 0, (size_t)(u1 - u0) * sizeof(float));
    if (from) memcpy(to + i * l->width + u0, from + l->order.seq[i] * hidden + u0, (size_t)(end - u0) * sizeof(float));
  }
}

/* The state after the last row of each sequence. */
static void states_out(const rn_layer *l, const float *states, float *to, int64_t s0, int64_t s1, int64_t u0, int64_t u1) {
  int64_t hidden = l->r->n_hidden, end = u1 < hidden ? u1 : hidden;
  for (int64_t i = s0; to && i < s1; i++) {
    int64_t s = l->order.seq[i], length = l->r->offset[s + 1] - l->r->offset[s];
    memcpy(to + s * hidden + u0, states + (rn_order_before(&l->order, length) + i) * l->width + u0, (size_t)(end - u0) * sizeof(float));
  }
}

void RN_K(layer_forward)(const rn_layer *l, rn_pool *pool, int64_t s0, int64_t s1, int64_t b0, int64_t b1) {
  int64_t u0 = b0 * RN_VL, u1 = b1 * RN_VL;
  states_in(l, l->r->h0, l->h, s0, s1, u0, u1);
  if (l->kind->has_c) states_in(l, l->r->c0, l->c, s0, s1, u0, u1);
  if (pool) rn_pool_barrier(pool);
  for (int64_t t = 0; t < l->order.n_steps; t++) {
    rn_step s = step_rows(l, t, s0, s1);
    if (s.n <= 0) break;
    for (int i = 0; i < l->kind->n_stages; i++) {
      stage_forward(l, &l->kind->stage[i], &s, b0, b1);
      if (pool) rn_pool_barrier(pool);
    }
  }
  states_out(l, l->h, l->r->h_n, s0, s1, u0, u1);
  if (l->kind->has_c) states_out(l, l->c, l->r->c_n, s0, s1, u0, u1);
}

/* ---- backward ---- */

/* ||dL/dh_t||^2 of each row. */
static void norms(const rn_layer *l, const rn_step *s, double *norm) {
  for (int64_t n = 0; n < s->n; n++) {
    norm[n] = 0;
    for (int64_t u = 0; u < l->units; u += RN_VL) {
      vf d = v_load(s->dh + n * l->width + u) + output_grad(l, s, n, u);
      for (int i = 0; i < RN_VL; i++) norm[n] += (double)d[i] * d[i];
    }
  }
}

static void stage_backward(const rn_layer *l, const rn_stage *st, rn_pool *pool, rn_step *s, int64_t b0, int64_t b1) {
  s->u0 = b0 * RN_VL, s->u1 = b1 * RN_VL;
  st->backward(l, s);
  if (pool) rn_pool_barrier(pool);
  float *out = st->input < 0 ? s->dh : s->dc;
  for (int64_t b = b0; b < b1; b += RN_NV)
    RN_K(panel_product)(s->n, st->n_gates * l->units, group_size(b, b1), s->dgates + st->dslot * l->units, l->dgates_ld, backward_panel(l, st, b),
                        out + b * RN_VL, l->width, st->adds);
}

/* to[seq[i]] += row i. */
static void grads_out(const rn_layer *l, const float *from, float *to, int64_t s0, int64_t s1, int64_t u0, int64_t u1) {
  int64_t hidden = l->r->n_hidden, end = u1 < hidden ? u1 : hidden;
  for (int64_t i = s0; to && i < s1; i++)
    for (int64_t u = u0; u < end; u++) to[l->order.seq[i] * hidden + u] += from[i * l->width + u];
}

void RN_K(layer_backward)(const rn_layer *l, rn_pool *pool, int64_t s0, int64_t s1, int64_t b0, int64_t b1) {
  int64_t u0 = b0 * RN_VL, u1 = b1 * RN_VL;
  states_in(l, l->r->dh_n, l->dh, s0, s1, u0, u1);
  if (l->kind->has_c) states_in(l, l->r->dc_n, l->dc, s0, s1, u0, u1);
  for (int64_t t = l->order.n_steps - 1; t >= 0; t--) {
    rn_step s = step_rows(l, t, s0, s1);
    if (s.n <= 0) continue;
    if (!l->r->dy) s.row = NULL;
    s.dgates = l->dgates + (l->order.start[t] + s0) * l->dgates_ld;
    s.dh = l->dh + s0 * l->width;
    s.dc = l->dc ? l->dc + s0 * l->width : NULL;
    if (l->row_norm) norms(l, &s, l->row_norm + l->order.start[t] + s0);
    for (int i = l->kind->n_stages - 1; i >= 0; i--) stage_backward(l, &l->kind->stage[i], pool, &s, b0, b1);
  }
  grads_out(l, l->dh, l->r->dh0, s0, s1, u0, u1);
  if (l->kind->has_c) grads_out(l, l->dc, l->r->dc0, s0, s1, u0, u1);
}
