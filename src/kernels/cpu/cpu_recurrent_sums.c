/* cpu_recurrent_sums.c: what is done over all rows at once: the share of the input before the walk through time, and after it the
 * gradients of the input and of everything learned. */
#include "kernels/cpu/cpu_recurrent.h"

int RN_K(layer_products)(const rn_layer *l, bool backward, rn_product *list) {
  const rn_recurrent *r = l->r;
  const rn_cell_kind *kind = l->kind;
  int64_t rows = l->order.n_rows, columns = kind->n_gates * l->units;
  int n = 0;
  if (!backward) { /* gates = x W_ih^T + b */
    if (r->weight_ih)
      list[n++] = (rn_product){.g = {.trans_b = true,
                                     .m = rows,
                                     .n = columns,
                                     .k = r->n_in,
                                     .a = r->x,
                                     .lda = r->n_in,
                                     .b = r->weight_ih,
                                     .ldb = r->n_in,
                                     .c = l->gates,
                                     .ldc = l->gates_ld,
                                     .bias = l->v.norm ? NULL : l->bias,
                                     .packed = r->packed},
                               .a_row = l->order.row,
                               .b_row = l->gate_row};
    return n;
  }
  float *dx_gates = l->dgates + kind->x_dslot * l->units;
  const int32_t *dx_row = l->dgate_row + kind->x_dslot * l->units;
  /* dx += dgates W_ih */
  if (r->weight_ih)
    list[n++] = (rn_product){.g = {.accumulate = true,
                                   .m = rows,
                                   .n = r->n_in,
                                   .k = columns,
                                   .a = dx_gates,
                                   .lda = l->dgates_ld,
                                   .b = r->weight_ih,
                                   .ldb = r->n_in,
                                   .c = r->dx,
                                   .ldc = r->n_in},
                             .b_row = dx_row,
                             .c_row = l->order.row};
  /* dW_ih += dgates^T x */
  if (r->weight_ih)
    list[n++] = (rn_product){.g = {.trans_a = true,
                                   .accumulate = true,
                                   .m = columns,
                                   .n = r->n_in,
                                   .k = rows,
                                   .a = dx_gates,
                                   .lda = l->dgates_ld,
                                   .b = r->x,
                                   .ldb = r->n_in,
                                   .c = r->dweight_ih,
                                   .ldc = r->n_in},
                             .b_row = l->order.row,
                             .c_row = dx_row};
  /* dW_hh += dgates^T input, the input being the state before, or the slot of gates that the stage's product sees */
  for (int s = 0; s < kind->n_stages; s++) {
    const rn_stage *st = &kind->stage[s];
    bool state = st->input < 0;
    list[n++] = (rn_product){.g = {.trans_a = true,
                                   .accumulate = true,
                                   .m = st->n_gates * l->units,
                                   .n = l->state,
                                   .k = rows,
                                   .a = (l->v.norm ? l->v.dshare_hh : l->dgates) + st->dslot * l->units,
                                   .lda = l->dgates_ld,
                                   .b = state ? l->h : l->gates + st->input * l->units,
                                   .ldb = state ? l->state_width : l->gates_ld,
                                   .c = r->dweight_hh,
                                   .ldc = l->state},
                             .b_row = state ? l->order.before : NULL,
                             .c_row = l->dgate_row + st->dslot * l->units};
  }
  if (r->n_proj) /* dW_hr += dh'^T (o tanh(c')) */
    list[n++] = (rn_product){.g = {.trans_a = true, .accumulate = true, .m = l->state_units, .n = r->n_hidden, .k = rows, .a = l->v.dstate,
                                   .lda = l->state_width, .b = l->v.out, .ldb = l->width, .c = r->dweight_hr, .ldc = r->n_hidden},
                             .c_row = l->v.state_row};
  return n;
}

/* ---- sums over rows ---- */

/* to[row of column] += sum_r a[r][column] (b ? b[b_row[r]][column] : 1) for `columns` padded columns, in strips that are tasks. */
typedef struct column_sums {
  int64_t rows, columns;
  const float *a; int64_t lda;
  const float *b; int64_t ldb;
  const int32_t *b_row;    /* NULL: in order, from b_first */
  int64_t b_first;
  const int32_t *to_row;   /* [columns]; negative: padding */
  float *to, *to_too;      /* either may be NULL */
} column_sums;

enum { STRIP = 4 }; /* vectors */

static void sum_strip(void *arg, int64_t strip) {
  const column_sums *c = arg;
  int64_t j0 = strip * STRIP * RN_VL, left = (c->columns - j0) / RN_VL;
  int nv = left < STRIP ? (int)left : STRIP;
  vf sum[STRIP] = {v_zero(), v_zero(), v_zero(), v_zero()};
  for (int64_t r = 0; r < c->rows; r++) {
    const float *a = c->a + r * c->lda + j0, *b = c->b ? c->b + (c->b_row ? c->b_row[r] : c->b_first + r) * c->ldb + j0 : NULL;
    for (int j = 0; j < nv; j++) sum[j] += b ? v_load(a + j * RN_VL) * v_load(b + j * RN_VL) : v_load(a + j * RN_VL);
  }
  for (int j = 0; j < nv * RN_VL; j++) {
    int32_t row = c->to_row[j0 + j];
    if (row >= 0 && c->to) c->to[row] += sum[j / RN_VL][j % RN_VL];
    if (row >= 0 && c->to_too) c->to_too[row] += sum[j / RN_VL][j % RN_VL];
  }
}

static void sum_columns(rn_pool *pool, column_sums c) {
  if (c.to || c.to_too) rn_pool_for(pool, (c.columns + STRIP * RN_VL - 1) / (STRIP * RN_VL), sum_strip, &c);
}

/* dp_i += sum da_i c, dp_f += sum da_f c, dp_o += sum da_o c' */
static void sum_peepholes(const rn_layer *l, rn_pool *pool, column_sums c) {
  static const int slot[3] = {0, 1, 3};
  c.columns = l->units, c.b = l->c, c.ldb = l->width, c.to_row = l->gate_row;
  for (int p = 0; p < 3; p++) {
    c.a = l->dgates + slot[p] * l->units, c.to = l->r->dpeephole + p * l->r->n_hidden;
    c.b_row = p < 2 ? l->order.before : NULL, c.b_first = l->order.n_seqs;
    sum_columns(pool, c);
  }
}

/* dgain += sum d share, dbias += sum d, for gates whose gradients are slots of dgates from dslot on. */
static void sum_norms(const rn_layer *l, rn_pool *pool, column_sums c, int dslot, const float *share, float *to) {
  int64_t hidden = l->r->n_hidden, n_gates = l->kind->n_gates;
  c.columns = l->units, c.ldb = n_gates * l->units, c.to_row = l->gate_row;
  for (int64_t i = 0; i < n_gates && to; i++) {
    int64_t gate = l->kind->dgate[dslot + i];
    c.a = l->dgates + (dslot + i) * l->units;
    c.b = share + gate * l->units, c.to = to + gate * hidden;
    sum_columns(pool, c);
    c.b = NULL, c.to = to + (n_gates + gate) * hidden;
    sum_columns(pool, c);
  }
}

void RN_K(layer_sums)(const rn_layer *l, rn_pool *pool) {
  const rn_recurrent *r = l->r;
  const rn_cell_kind *kind = l->kind;
  column_sums c = {.rows = l->order.n_rows, .columns = kind->n_gates * l->units, .lda = l->dgates_ld};
  c.a = l->dgates + kind->x_dslot * l->units, c.to_row = l->dgate_row + kind->x_dslot * l->units, c.to = r->dbias_ih;
  if (kind->x_dslot == 0) c.to_too = r->dbias_hh; /* the shares have one gradient */
  sum_columns(pool, c);
  c.to_too = NULL;
  if (kind->x_dslot) {
    c.a = l->dgates, c.to_row = l->dgate_row, c.to = r->dbias_hh;
    sum_columns(pool, c);
  }
  if (r->dpeephole) sum_peepholes(l, pool, c);
  if (l->v.norm) {
    sum_norms(l, pool, c, kind->x_dslot, l->v.share_ih, r->dnorm_ih);
    sum_norms(l, pool, c, 0, l->v.share_hh, r->dnorm_hh);
  }
  if (l->v.norm_c && r->dnorm_c) {
    c = (column_sums){.rows = l->order.n_rows,
                      .columns = l->units,
                      .a = l->v.dc,
                      .lda = l->width,
                      .b = l->v.c,
                      .ldb = l->width,
                      .to_row = l->gate_row,
                      .to = r->dnorm_c};
    sum_columns(pool, c);
    c.b = NULL, c.to = r->dnorm_c + r->n_hidden;
    sum_columns(pool, c);
  }
}

/* ---- rows that several read ---- */

enum { SHARE_STRIP = 128 }; /* units */
static int64_t share_strips(const rn_layer *l) { return (l->r->n_hidden + SHARE_STRIP - 1) / SHARE_STRIP; }

/* dx[row of x] += dgates for a strip of one gate, by one thread from the first row to the last: readers of one row add in order. */
static void share_grad_strip(void *arg, int64_t task) {
  const rn_layer *l = arg;
  int64_t slot = l->kind->x_dslot + task / share_strips(l), u = task % share_strips(l) * SHARE_STRIP;
  int64_t left = l->r->n_hidden - u, n = left < SHARE_STRIP ? left : SHARE_STRIP;
  const float *d = l->dgates + slot * l->units + u;
  float *dx = l->r->dx + l->kind->dgate[slot] * l->r->n_hidden + u;
  for (int64_t row = 0; row < l->order.n_rows; row++, d += l->dgates_ld) {
    float *to = dx + layer_x_row(l, row) * l->r->n_in;
#pragma GCC ivdep
    for (int64_t j = 0; j < n; j++) to[j] += d[j];
  }
}

void RN_K(layer_share_grad)(const rn_layer *l, rn_pool *pool) {
  if (!l->r->weight_ih && l->r->dx) rn_pool_for(pool, l->kind->n_gates * share_strips(l), share_grad_strip, (void *)l);
}
