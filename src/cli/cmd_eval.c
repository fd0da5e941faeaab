/* cmd_eval.c: rondo eval: how good a model is on a file, whatever its kind. */
#include "data_options.h"
#include "evaluation.h"
#include "mixing.h"

#include <string.h>

/* A tagger or classifier on labelled data, read as its training data was where nothing else is said. */
static int eval_sequences(cli *c, const rn_model *model) {
  const char *path = c->options.args[1];
  bool per_row = strcmp(rn_model_kind(model), "tagger") == 0;
  rn_input_config input;
  rn_sequences_options options;
  rn_sequences data;
  if (data_input_of(c->ctx, model, &input) != RN_OK) return cli_fail_context(c);
  data_options_adopt(c, model);
  if (!data_options(c, input.kind, per_row, &options)) return EXIT_USAGE;
  options.split = input.split;
  options.tokenizer = data_tokenizer(model);
  if (rn_sequences_open(c->ctx, path, &options, &data) != RN_OK) return cli_fail_context(c);
  if (data.n_bad > 0) cli_warn("%s: %lld bad lines are left out", path, (long long)data.n_bad);
  evaluation e;
  int code = evaluation_new(c->ctx, model, &data, &e) == RN_OK ? EXIT_DONE : cli_fail_context(c);
  if (!code) {
    evaluation_warn(&e, path);
    if (c->json) cli_put_json(evaluation_json(&e));
    else evaluation_put(stdout, &e);
  }
  evaluation_free(&e);
  rn_sequences_free(&data);
  return code;
}

int cmd_eval(cli *c) {
  int code = EXIT_DONE;
  rn_model *model = cli_open_model(c, NULL, &code);
  if (!model) return code;
  const char *kind = rn_model_kind(model);
  if (rn_lm_is(model)) code = eval_lm(c, model);
  else if (rn_bilm_is(model) && !mixing_asked(c)) code = eval_bilm(c, model);
  else if (mixing_asked(c))
    code = cli_fail(EXIT_USAGE, "%s is %s: language models alone are mixed", c->options.args[0], cli_kind_noun(kind));
  else if (strcmp(kind, "tagger") == 0 || strcmp(kind, "classifier") == 0) code = eval_sequences(c, model);
  else code = cli_fail(EXIT_DATA, "%s is a model of kind '%s', which `rondo eval` cannot measure", c->options.args[0], kind);
  rn_model_free(model);
  return code;
}
