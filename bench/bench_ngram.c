/* bench_ngram.c: n-gram models timed, for bench_peers and for a hand that measures.
 *
 *     bench_ngram train TEXT ORDER MODEL   counts, estimates, writes; every word is kept, as KenLM's lmplz does
 *     bench_ngram query MODEL TEXT         opens; reads the text; asks for every word of it
 *     bench_ngram arpa FROM TO             an ARPA file into a model, or, TO ending in .arpa, a model into an ARPA file
 *
 * Prints seconds of the parts, and megabytes at the most. THREADS (2). */
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double peak_megabytes(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_maxrss / 1024;
}

static void check(const rn_context *ctx) {
  if (rn_context_status(ctx) == RN_OK) return;
  fprintf(stderr, "error: %s\n", rn_context_error(ctx));
  exit(1);
}

static void train(rn_context *ctx, const char *text, int order, const char *path) {
  rn_ngram_options o = rn_ngram_options_default(RN_LEVEL_WORD);
  o.order = order;
  o.vocab.min_count = 1;
  rn_model *model;
  rn_ngram_text about;
  double start = now();
  rn_ngram_train(ctx, text, &o, &model, &about);
  check(ctx);
  double trained = now();
  rn_model_save(ctx, model, path);
  check(ctx);
  double saved = now();
  printf("%lld tokens: count and estimate %.3f s, write %.3f s, together %.3f s; %.0f MB\n", (long long)about.n_tokens, trained - start,
         saved - trained, saved - start, peak_megabytes());
  rn_model_free(model);
}

static void query(rn_context *ctx, const char *path, const char *text) {
  double start = now();
  rn_model *model;
  rn_model_open(ctx, path, &model);
  check(ctx);
  double opened = now();
  rn_corpus corpus;
  rn_lm_metrics m;
  rn_corpus_open(ctx, text, &corpus);
  check(ctx);
  rn_lm_eval(ctx, model, corpus.text, corpus.size, NULL, &m);
  check(ctx);
  double done = now();
  printf("%lld tokens, perplexity %.4f: open %.3f s, read and ask %.3f s, %.0f tokens/s with, %.0f without opening; %.0f MB\n",
         (long long)m.n_tokens, m.perplexity, opened - start, done - opened, (double)m.n_tokens / (done - start),
         (double)m.n_tokens / (done - opened), peak_megabytes());
  rn_corpus_close(&corpus);
  rn_model_free(model);
}

static void arpa(rn_context *ctx, const char *from, const char *to) {
  size_t n = strlen(to);
  bool out = n > 5 && strcmp(to + n - 5, ".arpa") == 0;
  rn_model *model = NULL;
  double start = now();
  if (out) rn_model_open(ctx, from, &model);
  else rn_ngram_read_arpa(ctx, from, &model);
  check(ctx);
  double opened = now();
  if (out) rn_ngram_write_arpa(ctx, model, to);
  else rn_model_save(ctx, model, to);
  check(ctx);
  printf("read %.3f s, write %.3f s; %.0f MB\n", opened - start, now() - opened, peak_megabytes());
  rn_model_free(model);
}

int main(int argc, char **argv) {
  const char *threads = getenv("THREADS");
  rn_context *ctx;
  char error[512];
  if (rn_context_new(&(rn_context_options){.n_threads = threads ? atoi(threads) : 2}, &ctx, error, sizeof error) != RN_OK) {
    fprintf(stderr, "error: %s\n", error);
    return 1;
  }
  if (argc == 5 && strcmp(argv[1], "train") == 0) train(ctx, argv[2], atoi(argv[3]), argv[4]);
  else if (argc == 4 && strcmp(argv[1], "query") == 0) query(ctx, argv[2], argv[3]);
  else if (argc == 4 && strcmp(argv[1], "arpa") == 0) arpa(ctx, argv[2], argv[3]);
  else return fprintf(stderr, "usage: bench_ngram train TEXT ORDER MODEL | query MODEL TEXT | arpa FROM TO\n"), 2;
  rn_context_free(ctx);
  return 0;
}
