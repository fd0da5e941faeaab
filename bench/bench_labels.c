/* bench_labels WORKLOAD: taggers through the public API, for the comparison with peers_torch.py, in whose words it talks (bench_train.c).
 *
 *   tagger     training steps of the default tagger, 16 sentences each, Adam, on the CoNLL file that TAGGED names; tokens per second
 *   tag-one    sentences of 25 words of that file, one at a time, from strings to tags; sentences per second */
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { WORDS = 25 };

typedef struct bench {
  rn_context *ctx;
  rn_sequences data;
  rn_model *model;
  rn_task *task;
  rn_graph *graph;
  rn_optimizer *optimizer;
  rn_tagger *tagger;
  int64_t at, tokens;
} bench;

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

static void check(bench *b) {
  if (rn_context_status(b->ctx) == RN_OK) return;
  fprintf(stderr, "error: %s\n", rn_context_error(b->ctx));
  exit(1);
}

static int64_t train_step(bench *b) {
  rn_task *t = b->task;
  rn_step out;
  rn_graph_begin(b->graph, RN_TRAIN, 1, (uint64_t)b->at);
  t->step(t->self, b->graph, b->at / t->steps_per_epoch, b->at % t->steps_per_epoch, &out);
  rn_params_zero_grad(rn_model_params(b->model));
  rn_graph_backward(b->graph, out.loss);
  rn_optimizer_step(b->optimizer, 1e-3f, NULL);
  check(b);
  b->at++;
  return out.n_tokens;
}

static int64_t tag_step(bench *b) {
  int32_t labels[WORDS];
  int64_t n = rn_ragged_rows(&b->data.seqs) / WORDS;
  rn_tagger_words(b->tagger, b->data.words + b->at++ % n * WORDS, WORDS, labels, NULL);
  check(b);
  return 1;
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "", *path = getenv("TAGGED"), *threads = getenv("THREADS");
  bool training = !strcmp(name, "tagger");
  if (!path || (!training && strcmp(name, "tag-one"))) {
    fprintf(stderr, "usage: TAGGED=FILE bench_labels tagger|tag-one\n");
    return 2;
  }
  static bench b;
  rn_context_options options = rn_context_options_default();
  options.n_threads = threads ? atoi(threads) : 2;
  char why[256];
  if (rn_context_new(&options, &b.ctx, why, sizeof why) != RN_OK) return fprintf(stderr, "error: %s\n", why), 1;
  long before = peak_kilobytes();

  rn_sequences_options reading = rn_sequences_options_default(RN_INPUT_WORDS, true);
  rn_tagger_config config = rn_tagger_config_default(RN_INPUT_WORDS);
  rn_sequences_open(b.ctx, path, &reading, &b.data);
  check(&b);
  rn_tagger_new(b.ctx, &config, &b.data, NULL, 1, &b.model);
  check(&b);
  rn_tagger_data data = {.train = &b.data, .batch = 16, .seed = 1};
  rn_optimizer_options adam = rn_optimizer_options_default(RN_ADAM);
  adam.clip_norm = 5;
  adam.lazy = true;
  b.graph = rn_graph_new(b.ctx);
  if (training) {
    rn_tagger_task_new(b.ctx, b.model, &data, &b.task);
    rn_optimizer_new(b.ctx, rn_model_params(b.model), &adam, &b.optimizer);
  } else {
    rn_tagger_open(b.ctx, b.model, &b.tagger);
  }
  check(&b);

  int64_t (*step)(bench *) = training ? train_step : tag_step;
  double seconds = 0.2;
  for (bool warm = false;; warm = true) {
    double start = now(), took;
    int64_t n = 0;
    do {
      n += step(&b);
      took = now() - start;
    } while (took < seconds);
    if (warm) printf("rate %.6g\n", (double)n / took);
    else printf("ready rondo %s, %s, %d threads\n", rn_version(), rn_context_isa(b.ctx), rn_context_threads(b.ctx));
    fflush(stdout);
    if (scanf(" go %lf", &seconds) != 1) break;
  }
  printf("peak %ld %ld\n", peak_kilobytes(), before);
  rn_optimizer_free(b.optimizer);
  rn_graph_free(b.graph);
  rn_tagger_free(b.tagger);
  rn_tagger_task_free(b.task);
  rn_model_free(b.model);
  rn_sequences_free(&b.data);
  rn_context_free(b.ctx);
  return 0;
}
