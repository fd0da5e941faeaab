/* five_shapes: the five ways in which sequences go in and come out, each as a few lines over the same pieces, on random numbers.
 * Prints the shapes: a ragged batch of sequences of 4, 2 and 3 rows in, rows or one vector a sequence out. */
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>

enum { IN = 5, HIDDEN = 8, OUT = 3, N_SEQS = 3 };

static void show(const char *name, const rn_tensor *x, const rn_tensor *y) {
  printf("%-40s x [%lld, %lld] -> y [%lld, %lld]\n", name, (long long)rn_tensor_rows(x), (long long)rn_tensor_cols(x),
         (long long)rn_tensor_rows(y), (long long)rn_tensor_cols(y));
}

/* Random rows for a batch whose sequences have these lengths; without lengths, one row a sequence. */
static rn_tensor *rows(rn_graph *g, const rn_ragged *seqs, int64_t dim) {
  static float numbers[64 * HIDDEN];
  for (int i = 0; i < 64 * HIDDEN; i++) numbers[i] = (float)rand() / (float)RAND_MAX - 0.5f;
  return rn_constant(g, numbers, 2, (int64_t[]){rn_ragged_rows(seqs), dim}, seqs);
}

int main(void) {
  rn_context *ctx;
  if (rn_context_new(NULL, &ctx, NULL, 0) != RN_OK) return 1;
  rn_params *params = rn_params_new(ctx);
  rn_graph *g = rn_graph_new(ctx);
  rn_stack_options options = rn_stack_options_default();
  options.cell = RN_CELL_GRU, options.n_in = IN, options.n_hidden = HIDDEN;

  rn_layer_stack encoder, tagger, decoder;
  rn_layer_linear dense, out, out_both;
  rn_layer_stack_init(&encoder, params, "encoder", &options);
  options.bidirectional = true;
  rn_layer_stack_init(&tagger, params, "tagger", &options);
  options.bidirectional = false, options.n_in = OUT;
  rn_layer_stack_init(&decoder, params, "decoder", &options);
  rn_layer_linear_init(&dense, params, "dense", IN, HIDDEN, true, (rn_init){0}, NULL);
  rn_layer_linear_init(&out, params, "out", HIDDEN, OUT, true, (rn_init){0}, NULL);
  rn_layer_linear_init(&out_both, params, "out_both", 2 * HIDDEN, OUT, true, (rn_init){0}, NULL);
  rn_params_build(params, 42, false);

  rn_ragged vectors = {N_SEQS, (int64_t[]){0, 1, 2, 3}}, in = {N_SEQS, (int64_t[]){0, 4, 6, 9}}, other = {N_SEQS, (int64_t[]){0, 2, 7, 8}};
  rn_graph_begin(g, RN_INFER, 0, 0);

  /* one to one: no time at all. A picture to a class. */
  rn_tensor *x = rows(g, &vectors, IN);
  show("one to one", x, rn_layer_linear_apply(&out, g, rn_layer_linear_apply(&dense, g, x, RN_TANH), RN_NONE));

  /* one to many: the vector becomes the initial state; each output is the next input. A picture to a caption, a seed to music. */
  rn_stack_state state = {.h = {rn_layer_linear_apply(&dense, g, x, RN_TANH)}};
  rn_tensor *y = rows(g, &vectors, OUT);
  for (int t = 0; t < 4; t++) {
    rn_stack_state next = {0};
    rn_tensor *step = rn_constant(g, y->data, 2, y->shape, &vectors); /* one row a sequence: a step */
    y = rn_layer_linear_apply(&out, g, rn_layer_stack_apply(&decoder, g, step, &state, &next), RN_NONE);
    state = next;
  }
  show("one to many, each of 4 steps", x, y);

  /* many to one: the last state, or the maximum or mean over time. A review to a number of stars. */
  x = rows(g, &in, IN);
  rn_stack_state summary = {0};
  rn_tensor *h = rn_layer_stack_apply(&encoder, g, x, NULL, &summary);
  show("many to one, last state", x, rn_layer_linear_apply(&out, g, summary.h[0], RN_NONE));
  show("many to one, maximum over time", x, rn_layer_linear_apply(&out, g, rn_pool_time(g, h, RN_MAX), RN_NONE));

  /* many to many, of equal length: an output at every step. Both directions where the whole sequence is there: names in a sentence. */
  show("many to many, equal lengths", x, rn_layer_linear_apply(&out_both, g, rn_layer_stack_apply(&tagger, g, x, NULL, NULL), RN_NONE));

  /* many to many, of different lengths: an encoder's last state starts a decoder. A sentence to its translation. */
  rn_tensor *previous = rows(g, &other, OUT); /* what the decoder should have said before: teacher forcing */
  h = rn_layer_stack_apply(&decoder, g, previous, &summary, NULL);
  show("many to many, lengths 4 2 3 to 2 5 1", x, rn_layer_linear_apply(&out, g, h, RN_NONE));

  int status = rn_context_status(ctx);
  if (status != RN_OK) fprintf(stderr, "error: %s\n", rn_context_error(ctx));
  rn_graph_free(g), rn_params_free(params), rn_context_free(ctx);
  return status;
}
