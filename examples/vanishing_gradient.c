/* vanishing_gradient [STEPS]: how much of the error at the last step arrives at each earlier one, in four untrained layers.
 *
 *     L = sum of h_T,     printed: || dL/dh_t || for t = 1 .. T, relative to the last
 *
 * The factor from step to step is the Jacobian dh_t / dh_{t-1}. For the plain recurrence it is diag(1 - h_t^2) W_hh, and a product of
 * many of them goes to zero or to infinity; an LSTM adds to its cell instead, and the factor along the cell is the forget gate. */
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>

enum { IN = 4, HIDDEN = 64, BATCH = 8, LONGEST = 1000, LINES = 10 };

static void keep(void *user, int layer, bool reverse, int64_t n_steps, const double *norm) {
  (void)layer, (void)reverse;
  for (int64_t t = 0; t < n_steps && t < LONGEST; t++) ((double *)user)[t] = norm[t];
}

/* The norms of one freshly drawn layer, from a backward pass through random input. */
static rn_status norms(rn_context *ctx, const rn_stack_options *options, int64_t steps, double *norm) {
  static float x[BATCH * LONGEST * IN], from_last[BATCH * LONGEST * HIDDEN];
  int64_t offset[BATCH + 1];
  for (int i = 0; i <= BATCH; i++) offset[i] = i * steps;
  rn_ragged seqs = {BATCH, offset};
  srand(1);
  for (int64_t i = 0; i < BATCH * steps * IN; i++) x[i] = 2 * (float)rand() / (float)RAND_MAX - 1;
  for (int64_t i = 0; i < BATCH * steps; i++)
    for (int j = 0; j < HIDDEN; j++) from_last[i * HIDDEN + j] = (i + 1) % steps == 0; /* dL/dh is 1 at the last step, else 0 */

  rn_params *params = rn_params_new(ctx);
  rn_graph *g = rn_graph_new(ctx);
  rn_layer_stack rnn;
  rn_layer_stack_init(&rnn, params, "rnn", options);
  rn_params_build(params, 42, true);
  rn_graph_begin(g, RN_TRAIN, 42, 0);
  rn_graph_trace(g, keep, norm);
  rn_tensor *input = rn_constant(g, x, 2, (int64_t[]){BATCH * steps, IN}, &seqs);
  rn_graph_backward_from(g, rn_layer_stack_apply(&rnn, g, input, NULL, NULL), from_last);
  rn_graph_free(g);
  rn_params_free(params);
  return rn_context_status(ctx);
}

int main(int argc, char **argv) {
  int64_t steps = argc > 1 ? atoll(argv[1]) : 100;
  rn_context *ctx;
  if (steps < LINES || steps > LONGEST) return fprintf(stderr, "error: from %d to %d steps\n", LINES, LONGEST), 2;
  if (rn_context_new(NULL, &ctx, NULL, 0) != RN_OK) return 1;

  static const char *const name[] = {"tanh", "tanh, W_hh orthogonal x 1.5", "GRU", "LSTM, forget bias 3"};
  static double norm[4][LONGEST];
  for (int i = 0; i < 4; i++) {
    rn_stack_options options = rn_stack_options_default();
    options.cell = i < 2 ? RN_CELL_TANH : i == 2 ? RN_CELL_GRU : RN_CELL_LSTM;
    options.n_in = IN, options.n_hidden = HIDDEN, options.forget_bias = i == 3 ? 3 : 0;
    if (i == 1) options.init_hh = (rn_init){.kind = RN_INIT_ORTHOGONAL, .scale = 1.5f};
    if (norms(ctx, &options, steps, norm[i]) != RN_OK) return fprintf(stderr, "error: %s\n", rn_context_error(ctx)), 1;
  }
  printf("     t  %-12s%-30s%-12s%s\n", name[0], name[1], name[2], name[3]);
  for (int line = 1; line <= LINES; line++) {
    int64_t t = line * steps / LINES - 1;
    printf("%6lld", (long long)t + 1);
    for (int i = 0; i < 4; i++) printf("  %-*.1e", i == 1 ? 28 : i == 3 ? 0 : 10, norm[i][t] / norm[i][steps - 1]);
    puts("");
  }
  rn_context_free(ctx);
  return 0;
}
