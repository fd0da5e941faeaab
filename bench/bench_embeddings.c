/* bench_embeddings TEXT [skipgram|cbow|glove [EPOCHS [FILE]]]: word vectors of 100 numbers, window 5 (glove: 15), 5 negatives, the other
 * options as they are by default. Prints the seconds of reading and of learning (glove: of counting as well), and the words of the text,
 * without the rare ones, per second of learning; FILE: where the model goes. THREADS: 1 unless it is set. Peers: peers_embeddings.py. */
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int fail(const rn_context *ctx) { return fprintf(stderr, "error: %s\n", rn_context_error(ctx)), 1; }

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
  rn_embeddings_kind kind = RN_SKIPGRAM;
  if (argc < 2 || (argc > 2 && !rn_embeddings_kind_parse(argv[2], &kind)))
    return fprintf(stderr, "usage: bench_embeddings TEXT [skipgram|cbow|glove [EPOCHS [FILE]]]\n"), 2;
  const char *threads = getenv("THREADS");
  rn_context_options context = rn_context_options_default();
  rn_context *ctx;
  context.n_threads = threads ? atoi(threads) : 1;
  if (rn_context_new(&context, &ctx, NULL, 0) != RN_OK) return 1;

  rn_embeddings_options options = rn_embeddings_options_default(kind);
  options.epochs = argc > 3 ? atoi(argv[3]) : 1;
  rn_embeddings_text *text;
  rn_model *model;
  double start = now();
  if (rn_embeddings_text_open(ctx, argv[1], &options, &text) != RN_OK) return fail(ctx);
  double read = now();
  if (rn_embeddings_train(ctx, text, &options, NULL, NULL, NULL, &model, NULL) != RN_OK) return fail(ctx);
  double learned = now(), words = (double)rn_embeddings_text_describe(text).n_trained * (double)options.epochs;
  printf("{\"peer\": \"rondo\", \"model\": \"%s\", \"threads\": %d, \"read\": %.2f, \"seconds\": %.2f, \"words_per_second\": %.0f}\n",
         rn_embeddings_kind_name(kind), context.n_threads, read - start, learned - read, words / (learned - read));
  if (argc > 4 && rn_model_save(ctx, model, argv[4]) != RN_OK) return fail(ctx);
  rn_model_free(model);
  rn_embeddings_text_free(text);
  rn_context_free(ctx);
  return 0;
}
