/* cpu_recurrent.c: a recurrent layer in one or both directions: memory, order, and who does what.
 *
 *   forward:   order; gates = x W_ih^T + b over all rows, unless given; pack W_hh; walk through time
 *   backward:  order; pack W_hh; walk back; dx, dW_ih, dW_hh, db over all rows
 *
 * The walk is shared out among threads in one of two ways. By sequences, when there are enough of them: each thread walks its own from
 * beginning to end and meets nobody. By units otherwise: each has its columns of W_hh in its own cache, and all meet after every
 * step. Neither changes the order in which anything is summed. */
#include "kernels/cpu/cpu_piece.h"
#include "kernels/cpu/cpu_recurrent.h"

enum {
  ROWS_PER_WALK = 8, /* sequences for which a thread may as well read all of W_hh */
  DIRECT_ROWS = 8,   /* up to so many rows in all, W_hh is used where it lies: packing it costs as much as using it about ten times */
};
static const int64_t team_weights = 32 * 1024;   /* floats of W_hh worth a meeting at every step */
static const int64_t cached_weights = 128 * 1024; /* floats of W_hh that the cache of one core holds */

static const rn_cell_kind *kind_of(const rn_recurrent *r) {
  switch (r->cell) {
    case RN_CELL_TANH: return &RN_K(cell_rnn_tanh);
    case RN_CELL_RELU: return &RN_K(cell_rnn_relu);
    case RN_CELL_GRU: return &RN_K(cell_gru);
    case RN_CELL_GRU_BEFORE: return &RN_K(cell_gru_before);
    case RN_CELL_GRU_SIMPLE: return &RN_K(cell_gru_simple);
    default: return r->n_proj || r->norm_c ? &RN_K(cell_lstm_apart) : &RN_K(cell_lstm);
  }
}

/* ---- memory ---- */

/* Rows a multiple of 1 KB apart would meet in the same few sets of the cache. */
static int64_t off_powers(int64_t n) { return n % 256 == 0 ? n + 16 : n; }

static void layout_saved(rn_layer *l, piece *p) {
  int64_t rows = l->order.n_rows, share = l->kind->n_gates * l->units;
  l->gates = take_floats(p, rows * l->gates_ld);
  l->h = take_floats(p, (l->order.n_seqs + rows) * l->state_width);
  l->c = l->kind->has_c ? take_floats(p, (l->order.n_seqs + rows) * l->width) : NULL;
  if (l->v.norm) {
    l->v.share_ih = take_floats(p, rows * share), l->v.share_hh = take_floats(p, rows * share);
    l->v.rate_ih = take_floats(p, rows * 2), l->v.rate_hh = take_floats(p, rows * 2);
  }
  if (l->v.norm_c) l->v.c = take_floats(p, rows * l->width), l->v.rate_c = take_floats(p, rows);
  if (l->v.apart) l->v.out = take_floats(p, rows * l->width);
}

static void layout_scratch(rn_layer *l, bool backward, piece *p) {
  rn_order *o = &l->order;
  const rn_cell_kind *kind = l->kind;
  o->seq = take_ints(p, o->n_seqs), o->start = take_ints(p, o->n_steps + 1), o->row = take_ints(p, o->n_rows),
  o->before = take_ints(p, o->n_rows);
  l->gate_row = take_ints(p, kind->n_gates * l->units);
  l->dgate_row = take_ints(p, kind->n_dslots * l->units);
  l->bias = take_floats(p, kind->n_slots * l->units);
  l->peephole = l->r->peephole ? take_floats(p, 3 * l->units) : NULL;
  l->panels = take_floats(p, kind->n_gates * l->units * l->state_units);
  if (l->v.norm) l->v.norm_ih = take_floats(p, 2 * kind->n_gates * l->units), l->v.norm_hh = take_floats(p, 2 * kind->n_gates * l->units);
  if (l->v.norm_c) l->v.gain_c = take_floats(p, 2 * l->units);
  if (l->r->n_proj) l->v.panels = take_floats(p, l->units * l->state_units), l->v.state_row = take_ints(p, l->state_units);
  if (!backward) {
    if (!l->r->saved) layout_saved(l, p);
    return;
  }
  l->dgates = take_floats(p, o->n_rows * l->dgates_ld);
  l->dh = take_floats(p, o->n_seqs * l->state_width);
  l->dc = kind->has_c || kind->n_stages > 1 ? take_floats(p, o->n_seqs * l->width) : NULL;
  if (l->v.norm) l->v.dshare_hh = take_floats(p, o->n_rows * l->dgates_ld);
  if (l->v.apart) l->v.dout = take_floats(p, o->n_seqs * l->width), l->v.dstate = take_floats(p, o->n_rows * l->state_width);
  if (l->v.norm_c) l->v.dc = take_floats(p, o->n_rows * l->width);
  l->row_norm = take(p, o->n_rows, sizeof(double)); /* always: whether norms are wanted is not known yet when the size is asked for */
  if (!l->r->norm_by_step) l->row_norm = NULL;
}

static rn_layer layer_sizes(const rn_recurrent *r) {
  rn_layer l = {.r = r, .kind = kind_of(r), .order = rn_order_sizes(r->n_seqs, r->offset)};
  l.units = (r->n_hidden + RN_VL - 1) / RN_VL * RN_VL;
  l.width = off_powers(l.units);
  l.state = r->n_proj ? r->n_proj : r->n_hidden;
  l.state_units = (l.state + RN_VL - 1) / RN_VL * RN_VL;
  l.state_width = off_powers(l.state_units);
  l.gates_ld = off_powers(l.kind->n_slots * l.units);
  l.dgates_ld = off_powers(l.kind->n_dslots * l.units);
  l.direct = l.order.n_rows <= DIRECT_ROWS && !r->packed;
  l.v.norm = r->norm_ih != NULL, l.v.norm_c = r->norm_c != NULL, l.v.apart = r->norm_c || r->n_proj;
  return l;
}

size_t RN_K(recurrent_saved)(const rn_recurrent *r) {
  rn_layer l = layer_sizes(r);
  piece p = {0};
  layout_saved(&l, &p);
  return p.used;
}

static size_t products_scratch(const rn_layer *l, bool backward, int n_threads) {
  rn_product list[RN_PRODUCTS_MAX];
  size_t most = 0;
  for (int i = RN_K(layer_products)(l, backward, list) - 1; i >= 0; i--) {
    size_t size = RN_K(product_scratch)(&list[i], n_threads);
    if (size > most) most = size;
  }
  return most;
}

size_t RN_K(recurrent_scratch)(const rn_recurrent *r, int n_dir, bool backward, int n_threads) {
  piece p = {0};
  size_t products = 0;
  for (int d = 0; d < n_dir; d++) {
    rn_layer l = layer_sizes(&r[d]);
    layout_scratch(&l, backward, &p);
    products = products_scratch(&l, backward, n_threads);
  }
  return p.used + products;
}

/* Of weights that are packed once: [W_ih][W_hh][gate_row], the last needed while they are made. */
static rn_product product_to_pack(const rn_layer *l) {
  rn_product list[RN_PRODUCTS_MAX] = {0};
  RN_K(layer_products)(l, false, list);
  return list[0]; /* without W_ih, of no size */
}
static float *hidden_panels(const rn_layer *l, const float *packed) {
  rn_product ih = product_to_pack(l);
  return (float *)packed + RN_K(product_pack_floats)(&ih);
}

/* ---- setting up ---- */

static void columns_of_gates(const rn_layer *l, const int *gate, int n, int32_t *row) {
  for (int g = 0; g < n; g++)
    for (int64_t u = 0; u < l->units; u++)
      row[g * l->units + u] = (int32_t)(u < l->r->n_hidden ? (gate ? gate[g] : g) * l->r->n_hidden + u : -1);
}

/* The biases of both shares are added with the input's, except where a gate keeps the state's share apart. */
static void fill_bias(const rn_layer *l) {
  const rn_recurrent *r = l->r;
  memset(l->bias, 0, (size_t)(l->kind->n_slots * l->units) * sizeof(float));
  for (int g = 0; g < l->kind->n_gates; g++)
    for (int64_t u = 0; u < r->n_hidden; u++) {
      if (r->bias_ih) l->bias[g * l->units + u] += r->bias_ih[g * r->n_hidden + u];
      if (r->bias_hh) l->bias[l->kind->to[g] * l->units + u] += r->bias_hh[g * r->n_hidden + u];
    }
}

/* Row i of [n][Hp] <- row i of [n][H], padded with zeros. */
static void pad_rows(const rn_layer *l, int64_t n, const float *from, float *to) {
  memset(to, 0, (size_t)(n * l->units) * sizeof(float));
  for (int64_t i = 0; i < n; i++) memcpy(to + i * l->units, from + i * l->r->n_hidden, (size_t)l->r->n_hidden * sizeof(float));
}

static rn_layer layer_begin(const rn_recurrent *r, bool backward, piece *p) {
  rn_layer l = layer_sizes(r);
  layout_scratch(&l, backward, p);
  if (r->saved) layout_saved(&l, &(piece){.base = r->saved});
  rn_order_fill(&l.order, r->offset, r->reverse);
  columns_of_gates(&l, NULL, l.kind->n_gates, l.gate_row);
  columns_of_gates(&l, l.kind->dgate, l.kind->n_dslots, l.dgate_row);
  if (!backward) fill_bias(&l);
  if (!backward && r->packed) l.panels = hidden_panels(&l, r->packed);
  if (l.peephole) pad_rows(&l, 3, r->peephole, l.peephole);
  if (l.v.norm) pad_rows(&l, 2 * l.kind->n_gates, r->norm_ih, l.v.norm_ih), pad_rows(&l, 2 * l.kind->n_gates, r->norm_hh, l.v.norm_hh);
  if (l.v.norm_c) pad_rows(&l, 2, r->norm_c, l.v.gain_c);
  for (int64_t u = 0; u < l.state_units && r->n_proj; u++) l.v.state_row[u] = (int32_t)(u < l.state ? u : -1);
  if (r->n_proj) RN_K(variant_pack)(&l, backward);
  return l;
}

/* ---- sharing out ---- */

typedef struct walk {
  const rn_layer *layers;
  int n_layers;
  bool backward;
  int64_t n_parts; /* of the sequences of a layer */
  rn_pool *pool;
} walk;

/* Sequences before this one have at least part / n_parts of the rows. */
static int64_t part_start(const rn_layer *l, int64_t part, int64_t n_parts) {
  if (part == n_parts) return l->order.n_seqs;
  int64_t i = 0, rows = 0;
  while (i < l->order.n_seqs && rows * n_parts < part * l->order.n_rows) {
    int64_t s = l->order.seq[i++];
    rows += l->r->offset[s + 1] - l->r->offset[s];
  }
  return i;
}

/* Blocks of columns of W_hh^T, backward of W_hh. */
static int64_t pack_blocks(const rn_layer *l, bool backward) { return (backward ? l->state_units : l->units) / RN_VL; }

static bool packs(const rn_layer *l, bool backward) { return backward || !(l->direct || l->r->packed); }

static void pack_group(void *arg, int64_t task) {
  const walk *w = arg;
  const rn_layer *l = &w->layers[task % w->n_layers];
  int64_t blocks = pack_blocks(l, w->backward), b = panel_begin(task / w->n_layers, blocks);
  RN_K(layer_pack)(l, w->backward, b, b + panel_next(blocks - b));
}

static void walk_sequences(void *arg, int64_t task) {
  const walk *w = arg;
  const rn_layer *l = &w->layers[task % w->n_layers];
  int64_t part = task / w->n_layers, s0 = part_start(l, part, w->n_parts), s1 = part_start(l, part + 1, w->n_parts);
  (w->backward ? RN_K(layer_backward) : RN_K(layer_forward))(l, NULL, s0, s1, 0, l->units / RN_VL);
}

/* Where a worker's vectors of units begin: with a panel, for the caller may have packed them all. */
static int64_t unit_start(const rn_layer *l, int worker, int n_workers) {
  int64_t blocks = l->units / RN_VL, panel = panel_count(blocks) * worker / n_workers;
  return worker == n_workers ? blocks : panel_begin(panel, blocks);
}

static void walk_units(void *arg, int worker, int n_workers) {
  const walk *w = arg;
  for (int i = 0; i < w->n_layers; i++) {
    const rn_layer *l = &w->layers[i];
    int64_t b0 = unit_start(l, worker, n_workers), b1 = unit_start(l, worker + 1, n_workers);
    if (packs(l, w->backward)) RN_K(layer_pack)(l, w->backward, b0, b1);
    (w->backward ? RN_K(layer_backward) : RN_K(layer_forward))(l, w->pool, 0, l->order.n_seqs, b0, b1);
  }
}

static void walk_time(rn_pool *pool, const rn_layer *layers, int n_layers, bool backward) {
  const rn_layer *l = &layers[0];
  walk w = {.layers = layers, .n_layers = n_layers, .backward = backward, .n_parts = 1, .pool = pool};
  int n_threads = rn_pool_size(pool);
  int64_t wanted = (n_threads + n_layers - 1) / n_layers; /* parts of a layer that would keep everybody busy */
  int64_t weights = l->kind->n_gates * l->units * l->units;
  bool large = weights >= team_weights;
  bool whole_rows = l->row_norm || l->v.norm || l->v.apart; /* somebody looks at all units of a row */
  bool apart = wanted == 1 && weights <= cached_weights; /* a direction for each thread: nobody need meet */
  if (n_threads > 1 && large && !apart && !whole_rows && l->order.n_seqs < wanted * ROWS_PER_WALK) {
    rn_pool_team(pool, walk_units, &w);
    return;
  }
  if (l->order.n_seqs >= wanted * ROWS_PER_WALK || (whole_rows && large)) w.n_parts = wanted;
  if (packs(l, backward)) rn_pool_for(pool, panel_count(pack_blocks(l, backward)) * n_layers, pack_group, &w);
  rn_pool_for(pool, w.n_parts * n_layers, walk_sequences, &w);
}

/* ---- the entries ---- */

void RN_K(recurrent_forward)(rn_pool *pool, const rn_recurrent *r, int n_dir, void *scratch) {
  rn_layer layers[2] = {0};
  rn_product list[RN_PRODUCTS_MAX] = {0};
  piece p = {.base = scratch};
  for (int d = 0; d < n_dir; d++) layers[d] = layer_begin(&r[d], false, &p);
  int n = 0;
  for (int d = 0; d < n_dir; d++) n += RN_K(layer_products)(&layers[d], false, list + n);
  RN_K(products)(pool, list, n, p.base + p.used);
  for (int d = 0; d < n_dir; d++) RN_K(variant_input)(&layers[d], pool);
  walk_time(pool, layers, n_dir, false);
}

/* norm_by_step[t] += the norms of the rows at position t of their sequences. */
static void add_norms(const rn_layer *l) {
  for (int64_t t = 0; t < l->order.n_steps; t++)
    for (int64_t i = 0; i < rn_order_active(&l->order, t); i++) {
      int64_t row = l->order.start[t] + i, s = l->order.seq[i];
      l->r->norm_by_step[l->order.row[row] - l->r->offset[s]] += l->row_norm[row];
    }
}

/* Moves the products that have a result to the front of the list. */
static int wanted(rn_product *list, int n) {
  int n_wanted = 0;
  for (int i = 0; i < n; i++)
    if (list[i].g.c) list[n_wanted++] = list[i];
  return n_wanted;
}

void RN_K(recurrent_backward)(rn_pool *pool, const rn_recurrent *r, int n_dir, void *scratch) {
  rn_layer layers[2] = {0};
  rn_product list[RN_PRODUCTS_MAX] = {0};
  piece p = {.base = scratch};
  for (int d = 0; d < n_dir; d++) layers[d] = layer_begin(&r[d], true, &p);
  walk_time(pool, layers, n_dir, true);
  for (int d = 0; d < n_dir; d++) {
    RN_K(layer_sums)(&layers[d], pool);
    RN_K(variant_input_grad)(&layers[d], pool);
    RN_K(layer_share_grad)(&layers[d], pool);
    int n = wanted(list, RN_K(layer_products)(&layers[d], true, list));
    RN_K(products)(pool, list, n, p.base + p.used);
    if (layers[d].row_norm) add_norms(&layers[d]);
  }
}

size_t RN_K(recurrent_pack_size)(const rn_recurrent *r) {
  rn_layer l = layer_sizes(r);
  rn_product ih = product_to_pack(&l);
  int64_t columns = l.kind->n_gates * l.units;
  return (size_t)(RN_K(product_pack_floats)(&ih) + columns * l.state_units) * sizeof(float) + (size_t)columns * sizeof *l.gate_row;
}

void RN_K(recurrent_pack)(const rn_recurrent *r, float *packed) {
  rn_layer l = layer_sizes(r);
  l.panels = hidden_panels(&l, packed);
  l.gate_row = (int32_t *)(l.panels + l.kind->n_gates * l.units * l.state_units);
  columns_of_gates(&l, NULL, l.kind->n_gates, l.gate_row);
  rn_product ih = product_to_pack(&l);
  RN_K(product_pack)(&ih, packed);
  RN_K(layer_pack)(&l, false, 0, l.units / RN_VL);
}
