/* lm_from_scratch TEXT [STEPS]: a character-level LSTM language model of your own, from parameters to samples, against the public API.
 *
 *     x_t = E[s_t]      h_t = LSTM(x_t, h_{t-1})      p(s_{t+1} | s_1 .. s_t) = softmax(W h_t + b)
 * cc lm_from_scratch.c $(pkg-config --cflags --libs rondo) && ./a.out book.txt */
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
enum { BATCH = 32, BPTT = 64, HIDDEN = 128, LAYERS = 2, SAMPLE = 200 };
typedef struct my_model {
  rn_params *params; /* what the three layers learn */
  rn_layer_embedding embed;
  rn_layer_stack rnn;
  rn_layer_linear out;
} my_model;

static void build(my_model *m, rn_context *ctx, int64_t n_symbols) {
  rn_stack_options stack = rn_stack_options_default();
  stack.cell = RN_CELL_LSTM, stack.n_layers = LAYERS, stack.n_in = stack.n_hidden = HIDDEN;
  m->params = rn_params_new(ctx);
  rn_layer_embedding_init(&m->embed, m->params, "embed", n_symbols, HIDDEN, (rn_init){0});
  rn_layer_stack_init(&m->rnn, m->params, "rnn", &stack);
  rn_layer_linear_init(&m->out, m->params, "out", HIDDEN, n_symbols, true, (rn_init){0}, NULL);
  rn_params_build(m->params, 42, true); /* seed 42, with gradients */
}

/* The equations above. The backward pass needs no code: the graph remembers. */
static rn_tensor *logits(my_model *m, rn_graph *g, const int32_t *ids, const rn_ragged *seqs, rn_stack_state *from, rn_stack_state *to) {
  rn_tensor *x = rn_layer_embedding_apply(&m->embed, g, ids, rn_ragged_rows(seqs), seqs);
  return rn_layer_linear_apply(&m->out, g, rn_layer_stack_apply(&m->rnn, g, x, from, to), RN_NONE);
}

static void train(my_model *m, rn_context *ctx, rn_graph *g, rn_lm_batches *batches, int64_t steps) {
  rn_optimizer_options adam = rn_optimizer_options_default(RN_ADAM);
  adam.clip_norm = 1;
  rn_optimizer *optimizer = NULL;
  rn_optimizer_new(ctx, m->params, &adam, &optimizer);
  for (int64_t step = 0; step < steps && rn_context_status(ctx) == RN_OK; step++) {
    rn_lm_batch b = rn_lm_batches_get(batches, step / rn_lm_batches_count(batches), step % rn_lm_batches_count(batches));
    rn_graph_begin(g, RN_TRAIN, 42, (uint64_t)step);
    rn_tensor *loss = rn_cross_entropy(g, logits(m, g, b.ids, &b.seqs, NULL, NULL), b.targets, NULL);
    rn_params_zero_grad(m->params);
    rn_graph_backward(g, loss);
    rn_optimizer_step(optimizer, 0.003f, NULL);
    if (step % 50 == 0 || step + 1 == steps) printf("step %lld  %.3f nats per character\n", (long long)step, loss->data[0]);
  }
  rn_optimizer_free(optimizer);
}

/* Draws a symbol, feeds it back, and keeps h and c of each layer from pass to pass. */
static void sample(my_model *m, rn_graph *g, const rn_vocab *vocab, int64_t length) {
  static float kept[2][LAYERS][HIDDEN];
  char text[64];
  rn_ragged one = {1, (int64_t[]){0, 1}};
  rn_sampling how = rn_sampling_default();
  how.temperature = 0.8f;
  float *scratch = malloc(2 * (size_t)rn_vocab_size(vocab) * sizeof *scratch);
  for (int32_t id = 1, i = 0; i < length; i++) {
    rn_stack_state from = {0}, to = {0};
    rn_graph_begin(g, RN_INFER, 0, 0);
    for (int l = 0; l < LAYERS; l++) {
      from.h[l] = rn_constant(g, kept[0][l], 2, (int64_t[]){1, HIDDEN}, NULL);
      from.c[l] = rn_constant(g, kept[1][l], 2, (int64_t[]){1, HIDDEN}, NULL);
    }
    const rn_tensor *scores = logits(m, g, &id, &one, &from, &to);
    if (rn_graph_status(g) != RN_OK) break;
    for (int l = 0; l < LAYERS; l++) memcpy(kept[0][l], to.h[l]->data, sizeof kept[0][l]);
    for (int l = 0; l < LAYERS; l++) memcpy(kept[1][l], to.c[l]->data, sizeof kept[1][l]);
    int32_t next = rn_sample(scores->data, rn_vocab_size(vocab), &how, (uint64_t)i, scratch);
    fwrite(text, 1, rn_vocab_decode(vocab, id, next, text, sizeof text), stdout);
    id = next;
  }
  free(scratch);
}

int main(int argc, char **argv) {
  rn_context *ctx = NULL;
  if (argc < 2 || rn_context_new(NULL, &ctx, NULL, 0) != RN_OK) return fprintf(stderr, "usage: lm_from_scratch TEXT [STEPS]\n"), 2;
  rn_corpus corpus = {0};
  rn_encoding code = {0};
  rn_vocab *vocab = NULL;
  rn_lm_batches *batches = NULL;
  rn_vocab_options characters = rn_vocab_options_default(RN_LEVEL_CHAR);
  if (!rn_corpus_open(ctx, argv[1], &corpus) && !rn_vocab_build(ctx, corpus.text, corpus.size, &characters, &vocab) &&
      !rn_vocab_encode(ctx, vocab, corpus.text, corpus.size, &code) &&
      !rn_lm_batches_new(ctx, code.ids, code.n, &(rn_lm_batches_options){.batch = BATCH, .bptt = BPTT}, &batches)) {
    my_model m;
    rn_graph *g = rn_graph_new(ctx);
    build(&m, ctx, rn_vocab_size(vocab));
    train(&m, ctx, g, batches, argc > 2 ? atoll(argv[2]) : 500);
    sample(&m, g, vocab, SAMPLE);
    puts("");
    rn_graph_free(g), rn_params_free(m.params);
  }
  int status = rn_context_status(ctx);
  if (status != RN_OK) fprintf(stderr, "error: %s\n", rn_context_error(ctx));
  rn_lm_batches_free(batches), rn_encoding_free(&code), rn_vocab_free(vocab), rn_corpus_close(&corpus), rn_context_free(ctx);
  return status;
}
