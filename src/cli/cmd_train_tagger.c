/* cmd_train_tagger.c: rondo train tagger: a label for each row of a sequence. */
#include "train_sequences.h"

static void adopt(cli *c, rn_input_kind input) {
  rn_tagger_config d = rn_tagger_config_default(input);
  if (opt_text(&c->options, "tokenizer")) rn_input_config_use_tokenizer(&d.input, false);
  train_adopt_input(c, &d.input, CLI_DEFAULT);
  train_adopt_stack(c, &d.stack, CLI_DEFAULT);
  train_adopt_switch(c, "crf", d.crf, CLI_DEFAULT);
  train_adopt_dropout(c, d.stack.dropout, d.dropout_input, d.dropout_output);
}

static void adopt_model(cli *c, const rn_model *model) {
  static const char *const schemes[] = {"auto", "none", "iob1", "iob2", "iobes"}; /* in the order of the enumeration */
  rn_tagger_config config;
  if (rn_tagger_config_of(c->ctx, model, &config) != RN_OK) return;
  train_adopt_input(c, &config.input, CLI_MODEL);
  train_adopt_stack(c, &config.stack, CLI_MODEL);
  train_adopt_switch(c, "crf", config.crf, CLI_MODEL);
  cli_options_adopt(&c->options, "scheme", schemes[config.scheme], CLI_MODEL);
}

static int new_model(cli *c, const rn_sequences *train, const rn_input_building *building, rn_model **out) {
  rn_tagger_config config = rn_tagger_config_default(train->input);
  config.input = train_input(c);
  config.stack = train_stack(c);
  config.crf = opt_bool(&c->options, "crf");
  config.scheme = (rn_tagger_scheme)opt_choice(&c->options, "scheme"); /* in the order of the enumeration */
  config.dropout_input = train_dropout(c, "dropout-input");
  config.dropout_output = train_dropout(c, "dropout-output");
  config.init = train_init(c);
  return rn_tagger_new(c->ctx, &config, train, building, cli_seed(c), out) == RN_OK ? EXIT_DONE : cli_fail_context(c);
}

static rn_status new_task(cli *c, rn_model *model, const rn_sequences *train, const rn_sequences *valid, rn_task **out) {
  rn_tagger_data data = {.train = train,
                         .valid = valid,
                         .batch = opt_int(&c->options, "batch"),
                         .reverse_complement = opt_bool(&c->options, "reverse-complement"),
                         .swap_labels = opt_text(&c->options, "swap-labels"),
                         .seed = cli_seed(c)};
  return rn_tagger_task_new(c->ctx, model, &data, out);
}

int cmd_train_tagger(cli *c) {
  static const sequences_kind kind = {.name = "tagger",
                                      .per_row = true,
                                      .example = "rondo train tagger train.conll",
                                      .adopt = adopt,
                                      .adopt_model = adopt_model,
                                      .new_model = new_model,
                                      .new_task = new_task,
                                      .free_task = rn_tagger_task_free,
                                      .n_labels = rn_tagger_n_labels};
  return train_sequences(c, &kind);
}
