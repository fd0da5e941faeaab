/* cpu_recurrent_walk.c: the loop over time. Forward, at step t:
 *
 *   gates_t += h_{t-1} W_hh^T        (gates_t begins as W_ih x_t + b: computed before the walk, or read from x as its row is reached)
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

/* ---- packing ---- */

/* In the order in which they are used. Forward: [stage][group of units][gate][k of P][nv]. Backward: [stage][group][k of n_gates Hp][nv].
 */
static float *forward_panel(const rn_layer *l, const rn_stage *st, int gate, int64_t b, int nv) {
  return l->panels + (st->gate * l->units + (b * st->n_gates + (gate - st->gate) * nv) * RN_VL) * l->state;
}
static float *backward_panel(const rn_layer *l, const rn_stage *st, int64_t b) {
  return l->panels + st->gate * l->units * l->state_units + b * RN_VL * st->n_gates * l->units;
}

void RN_K(layer_pack)(const rn_layer *l, bool backward, int64_t b0, int64_t b1) {
  rn_product p = {.g = {.trans_b = !backward, .b = l->r->weight_hh, .ldb = l->state}};
  int nv;
  for (int64_t b = b0; b < b1; b += nv) {
    nv = panel_next(b1 - b);
    int64_t u = b * RN_VL, n = nv * RN_VL;
    if (backward) {
      for (int s = 0; s < l->kind->n_stages; s++) {
        const rn_stage *st = &l->kind->stage[s];
        p.b_row = l->dgate_row + st->dslot * l->units;
        RN_K(panel_pack)(&p, 0, st->n_gates * l->units, u, u + n > l->state ? l->state - u : n, backward_panel(l, st, b));
      }
    } else {
      p.b_row = l->gate_row;
      for (int s = 0; s < l->kind->n_stages; s++) {
        const rn_stage *st = &l->kind->stage[s];
        for (int g = st->gate; g < st->gate + st->n_gates; g++)
          RN_K(panel_pack)(&p, 0, l->state, g * l->units + u, n, forward_panel(l, st, g, b, nv));
      }
    }
  }
}

/* ---- forward ---- */

/* out [n rows, units of the group] (+)= input W_hh^T for one gate. */
static void recur(const rn_layer *l, const rn_stage *st, int gate, int64_t n, const float *input, int64_t ld, int64_t b, int nv, float *out,
                  int64_t ldout, bool accumulate) {
  if (!l->direct) {
    RN_K(panel_product)(n, l->state, nv, input, ld, forward_panel(l, st, gate, b, nv), out, ldout, accumulate);
    return;
  }
  int64_t first = gate * l->units + b * RN_VL;
  rn_product p = {.g = {.trans_b = true, .accumulate = accumulate, .m = n, .k = l->state, .a = input, .lda = ld, .b = l->r->weight_hh,
                        .ldb = l->state, .c = out - first, .ldc = ldout},
                  .b_row = l->gate_row};
  RN_K(gemv_columns)(&p, first, first + nv * RN_VL);
}

/* The same for all gates of the stage and one row. */
static void recur_row(const rn_layer *l, const rn_stage *st, const rn_step *s, const float *input, int64_t b, int nv) {
  int end = st->gate + st->n_gates, n;
  for (int g = st->gate; g < end; g += n) {
    bool adds = l->kind->to[g] == g;
    float *c[RN_ROW_PANELS];
    for (n = 0; g + n < end && (l->kind->to[g + n] == g + n) == adds; n++) c[n] = s->gates + l->kind->to[g + n] * l->units + b * RN_VL;
    RN_K(panels_row)(l->state, nv, n, input, forward_panel(l, st, g, b, nv), nv * RN_VL * l->state, c, adds);
  }
}

/* gates = x + b for one gate and the units in hand, where x is the share of the input. */
static void begin_gate(const rn_layer *l, const rn_step *s, int gate) {
  const float *bias = l->bias + gate * l->units;
  for (int64_t i = 0; i < s->n; i++) {
    const float *share = input_share(l, s->first + i, gate);
    float *gates = s->gates + i * l->gates_ld + gate * l->units;
    for (int64_t u = s->u0; u < s->u1; u += RN_VL) v_store(gates + u, load_left(share + u, l->r->n_hidden - u) + v_load(bias + u));
  }
}

static void stage_forward(const rn_layer *l, const rn_stage *st, rn_step *s, int64_t b0, int64_t b1) {
  const float *input = st->input < 0 ? s->h_before : s->gates + st->input * l->units;
  int64_t ld = st->input < 0 ? l->state_width : l->gates_ld, share_ld = l->kind->n_gates * l->units;
  int nv;
  for (int64_t b = b0; b < b1; b += nv) {
    nv = panel_next(b1 - b);
    s->u0 = b * RN_VL, s->u1 = s->u0 + nv * RN_VL;
    bool row = s->n == 1 && !l->direct && !l->v.norm;
    for (int g = st->gate; g < st->gate + st->n_gates; g++) {
      int to = l->kind->to[g];
      if (!l->r->weight_ih && !l->v.norm) begin_gate(l, s, g); /* with a norm, variant_input has */
      if (row) continue;
      if (l->v.norm)
        recur(l, st, g, s->n, input, ld, b, nv, l->v.share_hh + s->first * share_ld + g * l->units + b * RN_VL, share_ld, false);
      else recur(l, st, g, s->n, input, ld, b, nv, s->gates + to * l->units + b * RN_VL, l->gates_ld, to == g);
    }
    if (row) recur_row(l, st, s, input, b, nv);
    if (!l->v.norm) st->forward(l, s);
  }
  if (!l->v.norm) return;
  RN_K(variant_share)(l, st, s); /* a norm needs the row whole */
  s->u0 = b0 * RN_VL, s->u1 = b1 * RN_VL;
  st->forward(l, s);
}

/* Rows of the step that belong to sequences [s0, s1). */
static rn_step step_rows(const rn_layer *l, int64_t t, int64_t s0, int64_t s1) {
  const rn_order *o = &l->order;
  int64_t active = rn_order_active(o, t), first = o->start[t] + s0, before = rn_order_before(o, t) + s0, after = o->n_seqs + first;
  rn_step s = {.first = first, .n = (active < s1 ? active : s1) - s0, .row = o->row + first, .gates = l->gates + first * l->gates_ld,
               .h = l->h + after * l->state_width, .h_before = l->h + before * l->state_width};
  if (l->kind->has_c) s.c = l->c + after * l->width, s.c_before = l->c + before * l->width;
  return s;
}

/* A buffer of states [..][width], `size` floats of each count, and of these [u0, u1) are in hand. */
typedef struct states { float *at; int64_t size, width, u0, u1; } states;

static states h_states(const rn_layer *l, float *at, int64_t b0, int64_t b1) {
  bool all = b1 * RN_VL == l->units;
  return (states){at, l->state, l->state_width, b0 * RN_VL, all ? l->state_units : b1 * RN_VL};
}
static states c_states(const rn_layer *l, float *at, int64_t b0, int64_t b1) {
  return (states){l->kind->has_c ? at : NULL, l->r->n_hidden, l->width, b0 * RN_VL, b1 * RN_VL};
}
static size_t states_bytes(states s) { return (size_t)((s.u1 < s.size ? s.u1 : s.size) - s.u0) * sizeof(float); }

/* Row i <- the caller's row seq[i], padded; zeros when not given. */
static void states_in(const rn_layer *l, states s, const float *from, int64_t s0, int64_t s1) {
  for (int64_t i = s0; s.at && i < s1; i++) {
    memset(s.at + i * s.width + s.u0, 0, (size_t)(s.u1 - s.u0) * sizeof(float));
    if (from) memcpy(s.at + i * s.width + s.u0, from + l->order.seq[i] * s.size + s.u0, states_bytes(s));
  }
}

/* The caller's row seq[i] <- the state after the last row of that sequence. */
static void states_out(const rn_layer *l, states s, float *to, int64_t s0, int64_t s1) {
  for (int64_t i = s0; s.at && to && i < s1; i++) {
    int64_t seq = l->order.seq[i], length = l->r->offset[seq + 1] - l->r->offset[seq];
    memcpy(to + seq * s.size + s.u0, s.at + (rn_order_before(&l->order, length) + i) * s.width + s.u0, states_bytes(s));
  }
}

/* y[row] <- h of the step. Row by row, once the step is done: the caller's rows of a step can be any distance apart. */
static void output_rows(const rn_layer *l, const rn_step *s, states h) {
  for (int64_t i = 0; i < s->n; i++)
    memcpy(l->r->y + s->row[i] * l->r->ldy + h.u0, h.at + (l->order.n_seqs + s->first + i) * h.width + h.u0, states_bytes(h));
}

void RN_K(layer_forward)(const rn_layer *l, rn_pool *pool, int64_t s0, int64_t s1, int64_t b0, int64_t b1) {
  states h = h_states(l, l->h, b0, b1), c = c_states(l, l->c, b0, b1);
  states_in(l, h, l->r->h0, s0, s1);
  states_in(l, c, l->r->c0, s0, s1);
  if (pool) rn_pool_barrier(pool);
  for (int64_t t = 0; t < l->order.n_steps; t++) {
    rn_step s = step_rows(l, t, s0, s1);
    if (s.n <= 0) break;
    if (l->v.apart) s.h = l->v.out + s.first * l->width;
    for (int i = 0; i < l->kind->n_stages; i++) {
      stage_forward(l, &l->kind->stage[i], &s, b0, b1);
      if (pool) rn_pool_barrier(pool);
    }
    RN_K(variant_output)(l, &s);
    output_rows(l, &s, h);
  }
  states_out(l, h, l->r->h_n, s0, s1);
  states_out(l, c, l->r->c_n, s0, s1);
}

/* ---- backward ---- */

/* ||dL/dh_t||^2 of each row. */
static void norms(const rn_layer *l, const rn_step *s, double *norm) {
  for (int64_t n = 0; n < s->n; n++) {
    norm[n] = 0;
    for (int64_t u = 0; u < l->state_units; u += RN_VL) {
      vf d = v_load(s->dh + n * l->state_width + u) + output_grad(l, s, n, u);
      for (int i = 0; i < RN_VL; i++) norm[n] += (double)d[i] * d[i];
    }
  }
}

static void stage_backward(const rn_layer *l, const rn_stage *st, rn_pool *pool, rn_step *s, int64_t b0, int64_t b1) {
  s->u0 = b0 * RN_VL, s->u1 = b1 * RN_VL;
  st->backward(l, s);
  RN_K(variant_share_grad)(l, st, s);
  if (pool) rn_pool_barrier(pool);
  const float *grads = l->v.norm ? l->v.dshare_hh + s->first * l->dgates_ld : s->dgates;
  float *out = st->input < 0 ? s->dh : s->dc;
  int64_t ld = st->input < 0 ? l->state_width : l->width;
  if (b1 * RN_VL == l->units) b1 = l->state_units / RN_VL;
  int nv;
  for (int64_t b = b0; b < b1; b += nv) {
    nv = panel_next(b1 - b);
    RN_K(panel_product)(s->n, st->n_gates * l->units, nv, grads + st->dslot * l->units, l->dgates_ld, backward_panel(l, st, b),
                        out + b * RN_VL, ld, st->adds);
  }
}

/* The caller's row seq[i] += row i. */
static void grads_out(const rn_layer *l, states s, float *to, int64_t s0, int64_t s1) {
  for (int64_t i = s0; s.at && to && i < s1; i++)
    for (int64_t u = s.u0; u < s.u1 && u < s.size; u++) to[l->order.seq[i] * s.size + u] += s.at[i * s.width + u];
}

void RN_K(layer_backward)(const rn_layer *l, rn_pool *pool, int64_t s0, int64_t s1, int64_t b0, int64_t b1) {
  states dh = h_states(l, l->dh, b0, b1), dc = c_states(l, l->dc, b0, b1);
  states_in(l, dh, l->r->dh_n, s0, s1);
  states_in(l, dc, l->r->dc_n, s0, s1);
  for (int64_t t = l->order.n_steps - 1; t >= 0; t--) {
    rn_step s = step_rows(l, t, s0, s1);
    if (s.n <= 0) continue;
    if (!l->r->dy) s.row = NULL;
    s.dgates = l->dgates + s.first * l->dgates_ld;
    s.dh = l->dh + s0 * l->state_width;
    if (l->dc) s.dc = l->dc + s0 * l->width;
    if (l->v.apart) s.dout = l->v.dout + s0 * l->width;
    if (l->row_norm) norms(l, &s, l->row_norm + s.first);
    RN_K(variant_output_grad)(l, &s);
    for (int i = l->kind->n_stages - 1; i >= 0; i--) stage_backward(l, &l->kind->stage[i], pool, &s, b0, b1);
  }
  grads_out(l, dh, l->r->dh0, s0, s1);
  grads_out(l, dc, l->r->dc0, s0, s1);
}
