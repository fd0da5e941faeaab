/* cmd_generate.c: rondo generate: writes text. */
#include "mixing.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct writer {
  FILE *out;
  int64_t tokens;
  bool live; /* show each piece as it is drawn */
  rn_context *ctx;
} writer;

static bool write_piece(void *user, const char *piece, size_t size) {
  writer *w = user;
  w->tokens++;
  return fwrite(piece, 1, size, w->out) == size && (!w->live || fflush(w->out) == 0) && !rn_context_stopping(w->ctx);
}

static double seconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static rn_sampling sampling_options(cli *c, const rn_vocab *vocab) {
  const cli_options *o = &c->options;
  rn_sampling how = rn_sampling_default();
  how.temperature = (float)opt_float(o, "temperature");
  how.top_k = opt_int(o, "top-k");
  how.top_p = (float)opt_float(o, "top-p");
  how.min_p = (float)opt_float(o, "min-p");
  how.reject = opt_bool(o, "unk") ? -1 : rn_vocab_unk(vocab);
  how.seed = cli_seed(c);
  return how;
}

static int generate(cli *c, const rn_model *model) {
  int code = EXIT_DONE;
  const cli_options *o = &c->options;
  const char *prompt = opt_text(o, "prompt");
  rn_sampling how = sampling_options(c, rn_model_vocab(model));
  char *text = NULL;
  size_t size = 0;
  writer w = {.out = c->json ? open_memstream(&text, &size) : stdout, .live = isatty(fileno(stdout)), .ctx = c->ctx};
  if (!w.out) return cli_fail(EXIT_RUN, "out of memory");
  if (!c->json) fputs(prompt, stdout);
  struct timespec start;
  clock_gettime(CLOCK_MONOTONIC, &start);
  rn_status status =
      rn_lm_generate(c->ctx, model, prompt, strlen(prompt), opt_int(o, "length"), opt_bool(o, "until-eos"), &how, write_piece, &w);
  double seconds = seconds_since(&start);
  if (status != RN_OK) code = cli_fail_context(c);
  else if (cli_signal_code()) code = cli_signal_code();
  if (c->json) {
    fclose(w.out);
    if (code == EXIT_DONE) {
      cli_put_json(json_pack("{s:o, s:o, s:I, s:I, s:f}", "prompt", cli_json_text(prompt, strlen(prompt)), "text",
                             cli_json_text(text, size), "tokens", (json_int_t)w.tokens, "seed", (json_int_t)how.seed, "seconds", seconds));
    }
    free(text);
  } else if (!ferror(stdout)) {
    putchar('\n');
    fflush(stdout);
    char speed[32];
    cli_say(c, "seed %" PRIu64 ", %" PRId64 " tokens, %s tok/s", how.seed, w.tokens,
            text_short(speed, sizeof speed, (double)w.tokens / (seconds + 1e-9)));
  }
  return code;
}

int cmd_generate(cli *c) {
  int code = EXIT_DONE;
  rn_model *model = cli_open_model(c, "lm", &code);
  if (!model) return code;
  mixing mix;
  code = mixing_open(c, model, &mix);
  if (!code) code = generate(c, mixing_model(&mix, model));
  mixing_close(&mix);
  rn_model_free(model);
  return code;
}
