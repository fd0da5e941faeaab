/* cmd_train_lm.c: rondo train lm: a text in, a language model out; rondo train bilm: two of them, that read it from both ends. */
#include "text_run.h"

#include <stdlib.h>

static bool both_ends(const cli *c) { return c->options.verb == VERB_TRAIN_BILM; }

static void adopt_config(cli *c, const rn_lm_config *config) {
  train_adopt_stack(c, &config->stack, CLI_MODEL);
  if (!both_ends(c)) train_adopt_number(c, "embed", (double)config->embed, CLI_MODEL); /* else as wide as the states */
  train_adopt_switch(c, "tie", config->tie, CLI_MODEL);
}

/* --init-from a model of ours: its shape, where nothing else says otherwise. A state dict has none to give. */
static void adopt_model(cli *c) {
  const char *path = opt_text(&c->options, "init-from");
  rn_model *model;
  rn_lm_config config;
  if (!path) return;
  if (rn_model_open(c->ctx, path, &model) == RN_OK) {
    const rn_vocab *vocab = rn_model_vocab(model);
    if ((both_ends(c) ? rn_bilm_config_of : rn_lm_config_of)(c->ctx, model, &config) == RN_OK) adopt_config(c, &config);
    if (vocab && rn_vocab_tokenizer(vocab)) cli_options_adopt(&c->options, "tokenizer", path, CLI_MODEL);
    else if (vocab) cli_options_adopt(&c->options, "level", rn_level_name(rn_vocab_level(vocab)), CLI_MODEL);
    rn_model_free(model);
  }
  rn_context_clear(c->ctx); /* what is wrong with the file is said when its weights are wanted */
}

static rn_lm_config lm_config(const cli *c, rn_level level) {
  const cli_options *o = &c->options;
  rn_lm_config config = rn_lm_config_default(level);
  config.stack = train_stack(c);
  if (!both_ends(c)) config.embed = opt_int(o, "embed");
  config.tie = opt_bool(o, "tie");
  config.dropout_embed = (float)opt_float(o, "dropout-embed");
  config.dropout_input = train_dropout(c, "dropout-input");
  config.dropout_output = train_dropout(c, "dropout-output");
  config.init = train_init(c);
  return config;
}

static int build(text_run *r) {
  cli *c = r->c;
  const cli_options *o = &c->options;
  rn_vocab *vocab = NULL;
  if (!both_ends(c) && opt_bool(o, "bidirectional"))
    return cli_fail(EXIT_USAGE,
                    "--bidirectional: a language model predicts the next token, and reading from the right would show it the answer");
  int code = text_run_open(r, &vocab);
  if (code) return code;
  rn_lm_config config = lm_config(c, rn_vocab_level(vocab));
  if ((both_ends(c) ? rn_bilm_new : rn_lm_new)(c->ctx, &config, vocab, cli_seed(c), &r->model) != RN_OK) return cli_fail_context(c);
  char *words = cli_format("%d x %lld %s%s", config.stack.n_layers, (long long)config.stack.n_hidden, rn_cell_name(config.stack.cell),
                           both_ends(c) ? " from each end" : "");
  text_run_say_model(r, words);
  free(words);
  if ((code = train_init_weights(c, r->model))) return code;
  rn_lm_data data = {
      .train = r->train.encoding.ids,
      .n_train = r->train.encoding.n,
      .valid = r->valid.encoding.ids,
      .n_valid = r->valid.encoding.n,
      .batches = {.batch = opt_int(o, "batch"),
                  .bptt = opt_int(o, "bptt"),
                  .lines = opt_bool(o, "lines"),
                  .eos = rn_vocab_eos(rn_model_vocab(r->model)),
                  .seed = cli_seed(c)},
      .loss = rn_lm_loss_default(train_optimizer_kind(c)),
  };
  rn_lm_loss_parse(opt_text(o, "loss"), &data.loss); /* "auto" leaves it */
  if (rn_lm_task_new(c->ctx, r->model, &data, &r->task) != RN_OK) return cli_fail_context(c);
  return EXIT_DONE;
}

int cmd_train_lm(cli *c) {
  text_run r;
  int code = text_run_begin(c, c->command->subject, &r);
  if (!code) adopt_model(c);
  if (!code && text_run_wanted(&r, &code)) {
    code = build(&r);
    if (!code) code = text_run_train(&r);
  }
  rn_lm_task_free(r.task);
  text_run_close(&r);
  return code;
}
