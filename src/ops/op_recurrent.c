/* op_recurrent.c: a recurrent layer over a ragged batch, one direction or two, as one operation.
 *
 *   x [n, I]   ->   y [n, D P]   h_n [D n_seqs, P]   c_n [D n_seqs, H] (LSTM)
 *
 * Without weight_ih x is W_ih x already, [n, D G H]; and then x may have fewer rows than the batch, whose ids say which row each reads.
 *
 * Both directions write into the same rows of y, side by side, and add into the same dx. */
#include "ops/op_recurrent.h"

static const rn_recurrent_attrs *attrs(const rn_node *node) { return node->attrs; }
static int weight_index(int dir, int which) { return RN_IN_WEIGHTS + dir * RN_W_COUNT + which; }
static rn_tensor *weight(const rn_node *node, int dir, int which) { return node->in[weight_index(dir, which)]; }

/* The sequences of the batch, and the rows of x that its rows read (NULL: in order). */
static const rn_ragged *sequences(const rn_node *node) { return attrs(node)->seqs ? attrs(node)->seqs : node->in[RN_IN_X]->seqs; }
static const int32_t *x_row(const rn_node *node) { return attrs(node)->seqs ? node->ids : NULL; }

/* ---- shapes ---- */

/* Input i, when given, is [rows, cols] (cols 0: a vector of `rows`). */
static rn_status expect(rn_node *node, int i, const char *name, int dir, int64_t rows, int64_t cols) {
  const rn_tensor *t = node->in[i];
  char text[128];
  if (!t) return RN_OK;
  bool fits = cols == 0 ? rn_tensor_size(t) == rows : t->rank == 2 && t->shape[0] == rows && t->shape[1] == cols;
  if (fits) return RN_OK;
  rn_shape_text(t, text, sizeof text);
  const char *where = attrs(node)->n_dir == 2 && i >= RN_IN_WEIGHTS ? (dir ? " of the second direction" : " of the first direction") : "";
  if (cols == 0) return rn_node_fail(node, "%s%s is %s but must have %lld values", name, where, text, (long long)rows);
  return rn_node_fail(node, "%s%s is %s but must be [%lld, %lld]", name, where, text, (long long)rows, (long long)cols);
}

static rn_status check_direction(rn_node *node, int d, int64_t n_in, int64_t n_hidden, int64_t n_out) {
  int64_t rows = rn_cell_gates(attrs(node)->cell) * n_hidden;
  const struct {
    const char *name;
    int64_t rows, cols;
  } wanted[RN_W_COUNT] = {
      [RN_W_IH] = {"weight_ih", rows, n_in}, [RN_W_HH] = {"weight_hh", rows, n_out},      [RN_B_IH] = {"bias_ih", rows, 0},
      [RN_B_HH] = {"bias_hh", rows, 0},      [RN_W_PEEPHOLE] = {"peephole", 3, n_hidden}, [RN_W_HR] = {"weight_hr", n_out, n_hidden},
      [RN_W_NORM_IH] = {"norm_ih", 2, rows}, [RN_W_NORM_HH] = {"norm_hh", 2, rows},       [RN_W_NORM_C] = {"norm_c", 2, n_hidden},
  };
  bool lstm = attrs(node)->cell == RN_CELL_LSTM;
  for (int i = 0; i < RN_W_COUNT; i++) {
    const rn_tensor *t = weight(node, d, i);
    if (!t && i == RN_W_HH) return rn_node_fail(node, "weight_hh is missing");
    if (t && !lstm && (i == RN_W_PEEPHOLE || i == RN_W_HR || i == RN_W_NORM_C))
      return rn_node_fail(node, "only an LSTM has a %s", wanted[i].name);
    rn_status status = expect(node, weight_index(d, i), wanted[i].name, d, wanted[i].rows, wanted[i].cols);
    if (status != RN_OK) return status;
  }
  if (!weight(node, d, RN_W_NORM_IH) != !weight(node, d, RN_W_NORM_HH)) return rn_node_fail(node, "norm_ih and norm_hh come together");
  if (n_out != n_hidden && !weight(node, d, RN_W_HR))
    return rn_node_fail(node, "weight_hh takes %lld columns but there are %lld hidden units and no projection", (long long)n_out,
                        (long long)n_hidden);
  return RN_OK;
}

/* x, the batch and weight_ih: what reads what. */
static rn_status check_input(rn_node *node, int64_t n_hidden) {
  const rn_recurrent_attrs *a = attrs(node);
  const rn_tensor *x = node->in[RN_IN_X];
  bool given = !weight(node, 0, RN_W_IH);
  if (a->n_dir == 2 && given != !weight(node, 1, RN_W_IH)) return rn_node_fail(node, "weight_ih is missing in one direction");
  if (given) {
    rn_status status = rn_node_check(node, RN_IN_X, "without weight_ih, x", a->n_dir * rn_cell_gates(a->cell) * n_hidden);
    if (status != RN_OK) return status;
  }
  if (!a->seqs) return RN_OK;
  if (!given) return rn_node_fail(node, "rows of x are named by number, so x must be W_ih x, and weight_ih not given");
  if (rn_ragged_rows(a->seqs) != node->n_ids)
    return rn_node_fail(node, "%lld row numbers for sequences of %lld rows", (long long)node->n_ids, (long long)rn_ragged_rows(a->seqs));
  return rn_node_check_ids(node, "row", rn_tensor_rows(x), false);
}

rn_status rn_recurrent_shape(rn_node *node) {
  const rn_recurrent_attrs *a = attrs(node);
  rn_status status = rn_node_check(node, RN_IN_X, "x", -1);
  if (status != RN_OK) return status;
  const rn_tensor *x = node->in[RN_IN_X], *weight_hh = weight(node, 0, RN_W_HH);
  const rn_ragged *seqs = sequences(node);
  if (!seqs) return rn_node_fail(node, "x has no sequences");
  if (a->n_dir != 1 && a->n_dir != 2) return rn_node_fail(node, "%d directions; there are one or two", a->n_dir);
  if (!weight_hh || weight_hh->rank != 2 || weight_hh->shape[0] % rn_cell_gates(a->cell) != 0)
    return rn_node_fail(node, "weight_hh must be a matrix of %d rows for each hidden unit", rn_cell_gates(a->cell));

  int64_t n_hidden = weight_hh->shape[0] / rn_cell_gates(a->cell), n_out = weight_hh->shape[1], n_states = a->n_dir * seqs->n_seqs;
  status = check_input(node, n_hidden);
  for (int d = 0; d < a->n_dir && status == RN_OK; d++) status = check_direction(node, d, rn_tensor_cols(x), n_hidden, n_out);
  if (status == RN_OK) status = expect(node, RN_IN_H0, "h0", 0, n_states, n_out);
  if (status == RN_OK) status = expect(node, RN_IN_C0, "c0", 0, n_states, n_hidden);
  if (status == RN_OK) status = rn_node_output(node, 0, 2, (int64_t[]){rn_ragged_rows(seqs), a->n_dir * n_out}, seqs);
  if (status == RN_OK) status = rn_node_output(node, 1, 2, (int64_t[]){n_states, n_out}, NULL);
  if (status == RN_OK && a->cell == RN_CELL_LSTM) status = rn_node_output(node, 2, 2, (int64_t[]){n_states, n_hidden}, NULL);
  return status;
}

/* ---- kernel arguments ---- */

static const float *data(const rn_tensor *t) { return t ? t->data : NULL; }
/* Where direction d's block of [n_dir n_seqs, cols] begins; NULL stays NULL. */
static float *block(float *p, int d, int64_t n_seqs, int64_t cols) { return p ? p + d * n_seqs * cols : NULL; }

/* Where direction d's columns of x begin, which it has for itself when they are its share. */
static int64_t share_column(const rn_node *node, int d) { return weight(node, d, RN_W_IH) ? 0 : d * weight(node, d, RN_W_HH)->shape[0]; }

static rn_recurrent direction(const rn_node *node, int d) {
  const rn_recurrent_attrs *a = attrs(node);
  const rn_tensor *x = node->in[RN_IN_X], *h0 = node->in[RN_IN_H0], *c0 = node->in[RN_IN_C0];
  const rn_ragged *seqs = sequences(node);
  int64_t n_seqs = seqs->n_seqs, n_hidden = weight(node, d, RN_W_HH)->shape[0] / rn_cell_gates(a->cell);
  int64_t n_out = weight(node, d, RN_W_HH)->shape[1];
  return (rn_recurrent){
      .cell = a->cell,
      .reverse = a->n_dir == 2 ? d == 1 : a->reverse,
      .n_seqs = n_seqs,
      .n_in = rn_tensor_cols(x),
      .n_hidden = n_hidden,
      .n_proj = weight(node, d, RN_W_HR) ? n_out : 0,
      .offset = seqs->offset,
      .x = x->data + share_column(node, d),
      .x_row = x_row(node),
      .weight_ih = data(weight(node, d, RN_W_IH)),
      .weight_hh = data(weight(node, d, RN_W_HH)),
      .bias_ih = data(weight(node, d, RN_B_IH)),
      .bias_hh = data(weight(node, d, RN_B_HH)),
      .peephole = data(weight(node, d, RN_W_PEEPHOLE)),
      .weight_hr = data(weight(node, d, RN_W_HR)),
      .norm_ih = data(weight(node, d, RN_W_NORM_IH)),
      .norm_hh = data(weight(node, d, RN_W_NORM_HH)),
      .norm_c = data(weight(node, d, RN_W_NORM_C)),
      .h0 = h0 ? block(h0->data, d, n_seqs, n_out) : NULL,
      .c0 = c0 ? block(c0->data, d, n_seqs, n_hidden) : NULL,
      .y = node->out[0]->data + d * n_out,
      .ldy = a->n_dir * n_out,
      .h_n = block(node->out[1]->data, d, n_seqs, n_out),
      .c_n = node->out[2] ? block(node->out[2]->data, d, n_seqs, n_hidden) : NULL,
  };
}

/* Bytes of one direction's `saved`, so that the next begins aligned. */
static size_t saved_of(const rn_node *node, const rn_recurrent *r) { return (rn_node_backend(node)->recurrent_saved(r) + 63) / 64 * 64; }

size_t rn_recurrent_saved_size(const rn_node *node) {
  size_t size = 0;
  for (int d = 0; node->train && d < attrs(node)->n_dir; d++) {
    rn_recurrent r = direction(node, d);
    size += saved_of(node, &r);
  }
  return size;
}

static void both_directions(const rn_node *node, rn_recurrent r[2]) {
  char *saved = node->saved;
  for (int d = 0; d < attrs(node)->n_dir; d++) {
    r[d] = direction(node, d);
    r[d].saved = saved;
    if (saved) saved += saved_of(node, &r[d]);
  }
}

size_t rn_recurrent_scratch_size(const rn_node *node, bool backward) {
  rn_recurrent r[2];
  both_directions(node, r);
  return rn_node_backend(node)->recurrent_scratch(r, attrs(node)->n_dir, backward, rn_pool_size(rn_node_pool(node)));
}

/* ---- running ---- */

void rn_recurrent_run_forward(rn_node *node, void *scratch) {
  const rn_backend *k = rn_node_backend(node);
  rn_recurrent r[2];
  both_directions(node, r);
  for (int d = 0; d < attrs(node)->n_dir; d++) {
    bool fresh;
    float *packed = rn_node_kept(node, weight(node, d, RN_W_HH), k->recurrent_pack_size(&r[d]), &fresh);
    if (fresh) k->recurrent_pack(&r[d], packed);
    r[d].packed = packed;
  }
  k->recurrent_forward(rn_node_pool(node), r, attrs(node)->n_dir, scratch);
}

static int64_t longest(const rn_ragged *seqs) {
  int64_t n = 0;
  for (int64_t s = 0; s < seqs->n_seqs; s++)
    if (rn_ragged_length(seqs, s) > n) n = rn_ragged_length(seqs, s);
  return n;
}

void rn_recurrent_run_backward(rn_node *node, void *scratch) {
  const rn_recurrent_attrs *a = attrs(node);
  float *dx = rn_node_grad(node, RN_IN_X), *dh0 = rn_node_grad(node, RN_IN_H0), *dc0 = rn_node_grad(node, RN_IN_C0);
  float *dy = node->out[0]->grad, *dh_n = node->out[1]->grad, *dc_n = node->out[2] ? node->out[2]->grad : NULL;
  rn_recurrent r[2];
  both_directions(node, r);
  for (int d = a->n_dir - 1; d >= 0; d--) { /* traces are listed newest first */
    int64_t n_seqs = r[d].n_seqs, n_hidden = r[d].n_hidden, n_out = r[d].n_proj ? r[d].n_proj : n_hidden;
    r[d].dy = dy ? dy + d * n_out : NULL;
    r[d].lddy = a->n_dir * n_out;
    r[d].dh_n = block(dh_n, d, n_seqs, n_out);
    r[d].dc_n = block(dc_n, d, n_seqs, n_hidden);
    r[d].dx = dx ? dx + share_column(node, d) : NULL;
    r[d].dh0 = block(dh0, d, n_seqs, n_out);
    r[d].dc0 = block(dc0, d, n_seqs, n_hidden);
    r[d].dweight_ih = rn_node_grad(node, weight_index(d, RN_W_IH));
    r[d].dweight_hh = rn_node_grad(node, weight_index(d, RN_W_HH));
    r[d].dbias_ih = rn_node_grad(node, weight_index(d, RN_B_IH));
    r[d].dbias_hh = rn_node_grad(node, weight_index(d, RN_B_HH));
    r[d].dpeephole = rn_node_grad(node, weight_index(d, RN_W_PEEPHOLE));
    r[d].dweight_hr = rn_node_grad(node, weight_index(d, RN_W_HR));
    r[d].dnorm_ih = rn_node_grad(node, weight_index(d, RN_W_NORM_IH));
    r[d].dnorm_hh = rn_node_grad(node, weight_index(d, RN_W_NORM_HH));
    r[d].dnorm_c = rn_node_grad(node, weight_index(d, RN_W_NORM_C));
    r[d].norm_by_step = rn_node_trace(node, r[d].reverse, longest(sequences(node)));
  }
  rn_node_backend(node)->recurrent_backward(rn_node_pool(node), r, a->n_dir, scratch);
}

bool rn_recurrent_supported(const rn_backend *k) {
  return k->recurrent_forward && k->recurrent_backward && k->recurrent_pack && k->recurrent_pack_size && k->recurrent_saved &&
         k->recurrent_scratch;
}

rn_recurrent_out rn_recurrent_apply(rn_graph *g, const rn_op *op, rn_tensor *x, const int32_t *row, rn_tensor *h0, rn_tensor *c0,
                                    const rn_recurrent_weights *weights, rn_recurrent_attrs attrs) {
  rn_tensor *in[RN_NODE_MAX_IN] = {[RN_IN_X] = x, [RN_IN_H0] = h0, [RN_IN_C0] = c0};
  for (int d = 0; d < attrs.n_dir && d < 2; d++) {
    const rn_recurrent_weights *w = &weights[d];
    rn_tensor *const listed[RN_W_COUNT] = {w->weight_ih, w->weight_hh, w->bias_ih, w->bias_hh, w->peephole,
                                           w->weight_hr, w->norm_ih,   w->norm_hh, w->norm_c};
    for (int i = 0; i < RN_W_COUNT; i++) in[weight_index(d, i)] = listed[i];
  }
  const rn_node *node = rn_graph_apply(g, op, in, RN_NODE_MAX_IN, row, attrs.seqs ? rn_ragged_rows(attrs.seqs) : 0, &attrs);
  return (rn_recurrent_out){.y = node->out[0], .h_n = node->out[1], .c_n = node->out[2]};
}

rn_recurrent_out rn_recurrent_layer(rn_graph *g, rn_cell cell, rn_tensor *x, const int32_t *row, const rn_ragged *seqs,
                                    const rn_recurrent_weights *weights, int n_dir, bool reverse, rn_tensor *h0, rn_tensor *c0) {
  const rn_op *op = cell == RN_CELL_LSTM ? &rn_op_lstm : cell <= RN_CELL_RELU ? &rn_op_rnn : &rn_op_gru;
  return rn_recurrent_apply(g, op, x, row, h0, c0, weights, (rn_recurrent_attrs){cell, n_dir, reverse, rn_graph_ragged(g, seqs)});
}
