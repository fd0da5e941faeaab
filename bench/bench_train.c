/* bench_train WORKLOAD: training steps and generation through the public API, for the comparison with peers_torch.py.
 *
 * One line "ready rondo ..." once it is warm; then for each line "go SECONDS" on standard input it runs for about that long and
 * answers "rate TOKENS_PER_SECOND"; the end of input ends it, with "peak KILOBYTES BEFORE" as its last words, BEFORE being the peak
 * when nothing but the context existed. bench_train list: the workloads, each with its floating-point operations per token.
 *
 * A training step is forward, loss, backward, clipping by the global norm and an SGD update, with states carried along. */
#include <pthread.h>
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

typedef enum shape { STREAMS, TAGGER, GENERATE, MATRIX, READ } shape;

typedef struct workload {
  const char *name;
  shape shape;
  rn_cell cell;
  int64_t vocab, hidden, batch, steps;
  float dropout;
} workload;

static const workload workloads[] = {
    {"matrix", MATRIX, RN_CELL_LSTM, 0, 1536, 0, 0, 0},
    {"read", READ, RN_CELL_LSTM, 0, 2048, 0, 0, 0},
    {"char128-lstm", STREAMS, RN_CELL_LSTM, 65, 128, 50, 50, 0},
    {"char128-gru", STREAMS, RN_CELL_GRU, 65, 128, 50, 50, 0},
    {"char128-rnn", STREAMS, RN_CELL_TANH, 65, 128, 50, 50, 0},
    {"char512-lstm", STREAMS, RN_CELL_LSTM, 65, 512, 50, 50, 0},
    {"char512-gru", STREAMS, RN_CELL_GRU, 65, 512, 50, 50, 0},
    {"char512-rnn", STREAMS, RN_CELL_TANH, 65, 512, 50, 50, 0},
    {"ptb-small", STREAMS, RN_CELL_LSTM, 10000, 200, 20, 20, 0},
    {"ptb-medium", STREAMS, RN_CELL_LSTM, 10000, 650, 20, 35, 0.5f},
    {"bilstm", TAGGER, RN_CELL_LSTM, 20000, 100, 32, 0, 0},
    {"generate", GENERATE, RN_CELL_LSTM, 65, 512, 1, 500, 0},
};

enum { N_BATCHES = 40, N_CLASSES = 17 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static long peak_kilobytes(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_maxrss;
}

/* Of the tokens of a step, the part that meets the first layer's W_ih: all, or the symbols that there are where those come often. */
static double part_multiplied(const workload *w) {
  double tokens = (double)(w->batch * w->steps), symbols = (double)w->vocab;
  return w->dropout == 0 && 2 * symbols <= tokens ? symbols / tokens : 1;
}

/* Multiplications and additions of the products of one step, per token: forward 2 per weight, and twice that backward. */
static double flops_per_token(const workload *w) {
  double h = (double)w->hidden, gates = rn_cell_gates(w->cell);
  switch (w->shape) {
  case STREAMS: return 3 * 2 * (gates * h * h * (3 + part_multiplied(w)) + h * (double)w->vocab);
  case TAGGER: return 3 * 2 * (2 * gates * h * 2 * h + 2 * h * N_CLASSES);
  case GENERATE: return 2 * (gates * h * h * (3 + part_multiplied(w)) + h * (double)w->vocab);
  default: return 1;
  }
}

static uint32_t lcg(uint32_t *seed) { return *seed = (*seed * 1103515245u + 12345u) & 0x7fffffffu; }

/* Everything a workload holds. */
typedef struct bench {
  const workload *w;
  rn_context *ctx;
  rn_params *params;
  rn_graph *graph;
  rn_optimizer *optimizer;
  rn_layer_embedding embed;
  rn_layer_stack rnn;
  rn_layer_linear out;
  int32_t *ids[N_BATCHES], *targets[N_BATCHES];
  int64_t offset[N_BATCHES][64], at;
  float *h[2], *c[2]; /* carried states [batch, hidden] */
  rn_model *model;    /* generation */
  float *a;           /* matrix, and memory to read */
} bench;

static void die(bench *b) {
  fprintf(stderr, "error: %s\n", rn_context_error(b->ctx));
  exit(1);
}

static void make_batches(bench *b) {
  const workload *w = b->w;
  uint32_t seed = 12345, symbols = 1;
  for (int i = 0; i < N_BATCHES; i++) {
    int64_t n = 0;
    for (int64_t s = 0; s < w->batch; s++) {
      b->offset[i][s] = n;
      n += w->shape == TAGGER ? 5 + (lcg(&seed) >> 8) % 46 : w->steps;
    }
    b->offset[i][w->batch] = n;
    b->ids[i] = malloc((size_t)n * sizeof(int32_t));
    b->targets[i] = malloc((size_t)n * sizeof(int32_t));
    for (int64_t r = 0; r < n; r++) {
      b->ids[i][r] = (int32_t)((lcg(&symbols) >> 8) % (uint32_t)w->vocab);
      b->targets[i][r] = (int32_t)((lcg(&symbols) >> 8) % (uint32_t)(w->shape == TAGGER ? N_CLASSES : w->vocab));
    }
  }
}

static void make_training(bench *b) {
  const workload *w = b->w;
  bool tagger = w->shape == TAGGER;
  rn_stack_options stack = rn_stack_options_default();
  stack.cell = w->cell;
  stack.n_layers = tagger ? 1 : 2;
  stack.n_in = stack.n_hidden = w->hidden;
  stack.bidirectional = tagger;
  stack.dropout = w->dropout;
  rn_optimizer_options sgd = rn_optimizer_options_default(RN_SGD);
  sgd.clip_norm = 5;

  b->params = rn_params_new(b->ctx);
  rn_layer_embedding_init(&b->embed, b->params, "embed", w->vocab, w->hidden, (rn_init){0});
  rn_layer_stack_init(&b->rnn, b->params, "rnn", &stack);
  rn_layer_linear_init(&b->out, b->params, "out", tagger ? 2 * w->hidden : w->hidden, tagger ? N_CLASSES : w->vocab, true, (rn_init){0},
                       NULL);
  b->graph = rn_graph_new(b->ctx);
  if (rn_params_build(b->params, 1, true) != RN_OK || rn_optimizer_new(b->ctx, b->params, &sgd, &b->optimizer) != RN_OK) die(b);
  make_batches(b);
  for (int l = 0; l < 2 && !tagger; l++) {
    b->h[l] = calloc((size_t)(w->batch * w->hidden), sizeof(float));
    b->c[l] = calloc((size_t)(w->batch * w->hidden), sizeof(float));
  }
}

static rn_tensor *state(bench *b, const float *data) {
  return rn_constant(b->graph, data, 2, (int64_t[]){b->w->batch, b->w->hidden}, NULL);
}

static void carry(float *to, const rn_tensor *from) { memcpy(to, from->data, (size_t)rn_tensor_size(from) * sizeof(float)); }

static void train_step(bench *b) {
  const workload *w = b->w;
  rn_graph *g = b->graph;
  int i = (int)(b->at++ % N_BATCHES);
  rn_ragged seqs = {w->batch, b->offset[i]};
  bool carried = w->shape == STREAMS, lstm = w->cell == RN_CELL_LSTM;

  rn_graph_begin(g, RN_TRAIN, 1, (uint64_t)b->at);
  rn_stack_state before = {0}, after = {0};
  for (int l = 0; l < 2 && carried; l++) {
    before.h[l] = state(b, b->h[l]);
    if (lstm) before.c[l] = state(b, b->c[l]);
  }
  const rn_stack_state *from = carried ? &before : NULL;
  rn_stack_state *to = carried ? &after : NULL;
  rn_tensor *x;
  if (w->dropout > 0) {
    x = rn_layer_embedding_apply(&b->embed, g, b->ids[i], rn_ragged_rows(&seqs), &seqs);
    x = rn_layer_stack_apply(&b->rnn, g, rn_dropout(g, x, w->dropout, RN_DROPOUT_PLAIN), from, to);
  } else {
    x = rn_layer_stack_apply_ids(&b->rnn, &b->embed, g, b->ids[i], &seqs, from, to);
  }
  x = rn_dropout(g, x, w->dropout, RN_DROPOUT_PLAIN);
  rn_tensor *loss = rn_cross_entropy(g, rn_layer_linear_apply(&b->out, g, x, RN_NONE), b->targets[i], NULL);
  rn_params_zero_grad(b->params);
  rn_graph_backward(g, loss);
  if (rn_graph_status(g) != RN_OK || rn_optimizer_step(b->optimizer, 0.1f, NULL) != RN_OK) die(b);
  for (int l = 0; l < 2 && carried; l++) {
    carry(b->h[l], after.h[l]);
    if (lstm) carry(b->c[l], after.c[l]);
  }
}

static void make_generation(bench *b) {
  char text[65];
  for (int i = 0; i < 64; i++) text[i] = (char)(' ' + i);
  text[64] = 'a';
  rn_vocab_options options = rn_vocab_options_default(RN_LEVEL_CHAR);
  options.unk = false;
  rn_vocab *vocab;
  rn_lm_config config = rn_lm_config_default(RN_LEVEL_CHAR);
  config.stack.cell = b->w->cell;
  config.stack.n_layers = 2;
  config.stack.n_hidden = b->w->hidden;
  if (rn_vocab_build(b->ctx, text, sizeof text, &options, &vocab) != RN_OK) die(b);
  if (rn_lm_new(b->ctx, &config, vocab, 1, &b->model) != RN_OK) die(b);
}

static bool swallow(void *user, const char *text, size_t size) {
  (void)user, (void)text, (void)size;
  return true;
}

static void generate_step(bench *b) {
  rn_sampling how = rn_sampling_default();
  if (rn_lm_generate(b->ctx, b->model, "A", 1, b->w->steps, false, &how, swallow, NULL) != RN_OK) die(b);
}

/* One product of n^3, as a layer over n rows. */
static void matrix_step(bench *b) {
  int64_t n = b->w->hidden, shape[] = {n, n};
  rn_graph_begin(b->graph, RN_INFER, 0, 0);
  rn_tensor *a = rn_constant(b->graph, b->a, 2, shape, NULL);
  rn_linear(b->graph, a, a, NULL, RN_NONE);
  if (rn_graph_status(b->graph) != RN_OK) die(b);
}

/* A half of as many numbers as the model of "generate" has weights, read as fast as one thread can. */
__attribute__((target_clones("avx512f", "avx2", "default"))) static void *read_half(void *arg) {
  typedef float vector __attribute__((vector_size(32), aligned(4)));
  const vector *from = arg, *end = from + 2048 * 2048 / 2 / 8;
  vector sum[8] = {{0}};
  for (int times = 0; times < 50; times++)
    for (const vector *p = from; p < end; p += 8)
      for (int i = 0; i < 8; i++) sum[i] += p[i];
  for (int i = 1; i < 8; i++) sum[0] += sum[i];
  return sum[0][0] == 0.5f ? arg : NULL; /* the sum is wanted, or nothing would be read */
}

static void read_step(bench *b) {
  pthread_t other;
  if (pthread_create(&other, NULL, read_half, b->a + 2048 * 2048 / 2)) exit(1);
  read_half(b->a);
  pthread_join(other, NULL);
}

static void make(bench *b) {
  size_t n = (size_t)b->w->hidden;
  switch (b->w->shape) {
  case GENERATE: make_generation(b); break;
  case MATRIX:
  case READ:
    b->graph = rn_graph_new(b->ctx);
    b->a = malloc(n * n * sizeof(float));
    for (size_t i = 0; i < n * n; i++) b->a[i] = (float)(i % 17) - 8;
    break;
  default: make_training(b);
  }
}

static double tokens_per_step(const bench *b) {
  double n = 0;
  switch (b->w->shape) {
  case MATRIX: n = (double)b->w->hidden; return 2 * n * n * n;
  case READ: n = (double)b->w->hidden; return 50 * 4 * n * n; /* bytes */
  case TAGGER:
    for (int i = 0; i < N_BATCHES; i++) n += (double)b->offset[i][b->w->batch];
    return n / N_BATCHES;
  default: return (double)(b->w->batch * b->w->steps);
  }
}

/* Steps per second over about that many seconds. */
static double timed(bench *b, double seconds) {
  void (*const steps[])(bench *) = {train_step, train_step, generate_step, matrix_step, read_step};
  void (*step)(bench *) = steps[b->w->shape];
  double start = now(), took;
  int64_t n = 0;
  do {
    step(b);
    n++;
    took = now() - start;
  } while (took < seconds);
  return (double)n / took;
}

static void release(bench *b) {
  rn_optimizer_free(b->optimizer);
  rn_graph_free(b->graph);
  rn_params_free(b->params);
  rn_model_free(b->model);
  rn_context_free(b->ctx);
  for (int i = 0; i < N_BATCHES; i++) free(b->ids[i]), free(b->targets[i]);
  for (int l = 0; l < 2; l++) free(b->h[l]), free(b->c[l]);
  free(b->a);
}

int main(int argc, char **argv) {
  const workload *w = NULL;
  const char *name = argc > 1 ? argv[1] : "list";
  for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
    if (!strcmp(name, "list")) printf("%s %.0f\n", workloads[i].name, flops_per_token(&workloads[i]));
    if (!strcmp(name, workloads[i].name)) w = &workloads[i];
  }
  if (!strcmp(name, "list")) return 0;
  if (!w) return fprintf(stderr, "error: no workload '%s'; see `bench_train list`\n", name), 2;

  static bench b;
  b.w = w;
  const char *threads = getenv("THREADS");
  rn_context_options options = rn_context_options_default();
  options.n_threads = threads ? atoi(threads) : 2;
  char why[256];
  if (rn_context_new(&options, &b.ctx, why, sizeof why) != RN_OK) return fprintf(stderr, "error: %s\n", why), 1;
  long before = peak_kilobytes();
  make(&b);
  timed(&b, 0.2);
  printf("ready rondo %s, %s, %d threads\n", rn_version(), rn_context_isa(b.ctx), rn_context_threads(b.ctx));
  fflush(stdout);
  double seconds;
  while (scanf(" go %lf", &seconds) == 1) {
    printf("rate %.6g\n", timed(&b, seconds) * tokens_per_step(&b));
    fflush(stdout);
  }
  printf("peak %ld %ld\n", peak_kilobytes(), before);
  release(&b);
  return 0;
}
