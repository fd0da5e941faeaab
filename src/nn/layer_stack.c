/* layer_stack.c: recurrent layers on top of each other.
 *
 *     in_1 = x,    in_l = dropout(y_{l-1})            (skip: [in_l, x] side by side, l > 1; Graves 2013)
 *     y_l  = cell_l(in_l)                             (residual: + in_l, l > 1; Wu et al. 2016)
 */
#include "nn/params.h"
#include "nn/shares.h"
#include "ops/op.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const cell_names[] = {
    [RN_CELL_TANH] = "rnn",
    [RN_CELL_RELU] = "relu",
    [RN_CELL_GRU] = "gru",
    [RN_CELL_GRU_BEFORE] = "gru-before",
    [RN_CELL_GRU_SIMPLE] = "gru-simple",
    [RN_CELL_LSTM] = "lstm",
};
enum { N_CELLS = sizeof cell_names / sizeof cell_names[0] };

bool rn_cell_parse(const char *name, rn_cell *out) {
  for (int i = 0; i < N_CELLS; i++) {
    if (strcmp(name, cell_names[i]) != 0) continue;
    *out = (rn_cell)i;
    return true;
  }
  return false;
}

const char *rn_cell_name(rn_cell kind) { return (int)kind >= 0 && (int)kind < N_CELLS ? cell_names[kind] : "unknown"; }

rn_stack_options rn_stack_options_default(void) {
  return (rn_stack_options){.cell = RN_CELL_LSTM, .n_layers = 1, .n_hidden = 128, .bias = true};
}

static int n_directions(const rn_stack_options *o) { return o->bidirectional ? 2 : 1; }
int64_t rn_stack_state_size(const rn_stack_options *o) { return o->n_proj > 0 ? o->n_proj : o->n_hidden; }

/* What layer l reads. */
static int64_t input_size(const rn_stack_options *o, int l) {
  if (l == 0) return o->n_in;
  return n_directions(o) * rn_stack_state_size(o) + (o->skip ? o->n_in : 0);
}

static bool options_fit(rn_params *p, const rn_stack_options *o) {
  bool lstm = o->cell == RN_CELL_LSTM;
  if ((int)o->cell < 0 || (int)o->cell >= N_CELLS) rn_params_fail(p, "no such cell");
  else if (o->n_layers < 1 || o->n_layers > RN_MAX_LAYERS) rn_params_fail(p, "%d layers: 1 to %d are possible", o->n_layers, RN_MAX_LAYERS);
  else if (o->n_in < 1 || o->n_in > INT32_MAX) rn_params_fail(p, "%lld inputs: 1 to 2147483647 are possible", (long long)o->n_in);
  else if (o->n_hidden < 1 || o->n_hidden > 1 << 24)
    rn_params_fail(p, "%lld hidden units: 1 to 16777216 are possible", (long long)o->n_hidden);
  else if (o->n_proj < 0 || o->n_proj > o->n_hidden)
    rn_params_fail(p, "a projection to %lld: 1 to the %lld hidden units are possible", (long long)o->n_proj, (long long)o->n_hidden);
  else if (o->n_proj > 0 && !lstm) rn_params_fail(p, "only the LSTM has a projection, not %s", rn_cell_name(o->cell));
  else if (o->peephole && !lstm) rn_params_fail(p, "only the LSTM has peepholes, not %s", rn_cell_name(o->cell));
  else if (!(o->dropout >= 0 && o->dropout < 1)) rn_params_fail(p, "a dropout of %g: 0 to below 1 is possible", (double)o->dropout);
  else return true;
  return false;
}

/* NAME.what_lL or NAME.what_lL_reverse. */
static rn_param *add(rn_params *p, const char *name, const char *what, int l, int dir, int64_t rows, int64_t cols, rn_init init) {
  char full[256];
  snprintf(full, sizeof full, "%s.%s_l%d%s", name, what, l, dir ? "_reverse" : "");
  return rn_params_add(p, full, cols > 0 ? 2 : 1, (int64_t[]){rows, cols}, init);
}

void rn_layer_stack_init(rn_layer_stack *stack, rn_params *p, const char *name, const rn_stack_options *options) {
  const rn_stack_options *o = options;
  *stack = (rn_layer_stack){.options = *o};
  if (!options_fit(p, o)) return;
  bool lstm = o->cell == RN_CELL_LSTM;
  int64_t G = rn_cell_gates(o->cell), H = o->n_hidden, P = rn_stack_state_size(o);
  rn_init torch = {.kind = RN_INIT_UNIFORM, .scale = 1 / sqrtf((float)H)}, zero = {.kind = RN_INIT_ZERO};
  rn_init ih = o->init_ih.kind == RN_INIT_DEFAULT ? torch : o->init_ih, hh = o->init_hh.kind == RN_INIT_DEFAULT ? torch : o->init_hh;
  ih.n_blocks = hh.n_blocks = (int)G;
  rn_init bias_ih = rn_init_for_bias(o->init_ih, torch), bias_hh = rn_init_for_bias(o->init_hh, torch), peephole = bias_ih;
  if (lstm && o->forget_bias != 0) { /* the two biases add up: one holds the value, the other nothing */
    bias_ih.n_blocks = bias_hh.n_blocks = (int)G;
    bias_ih.constant_block = bias_hh.constant_block = 2; /* i, f, g, o */
    bias_ih.constant = o->forget_bias;
  }
  rn_init gain_and_shift = {.kind = RN_INIT_ZERO, .n_blocks = 2, .constant_block = 1, .constant = 1};

  for (int l = 0; l < o->n_layers; l++)
    for (int d = 0; d < n_directions(o); d++) {
      rn_stack_cell *w = &stack->layer[l][d];
      w->weight_ih = add(p, name, "weight_ih", l, d, G * H, input_size(o, l), ih);
      w->weight_hh = add(p, name, "weight_hh", l, d, G * H, P, hh);
      if (o->bias) {
        w->bias_ih = add(p, name, "bias_ih", l, d, G * H, 0, bias_ih);
        w->bias_hh = add(p, name, "bias_hh", l, d, G * H, 0, bias_hh);
      }
      if (o->peephole) w->peephole = add(p, name, "peephole", l, d, 3, H, peephole);
      if (o->n_proj > 0) w->weight_hr = add(p, name, "weight_hr", l, d, P, H, (rn_init){.kind = hh.kind, .scale = hh.scale});
      if (o->layer_norm) {
        w->norm_ih = add(p, name, "norm_ih", l, d, 2, G * H, gain_and_shift);
        w->norm_hh = add(p, name, "norm_hh", l, d, 2, G * H, gain_and_shift);
        if (lstm) w->norm_c = add(p, name, "norm_c", l, d, 2, H, gain_and_shift);
      }
      if (o->learned_state && d == 0) {
        bool two = o->bidirectional;
        w->h0 = add(p, name, "h0", l, d, two ? 2 : P, two ? P : 0, zero);
        if (lstm) w->c0 = add(p, name, "c0", l, d, two ? 2 : H, two ? H : 0, zero);
      }
    }
}

static rn_tensor *tensor_of(rn_param *p) { return p ? &p->tensor : NULL; }

/* The learned initial state of a layer, its row for every sequence: [n_dir n_seqs, P], first direction's sequences first. NULL: zero. */
static rn_tensor *learned(rn_graph *g, rn_param *start, int n_dir, int64_t n_seqs) {
  if (!start) return NULL;
  if (n_dir == 1) return rn_repeat(g, &start->tensor, n_seqs);
  int32_t *row = rn_graph_alloc(g, (size_t)(n_dir * n_seqs) * sizeof *row);
  for (int64_t i = 0; row && i < n_dir * n_seqs; i++) row[i] = (int32_t)(i / n_seqs);
  return rn_rows(g, &start->tensor, row, n_dir * n_seqs, NULL);
}

/* Layer l over x, or over the rows of seqs, whose shares of the input are x[row]. */
static rn_recurrent_out run_layer(const rn_layer_stack *stack, rn_graph *g, int l, rn_tensor *x, const int32_t *row, const rn_ragged *seqs,
                                  const rn_stack_state *state) {
  const rn_stack_options *o = &stack->options;
  const rn_stack_cell *first = &stack->layer[l][0];
  const rn_ragged *batch = seqs ? seqs : x->seqs;
  int n_dir = n_directions(o);
  int64_t n_seqs = batch ? batch->n_seqs : 0;
  rn_recurrent_weights w[2];
  for (int d = 0; d < n_dir; d++) {
    const rn_stack_cell *p = &stack->layer[l][d];
    w[d] = (rn_recurrent_weights){.weight_ih = row ? NULL : tensor_of(p->weight_ih),
                                  .weight_hh = tensor_of(p->weight_hh),
                                  .bias_ih = tensor_of(p->bias_ih),
                                  .bias_hh = tensor_of(p->bias_hh),
                                  .peephole = tensor_of(p->peephole),
                                  .weight_hr = tensor_of(p->weight_hr),
                                  .norm_ih = tensor_of(p->norm_ih),
                                  .norm_hh = tensor_of(p->norm_hh),
                                  .norm_c = tensor_of(p->norm_c)};
  }
  rn_tensor *h0 = state ? state->h[l] : learned(g, first->h0, n_dir, n_seqs);
  rn_tensor *c0 = state ? state->c[l] : learned(g, first->c0, n_dir, n_seqs);
  return rn_recurrent_layer(g, o->cell, x, row, seqs, w, n_dir, o->reverse, h0, c0);
}

/* From what the first layer gave to the end; x is what it read, for layers that skip to it. */
static rn_tensor *run_above(const rn_layer_stack *stack, rn_graph *g, rn_recurrent_out r, rn_tensor *x, const rn_stack_state *state,
                            rn_stack_state *out_state) {
  const rn_stack_options *o = &stack->options;
  rn_tensor *y = r.y;
  if (out_state) *out_state = (rn_stack_state){.h = {r.h_n}, .c = {r.c_n}, .y = {y}};
  for (int l = 1; l < o->n_layers; l++) {
    rn_tensor *in = o->dropout > 0 ? rn_dropout(g, y, o->dropout, o->dropout_kind) : y;
    r = run_layer(stack, g, l, o->skip ? rn_concat(g, (rn_tensor *[]){in, x}, 2) : in, NULL, NULL, state);
    y = o->residual ? rn_add(g, r.y, in) : r.y;
    if (!out_state) continue;
    out_state->h[l] = r.h_n;
    out_state->c[l] = r.c_n;
    out_state->y[l] = y;
  }
  return y;
}

rn_tensor *rn_layer_stack_apply(const rn_layer_stack *stack, rn_graph *g, rn_tensor *x, const rn_stack_state *state,
                                rn_stack_state *out_state) {
  return run_above(stack, g, run_layer(stack, g, 0, x, NULL, NULL, state), x, state, out_state);
}

bool rn_layer_stack_shares(const rn_layer_stack *stack) { return !stack->options.skip || stack->options.n_layers == 1; }

rn_tensor *rn_layer_stack_share(const rn_layer_stack *stack, rn_graph *g, rn_tensor *x) {
  rn_tensor *share[2];
  int n_dir = n_directions(&stack->options);
  for (int d = 0; d < n_dir; d++) share[d] = rn_linear(g, x, &stack->layer[0][d].weight_ih->tensor, NULL, RN_NONE);
  return n_dir == 1 ? share[0] : rn_concat(g, share, 2);
}

rn_tensor *rn_layer_stack_apply_share(const rn_layer_stack *stack, rn_graph *g, rn_tensor *share, const int32_t *row,
                                      const rn_ragged *seqs, const rn_stack_state *state, rn_stack_state *out_state) {
  return run_above(stack, g, run_layer(stack, g, 0, share, row, seqs, state), NULL, state, out_state);
}
