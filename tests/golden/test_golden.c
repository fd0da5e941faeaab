/* Against PyTorch: the layers and optimisers it has, outputs and all gradients, as tools/golden/make_golden.py stored them. */
#include "io/safetensors.h"
#include "ops/op.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct golden { /* one case of a file */
  const rn_safetensors *file;
  const char *name, *description;
  rn_context *ctx;
} golden;

/* ---- reading ---- */

static const rn_entry *entry(const golden *c, const char *name) {
  char full[128];
  snprintf(full, sizeof full, "%s/%s", c->name, name);
  return rn_safetensors_find(c->file, full);
}

static const rn_entry *need(const golden *c, const char *name) {
  const rn_entry *e = entry(c, name);
  if (!e) fail_msg("%s has no %s", c->name, name);
  return e;
}

/* "lr=0.1" -> 0.1 */
static double option(const golden *c, const char *key, double fallback) {
  char wanted[64];
  snprintf(wanted, sizeof wanted, "%s=", key);
  for (const char *at = c->description; (at = strstr(at, wanted)); at++)
    if (at == c->description || at[-1] == ' ') return atof(at + strlen(wanted));
  return fallback;
}

static bool is(const golden *c, const char *word) {
  const char *at = strstr(c->description, word);
  return at && (at[strlen(word)] == 0 || at[strlen(word)] == ' ');
}

/* An entry as a tensor of the pass with a gradient; NULL when there is none. */
static rn_tensor *variable(const golden *c, rn_graph *g, const char *name, const rn_ragged *seqs) {
  const rn_entry *e = entry(c, name);
  return e ? rn_variable(g, e->data, e->rank, e->shape, seqs) : NULL;
}

/* The entry "lengths" as a batch; offset has room for it. */
static rn_ragged sequences(const golden *c, int64_t *offset) {
  const rn_entry *lengths = entry(c, "lengths");
  int64_t n_seqs = lengths ? lengths->shape[0] : 0;
  offset[0] = 0;
  for (int64_t s = 0; s < n_seqs; s++) offset[s + 1] = offset[s] + ((const int32_t *)lengths->data)[s];
  return (rn_ragged){n_seqs, offset};
}

static void assert_near(const golden *c, const char *name, const float *got, int64_t n, double tolerance) {
  const rn_entry *e = need(c, name);
  assert_int_equal(e->size, (size_t)n * sizeof(float));
  const float *wanted = e->data;
  for (int64_t i = 0; i < n; i++)
    if (!(fabs((double)got[i] - wanted[i]) <= tolerance * (1 + fabs((double)wanted[i]))))
      fail_msg("%s/%s[%lld] is %.8g, PyTorch has %.8g", c->name, name, (long long)i, (double)got[i], (double)wanted[i]);
}

static void assert_grad(const golden *c, const char *name, const rn_tensor *t) {
  char full[64];
  snprintf(full, sizeof full, "grad.%s", name);
  if (!t) return;
  assert_non_null(t->grad);
  assert_near(c, full, t->grad, rn_tensor_size(t), 1e-5);
}

/* ---- recurrent layers ---- */

#define MAX_LAYERS 2
static const char *const weight_names[] = {"weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"};
enum { N_WEIGHTS = 5 };

static void weight_name(char *buf, size_t size, int which, int layer, int dir) {
  snprintf(buf, size, "%s_l%d%s", weight_names[which], layer, dir ? "_reverse" : "");
}

static rn_recurrent_out apply(const golden *c, rn_graph *g, rn_tensor *x, const rn_recurrent_weights *w, int n_dir, rn_tensor *h0,
                              rn_tensor *c0) {
  if (is(c, "cell=lstm")) return rn_lstm(g, x, w, n_dir, false, h0, c0);
  if (is(c, "cell=gru")) return rn_gru(g, x, RN_CELL_GRU, w, n_dir, false, h0);
  return rn_rnn(g, x, is(c, "cell=relu") ? RN_CELL_RELU : RN_CELL_TANH, w, n_dir, false, h0);
}

/* Layer l's block of a state of all layers. */
static rn_tensor *state_of(const golden *c, rn_graph *g, const char *name, int layer, int n_dir, int64_t n_seqs) {
  const rn_entry *e = entry(c, name);
  if (!e) return NULL;
  int64_t cols = e->shape[2], rows = n_dir * n_seqs;
  return rn_variable(g, (const float *)e->data + layer * rows * cols, 2, (int64_t[]){rows, cols}, NULL);
}

static void check_recurrent(const golden *c) {
  int n_layers = (int)option(c, "layers", 0), n_dir = (int)option(c, "directions", 0);
  int64_t offset[9];
  rn_ragged seqs = sequences(c, offset);

  rn_graph *g = rn_graph_new(c->ctx);
  rn_graph_begin(g, RN_TRAIN, 1, 1);
  rn_tensor *x = variable(c, g, "x", &seqs), *y = x, *loss = NULL;
  rn_tensor *w[MAX_LAYERS][2][N_WEIGHTS] = {0}, *h0[MAX_LAYERS], *c0[MAX_LAYERS];
  rn_recurrent_out out[MAX_LAYERS];
  char name[64];
  for (int l = 0; l < n_layers; l++) {
    rn_recurrent_weights weights[2] = {0};
    for (int d = 0; d < n_dir; d++) {
      for (int i = 0; i < N_WEIGHTS; i++) weight_name(name, sizeof name, i, l, d), w[l][d][i] = variable(c, g, name, NULL);
      rn_tensor **v = w[l][d];
      weights[d] = (rn_recurrent_weights){.weight_ih = v[0], .weight_hh = v[1], .bias_ih = v[2], .bias_hh = v[3], .weight_hr = v[4]};
    }
    h0[l] = state_of(c, g, "h0", l, n_dir, seqs.n_seqs), c0[l] = state_of(c, g, "c0", l, n_dir, seqs.n_seqs);
    out[l] = apply(c, g, y, weights, n_dir, h0[l], c0[l]);
    y = out[l].y;
  }
  assert_int_equal(rn_graph_status(g), RN_OK);
  assert_near(c, "y", y->data, rn_tensor_size(y), 1e-5);

  /* loss = <dy, y> + <dh_n, h_n> + <dc_n, c_n>, over all layers */
  loss = rn_sum(g, rn_mul(g, y, rn_constant(g, need(c, "dy")->data, y->rank, y->shape, NULL)));
  for (int l = 0; l < n_layers; l++)
    for (int s = 0; s < 2; s++) {
      rn_tensor *state = s ? out[l].c_n : out[l].h_n;
      if (!state) continue;
      int64_t n = rn_tensor_size(state);
      const float *cotangent = (const float *)need(c, s ? "dc_n" : "dh_n")->data + l * n,
                  *wanted = (const float *)need(c, s ? "c_n" : "h_n")->data + l * n;
      for (int64_t i = 0; i < n; i++) assert_true(fabsf(state->data[i] - wanted[i]) <= 1e-5f);
      loss = rn_add(g, loss, rn_sum(g, rn_mul(g, state, rn_constant(g, cotangent, 2, state->shape, NULL))));
    }
  assert_int_equal(rn_graph_backward(g, loss), RN_OK);

  assert_grad(c, "x", x);
  for (int l = 0; l < n_layers; l++) {
    for (int d = 0; d < n_dir; d++)
      for (int i = 0; i < N_WEIGHTS; i++) weight_name(name, sizeof name, i, l, d), assert_grad(c, name, w[l][d][i]);
    for (int s = 0; s < 2; s++) {
      rn_tensor *state = s ? c0[l] : h0[l];
      if (!state) continue;
      const float *wanted = (const float *)need(c, s ? "grad.c0" : "grad.h0")->data + l * rn_tensor_size(state);
      for (int64_t i = 0; i < rn_tensor_size(state); i++) assert_true(fabsf(state->grad[i] - wanted[i]) <= 1e-5f * (1 + fabsf(wanted[i])));
    }
  }
  rn_graph_free(g);
}

/* ---- layers and losses ---- */

static rn_tensor *apply_layer(const golden *c, rn_graph *g, rn_tensor *const in[4], const rn_ragged *seqs) {
  const rn_entry *ids = entry(c, "ids"), *weight = entry(c, "weight");
  if (is(c, "op=linear")) return rn_linear(g, in[0], in[1], in[2], RN_NONE);
  if (is(c, "op=embedding")) return rn_embedding(g, in[0], ids->data, ids->shape[0], NULL);
  if (is(c, "op=layer_norm")) return rn_layer_norm(g, in[0], in[1], in[2], (float)option(c, "eps", 0));
  if (is(c, "op=activate")) return rn_activate(g, in[0], (rn_activation)option(c, "act", 0));
  if (is(c, "op=softmax")) return rn_softmax(g, in[0], option(c, "log", 0) != 0);
  if (is(c, "op=embedding_bag")) return rn_embedding_bag(g, in[0], ids->data, in[1], seqs, (rn_bag)option(c, "how", 0));
  if (is(c, "op=conv1d")) {
    rn_conv1d_options o = {.dilation = (int64_t)option(c, "dilation", 0),
                           .stride = (int64_t)option(c, "stride", 0),
                           .causal = option(c, "causal", 0) != 0};
    return rn_conv1d(g, in[0], in[1], in[2], &o);
  }
  if (is(c, "op=crf")) return rn_crf(g, in[0], in[1], in[2], in[3], ids->data);
  if (is(c, "op=sigmoid_cross_entropy")) return rn_sigmoid_cross_entropy(g, in[0], in[1], weight ? weight->data : NULL);
  if (is(c, "op=ordinal")) return rn_ordinal(g, in[0], in[1], ids->data);
  if (is(c, "op=mean_squared_error")) return rn_mean_squared_error(g, in[0], in[1]);
  rn_cross_entropy_options o = {
      .smoothing = (float)option(c, "smoothing", 0), .sum = option(c, "sum", 0) != 0, .weight = weight ? weight->data : NULL};
  return rn_cross_entropy(g, in[0], ids->data, &o);
}

static void check_layer(const golden *c) {
  static const char *const names[4] = {"in0", "in1", "in2", "in3"};
  rn_graph *g = rn_graph_new(c->ctx);
  rn_graph_begin(g, RN_TRAIN, 1, 1);
  rn_tensor *in[4];
  int64_t offset[9];
  rn_ragged seqs = sequences(c, offset);
  bool rows = is(c, "op=conv1d") || is(c, "op=crf"); /* those of input 0 are the sequences' */
  for (int i = 0; i < 4; i++) in[i] = variable(c, g, names[i], i == 0 && rows ? &seqs : NULL);
  rn_tensor *y = apply_layer(c, g, in, &seqs);
  assert_int_equal(rn_graph_status(g), RN_OK);
  assert_near(c, "y", y->data, rn_tensor_size(y), 1e-5);
  assert_int_equal(rn_graph_backward_from(g, y, need(c, "dy")->data), RN_OK);
  for (int i = 0; i < 4; i++) assert_grad(c, names[i], in[i]);
  rn_graph_free(g);
}

/* ---- optimisers ---- */

static void check_optimizer(const golden *c) {
  enum { N = 13, STEPS = 8 };
  const float *grads = need(c, "grads")->data, *values = need(c, "w")->data;
  float w[N], m[N] = {0}, v[N] = {0};
  memcpy(w, values, sizeof w);
  rn_update u = {.kind = (rn_optimizer_kind)option(c, "kind", -1),
                 .lr = (float)option(c, "lr", 0),
                 .momentum = (float)option(c, "momentum", 0),
                 .beta1 = (float)option(c, "beta1", 0),
                 .beta2 = (float)option(c, "beta2", 0),
                 .alpha = (float)option(c, "alpha", 0),
                 .eps = (float)option(c, "eps", 0),
                 .weight_decay = (float)option(c, "weight_decay", 0),
                 .grad_scale = 1};
  for (int step = 0; step < STEPS; step++) {
    u.step = step + 1;
    c->ctx->backend->update(c->ctx->pool, &u, N, w, grads + step * N, m, v);
    for (int i = 0; i < N; i++) {
      float wanted = values[(step + 1) * N + i];
      if (!(fabsf(w[i] - wanted) <= 2e-6f * (1 + fabsf(wanted))))
        fail_msg("%s: step %d, w[%d] is %.8g, PyTorch has %.8g", c->name, step + 1, i, (double)w[i], (double)wanted);
    }
  }
}

/* ---- all cases of a file, on every instruction set ---- */

static void check_file(const char *path, int at_least, void (*check)(const golden *)) {
  rn_safetensors *file;
  rn_error err = {0};
  if (rn_safetensors_open(path, &file, &err) != RN_OK) fail_msg("%s", err.text);
  for (const char *const *isa = rn_backend_cpu_names(); *isa; isa++) {
    char cases[2048];
    int n = 0;
    rn_context_options options = {.isa = *isa, .n_threads = 2};
    golden c = {.file = file};
    assert_int_equal(rn_context_new(&options, &c.ctx, NULL, 0), RN_OK);
    snprintf(cases, sizeof cases, "%s", rn_safetensors_metadata(file, "cases"));
    for (char *rest = cases, *line; (line = strtok_r(rest, "\n", &rest)); n++) { /* "NAME key=value ..." */
      c.name = strtok_r(line, " ", &line);
      c.description = line;
      check(&c);
    }
    assert_true(n >= at_least);
    rn_context_free(c.ctx);
  }
  rn_safetensors_close(file);
}

#define FOLDER RN_SOURCE_DIR "/tests/golden/"
static void recurrent_layers(void **state) { check_file(FOLDER "recurrent.safetensors", 11, check_recurrent); }
static void layers(void **state) { check_file(FOLDER "layers.safetensors", 16, check_layer); }
static void sequence_layers(void **state) { check_file(FOLDER "sequences.safetensors", 11, check_layer); }
static void losses(void **state) { check_file(FOLDER "losses.safetensors", 7, check_layer); }
static void optimizers(void **state) { check_file(FOLDER "optimizers.safetensors", 12, check_optimizer); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(layers), cmocka_unit_test(sequence_layers), cmocka_unit_test(losses),
                                     cmocka_unit_test(optimizers), cmocka_unit_test(recurrent_layers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
