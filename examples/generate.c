/* generate MODEL PROMPT [LENGTH] [SEED]: opens a model (a file or a run folder) and writes how it goes on.
 *
 * cc generate.c $(pkg-config --cflags --libs rondo) && ./a.out runs/book "It was" */
#include <rondo/rondo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Called with every piece of text as it is drawn; returning false stops. */
static bool print(void *user, const char *text, size_t size) {
  (void)user;
  bool written = fwrite(text, 1, size, stdout) == size;
  fflush(stdout);
  return written;
}

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "usage: generate MODEL PROMPT [LENGTH] [SEED]\n"), 2;
  const char *path = argv[1], *prompt = argv[2];
  int64_t length = argc > 3 ? atoll(argv[3]) : 400;

  char why[256];
  rn_context *ctx;
  if (rn_context_new(NULL, &ctx, why, sizeof why) != RN_OK) return fprintf(stderr, "error: %s\n", why), 1;

  rn_sampling how = rn_sampling_default();
  how.temperature = 0.8f;
  how.top_p = 0.95f;
  how.seed = argc > 4 ? (uint64_t)atoll(argv[4]) : 42;

  rn_model *model;
  if (rn_model_open(ctx, path, &model) == RN_OK) {
    fputs(prompt, stdout);
    rn_lm_generate(ctx, model, prompt, strlen(prompt), length, false, &how, print, NULL);
    puts("");
    rn_model_free(model);
  }
  bool failed = rn_context_status(ctx) != RN_OK;
  if (failed) fprintf(stderr, "error: %s\n", rn_context_error(ctx));
  rn_context_free(ctx);
  return failed;
}
