/* train_tokenizer.c: --tokenizer of a training command. */
#include "train_setup.h"

static rn_status open_tokenizer(rn_context *ctx, const char *path, rn_tokenizer **out) {
  rn_model *model;
  if (rn_model_open(ctx, path, &model) != RN_OK) {
    rn_context_clear(ctx);
    return rn_tokenizer_open(ctx, path, out);
  }
  const rn_vocab *vocab = rn_model_vocab(model);
  const rn_tokenizer *of_model = vocab ? rn_vocab_tokenizer(vocab) : NULL;
  rn_status status = of_model ? rn_tokenizer_copy(ctx, of_model, out) : rn_tokenizer_open(ctx, path, out);
  rn_model_free(model);
  return status;
}

int train_tokenizer(const cli *c, rn_tokenizer **out) {
  static const char *const counting[] = {"vocab", "min-count"};
  const cli_options *o = &c->options;
  const char *path = opt_text(o, "tokenizer");
  *out = NULL;
  if (!path) return EXIT_DONE;
  for (int i = 0; i < 2; i++) {
    if (opt_int(o, counting[i]) > 1) /* which neither of the defaults is */
      return cli_fail(EXIT_USAGE, "--%s %s: the tokens are those of --tokenizer, however often they come", counting[i],
                      opt_text(o, counting[i]));
  }
  return open_tokenizer(c->ctx, path, out) == RN_OK ? EXIT_DONE : cli_fail_context(c);
}
