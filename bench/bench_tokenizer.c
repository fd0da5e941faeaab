/* bench_tokenizer TOKENIZER TEXT [ROUNDS]: megabytes of a text per second from bytes to ids, offsets included: the median of ROUNDS (5),
 * and (largest - smallest) / median. THREADS: 1 unless it is set. The peers' twin: peers_tokenizer.py. */
#include "base/file.h"
#include <rondo/tokenizer.h>

#include <stdio.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b) {
  return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "usage: bench_tokenizer TOKENIZER TEXT [ROUNDS]\n"), 2;
  enum { MOST = 100 };
  int rounds = argc > 3 ? atoi(argv[3]) : 5;
  if (rounds < 1 || rounds > MOST) return fprintf(stderr, "error: ROUNDS is 1 to %d\n", MOST), 2;
  const char *threads = getenv("THREADS");
  rn_context_options options = rn_context_options_default();
  options.n_threads = threads ? atoi(threads) : 1;
  rn_context *ctx;
  rn_tokenizer *tokenizer;
  rn_bytes text;
  rn_error err = {0};
  if (rn_context_new(&options, &ctx, NULL, 0) != RN_OK) return 1;
  if (rn_tokenizer_open(ctx, argv[1], &tokenizer) != RN_OK) return fprintf(stderr, "error: %s\n", rn_context_error(ctx)), 1;
  if (rn_bytes_open(argv[2], 0, &text, &err) != RN_OK) return fprintf(stderr, "error: %s\n", err.text), 1;
  double rates[MOST];
  long long n_tokens = 0;
  for (int i = 0; i <= rounds; i++) { /* the first one warms up */
    rn_tokens tokens;
    double start = rn_now();
    if (rn_tokenizer_encode(ctx, tokenizer, text.data, text.size, NULL, &tokens) != RN_OK)
      return fprintf(stderr, "error: %s\n", rn_context_error(ctx)), 1;
    if (i > 0) rates[i - 1] = (double)text.size * 1e-6 / (rn_now() - start);
    n_tokens = tokens.n;
    rn_tokens_free(&tokens);
  }
  qsort(rates, (size_t)rounds, sizeof *rates, by_value);
  printf("%.1f MB/s (spread %.0f %%), %lld tokens\n", rates[rounds / 2], 100 * (rates[rounds - 1] - rates[0]) / rates[rounds / 2],
         n_tokens);
  rn_bytes_close(&text);
  rn_tokenizer_free(tokenizer);
  rn_context_free(ctx);
  return 0;
}
